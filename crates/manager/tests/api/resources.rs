//! What there is to give: resource groups, slots, presets and their check, the configuration.

use http::Method;
use rollcall_manager::Settings;
use serde_json::{Value, json};

use crate::world::World;

async fn check(world: &World, key: &str, body: Value) -> Value {
    let answer = world.call(key, Method::POST, "/resource/check-presets", Some(body)).await;
    assert_eq!(answer.told(), "200", "{}", answer.text);
    answer.json()
}

async fn config(world: &World, act: &str, body: Value) -> Value {
    let answer = world.call("ROOT", Method::POST, &format!("/config/{act}"), Some(body)).await;
    assert_eq!(answer.told(), "200", "{}", answer.text);
    answer.json()["result"].clone()
}

#[tokio::test]
async fn a_session_is_taken_off_what_is_left() {
    let world = World::with(Settings { group_resource_visibility: true, ..Settings::default() }).await;
    let before = check(&world, "USER", json!({})).await;
    assert_eq!(before["keypair_using"], json!({"cpu": "0", "mem": "0"}));
    assert_eq!(before["scaling_group_remaining"], json!({"cpu": "8", "mem": "17179869184"}));
    world.session("USER", "mine").await;
    world.session("NEIGHBOUR", "theirs").await;
    let after = check(&world, "USER", json!({"group": "default", "scaling_group": "default"})).await;
    insta::assert_snapshot!(serde_json::to_string_pretty(&after).unwrap());
    // A session counts in its own domain alone.
    let far = check(&world, "FAR-USER", json!({})).await;
    assert_eq!((&far["group_using"]["cpu"], &far["scaling_group_remaining"]["cpu"]), (&json!("0"), &json!("6")));
}

#[tokio::test]
async fn figures_of_the_project_are_kept_back_unless_set() {
    let world = World::new().await;
    let answer = check(&world, "USER", json!({})).await;
    for figures in ["group_limits", "group_using", "group_remaining"] {
        assert_eq!(answer[figures], json!({"cpu": "NaN", "mem": "NaN"}));
    }
    assert_eq!(answer["keypair_limits"], json!({"cpu": "Infinity", "mem": "Infinity"}));
}

#[tokio::test]
async fn unknown_and_foreign_names_are_refused_alike() {
    let world = World::new().await;
    let [own, other] = world.groups;
    let post = async |body: Value| world.call("USER", Method::POST, "/resource/check-presets", Some(body)).await.told();
    assert_eq!(post(json!({"group": "nowhere"})).await, "400 invalid-api-params: Unknown user group");
    assert_eq!(post(json!({"scaling_group": "nowhere"})).await, "400 invalid-api-params: Unknown scaling group");
    assert_eq!(post(json!({"group": 5})).await, "400 invalid-api-params: Input validation error");
    for group in [other.to_string(), "nowhere".into(), "00000000-0000-4000-8000-000000000000".into()] {
        let told = world.get("USER", &format!("/scaling-groups?group={group}")).await.told();
        assert_eq!(told, "404 group-not-found", "{group}");
    }
    let mine = world.get("USER", &format!("/scaling-groups?group={own}")).await.json();
    assert_eq!(mine, json!({"scaling_groups": [{"name": "default"}]}));
    assert_eq!(world.get("USER", "/scaling-groups").await.told(), "400 invalid-api-params: Input validation error");
    let none = world.get("USER", "/scaling-groups/nowhere/wsproxy-version").await.told();
    assert_eq!(none, "404 generic-not-found: No such scaling group.");
}

#[tokio::test]
async fn a_configured_slot_is_known_everywhere() {
    let world = World::new().await;
    let with_share = json!({"name": "shares", "image": "sh", "enqueueOnly": true,
        "config": {"resources": {"cpu": 1, "cuda.shares": "0.5"}}});
    let unknown = world.call("USER", Method::POST, "/session", Some(with_share.clone())).await;
    assert!(unknown.told().contains("Unknown resource slot `cuda.shares`"), "{}", unknown.text);
    let nonsense = json!({"key": "config/resource_slots", "value": {"cuda.shares": "count", "odd": "dozens"}});
    let refused = world.call("ROOT", Method::POST, "/config/set", Some(nonsense)).await;
    assert_eq!(refused.told(), "400 invalid-api-params: Input validation error");
    assert!(refused.text.contains("one of count, bytes, unique"), "{}", refused.text);
    config(&world, "set", json!({"key": "config/resource_slots", "value": {"cuda.shares": "count"}})).await;
    let slots = world.get("USER", "/config/resource-slots").await.json();
    assert_eq!(slots, json!({"cpu": "count", "cuda.shares": "count", "mem": "bytes"}));
    let answer = check(&world, "USER", json!({})).await;
    assert_eq!(answer["keypair_remaining"]["cuda.shares"], "Infinity");
    assert_eq!(answer["scaling_group_remaining"]["cuda.shares"], "0");
    // It can be asked for, and waits for an agent that has it.
    let made = world.call("USER", Method::POST, "/session", Some(with_share)).await;
    assert_eq!((made.told().as_str(), &made.json()["status"]), ("201", &json!("PENDING")), "{}", made.text);
    let waiting = || async { world.get("USER", "/v1/sessions").await.json()["items"][0]["waiting"].clone() };
    let mut why = Value::Null;
    for _ in 0..200 {
        why = waiting().await;
        if why["sentence"].as_str().is_some_and(|sentence| sentence.contains("cuda.shares")) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    assert!(why["sentence"].as_str().unwrap_or_default().contains("cuda.shares"), "{why}");
    let registries = world.get("ROOT", "/config/docker-registries").await.json();
    assert_eq!(registries, json!({"local.rollcall": "local://local.rollcall"}));
}

#[tokio::test]
async fn a_prefix_is_a_whole_path() {
    let world = World::new().await;
    config(&world, "set", json!({"key": "a/b", "value": {"": "own", "c": "1", "d": {"e": ""}}})).await;
    config(&world, "set", json!({"key": "a/bc", "value": "another"})).await;
    assert_eq!(config(&world, "get", json!({"key": "a/b"})).await, "own");
    let all = config(&world, "get", json!({"key": "a/b", "prefix": true})).await;
    assert_eq!(all, json!({"": "own", "c": "1", "d": {"e": ""}}));
    assert_eq!(config(&world, "delete", json!({"key": "a/b"})).await, "ok");
    assert_eq!(config(&world, "get", json!({"key": "a/b/c"})).await, "1");
    config(&world, "delete", json!({"key": "a/b", "prefix": true})).await;
    assert_eq!(config(&world, "get", json!({"key": "a", "prefix": true})).await, json!({"bc": "another"}));
    assert_eq!(config(&world, "get", json!({"key": "nothing", "prefix": true})).await, Value::Null);
    let many: serde_json::Map<String, Value> = (0..17).map(|n| (n.to_string(), json!("x"))).collect();
    let refused = world.call("ROOT", Method::POST, "/config/set", Some(json!({"key": "many", "value": many}))).await;
    assert_eq!(refused.status, 400);
    assert_eq!(config(&world, "get", json!({"key": "many", "prefix": true})).await, Value::Null);
}
