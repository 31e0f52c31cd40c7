//! Why sessions wait: asked for where something waits and the server tells, and nowhere else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use rollcall_client::{ListOptions, SessionPage};
use rollcall_model::session::Waiting;
use serde_json::{Value, json};
use support::{Asked, Fake};

const IDS: [&str; 2] = ["aaaaaaaa-2222-3333-4444-555555555555", "bbbbbbbb-2222-3333-4444-555555555555"];

/// One session runs, one waits; `own` are the server's own fields.
fn answer(asked: &Asked, own: &[&str]) -> (u16, Value) {
    let query = asked.body["query"].as_str().unwrap();
    if query.contains("__type") {
        let fields: Vec<_> = own.iter().map(|name| json!({ "name": name })).collect();
        return (200, json!({"data": {"__type": {"fields": fields}}}));
    }
    let waiting = json!({"sentence": "Waits for memory: needs more.", "ahead": 4, "unblock": "Less."});
    let rows = match query.contains("waiting {") {
        true => json!([{"id": IDS[0], "waiting": null}, {"id": IDS[1], "waiting": waiting}]),
        false => json!([{"id": IDS[0], "status": "RUNNING"}, {"id": IDS[1], "status": "PENDING"}]),
    };
    match query.contains("compute_session_list") {
        true => (200, json!({"data": {"compute_session_list": {"items": rows, "total_count": 2}}})),
        false => (200, json!({"data": {"compute_session": rows[1]}})),
    }
}

async fn listed(fake: &Fake) -> SessionPage {
    let (client, options) = (fake.client(), ListOptions::default());
    let mut page = client.sessions().list(&options).await.unwrap();
    client.sessions().explain(&options, &mut page).await.unwrap();
    page
}

fn told() -> Waiting {
    Waiting { sentence: "Waits for memory: needs more.".to_owned(), ahead: 4, unblock: "Less.".to_owned() }
}

#[tokio::test]
async fn rollcall_tells_why() {
    let fake = Fake::start("v6.20210815", "21.09.9", |asked| answer(asked, &["id", "waiting"])).await;
    let page = listed(&fake).await;
    assert_eq!(page.items[0].waiting, None);
    assert_eq!(page.items[1].waiting, Some(told()));
    let mut row = page.items[1].clone();
    row.waiting = None;
    fake.client().sessions().explain_one(&mut row).await.unwrap();
    assert_eq!(row.waiting, Some(told()));
}

#[tokio::test]
async fn other_servers_are_not_asked_for_what_they_lack() {
    let fake = Fake::start("v6.20210815", "21.09.9", |asked| answer(asked, &["id", "status"])).await;
    let page = listed(&fake).await;
    assert!(page.items.iter().all(|row| row.waiting.is_none()));
    let asked: Vec<_> = fake.asked().into_iter().map(|asked| asked.body["query"].to_string()).collect();
    assert_eq!(asked.len(), 2);
    assert!(!asked.iter().any(|query| query.contains("waiting")), "{asked:?}");
}

#[tokio::test]
async fn where_nothing_waits_nothing_more_is_asked() {
    let fake = Fake::start("v6.20210815", "21.09.9", |_| {
        (200, json!({"data": {"compute_session_list": {"items": [{"id": IDS[0], "status": "RUNNING"}], "total_count": 1}}}))
    })
    .await;
    listed(&fake).await;
    assert_eq!(fake.asked().len(), 1);
}
