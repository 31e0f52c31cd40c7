//! The error log through the API: the contract's answers, its bounds, and who sees whose.

use http::Method;
use serde_json::{Value, json};

use crate::world::{Answer, PEOPLE, World};

const PLACE: &str = "/logs/error";

fn report(message: &str) -> Value {
    json!({"severity": "error", "source": "webui", "message": message, "context_lang": "en",
        "context_env": "{\"page\": \"/summary\"}", "request_url": "/func/x", "request_status": 500,
        "traceback": "at x\n\tat y"})
}

async fn add(world: &World, key: &str, body: Value) -> Answer {
    world.call(key, Method::POST, PLACE, Some(body)).await
}

async fn clear(world: &World, key: &str, id: &str) -> Answer {
    world.call(key, Method::POST, &format!("{PLACE}/{id}/clear"), None).await
}

async fn ids(world: &World, key: &str) -> Vec<(String, String)> {
    let logs = world.get(key, &format!("{PLACE}?page_size=100")).await.json()["logs"].clone();
    let text = |log: &Value, name: &str| log[name].as_str().unwrap().to_owned();
    logs.as_array().unwrap().iter().map(|log| (text(log, "message"), text(log, "log_id"))).collect()
}

#[tokio::test]
async fn an_entry_from_first_to_last() {
    let world = World::new().await;
    assert_eq!(world.get("USER", PLACE).await.text, r#"{"logs":[],"count":0}"#);
    assert_eq!(add(&world, "USER", report("one")).await.text, r#"{"success":true}"#);
    let bare = json!({"severity": "critical", "source": "cli", "message": "two\u{1b}[2J", "context_lang": "ko",
        "context_env": "{}"});
    assert_eq!(add(&world, "USER", bare).await.text, r#"{"success":true}"#);
    let told = world.get("USER", &format!("{PLACE}?mark_read=True&page_size=20&page_no=1")).await.json();
    let own = world.gql("USER", "{ user { uuid } }", json!({})).await.json()["data"]["user"]["uuid"].clone();
    let logs = told["logs"].as_array().unwrap();
    assert!(logs.iter().all(|log| log["created_at"].as_f64().is_some_and(|at| at > 1.6e9)));
    let expected = json!([
        {"severity": "critical", "source": "cli", "user": own, "is_read": false, "message": "two\u{fffd}[2J",
         "context_lang": "ko", "context_env": {}, "request_url": null, "request_status": null, "traceback": null},
        {"severity": "error", "source": "webui", "user": own, "is_read": false, "message": "one",
         "context_lang": "en", "context_env": {"page": "/summary"}, "request_url": "/func/x", "request_status": 500,
         "traceback": "at x\n\tat y"},
    ]);
    let mut shown = logs.clone();
    for log in &mut shown {
        let log = log.as_object_mut().unwrap();
        log.remove("log_id");
        log.remove("created_at");
    }
    assert_eq!((json!(shown), &told["count"]), (expected, &json!(2)));
    let again = world.get("USER", &format!("{PLACE}?page_size=1&page_no=2")).await.json();
    assert_eq!((&again["logs"][0]["message"], &again["logs"][0]["is_read"]), (&json!("one"), &json!(true)));
    assert_eq!(again["count"], 2);

    let id = logs[0]["log_id"].as_str().unwrap();
    assert_eq!(clear(&world, "USER", id).await.text, r#"{"success":true}"#);
    assert_eq!(clear(&world, "USER", id).await.text, r#"{"success":true}"#);
    let left = world.get("USER", PLACE).await.json();
    assert_eq!((&left["logs"][0]["message"], &left["count"]), (&json!("one"), &json!(1)));
    let all = world.get("ROOT", PLACE).await.json();
    assert_eq!((&all["logs"][0]["is_cleared"], &all["logs"][1]["is_cleared"]), (&json!(true), &json!(false)));
}

#[tokio::test]
async fn what_is_no_report_is_refused_by_name() {
    let world = World::new().await;
    let mut table = String::new();
    for (field, value) in [
        ("severity", json!("worst")),
        ("severity", Value::Null),
        ("source", json!("a\u{202e}b")),
        ("source", json!("x".repeat(65))),
        ("message", json!("x".repeat(8193))),
        ("message", json!("a\0b")),
        ("message", json!([])),
        ("context_lang", json!("")),
        ("context_env", json!({"not": "a text"})),
        ("context_env", json!("[1]")),
        ("context_env", json!(format!("{{\"a\":{}}}", "[".repeat(200)))),
        ("request_url", json!("x".repeat(2049))),
        ("request_status", json!(1e300)),
        ("request_status", json!("500")),
        ("traceback", json!("x".repeat(16385))),
    ] {
        let mut body = report("x");
        body[field] = value;
        let answer = add(&world, "USER", body).await;
        table.push_str(&format!("{field}: {} {}\n", answer.told(), answer.json()["data"]));
    }
    for target in ["?page_size=0", "?page_size=101", "?page_size=x", "?page_no=0", "?page_no=-1", "?mark_read=maybe"] {
        let answer = world.get("USER", &format!("{PLACE}{target}")).await;
        table.push_str(&format!("{target}: {} {}\n", answer.told(), answer.json()["data"]));
    }
    insta::assert_snapshot!(table);
    assert_eq!(world.get("ROOT", &format!("{PLACE}?page_no=9223372036854775807")).await.json()["count"], 0);
}

/// Everybody at everybody's entries. What another's says, an unknown one says too.
#[tokio::test]
async fn who_sees_and_clears_whose() {
    let world = World::new().await;
    let people = || PEOPLE.iter().map(|(key, ..)| *key).filter(|key| *key != "SLOW");
    for key in people() {
        assert_eq!(add(&world, key, report(key)).await.told(), "200");
    }
    let all = ids(&world, "ROOT").await;
    let mut table = String::new();
    for caller in people() {
        let mut seen: Vec<_> = ids(&world, caller).await.into_iter().map(|(message, _)| message).collect();
        seen.sort();
        table.push_str(&format!("{caller:10} sees {}\n", seen.join(" ")));
    }
    for caller in people() {
        let unknown = clear(&world, caller, "00000000-0000-4000-8000-000000000000").await;
        assert_eq!(unknown.told(), "404 generic-not-found: No such log.");
        for id in ["none", "%00", "%ff", "..%2f"] {
            assert_eq!(clear(&world, caller, id).await.text, unknown.text, "{id}");
        }
        let mut cleared = Vec::new();
        for (owner, id) in &all {
            let answer = clear(&world, caller, id).await;
            if answer.status.is_success() {
                cleared.push(owner.as_str());
            } else {
                assert_eq!(answer.text, unknown.text);
            }
        }
        cleared.sort_unstable();
        table.push_str(&format!("{caller:10} clears {}\n", cleared.join(" ")));
    }
    insta::assert_snapshot!(table);
}
