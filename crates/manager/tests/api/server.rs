//! The server as a whole: status, freeze, announcement, scheduler, watchers, counting anew.

use http::Method;
use serde_json::{Value, json};

use crate::world::World;

async fn put(world: &World, body: Value) -> String {
    world.call("ROOT", Method::PUT, "/manager/status", Some(body)).await.told()
}

async fn post(world: &World, target: &str, body: Value) -> String {
    world.call("ROOT", Method::POST, target, Some(body)).await.told()
}

#[tokio::test]
async fn the_status_tells_what_is_so() {
    let world = World::new().await;
    world.session("USER", "runs").await;
    // The SDK sends a body with it.
    let answer = world.call("USER", Method::GET, "/manager/status", Some(json!({"status": "x"}))).await;
    insta::assert_snapshot!(answer.text);
}

#[tokio::test]
async fn a_frozen_server_reads_and_thaws() {
    let world = World::new().await;
    world.session("USER", "runs").await;
    let create = json!({"name": "more", "image": "sh"});
    assert_eq!(put(&world, json!({"status": "frozen"})).await, "204");
    assert_eq!(world.get("USER", "/manager/status").await.json()["status"], "frozen");
    let refused = world.call("USER", Method::POST, "/session", Some(create.clone())).await.told();
    assert_eq!(refused, "503 server-frozen");
    assert_eq!(world.get("USER", "/session/runs").await.json()["status"], "RUNNING");
    assert_eq!(post(&world, "/resource/recalculate-usage", json!({})).await, "200");
    assert_eq!(put(&world, json!({"status": "RUNNING"})).await, "204");
    assert!(world.call("USER", Method::POST, "/session", Some(create)).await.status.is_success());
    for wrong in [json!({}), json!({"status": "thawed"}), json!({"status": "frozen", "force_kill": "maybe"})] {
        assert_eq!(put(&world, wrong).await, "400 invalid-api-params: Input validation error");
    }
    let status = world.get("USER", "/manager/status").await.json();
    assert_eq!((&status["status"], &status["active_sessions"]), (&json!("running"), &json!(2)));
}

#[tokio::test]
async fn a_freeze_by_force_ends_every_session() {
    let world = World::new().await;
    world.session("USER", "nearby").await;
    world.session("FAR-USER", "faraway").await;
    assert_eq!(put(&world, json!({"status": "FROZEN", "force_kill": true})).await, "204");
    let list = "{ compute_session_list(limit: 9, offset: 0, status: \"TERMINATED\") { items { name status_info } } }";
    let list = world.gql("ROOT", list, json!({})).await.json();
    let ended = list["data"]["compute_session_list"]["items"].as_array().unwrap().clone();
    assert_eq!(ended.len(), 2, "{ended:?}");
    assert!(ended.iter().all(|row| row["status_info"] == "force-terminated"), "{ended:?}");
    let status = world.get("USER", "/manager/status").await.json();
    assert_eq!((&status["status"], &status["active_sessions"]), (&json!("frozen"), &json!(0)));
}

#[tokio::test]
async fn an_announcement_comes_and_goes() {
    let world = World::new().await;
    let told = async || world.get("USER", "/manager/announcement").await.json();
    let set = async |body: Value| post(&world, "/manager/announcement", body).await;
    assert_eq!(set(json!({"enabled": true, "message": "Down at noon."})).await, "204");
    assert_eq!(told().await, json!({"enabled": true, "message": "Down at noon."}));
    for wrong in [json!({"enabled": true}), json!({"enabled": true, "message": ""}), json!({"enabled": "perhaps"})] {
        assert_eq!(set(wrong).await, "400 invalid-api-params: Input validation error");
    }
    assert_eq!(told().await["message"], "Down at noon.");
    assert_eq!(set(json!({"enabled": false})).await, "204");
    assert_eq!(told().await, json!({"enabled": false, "message": ""}));
}

#[tokio::test]
async fn an_excluded_agent_gets_nothing_new() {
    let world = World::new().await;
    let operate = async |op: &str, agents: Value| {
        post(&world, "/manager/scheduler/operation", json!({"op": op, "args": agents})).await
    };
    let schedulable = async || {
        let answer = world.gql("ROOT", "{ agents { schedulable } }", json!({})).await.json();
        answer["data"]["agents"][0]["schedulable"].clone()
    };
    assert_eq!(operate("exclude-agents", json!(["i-test"])).await, "204");
    assert_eq!(schedulable().await, false);
    let body = json!({"name": "waits", "image": "sh", "enqueueOnly": true});
    world.call("USER", Method::POST, "/session", Some(body)).await;
    // One unknown name is enough to change nothing.
    assert_eq!(operate("include-agents", json!(["i-test", "i-none"])).await, "404 instance-not-found");
    assert_eq!(schedulable().await, false);
    assert_eq!(world.get("USER", "/session/waits").await.json()["status"], "PENDING");
    assert_eq!(operate("include-agents", json!(["i-test"])).await, "204");
    let started = async {
        while world.get("USER", "/session/waits").await.json()["status"] != "RUNNING" {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), started).await.unwrap();
}

#[tokio::test]
async fn an_agent_without_a_watcher_says_so() {
    let world = World::new().await;
    let ask = async |agent: &str| world.get("ROOT", &format!("/resource/watcher?agent_id={agent}")).await.told();
    let told = ask("i-test").await;
    assert!(told.starts_with("503 service-unavailable: The agent i-test has no watcher"), "{told}");
    assert_eq!(ask("i-none").await, "404 instance-not-found");
    assert_eq!(world.get("ROOT", "/resource/watcher").await.told(), "400 invalid-api-params: Input validation error");
}
