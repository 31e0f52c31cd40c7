//! What is refused to a creation is refused to a change of the same thing.

use serde_json::{Value, json};

use super::changes::{Change, changes};
use crate::world::World;

/// Fields that take any number: nobody reads the first, and less than zero is the default of the others.
const ANY: [&str; 4] = ["concurrency_limit", "idle_timeout", "max_session_lifetime", "max_extension"];

/// Values that are no good for anything of this type.
fn wrong(kind: &str) -> Vec<Value> {
    match kind.trim_end_matches('!') {
        "String" => vec![json!("a\u{1b}[2Jb"), json!("a\u{202e}b"), json!("a\0b"), json!("x".repeat(5_000))],
        "Int" | "BigInt" => vec![json!(-5), json!(-2147483648)],
        "JSONString" => vec![
            json!("[]"),
            json!("5"),
            json!("{\"mem\": \"lots\"}"),
            json!("{\"cpu\": -1}"),
            json!("{\"\\u001b\": 1}"),
        ],
        "[String]" => {
            vec![json!(["a\u{1b}[2Jb"]), json!(["a\0b"]), json!(["x".repeat(5_000)]), json!(vec!["x"; 1_001])]
        }
        _ => Vec::new(),
    }
}

async fn outcome(world: &World, change: &Change, field: &str, value: &Value) -> String {
    let mut arguments = change.good.clone();
    arguments["props"][field] = value.clone();
    change.told(world, &arguments).await
}

#[tokio::test]
async fn what_a_creation_refuses_a_change_refuses_too() {
    let world = World::new().await;
    let changes = changes(&world).await;
    let before = world.rows().await;
    let mut compared = 0;
    for create in changes.iter().filter(|change| change.name.starts_with("create_")) {
        let name = create.name.replace("create_", "modify_");
        let Some(modify) = changes.iter().find(|change| change.name == name) else { continue };
        for (field, kind) in &create.props {
            if ANY.contains(&field.as_str()) || !modify.props.iter().any(|(other, _)| other == field) {
                continue;
            }
            let free = kind.starts_with("JSONString") && !field.ends_with("_slots");
            for value in wrong(kind)
                .into_iter()
                .filter(|value| !free || !value.as_str().is_some_and(|text| text.starts_with('{')))
            {
                let created = outcome(&world, create, field, &value).await;
                let changed = outcome(&world, modify, field, &value).await;
                if !created.starts_with("ok") {
                    assert!(!changed.starts_with("ok"), "{name} takes {field}: {value}; creating says {created}");
                    compared += 1;
                }
                // The next value finds what this one found.
                if created.starts_with("ok") || changed.starts_with("ok") {
                    panic!("{} {field}: {value}: {created}, {changed}", create.name);
                }
            }
        }
    }
    world.is_still(&before).await;
    assert!(compared > 80, "only {compared} values were compared");
}
