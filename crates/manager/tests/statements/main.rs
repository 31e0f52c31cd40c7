//! A page asks the store as often as one row does: statements are counted as they are logged.
//! A program of its own, because who listens to statements hears those of the whole process.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[allow(dead_code)]
#[path = "../api/machine.rs"]
mod machine;
#[allow(dead_code)]
#[path = "../api/world.rs"]
mod world;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;

use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber, span};
use world::World;

/// What each statement says, and how often it was run.
static RUN: Mutex<BTreeMap<String, usize>> = Mutex::new(BTreeMap::new());

struct Listener;

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if matches!(field.name(), "summary" | "db.statement") {
            self.0.push_str(&format!("{value:?} "));
        }
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        *RUN.lock().unwrap().entry(text.0).or_default() += 1;
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// How often each of these parts of statements was run for a query.
async fn count(world: &World, query: &str, parts: &[&str]) -> Vec<usize> {
    RUN.lock().unwrap().clear();
    let answer = world.gql("ROOT", query, json!({})).await;
    assert!(!answer.text.contains("errors"), "{}", answer.text);
    let run = RUN.lock().unwrap();
    let of = |part: &&str| run.iter().filter(|(text, _)| text.contains(*part)).map(|(_, times)| times).sum();
    parts.iter().map(of).collect()
}

/// The same, once more where the control plane may have asked the like at the same moment: it does so
/// now and then, a question for each row does so always.
async fn counted(world: &World, query: &str, parts: &[&str], enough: impl Fn(usize) -> bool) -> Vec<usize> {
    let mut counted = Vec::new();
    for _ in 0..5 {
        counted = count(world, query, parts).await;
        if counted.iter().all(|times| enough(*times)) {
            break;
        }
    }
    counted
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_asks_as_often_as_a_row() {
    tracing::subscriber::set_global_default(Listener).unwrap();
    let world = World::new().await;
    for (owner, name) in
        [("USER", "job-one"), ("USER", "job-two"), ("NEIGHBOUR", "job-three"), ("FAR-USER", "job-four")]
    {
        world.session(owner, name).await;
    }
    let users = "user_list(limit: LIMIT, offset: 0) { items { email groups { name } main_access_key } total_count }";
    let keys = "keypair_list(limit: LIMIT, offset: 0) { items { projects concurrency_used compute_sessions { name status_history containers { id } } } }";
    let sessions = "compute_session_list(limit: LIMIT, offset: 0) { items { name full_name status_history scheduled_at agents idle_checks remaining { seconds } containers { id } } }";
    for (list, parts) in [
        (users, &["SELECT m.user_id, p.id", "SELECT u.id, k.access_key"][..]),
        (
            keys,
            &[
                "SELECT m.user_id, p.id",
                "COUNT(*) AS used",
                "PARTITION BY x.access_key",
                "MAX(h.at)",
                "k.cluster_hostname",
            ],
        ),
        (sessions, &["SELECT id, full_name", "MAX(h.at)", "k.cluster_hostname", "SELECT s.id, p.idle_timeout"]),
    ] {
        for limit in ["1", "20"] {
            let query = format!("{{ {} }}", list.replace("LIMIT", limit));
            // The newest key has no session, so that there is nothing to ask about it.
            let enough = |times: usize| times == 1 || (limit == "1" && times == 0);
            let counted = counted(&world, &query, parts, enough).await;
            assert!(counted.iter().all(|times| enough(*times)), "{query}: {parts:?} {counted:?}");
        }
    }
    let groups = "{ groups { name scaling_groups } domains { name scaling_groups } images { installed_agents } agents { compute_containers { id } } }";
    let parts = [
        "FROM resource_group_projects",
        "FROM resource_group_domains WHERE",
        "FROM image_agents WHERE",
        "PARTITION BY x.agent",
    ];
    assert_eq!(counted(&world, groups, &parts, |times| times == 1).await, [1, 1, 1, 1]);
}
