//! Rollcall's own field `waiting`: what it tells, and that it ends with the waiting.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::World;

async fn waiting(world: &World, who: &str, id: &str) -> Value {
    let query = "query($id: UUID!) { compute_session(id: $id) { waiting { sentence ahead unblock } } }";
    world.gql(who, query, json!({ "id": id })).await.json()["data"]["compute_session"].clone()
}

#[tokio::test]
async fn a_session_tells_why_it_waits() {
    let world = World::new().await;
    let running = world.session("USER", "running").await;
    assert_eq!(waiting(&world, "USER", &running).await, json!({ "waiting": null }));
    let body =
        json!({"name": "giant", "image": "sh", "enqueueOnly": true, "config": {"resources": {"cpu": 60, "mem": "1g"}}});
    let created = world.call("USER", Method::POST, "/session", Some(body)).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text);
    let id = created.json()["sessionId"].as_str().unwrap().to_owned();
    let told = loop {
        let told = waiting(&world, "USER", &id).await["waiting"].clone();
        if !told.is_null() {
            break told;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    let sentence = told["sentence"].as_str().unwrap();
    assert!(sentence.starts_with("Waits for processor cores: needs 60 cores, the largest agent"), "{sentence}");
    assert_eq!(told["ahead"], 0);
    assert_eq!(told["unblock"], "A larger agent joins resource group default; or start it anew with less.");
    // Who may not see the session sees no reason either.
    assert_eq!(waiting(&world, "NEIGHBOUR", &id).await, Value::Null);
    assert_eq!(waiting(&world, "ROOT", &id).await["waiting"], told);
    assert_eq!(world.call("USER", Method::DELETE, "/session/giant", None).await.status, StatusCode::OK);
    assert_eq!(waiting(&world, "USER", &id).await, json!({ "waiting": null }));
}
