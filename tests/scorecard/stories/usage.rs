//! What a project used in a month.

use crate::harness::signed;
use crate::stage::Stage;

pub(crate) fn story(stage: &Stage<'_>) {
    let (root, alice) = (&stage.root, &stage.alice);
    let id = stage.start_session(alice, "card-used");
    let ended = signed::request(stage.cli.up, alice, "DELETE", &format!("/session/{id}"), None).unwrap();
    assert!(ended.succeeded(), "{}", ended.json);
    stage.session_becomes(alice, &id, "TERMINATED");
    let session = stage.asks(alice, &format!("{{ compute_session(id: \"{id}\") {{ terminated_at }} }}"));
    let month = session["terminated_at"].as_str().unwrap()[..7].replace('-', "");
    stage.shows(root, "admin resource usage-per-month", &[&month, &stage.group], |text| {
        assert!(text.contains(&format!("Group: default ({})", stage.group)), "{text}");
        assert!(text.contains(&format!("Identity: card-used / {}", alice.access_key)), "{text}");
    });
    // The list that the client cannot print is there.
    let [first, last] = &stage.days;
    let target = format!("/resource/usage/period?group_id={}&start_date={first}&end_date={last}", stage.group);
    let report = signed::request(stage.cli.up, root, "GET", &target, None).unwrap();
    assert_eq!(report.json[0]["g_id"], stage.group.as_str());
    let none = stage.says(root, "admin resource usage-per-month", &["200001", &stage.group]);
    assert!(!none.contains("Identity"), "{none}");
    let refused = stage.says(&stage.admin, "admin resource usage-per-month", &[&month, &stage.group]);
    assert!(refused.contains("401") && !refused.contains("Identity"), "{refused}");
}
