//! A session's life through REST.

use http::{Method, StatusCode};
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn start_look_read_rename_end() {
    let world = World::new().await;
    let id = world.session("USER", "first").await;

    let again = json!({"clientSessionToken": "first", "lang": "sh"});
    let reused = world.call("USER", Method::POST, "/session/_/create", Some(again)).await;
    assert_eq!(reused.status, StatusCode::OK);
    assert_eq!(
        reused.json(),
        json!({"sessionId": id, "sessionName": "first", "status": "RUNNING", "service_ports": [], "created": false})
    );
    let taken = json!({"name": "first", "image": "sh", "reuseIfExists": "no"});
    let taken = world.call("USER", Method::POST, "/session", Some(taken)).await;
    assert_eq!(taken.told(), "400 session-already-exists");
    assert_eq!(taken.json()["data"], json!({ "existingSessionId": id }));

    let info = world.get("USER", &format!("/session/{}", &id[..8])).await.json();
    assert_eq!((&info["status"], &info["containerId"]), (&json!("RUNNING"), &json!("c-main1")));
    assert_eq!(world.get("USER", "/session/first/logs").await.json()["result"]["logs"], "log of first");
    assert_eq!(world.call("USER", Method::POST, "/session/fir/rename?name=second", None).await.told(), "204");
    assert_eq!(world.get("USER", "/session/first").await.told(), "404 session-not-found");
    let matched = world.get("USER", "/session/_/match?id=sec").await.json();
    assert_eq!(matched, json!({"matches": [{"id": id, "name": "second", "status": "RUNNING"}]}));

    let ended = world.call("USER", Method::DELETE, "/session/second", None).await;
    assert_eq!(ended.json()["stats"]["status"], "terminated");
    assert_eq!(world.get("USER", "/session/second").await.told(), "404 session-not-found");
    assert_eq!(world.get("USER", "/session/second/logs").await.json()["result"]["logs"], "log of first");
}

#[tokio::test]
async fn a_key_tells_how_many_sessions_count() {
    let world = World::new().await;
    let used = async || {
        let answer = world.gql("USER", "{ keypair { concurrency_used } }", json!({})).await.json();
        answer["data"]["keypair"]["concurrency_used"].clone()
    };
    assert_eq!(used().await, 0);
    world.session("USER", "counted-1").await;
    world.session("USER", "counted-2").await;
    assert_eq!(used().await, 2);
    world.call("USER", Method::DELETE, "/session/counted-1", None).await;
    assert_eq!(used().await, 1);
}

#[tokio::test]
async fn many_matches_are_listed() {
    let world = World::new().await;
    world.session("USER", "same-1").await;
    world.session("USER", "same-2").await;
    let answer = world.get("USER", "/session/same").await;
    assert_eq!(answer.told(), "404 too-many-sessions-matched");
    let matches = answer.json()["data"]["matches"].as_array().unwrap().clone();
    assert_eq!(matches.len(), 2);
    assert!(matches.iter().all(|found| found["status"] == "RUNNING" && found["created_at"].is_string()));
    assert_eq!(world.get("USER", "/session/sa%25e-1").await.told(), "404 session-not-found");
}

#[tokio::test]
async fn waiting_has_an_end_and_enqueueing_none() {
    let world = World::new().await;
    let huge = |name: &str, more: &str, value: serde_json::Value| json!({"name": name, "image": "sh", "config": {"resources": {"cpu": 60}}, more: value});
    let answer = world.call("USER", Method::POST, "/session", Some(huge("patient", "maxWaitSeconds", json!(1)))).await;
    assert_eq!((answer.status, &answer.json()["status"]), (StatusCode::CREATED, &json!("TIMEOUT")));
    let answer = world.call("USER", Method::POST, "/session", Some(huge("queued", "enqueueOnly", json!(true)))).await;
    assert_eq!((&answer.json()["status"], &answer.json()["servicePorts"]), (&json!("PENDING"), &json!([])));
    let ended = world.call("USER", Method::DELETE, "/session/queued", None).await;
    assert_eq!(ended.json(), json!({"stats": {"status": "cancelled"}}));
}

#[tokio::test]
async fn wrong_creations_change_nothing() {
    let world = World::new().await;
    let mut table = String::new();
    for (name, body) in [
        ("no name", json!({"image": "sh"})),
        ("bad name", json!({"name": "a b", "image": "sh"})),
        ("no image", json!({"name": "good-name"})),
        ("unknown image", json!({"name": "good-name", "image": "none"})),
        ("bad type", json!({"name": "good-name", "image": "sh", "type": "other"})),
        ("bad flag", json!({"name": "good-name", "image": "sh", "enqueueOnly": "maybe"})),
        ("other domain", json!({"name": "good-name", "image": "sh", "domain": "other"})),
        ("unknown project", json!({"name": "good-name", "image": "sh", "group": "none"})),
        ("unknown resource group", json!({"name": "good-name", "image": "sh", "config": {"scaling_group": "none"}})),
        ("unknown slot", json!({"name": "good-name", "image": "sh", "config": {"resources": {"gold": 1}}})),
        ("below the image", json!({"name": "good-name", "image": "sh", "config": {"resources": {"mem": "1m"}}})),
        ("agents chosen", json!({"name": "good-name", "image": "sh", "config": {"agent_list": ["i-test"]}})),
        ("too many kernels", json!({"name": "good-name", "image": "sh", "cluster_size": 2})),
        ("folder", json!({"name": "good-name", "image": "sh", "config": {"mounts": ["data"]}})),
    ] {
        let answer = world.call("USER", Method::POST, "/session", Some(body)).await;
        let data = answer.json()["data"].clone();
        let data = if data.is_null() { String::new() } else { format!(" {data}") };
        table.push_str(&format!("{name:24} {}{data}\n", answer.told()));
    }
    insta::assert_snapshot!(table);
    assert_eq!(world.get("USER", "/session/_/match?id=good").await.json(), json!({"matches": []}));
}
