//! The server as a whole: frozen, announced, told which agents to use, and counted anew.

use std::sync::Arc;

use rollcall_model::access::SeeAgents;
use rollcall_model::status::Step;
use rollcall_store::{AgentFilter, Refusal, Settings, StoreError};
use secrecy::ExposeSecret;

use crate::offers::{caller, root};
use crate::on_both_engines;
use crate::world::{AGENT, World, system};

on_both_engines!(a_freeze_is_kept, agents_are_chosen_all_or_none, wrong_totals_are_counted_anew);

async fn a_freeze_is_kept(world: World) {
    let world = world.founded(Vec::new()).await;
    let store = &world.store;
    assert!(!store.frozen().await.unwrap());
    for frozen in [true, true, false, false, true] {
        store.set_frozen(root(), frozen).await.unwrap();
        assert_eq!(store.frozen().await.unwrap(), frozen);
    }
    assert!(world.opened_again().await.frozen().await.unwrap());
    for message in [Some("one"), Some("two"), None, None] {
        store.announce(root(), message).await.unwrap();
        assert_eq!(store.announcement().await.unwrap().as_deref(), message);
    }
    // What holds a machine, and what is not over.
    let waiting = world.create("alice", "waits", 1).await;
    let running = world.create("carol", "runs", 2).await;
    world.walk(running.id, 10, &[Step::Schedule, Step::Prepare, Step::Start]).await;
    let failed = world.create("bob", "failed", 3).await;
    world.walk(failed.id, 20, &[Step::Fail]).await;
    let over = world.create("bob", "over", 4).await;
    world.walk(over.id, 30, &[Step::Cancel]).await;
    assert_eq!(store.active_sessions().await.unwrap(), 2);
    let live: Vec<_> = store.live_sessions(root()).await.unwrap().into_iter().map(|session| session.id).collect();
    assert_eq!(live, [waiting.id, running.id, failed.id]);
}

async fn schedulable(world: &World) -> Vec<(String, bool)> {
    let see: SeeAgents = rollcall_model::access::see_agents(&caller("root")).unwrap();
    let agents = world.store.agents(&see, &AgentFilter::default()).await.unwrap();
    agents.into_iter().map(|agent| (agent.id.0, agent.schedulable)).collect()
}

async fn agents_are_chosen_all_or_none(world: World) {
    let world = world.founded(Vec::new()).await;
    let both = |one, two| vec![(AGENT.to_owned(), one), ("i-gone".to_owned(), two)];
    let set = async |ids: &[&str], to| {
        let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        world.store.set_all_schedulable(root(), &ids, to).await
    };
    set(&[AGENT, "i-gone", AGENT], false).await.unwrap();
    assert_eq!(schedulable(&world).await, both(false, false));
    for unknown in ["i-none", "i-\0"] {
        let refused = set(&["i-gone", AGENT, unknown], true).await;
        assert!(matches!(refused, Err(StoreError::Refused(Refusal::NoMatch))), "{refused:?}");
        assert_eq!(schedulable(&world).await, both(false, false));
    }
    set(&["i-gone"], true).await.unwrap();
    set(&[], true).await.unwrap();
    assert_eq!(schedulable(&world).await, both(false, true));
}

/// Puts totals wrong, behind the store's back.
async fn spoil(world: &World) {
    let statements = [
        "UPDATE counts_by_domain SET amount = amount + 5",
        "DELETE FROM counts_by_owner",
        "INSERT INTO counts_by_domain (domain_name, status, amount) VALUES ('nowhere', 5, 3)",
    ];
    for sql in statements {
        match &world.settings {
            Settings::Postgres { url } => {
                let pool = sqlx::PgPool::connect(url.expose_secret()).await.unwrap();
                sqlx::query(sql).execute(&pool).await.unwrap();
            }
            Settings::Sqlite { path } => {
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
                let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
                sqlx::query(sql).execute(&pool).await.unwrap();
            }
        }
    }
}

/// Wrong totals are mended, and right ones stay so whatever happens meanwhile.
async fn wrong_totals_are_counted_anew(world: World) {
    let world = Arc::new(world.founded(Vec::new()).await);
    let running = world.create("carol", "runs", 2).await;
    world.walk(running.id, 10, &[Step::Schedule, Step::Prepare, Step::Start]).await;
    assert_eq!(world.store.recount(root()).await.unwrap(), []);
    spoil(&world).await;
    let wrong = world.store.counters_match(system()).await.unwrap();
    assert_eq!(wrong.len(), 3, "{wrong:?}");
    assert_eq!(world.store.recount(root()).await.unwrap(), wrong);
    assert_eq!(world.store.counters_match(system()).await.unwrap(), []);
    assert_eq!(world.store.active_sessions().await.unwrap(), 1);

    let mut others = tokio::task::JoinSet::new();
    for owner in ["alice", "bob"] {
        let world = Arc::clone(&world);
        others.spawn(async move {
            for n in 0..20 {
                let session = world.create(owner, &format!("job-{n}"), n).await;
                world.walk(session.id, n, &[Step::Cancel]).await;
            }
        });
    }
    for recounts in [true, false, true] {
        let world = Arc::clone(&world);
        others.spawn(async move {
            for _ in 0..30 {
                match recounts {
                    true => assert_eq!(world.store.recount(root()).await.unwrap(), []),
                    false => world.store.fold_counters(system()).await.unwrap(),
                }
            }
        });
    }
    while let Some(ended) = others.join_next().await {
        ended.unwrap();
    }
    assert_eq!(world.store.counters_match(system()).await.unwrap(), []);
}
