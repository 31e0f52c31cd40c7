//! A machine is left out of scheduling and taken in again; what is in use is counted anew.

use serde_json::json;

use crate::stage::Stage;

pub(crate) fn story(stage: &Stage<'_>) {
    let (root, bob) = (&stage.root, &stage.bob);
    let agent = stage.agent.as_str();
    let key = || stage.asks(bob, "{ keypair { concurrency_used } }");
    stage.start_session(bob, "card-counted");
    stage.shows(root, "admin resource recalculate-usage", &[], |text| {
        assert!(text.contains("re-calculated") && !text.contains("Error"), "{text}");
        assert_eq!(key(), json!({ "concurrency_used": 1 }));
    });
    let schedulable = || stage.asks(root, &format!("{{ agent(agent_id: \"{agent}\") {{ schedulable }} }}"));
    let refused = stage.says(&stage.admin, "admin manager scheduler exclude-agents", &[agent]);
    assert!(refused.contains("401"), "{refused}");
    assert_eq!(schedulable(), json!({ "schedulable": true }));
    stage.shows(root, "admin manager scheduler exclude-agents", &[agent], |_| {
        assert_eq!(schedulable(), json!({ "schedulable": false }));
    });
    stage.shows(root, "admin manager scheduler include-agents", &[agent], |_| {
        assert_eq!(schedulable(), json!({ "schedulable": true }));
    });
}
