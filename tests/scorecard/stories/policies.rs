//! A policy of keypairs comes, changes and goes, and binds the key that has it.

use serde_json::{Value, json};

use crate::stage::{Stage, has_line};

pub(crate) fn story(stage: &Stage<'_>) {
    let root = &stage.root;
    let policy = || {
        let query = "{ keypair_resource_policy(name: \"card-gold\")
                       { default_for_unspecified total_resource_slots max_concurrent_sessions idle_timeout } }";
        stage.asks(root, query)
    };
    let arguments = [
        "card-gold",
        "--default-for-unspecified=LIMITED",
        "--total-resource-slots={\"cpu\": 2, \"mem\": \"1g\"}",
        "--max-concurrent-sessions=3",
        "--max-containers-per-session=2",
        "--max-vfolder-count=5",
        "--max-vfolder-size=0",
        "--idle-timeout=3600",
        "--allowed-vfolder-hosts=local:one",
    ];
    stage.shows(root, "admin keypair-resource-policy add", &arguments, |_| {
        let made = json!({
            "default_for_unspecified": "LIMITED", "max_concurrent_sessions": 3, "idle_timeout": 3600,
            "total_resource_slots": "{\"cpu\": \"2\", \"mem\": \"1073741824\"}",
        });
        assert_eq!(policy(), made);
    });
    stage.shows(root, "admin keypair-resource-policy info", &["card-gold"], |text| {
        assert!(has_line(text, &["Max Concurrent Sessions", "3"]) && text.contains("local:one"), "{text}");
    });
    stage.shows(root, "admin keypair-resource-policy list", &[], |text| {
        assert!(has_line(text, &["card-gold", "3600"]) && has_line(text, &["default"]), "{text}");
    });
    let change = ["card-gold", "--max-concurrent-sessions=9"];
    stage.shows(root, "admin keypair-resource-policy update", &change, |_| {
        assert_eq!(policy()["max_concurrent_sessions"], 9);
        assert_eq!(policy()["idle_timeout"], 3600);
    });
    let said = stage.says(&stage.admin, "admin keypair-resource-policy update", &change);
    assert!(said.contains("no permission"), "{said}");
    stage.shows(root, "admin keypair-resource-policy delete", &["card-gold"], |_| assert_eq!(policy(), Value::Null));
}
