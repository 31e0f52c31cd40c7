//! A project comes, takes people in, lets them go, and goes.

use serde_json::{Value, json};

use crate::stage::{Stage, has_line};

pub(crate) fn story(stage: &Stage<'_>) {
    let admin = &stage.admin;
    let arguments = ["default", "card-lions", "-d", "Cats", "--total-resource-slots", "{\"cpu\": 4}"];
    stage.shows(admin, "admin group add", &arguments, |_| {
        let found = stage.asks(admin, "{ groups_by_name(name: \"card-lions\") { description total_resource_slots } }");
        assert_eq!(found, json!([{ "description": "Cats", "total_resource_slots": "{\"cpu\": \"4\"}" }]));
    });
    let found = stage.asks(admin, "{ groups_by_name(name: \"card-lions\") { id } }");
    let id = found[0]["id"].as_str().unwrap().to_owned();
    let group = || stage.asks(&stage.root, &format!("{{ group(id: \"{id}\") {{ name description is_active }} }}"));
    stage.shows(&stage.root, "admin group list", &["-d", "default"], |text| {
        assert!(has_line(text, &[&id, "card-lions", "True"]), "{text}");
    });
    stage.shows(admin, "admin group info", &[&id], |text| {
        assert!(has_line(text, &["Description", "Cats"]) && text.contains("cpu:4"), "{text}");
    });
    members(stage, &id);
    stage.shows(admin, "admin group update", &[&id, "-n", "card-tigers", "-d", "Striped"], |_| {
        assert_eq!(group(), json!({ "name": "card-tigers", "description": "Striped", "is_active": true }));
    });
    stage.shows(admin, "admin group delete", &[&id], |_| assert_eq!(group()["is_active"], false));
    stage.shows(admin, "admin group purge", &[&id], |_| assert_eq!(group(), Value::Null));
    // A user makes none.
    let said = stage.says(&stage.alice, "admin group add", &["default", "card-mine"]);
    assert!(said.contains("no permission"), "{said}");
    let found = stage.asks(&stage.root, "{ groups_by_name(name: \"card-mine\") { id } }");
    assert_eq!(found, json!([]));
}

fn members(stage: &Stage<'_>, id: &str) {
    let (admin, bob) = (&stage.admin, &stage.bob);
    let uuid = stage.asks(bob, "{ user { uuid } }")["uuid"].as_str().unwrap().to_owned();
    let joined = || {
        let groups = stage.asks(bob, "{ groups { id } }");
        groups.as_array().unwrap().contains(&json!({ "id": id }))
    };
    assert!(!joined());
    stage.shows(admin, "admin group add-users", &[id, &uuid], |_| assert!(joined()));
    stage.shows(admin, "admin group remove-users", &[id, &uuid], |_| assert!(!joined()));
}
