//! A user's sessions by both names of each command, and an administrator's look at them.

use crate::harness::wait_for;
use crate::stage::{Stage, has_line};

pub(crate) fn story(stage: &Stage<'_>) {
    started(stage);
    changed(stage);
    ended(stage);
}

fn started(stage: &Stage<'_>) {
    let alice = &stage.alice;
    let running = |name: &str| {
        let query = format!(
            "{{ compute_session_list(limit: 9, offset: 0, status: \"RUNNING\", filter: \"name == \\\"{name}\\\"\")
               {{ items {{ tag occupied_slots access_key }} }} }}"
        );
        let item = stage.asks(alice, &query)["items"][0].clone();
        assert_eq!(item["access_key"], alice.access_key.as_str(), "{name}: {item}");
        assert_eq!(item["occupied_slots"], "{\"cpu\": \"1\", \"mem\": \"268435456\"}");
        item["tag"].clone()
    };
    let options = ["-r", "cpu=1", "-r", "mem=256m", "--tag", "seen", "-e", "WORD=said-by-it"];
    stage.shows(alice, "create", &[&["bash", "--name", "card-one"], &options[..]].concat(), |text| {
        assert!(text.contains("is created and ready"), "{text}");
        assert_eq!(running("card-one"), "seen");
    });
    let batch = ["--type", "batch", "-c", "echo $WORD"];
    let arguments = [&["bash", "--name", "card-batch"], &options[..], &batch[..]].concat();
    stage.shows(alice, "session create", &arguments, |_| {
        let id = stage.cli.id_of(alice, "card-batch");
        stage.session_becomes(alice, &id, "TERMINATED");
        let query = format!("{{ compute_session(id: \"{id}\") {{ result }} }}");
        assert_eq!(stage.asks(alice, &query)["result"], "SUCCESS");
    });
    stage.shows(alice, "session logs", &["card-batch"], |text| assert!(text.contains("said-by-it"), "{text}"));
}

/// Lists, details, new names, new processes.
fn changed(stage: &Stage<'_>) {
    let alice = &stage.alice;
    for command in ["ps", "session list"] {
        stage.shows(alice, command, &[], |text| assert!(has_line(text, &["card-one", "RUNNING"]), "{text}"));
        let text = stage.says(alice, command, &["--dead", "--name-only"]);
        assert!(text.contains("card-batch") && !text.contains("card-one"), "{text}");
        assert!(!stage.says(&stage.bob, command, &[]).contains("card-one"));
    }
    stage.shows(&stage.root, "admin session list", &["--access-key", &alice.access_key], |text| {
        assert!(has_line(text, &["card-one", &alice.access_key, "RUNNING"]), "{text}");
    });
    let id = stage.cli.id_of(alice, "card-one");
    for command in ["info", "session info"] {
        stage.shows(alice, command, &[&id], |text| {
            assert!(text.contains("card-one") && text.contains("RUNNING") && text.contains("main1"), "{text}");
        });
    }
    stage.shows(&stage.root, "admin session info", &[&id], |text| assert!(text.contains("card-one"), "{text}"));
    stage.shows(alice, "apps", &["card-one"], |text| {
        assert!(text.contains("Service ttyd does not have customizable arguments."), "{text}");
    });
    let foreign = stage.says(&stage.bob, "apps", &[&id]);
    assert!(foreign.contains("404") && !foreign.contains("ttyd"), "{foreign}");
    let foreign = stage.says(&stage.bob, "info", &[&id]);
    assert!(!foreign.contains("card-one"), "{foreign}");
    stage.shows(alice, "session rename", &["card-one", "card-two"], |_| {
        assert_eq!(stage.cli.id_of(alice, "card-two"), id);
    });
    for command in ["restart", "session restart"] {
        let generation = || {
            let query = format!("{{ compute_session(id: \"{id}\") {{ status containers {{ container_id }} }} }}");
            let session = stage.asks(alice, &query);
            (session["status"] == "RUNNING").then(|| session["containers"][0]["container_id"].clone())
        };
        let before = wait_for("it to run", generation);
        stage.shows(alice, command, &["card-two"], |_| {
            wait_for("another container", || generation().filter(|after| *after != before));
        });
    }
}

fn ended(stage: &Stage<'_>) {
    let alice = &stage.alice;
    let id = stage.cli.id_of(alice, "card-two");
    stage.shows(alice, "destroy", &["-s", "card-two"], |text| {
        assert!(text.contains("cpu_used"), "{text}");
        stage.session_becomes(alice, &id, "TERMINATED");
    });
    // An administrator ends another's, with the owner's key.
    let id = stage.start_session(alice, "card-three");
    let refused = stage.says(&stage.bob, "session destroy", &["card-three", "-o", &alice.access_key]);
    assert!(refused.contains("403"), "{refused}");
    stage.session_becomes(alice, &id, "RUNNING");
    stage.shows(&stage.admin, "session destroy", &["-f", "card-three", "-o", &alice.access_key], |_| {
        stage.session_becomes(alice, &id, "TERMINATED");
    });
}
