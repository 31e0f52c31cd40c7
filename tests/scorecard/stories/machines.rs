//! Machines and the kinds of resources.

use crate::stage::{Stage, has_line};

pub(crate) fn story(stage: &Stage<'_>) {
    let root = &stage.root;
    let agent = stage.agent.as_str();
    stage.shows(root, "admin agent list", &["-s", "ALIVE", "--scaling-group", "default"], |text| {
        assert!(has_line(text, &[agent, "ALIVE", "default", "cpu:"]), "{text}");
    });
    stage.shows(root, "admin agent info", &[agent], |text| {
        assert!(text.contains(agent) && text.contains("ALIVE") && text.contains("mem:"), "{text}");
    });
    let refused = stage.says(&stage.admin, "admin agent list", &[]);
    assert!(refused.contains("superadmin privilege required") && !refused.contains(agent), "{refused}");
    stage.shows(root, "admin resource query-slots", &[], |text| {
        assert!(text.contains("cpu (count)") && text.contains("mem (bytes)"), "{text}");
    });
    stage.shows(root, "admin resource docker-registries", &[], |text| {
        assert!(text.contains("local.rollcall"), "{text}");
    });
    let refused = stage.says(&stage.admin, "admin resource docker-registries", &[]);
    assert!(refused.contains("401"), "{refused}");
}
