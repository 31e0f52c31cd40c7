//! The stream of events against a server that breaks it, refuses, and says what it likes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::time::Duration;

use rollcall_client::events::{EventKind, EventOptions, Events, Heard};
use rollcall_client::{CancellationToken, Client, Credentials, Error};
use serde_json::json;
use support::rogue::{Act, Rogue};

const ID: &str = "aaaaaaaa-2222-3333-4444-555555555555";

fn stream(body: &str) -> Act {
    Act::Answer(200, vec![("content-type", "text/event-stream")], body.as_bytes().to_vec())
}

fn frame(event: &str, name: &str) -> String {
    let data = json!({"reason": "", "sessionName": name, "ownerAccessKey": "K", "sessionId": ID, "kernelId": ID});
    format!("event: {event}\r\ndata: {data}\r\n\r\n")
}

fn client(rogue: &Rogue) -> Client {
    let keys = Credentials::new("AKIAEXAMPLE", "secret".to_owned().into());
    Client::builder(&rogue.endpoint).unwrap().credentials(keys).build().unwrap()
}

async fn next(events: &mut Events) -> Result<Heard, Error> {
    tokio::time::timeout(Duration::from_secs(20), events.next()).await.unwrap()
}

/// `event session` of an event, `listening` or `again`.
async fn told(events: &mut Events) -> String {
    match next(events).await.unwrap() {
        Heard::Listening { again: false } => "listening".to_owned(),
        Heard::Listening { again: true } => "again".to_owned(),
        Heard::Event(event) => format!("{} {}", event.name, event.session_name),
    }
}

#[tokio::test]
async fn it_goes_on_over_lost_connections() {
    let rogue = Rogue::start(|_, number| match number {
        0 => stream(&format!(": ping\r\n\r\n{}{}", frame("session_enqueued", "a"), frame("kernel_started", "a"))),
        1 => Act::Close,
        2 => Act::json(503, &json!({"type": "https://api.backend.ai/probs/service-unavailable", "title": "x"})),
        3 => stream(&format!("event: server_close\r\ndata: {{}}\r\n\r\n{}event: cut", frame("session_started", "b"))),
        _ => Act::json(401, &json!({"type": "https://api.backend.ai/probs/auth-failed", "title": "x"})),
    })
    .await;
    let mut events = client(&rogue).events(EventOptions {
        session: Some(ID.parse().unwrap()),
        group: Some("default".to_owned()),
        kind: Some(EventKind::Kernel),
        ..EventOptions::default()
    });
    assert!(rogue.asked().is_empty(), "nothing is sent before it is asked for");
    let expected = ["listening", "session_enqueued a", "kernel_started a", "again", "session_started b"];
    for expected in expected {
        assert_eq!(told(&mut events).await, expected);
    }
    let refused = next(&mut events).await.unwrap_err();
    assert_eq!(refused.status(), Some(401));
    let asked = rogue.asked();
    assert_eq!(asked.len(), 5);
    let target = format!("/events/session?sessionId={ID}&group=default&scope=kernel");
    assert!(asked.iter().all(|asked| asked.target == target && asked.header("authorization").is_some()));
}

#[tokio::test]
async fn the_first_failure_is_told() {
    let rogue = Rogue::start(|_, number| match number {
        0 => Act::json(403, &json!({"type": "https://api.backend.ai/probs/generic-forbidden", "title": "x"})),
        1 => Act::json(200, &json!({})),
        _ => Act::Close,
    })
    .await;
    let mut events = client(&rogue).events(EventOptions::default());
    assert_eq!(next(&mut events).await.unwrap_err().status(), Some(403));
    assert_eq!(next(&mut events).await.unwrap_err().kind(), "response");
    assert_eq!(next(&mut events).await.unwrap_err().kind(), "connection");
}

#[tokio::test]
async fn what_is_no_event_is_an_error() {
    for body in ["event: session_started\r\ndata: {}\r\n\r\n", "event: kernel_started\r\ndata: \u{1}\r\n\r\n"] {
        let rogue = Rogue::start(move |_, _| stream(body)).await;
        let mut events = client(&rogue).events(EventOptions::default());
        assert_eq!(told(&mut events).await, "listening");
        assert_eq!(next(&mut events).await.unwrap_err().kind(), "response", "{body}");
    }
}

#[tokio::test]
async fn a_token_ends_it() {
    let rogue = Rogue::start(|_, _| Act::StallStream).await;
    let token = CancellationToken::new();
    let mut events = client(&rogue).cancelled_by(token.clone()).events(EventOptions::default());
    assert_eq!(told(&mut events).await, "listening");
    token.cancel();
    assert_eq!(next(&mut events).await.unwrap_err().kind(), "cancelled");
    drop(events);
    rogue.wait_for_hang_up().await;
}
