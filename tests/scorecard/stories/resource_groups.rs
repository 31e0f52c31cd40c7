//! A resource group comes, is given to a domain and taken from it, and goes.

use serde_json::{Value, json};

use crate::stage::{Stage, has_line};

pub(crate) fn story(stage: &Stage<'_>) {
    let root = &stage.root;
    let group = || stage.asks(root, "{ scaling_group(name: \"card-red\") { description is_active driver scheduler } }");
    let usable = || stage.says(&stage.alice, "admin scaling-group get-available", &["default"]).contains("card-red");
    stage.shows(root, "admin scaling-group add", &["card-red", "-d", "Red", "--scheduler", "lifo"], |_| {
        let made = json!({ "description": "Red", "is_active": true, "driver": "static", "scheduler": "lifo" });
        assert_eq!(group(), made);
    });
    stage.shows(root, "admin scaling-group info", &["card-red"], |text| {
        assert!(has_line(text, &["Description", "Red"]) && has_line(text, &["Scheduler", "lifo"]), "{text}");
    });
    stage.shows(root, "admin scaling-group list", &[], |text| {
        assert!(has_line(text, &["card-red", "Red", "lifo"]) && has_line(text, &["default", "fifo"]), "{text}");
    });
    assert!(!usable());
    stage.shows(root, "admin scaling-group associate-scaling-group", &["card-red", "default"], |_| {
        assert!(usable());
    });
    stage.shows(&stage.alice, "admin scaling-group get-available", &["default"], |text| {
        assert!(has_line(text, &["card-red"]), "{text}");
    });
    let change = ["card-red", "-d", "Crimson", "--scheduler", "drf"];
    stage.shows(root, "admin scaling-group update", &change, |_| {
        assert_eq!((&group()["description"], &group()["scheduler"]), (&"Crimson".into(), &"drf".into()));
    });
    let said = stage.says(&stage.admin, "admin scaling-group delete", &["card-red"]);
    assert!(said.contains("no permission") && group()["is_active"] == true, "{said}");
    stage.shows(root, "admin scaling-group dissociate-scaling-group", &["card-red", "default"], |_| {
        assert!(!usable());
    });
    stage.shows(root, "admin scaling-group delete", &["card-red"], |_| assert_eq!(group(), Value::Null));
}
