//! Rollcall's own API against servers that have it, break it, or never heard of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::time::Duration;

use rollcall_client::v1::{Change, Followed, ListQuery, News, SessionRow, Start};
use rollcall_client::{Client, Credentials, Error};
use rollcall_model::list::tab::Tab;
use serde::Deserialize;
use serde_json::{Value, json};
use support::rogue::{Act, Rogue};
use uuid::Uuid;

/// A row of which little is asked.
#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Named {
    id: Uuid,
    name: String,
}

fn row(id: u128, name: &str, seconds: i64) -> Value {
    json!({"id": Uuid::from_u128(id), "name": name, "seconds_in_status": seconds})
}

fn answer(rows: &[Value], total: i64, event: i64) -> Value {
    json!({"items": rows, "total_count": total, "tabs": {"running": total, "finished": 0, "others": 0},
        "next_cursor": null, "event": event})
}

fn event(id: &str, name: &str, data: &Value) -> String {
    format!("id: {id}\nevent: {name}\ndata: {data}\n\n")
}

fn stream(events: &[String]) -> Act {
    Act::Answer(200, vec![("content-type", "text/event-stream")], events.concat().into_bytes())
}

fn problem(status: u16, slug: &str) -> Act {
    Act::json(status, &json!({"type": format!("https://api.backend.ai/probs/{slug}"), "title": "x"}))
}

fn client(rogue: &Rogue) -> Client {
    let keys = Credentials::new("AKIAEXAMPLE", "secret".to_owned().into());
    Client::builder(&rogue.endpoint).unwrap().credentials(keys).build().unwrap()
}

async fn next(followed: &mut Followed<Named>) -> Result<News<Named>, Error> {
    tokio::time::timeout(Duration::from_secs(20), followed.next()).await.unwrap()
}

fn names(followed: &Followed<Named>) -> Vec<&str> {
    followed.page().rows.iter().map(|row| row.name.as_str()).collect()
}

#[tokio::test]
async fn nothing_is_missed_or_doubled_over_lost_connections() {
    let change = json!({"changes": [{"op": "enter", "at": 0, "row": row(3, "c", 0)}, {"op": "leave", "id": Uuid::from_u128(1)}],
        "total_count": 2, "tabs": {"running": 2, "finished": 0, "others": 0}, "next_cursor": null, "event": 8});
    let rogue = Rogue::start(move |_, number| match number {
        0 => stream(&[
            ": ping\n\n".to_owned(),
            event("7", "page", &answer(&[row(1, "a", 5), row(2, "b", 5)], 2, 7)),
            event("8-x", "change", &change),
            "event: of-tomorrow\ndata: {}\n\n".to_owned(),
            event("", "end", &json!({"reason": "closing"})),
        ]),
        1 => Act::Close,
        2 => problem(503, "service-unavailable"),
        // Nothing happened meanwhile, but the clock.
        3 => stream(&[event("9", "page", &answer(&[row(3, "c", 9), row(2, "b", 9)], 2, 9))]),
        4 => stream(&[event("12", "page", &answer(&[row(2, "b2", 9), row(4, "d", 1)], 2, 12))]),
        5 => stream(&[event("12", "end", &json!({"reason": "behind"}))]),
        _ => problem(401, "auth-failed"),
    })
    .await;
    let query = ListQuery { tab: Some(Tab::Running), fields: vec!["name"], limit: 5, ..ListQuery::default() };
    let mut followed = client(&rogue).v1().follow::<Named>(&query);
    assert!(rogue.asked().is_empty(), "nothing is sent before it is asked for");
    assert_eq!(next(&mut followed).await.unwrap(), News::Page);
    assert_eq!((names(&followed), followed.page().total_count), (vec!["a", "b"], Some(2)));
    let News::Changed(changes) = next(&mut followed).await.unwrap() else { panic!("no change") };
    let c = Named { id: Uuid::from_u128(3), name: "c".to_owned() };
    assert_eq!(changes, [Change::Enter { at: 0, row: c }, Change::Leave { id: Uuid::from_u128(1) }]);
    assert_eq!(names(&followed), ["c", "b"]);
    for expected in [News::Lost, News::Again, News::Lost, News::Again] {
        assert_eq!(next(&mut followed).await.unwrap(), expected);
    }
    let News::Changed(changes) = next(&mut followed).await.unwrap() else { panic!("no net change") };
    let of = |id: u128, name: &str| Named { id: Uuid::from_u128(id), name: name.to_owned() };
    assert_eq!(
        changes,
        [
            Change::Leave { id: Uuid::from_u128(3) },
            Change::Update { row: of(2, "b2") },
            Change::Enter { at: 1, row: of(4, "d") },
        ]
    );
    assert_eq!(names(&followed), ["b2", "d"]);
    for expected in [News::Lost, News::Again, News::Lost] {
        assert_eq!(next(&mut followed).await.unwrap(), expected);
    }
    assert_eq!(next(&mut followed).await.unwrap_err().status(), Some(401));
    let asked = rogue.asked();
    let seen: Vec<_> = asked.iter().map(|asked| asked.header("last-event-id").unwrap_or("-")).collect();
    assert_eq!(seen, ["-", "8-x", "8-x", "8-x", "9", "12", "-"]);
    for asked in asked {
        assert_eq!(asked.target, "/v1/sessions?tab=running&fields=name&limit=5");
        assert_eq!(asked.header("accept"), Some("text/event-stream"));
        assert!(asked.header("authorization").is_some());
    }
}

#[tokio::test]
async fn what_is_no_such_stream_is_an_error() {
    let change = json!({"changes": [], "total_count": 2, "tabs": null, "next_cursor": null, "event": 8});
    let rogue = Rogue::start(move |_, number| match number {
        0 => problem(403, "generic-forbidden"),
        1 => Act::json(200, &answer(&[], 0, 1)),
        2 => Act::Close,
        3 => stream(&[event("1", "page", &json!({"items": 1}))]),
        4 => stream(&[event("1", "page", &answer(&[json!({"id": 1})], 1, 1))]),
        5 => stream(&[event("1", "change", &change)]),
        _ => stream(&[event("1", "page", &answer(&[row(1, "a", 1)], 1, 1))]),
    })
    .await;
    let mut followed = client(&rogue).v1().follow::<Named>(&ListQuery::default());
    assert_eq!(next(&mut followed).await.unwrap_err().status(), Some(403));
    for kind in ["response", "connection", "response", "response", "response"] {
        assert_eq!(next(&mut followed).await.unwrap_err().kind(), kind);
    }
    assert_eq!(next(&mut followed).await.unwrap(), News::Page);
}

#[tokio::test]
async fn another_server_is_known_by_what_it_answers() {
    for (act, there) in [
        (problem(404, "generic-not-found"), Some(false)),
        (problem(405, "method-not-allowed"), Some(false)),
        (Act::json(200, &json!({"items": "something else"})), Some(false)),
        (Act::json(200, &answer(&[], 0, 1)), Some(true)),
        (problem(401, "auth-failed"), None),
    ] {
        let answered = act.clone();
        let rogue = Rogue::start(move |_, _| answered.clone()).await;
        let client = client(&rogue);
        assert_eq!(client.v1().is_there().await.ok(), there, "{act:?}");
        let again = client.v1().is_there().await.ok();
        assert_eq!((again, rogue.asked().len()), (there, if there.is_some() { 1 } else { 2 }), "{act:?}");
    }
}

/// A whole row, as little as possible in it.
fn whole(name: &str) -> Value {
    let fields = rollcall_wire::v1::FIELDS.iter().map(|name| ((*name).to_owned(), Value::Null));
    let mut row = Value::Object(fields.collect());
    let usage = json!({"cpu": 1.424, "cpu_seconds": 2.5, "mem": 104_857_600, "mem_max": 1, "io_read": 3, "io_write": 4,
        "io_read_rate": 0, "io_write_rate": 0, "live": true});
    let slots = json!({"cpu": 0.5, "mem": 3_221_225_472_u64, "other": {"cuda.device": 1}});
    for (field, value) in [
        ("id", json!(Uuid::from_u128(7))),
        ("name", json!(name)),
        ("status", json!("RUNNING")),
        ("created_at", json!("2021-10-07T07:58:33.000000+00:00")),
        ("status_since", json!("2021-10-07T07:58:40.500000+00:00")),
        ("image", json!("local.rollcall/stable/bash:5")),
        ("group_id", json!(Uuid::nil())),
        ("user_id", json!(Uuid::nil())),
        ("access_key", json!("AKIAEXAMPLE")),
        ("cluster_size", json!(1)),
        ("mounts", json!([])),
        ("can", json!(["terminate"])),
        ("waiting", json!({"sentence": "Waits.", "ahead": 2, "unblock": "Time."})),
        (
            "containers",
            json!([{"id": Uuid::from_u128(7), "role": "main", "idx": 1, "hostname": "main1", "image": "x",
                "status": "RUNNING", "status_info": null, "agent": "i-1", "container_id": null, "exit_code": null,
                "slots": slots, "usage": usage, "terminated_at": null}]),
        ),
        ("usage", usage.clone()),
        ("slots", slots.clone()),
    ] {
        row[field] = value;
    }
    for text in ["type", "image_name", "cluster_mode", "result", "domain_name", "group_name", "user_email"] {
        row[text] = json!("");
    }
    row
}

#[tokio::test]
async fn a_page_has_typed_rows_that_older_code_can_show() {
    let rogue = Rogue::start(|_, _| Act::json(200, &answer(&[whole("mine")], 1, 3))).await;
    let query = ListQuery {
        statuses: vec!["RUNNING".parse().unwrap(), "PENDING".parse().unwrap()],
        filter: Some("name contains \"m&n\"".to_owned()),
        access_key: Some("AKIAEXAMPLE".to_owned()),
        start: Start::Cursor("abc".to_owned()),
        uncounted: true,
        ..ListQuery::default()
    };
    let page = client(&rogue).v1().page::<SessionRow>(&query).await.unwrap();
    assert_eq!(
        rogue.asked()[0].target,
        "/v1/sessions?status=RUNNING%2CPENDING&filter=name+contains+%22m%26n%22&access_key=AKIAEXAMPLE&limit=20\
         &cursor=abc&count=none"
    );
    assert_eq!(
        (page.rows[0].name.as_str(), page.rows[0].can.as_slice()),
        ("mine", ["terminate".to_owned()].as_slice())
    );
    let row = rollcall_client::SessionRow::from(&page.rows[0]);
    assert_eq!(
        (row.slot("cpu"), row.slot("mem"), row.slot("cuda.device")),
        (Some(0.5), Some(3_221_225_472.0), Some(1.0))
    );
    let metric = |name: &str| row.containers[0].metric(name);
    assert_eq!((metric("cpu_used"), metric("mem"), metric("io_write")), (Some(2500.0), Some(104_857_600.0), Some(4.0)));
    assert!((metric("cpu_util").unwrap() - 142.4).abs() < 1e-6);
    assert!(row.containers[0].live_stat.is_some() && row.containers[0].last_stat.is_none());
    assert_eq!(row.status_changed.unwrap() - row.created_at.unwrap(), chrono::TimeDelta::milliseconds(7500));
    assert_eq!((row.waiting.unwrap().ahead, row.containers[0].agent.as_deref()), (2, Some("i-1")));
}

#[tokio::test]
async fn a_name_means_a_session_of_any_key() {
    let rogue = Rogue::start(|asked, _| match asked.target.split('?').next().unwrap() {
        "/v1/sessions" => Act::json(200, &answer(&[whole("mine")], 1, 3)),
        _ => problem(404, "session-not-found"),
    })
    .await;
    let client = client(&rogue);
    let find = |name: &'static str| {
        let client = client.clone();
        async move { client.v1().find(name, rollcall_client::sessions::Which::Live, None).await }
    };
    assert_eq!(find("mine").await.unwrap().name.as_deref(), Some("mine"));
    let unknown = "aaaaaaaa-2222-3333-4444-555555555555";
    for none in ["min", "a\"b", unknown] {
        assert!(matches!(find(none).await, Err(Error::NoSuchSession { .. })), "{none}");
    }
    assert!(rogue.asked().iter().any(|asked| asked.target.ends_with(unknown)));
}
