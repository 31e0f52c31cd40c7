//! Every mutation as every role: a readable table, and a companion that fails when one is missing.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::world::{PEOPLE, World};

/// Mutations of another subject, each with its own table elsewhere.
const ELSEWHERE: [&str; 0] = [];

/// The name, what is asked for, and the selection besides `ok` and `msg`.
fn mutations(_world: &World) -> Vec<(&'static str, String)> {
    vec![("modify_agent", "modify_agent(id: \"nowhere\", props: {schedulable: true})".into())]
}

#[tokio::test]
async fn every_mutation_by_role() {
    let world = World::new().await;
    let mutations = mutations(&world);
    let mut table = String::new();
    for (name, mutation) in &mutations {
        for (caller, ..) in PEOPLE.iter().filter(|(key, ..)| *key != "SLOW") {
            let query = format!("mutation {{ {mutation} {{ ok msg }} }}");
            let answer = world.gql(caller, &query, json!({})).await.json();
            table.push_str(&format!("{name:24} {caller:10} {}\n", told(&answer)));
        }
    }
    insta::assert_snapshot!(table);

    let introspection = "{ __schema { mutationType { name fields { name } } } }";
    let root = world.gql("USER", introspection, json!({})).await.json()["data"]["__schema"]["mutationType"].clone();
    assert_eq!(root["name"], "Mutations");
    let known: BTreeSet<&str> =
        root["fields"].as_array().unwrap().iter().map(|field| field["name"].as_str().unwrap()).collect();
    let walked: BTreeSet<&str> = mutations.iter().map(|(name, _)| *name).chain(ELSEWHERE).collect();
    assert_eq!(walked, known, "a mutation is missing in the table");
}

/// `ok` and `msg`, or the error.
fn told(answer: &Value) -> String {
    if let Some(errors) = answer.get("errors") {
        return format!("error: {}", errors[0]["message"].as_str().unwrap());
    }
    let done = answer["data"].as_object().unwrap().values().next().unwrap();
    let msg = done["msg"].as_str().unwrap().replace('\n', "\\n");
    if done["ok"] == true { format!("ok: {msg}") } else { format!("refused: {msg}") }
}
