//! Lists that are followed: the page, its changes, and the end of the right to them.

use std::time::Duration;

use axum::body::BodyDataStream;
use futures_util::StreamExt as _;
use http::Method;
use rollcall_manager::Settings;
use rollcall_wire::v1::{Change, Frame, apply};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::world::{World, signed};

/// A list as its follower knows it.
struct Followed {
    body: BodyDataStream,
    text: String,
    items: Vec<Value>,
    last: Value,
    /// Id of its last frame.
    id: String,
}

/// What a stream said.
#[derive(Debug, PartialEq)]
enum Said {
    Page,
    Change(Vec<Change>),
    End(String),
    Closed,
}

impl Followed {
    async fn open(world: &World, key: &str, query: &str, seen: Option<&str>) -> Self {
        let mut request = signed(key, &Method::GET, &format!("/v1/sessions{query}"), None);
        request.headers_mut().insert("accept", "text/event-stream".parse().unwrap());
        if let Some(seen) = seen {
            request.headers_mut().insert("last-event-id", seen.parse().unwrap());
        }
        let response = world.manager.router().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let body = response.into_body().into_data_stream();
        Self { body, text: String::new(), items: Vec::new(), last: Value::Null, id: String::new() }
    }

    /// The next thing it says that is no ping.
    async fn next(&mut self) -> Said {
        let deadline = Duration::from_secs(20);
        loop {
            if let Some((frame, rest)) = self.text.split_once("\n\n") {
                let (frame, rest) = (frame.to_owned(), rest.to_owned());
                self.text = rest;
                match self.read(&frame) {
                    Some(said) => return said,
                    None => continue,
                }
            }
            match tokio::time::timeout(deadline, self.body.next()).await.expect("a frame in time") {
                Some(bytes) => self.text.push_str(std::str::from_utf8(&bytes.unwrap()).unwrap()),
                None => return Said::Closed,
            }
        }
    }

    fn read(&mut self, frame: &str) -> Option<Said> {
        let field = |name: &str| frame.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
        let data: Value = serde_json::from_str(field("data")?).unwrap();
        if let Some(id) = field("id") {
            assert_eq!(id.split_once('-').unwrap().0.parse::<i64>().unwrap(), data["event"]);
            self.id = id.to_owned();
        }
        Some(match field("event")? {
            "page" => {
                self.items = data["items"].as_array().unwrap().clone();
                self.last = data;
                Said::Page
            }
            "change" => {
                let frame: Frame = serde_json::from_value(data.clone()).unwrap();
                apply(&mut self.items, &frame.changes);
                self.last = data;
                Said::Change(frame.changes)
            }
            "end" => Said::End(data["reason"].as_str().unwrap().to_owned()),
            other => panic!("no event {other}"),
        })
    }

    fn names(&self) -> Vec<(&str, &str)> {
        self.items.iter().map(|row| (row["name"].as_str().unwrap(), row["status"].as_str().unwrap())).collect()
    }

    /// Follows until the list is as wanted.
    async fn until(&mut self, wanted: &[(&str, &str)]) {
        while self.names() != wanted {
            assert!(matches!(self.next().await, Said::Change(_)), "{:?} is not {wanted:?}", self.names());
        }
    }
}

#[tokio::test]
async fn a_list_is_followed_from_its_page_on() {
    let world = World::new().await;
    world.session("USER", "one-a").await;
    let mut list = Followed::open(&world, "USER", "?tab=running&fields=name,status&limit=2", None).await;
    assert_eq!(list.next().await, Said::Page);
    assert_eq!(list.names(), [("one-a", "RUNNING")]);
    // In its place, and no other's.
    world.session("NEIGHBOUR", "not-mine").await;
    world.session("USER", "two-b").await;
    list.until(&[("two-b", "RUNNING"), ("one-a", "RUNNING")]).await;
    assert_eq!((&list.last["total_count"], &list.last["tabs"]["running"]), (&json!(2), &json!(2)));
    assert_eq!(list.last["next_cursor"], Value::Null);
    world.session("USER", "three-c").await;
    list.until(&[("three-c", "RUNNING"), ("two-b", "RUNNING")]).await;
    assert!(list.last["next_cursor"].is_string());
    world.call("USER", Method::DELETE, "/session/three-c", None).await;
    list.until(&[("two-b", "RUNNING"), ("one-a", "RUNNING")]).await;
    while list.last["tabs"]["finished"] != 1 {
        list.next().await;
    }
    // The end of following is the page that one would read.
    let read = world.get("USER", "/v1/sessions?tab=running&fields=name,status&limit=2").await.json();
    assert_eq!((json!(list.items), &list.last["tabs"]), (read["items"].clone(), &read["tabs"]));
}

#[tokio::test]
async fn another_name_is_told_by_an_event() {
    let world = World::new().await;
    world.session("USER", "one-a").await;
    let mut list = Followed::open(&world, "USER", "?tab=running&fields=name,status", None).await;
    assert_eq!(list.next().await, Said::Page);
    let before = list.last["event"].as_i64().unwrap();
    assert_eq!(world.call("USER", Method::POST, "/session/one-a/rename?name=two-b", None).await.told(), "204");
    list.until(&[("two-b", "RUNNING")]).await;
    // Not by looking again after a while, which knows of no newer one.
    assert!(list.last["event"].as_i64().unwrap() > before, "{}", list.last);
}

#[tokio::test]
async fn who_comes_back_misses_nothing_and_sees_nothing_twice() {
    let world = World::new().await;
    world.session("USER", "one-a").await;
    let mut list = Followed::open(&world, "USER", "?tab=running&fields=name,status", None).await;
    assert_eq!(list.next().await, Said::Page);
    let seen = list.id.clone();
    drop(list);
    // Nothing of one's own has happened: nothing is told until something does.
    world.session("NEIGHBOUR", "not-mine").await;
    let mut list = Followed::open(&world, "USER", "?tab=running&fields=name,status", Some(&seen)).await;
    list.items = vec![json!({"id": world.session("USER", "two-b").await, "name": "two-b", "status": ""})];
    assert!(matches!(list.next().await, Said::Change(_)));
    let seen = list.id.clone();
    drop(list);
    world.session("USER", "three-c").await;
    let mut list = Followed::open(&world, "USER", "?tab=running&fields=name,status", Some(&seen)).await;
    assert_eq!(list.next().await, Said::Page);
    assert_eq!(list.names(), [("three-c", "RUNNING"), ("two-b", "RUNNING"), ("one-a", "RUNNING")]);
    drop(list);
    // A number alone, and what was never an id, say nothing of what was seen.
    for seen in ["999999", "x", "-", "1-"] {
        let mut list = Followed::open(&world, "USER", "?tab=running&fields=name,status", Some(seen)).await;
        assert_eq!(list.next().await, Said::Page, "{seen}");
    }
}

#[tokio::test]
async fn who_comes_back_with_other_rights_is_told_another_page() {
    let world = World::new().await;
    world.session("USER", "one-a").await;
    let mut admin = Followed::open(&world, "ADMIN", "?fields=name,status", None).await;
    assert_eq!(admin.next().await, Said::Page);
    assert_eq!(admin.names(), [("one-a", "RUNNING")]);
    let seen = admin.id.clone();
    drop(admin);
    // No event of any session tells of this.
    let mutation = r#"mutation { modify_user(email: "admin@example.com", props: { role: "user" }) { ok msg } }"#;
    let answer = world.gql("ROOT", mutation, json!({})).await;
    assert!(answer.text.contains("\"ok\":true"), "{}", answer.text);
    let mut admin = Followed::open(&world, "ADMIN", "?fields=name,status", Some(&seen)).await;
    assert_eq!(admin.next().await, Said::Page);
    assert_eq!(admin.names(), []);
}

#[tokio::test]
async fn stream_outliving_the_right() {
    let world = World::new().await;
    world.session("USER", "one-a").await;
    world.session("NEIGHBOUR", "two-b").await;
    let mut admin = Followed::open(&world, "ADMIN", "?fields=name,status&order=name", None).await;
    assert_eq!(admin.next().await, Said::Page);
    assert_eq!(admin.names(), [("one-a", "RUNNING"), ("two-b", "RUNNING")]);
    // Another role, another list, at once and without an event of any session.
    let mutation = |text: &str| {
        let query = format!("mutation {{ {text} {{ ok msg }} }}");
        let world = &world;
        async move {
            let answer = world.gql("ROOT", &query, json!({})).await;
            assert!(answer.text.contains("\"ok\":true"), "{}", answer.text);
        }
    };
    mutation(r#"modify_user(email: "admin@example.com", props: { role: "user" })"#).await;
    assert!(matches!(admin.next().await, Said::Change(_)));
    assert_eq!(admin.names(), []);
    mutation(r#"modify_keypair(access_key: "ADMIN", props: { is_active: false })"#).await;
    assert_eq!(admin.next().await, Said::End("unauthorized".to_owned()));
    assert_eq!(admin.next().await, Said::Closed);
    // So ends a list whose filter speaks of what is no longer told.
    mutation(r#"modify_user(email: "far-admin@example.com", props: { role: "superadmin" })"#).await;
    let by_agent = "?fields=name,status&filter=agent%20%21%3D%20%22x%22";
    let mut far = Followed::open(&world, "FAR-ADMIN", by_agent, None).await;
    assert_eq!(far.next().await, Said::Page);
    mutation(r#"modify_user(email: "far-admin@example.com", props: { role: "admin" })"#).await;
    assert_eq!(far.next().await, Said::End("unauthorized".to_owned()));
    let mut user = Followed::open(&world, "USER", "?fields=name,status", None).await;
    assert_eq!(user.next().await, Said::Page);
    mutation(r#"modify_user(email: "user@example.com", props: { status: "inactive" })"#).await;
    assert_eq!(user.next().await, Said::End("unauthorized".to_owned()));
}

#[tokio::test]
async fn a_person_follows_so_many_lists() {
    let world = World::with(Settings { streams_per_person: 2, ..Settings::default() }).await;
    let first = Followed::open(&world, "USER", "", None).await;
    let _second = Followed::open(&world, "USER", "", None).await;
    let ask = || {
        let mut request = signed("USER", &Method::GET, "/v1/sessions", None);
        request.headers_mut().insert("accept", "text/event-stream".parse().unwrap());
        world.send(request)
    };
    let refused = ask().await;
    assert!(refused.told().starts_with("429 rate-limit-exceeded: You have 2 streams open"), "{}", refused.told());
    let _other = Followed::open(&world, "ADMIN", "", None).await;
    drop(first);
    // The place is free once the stream has noticed.
    for _ in 0..200 {
        let mut request = signed("USER", &Method::GET, "/v1/sessions", None);
        request.headers_mut().insert("accept", "text/event-stream".parse().unwrap());
        if world.manager.router().oneshot(request).await.unwrap().status() == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the place stays taken");
}
