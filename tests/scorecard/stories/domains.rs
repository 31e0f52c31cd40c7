//! A domain comes, changes and goes.

use serde_json::json;

use crate::stage::{Stage, has_line};

pub(crate) fn story(stage: &Stage<'_>) {
    let root = &stage.root;
    let domain = |name: &str| {
        stage.asks(root, &format!("{{ domain(name: \"{name}\") {{ description is_active total_resource_slots }} }}"))
    };
    let slots = "{\"cpu\": 8, \"mem\": \"16g\"}";
    stage.shows(root, "admin domain add", &["card-zoo", "-d", "Animals", "--total-resource-slots", slots], |_| {
        let given = "{\"cpu\": \"8\", \"mem\": \"17179869184\"}";
        assert_eq!(
            domain("card-zoo"),
            json!({ "description": "Animals", "is_active": true, "total_resource_slots": given })
        );
    });
    stage.shows(root, "admin domain info", &["card-zoo"], |text| {
        assert!(has_line(text, &["Description", "Animals"]) && text.contains("cpu:8, mem:16.0G"), "{text}");
    });
    stage.shows(root, "admin domain list", &[], |text| {
        assert!(has_line(text, &["card-zoo", "Animals", "True"]) && text.contains("research"), "{text}");
    });
    let change = ["card-zoo", "--new-name", "card-park", "--description", "Plants"];
    stage.shows(root, "admin domain update", &change, |_| {
        assert_eq!(domain("card-park")["description"], "Plants");
    });
    stage.shows(root, "admin domain delete", &["card-park"], |_| {
        assert_eq!(domain("card-park")["is_active"], false);
    });
    stage.shows(root, "admin domain purge", &["card-park"], |_| {
        let all = stage.asks(root, "{ domains { name } }");
        assert!(!all.as_array().unwrap().contains(&json!({ "name": "card-park" })), "{all}");
    });
    // An administrator of a domain makes none and takes none away.
    for (command, arguments) in [("admin domain add", ["card-mine"]), ("admin domain purge", ["research"])] {
        let said = stage.says(&stage.admin, command, &arguments);
        assert!(said.contains("no permission"), "{said}");
    }
    let all = stage.asks(root, "{ domains { name } }").to_string();
    assert!(all.contains("research") && !all.contains("card-mine"), "{all}");
}
