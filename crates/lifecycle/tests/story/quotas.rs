//! Limits under concurrent creation: fifty creators, three managers on one store, ten places. Never
//! more than ten at once, and all ten taken.

use std::sync::Arc;
use std::time::Duration;

use rollcall_model::access::System;
use rollcall_model::ids::{AccessKey, AgentId, DomainName, SessionId};
use rollcall_model::manage::{manage, manage_groups};
use rollcall_model::session::Session;
use rollcall_model::slots::Slots;
use rollcall_model::status::Status;
use rollcall_store::{DomainChange, GroupChange, PolicyChange};
use serde_json::json;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::machine::Machine;
use crate::world::{BOUND, Running, World, main_of, request};

const CREATORS: usize = 50;
const LIMIT: usize = 10;
/// People of one domain and project, each with a policy of their own limits.
const KEYS: [&str; 3] = ["USER", "TIGHT", "ROOT"];

/// What is limited to [`LIMIT`] sessions of one core each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Limited {
    Sessions,
    Keypair,
    Group,
    Domain,
}

impl Limited {
    fn predicate(self) -> &'static str {
        match self {
            Self::Sessions => "concurrency",
            Self::Keypair => "keypair_resource_limit",
            Self::Group => "user_group_resource_limit",
            Self::Domain => "domain_resource_limit",
        }
    }

    /// Whose sessions: a limit of a key is for one key, the others are shared by several.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Sessions | Self::Keypair => &KEYS[..1],
            Self::Group | Self::Domain => &KEYS,
        }
    }

    async fn impose(self, world: &World) {
        let root = world.caller("ROOT").await;
        let (may, now) = (manage(&root).unwrap(), chrono::Utc::now());
        let cores = Slots::from_json(&json!({"cpu": LIMIT})).unwrap();
        for policy in ["default", "tight"] {
            let change = PolicyChange {
                max_concurrent_sessions: Some(if self == Self::Sessions { LIMIT as i32 } else { 1000 }),
                total_resource_slots: (self == Self::Keypair).then(|| cores.clone()),
                ..PolicyChange::default()
            };
            world.store.modify_policy(&may, policy, &change).await.unwrap();
        }
        let domain = DomainName::from("default");
        let total_resource_slots = Some(cores);
        if self == Self::Domain {
            let change = DomainChange { total_resource_slots, ..DomainChange::default() };
            world.store.modify_domain(&may, &domain, &change, now).await.unwrap();
        } else if self == Self::Group {
            let group = world.store.group_by_name(&domain, "default").await.unwrap().unwrap();
            let change = GroupChange { total_resource_slots, ..GroupChange::default() };
            world.store.modify_group(&manage_groups(&root).unwrap(), group.id, &change, now).await.unwrap();
        }
    }
}

fn machines() -> [Arc<Machine>; 3] {
    ["i-one", "i-two", "i-three"].map(|agent| Machine::sized(agent, 64, 64))
}

async fn sessions(world: &World) -> Vec<Session> {
    let rows = world.store.unfinished_sessions(System::control_plane()).await.unwrap();
    rows.into_iter().map(|(session, _)| session).collect()
}

fn holding(sessions: &[Session]) -> usize {
    sessions.iter().filter(|session| session.status.occupies_quota()).count()
}

/// Counts again and again until told to stop; the most that were seen at once.
async fn watch(world: Arc<World>, stop: CancellationToken) -> usize {
    let mut most = 0;
    while !stop.is_cancelled() {
        most = most.max(holding(&sessions(&world).await));
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    most
}

async fn until(world: &World, what: &str, reached: impl Fn(&[Session]) -> bool) -> Vec<Session> {
    let wait = async {
        loop {
            let sessions = sessions(world).await;
            if reached(&sessions) {
                return sessions;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    match tokio::time::timeout(BOUND * 2, wait).await {
        Ok(sessions) => sessions,
        Err(_) => {
            let now: Vec<_> =
                sessions(world).await.into_iter().map(|s| (s.name, s.status, s.status_info, s.waiting)).collect();
            panic!("never {what}: {now:#?}")
        }
    }
}

fn explained(session: &Session, predicate: &str) -> bool {
    let data = session.status_data.as_ref();
    let failed = data.and_then(|data| data.pointer("/scheduler/failed_predicates")?.as_array());
    let names = failed.map(|failed| failed.iter().filter_map(|one| one["name"].as_str()).collect::<Vec<_>>());
    names.is_some_and(|names| names == [predicate]) && session.waiting.is_some()
}

async fn create_all(world: &Arc<World>, managers: &[Running], limited: Limited) {
    let mut creators = JoinSet::new();
    for n in 0..CREATORS {
        let (world, lifecycle) = (Arc::clone(world), managers[n % managers.len()].lifecycle.clone());
        let key = limited.keys()[n % limited.keys().len()];
        creators.spawn(async move {
            world.create_as(&lifecycle, key, request(&format!("job-{n}"))).await.unwrap();
        });
    }
    creators.join_all().await;
}

async fn never_more_than_ten(world: World, limited: Limited, machines: [Arc<Machine>; 3]) {
    limited.impose(&world).await;
    let world = Arc::new(world);
    let mut managers = Vec::new();
    for machine in &machines {
        managers.push(world.start_rival(machine).await);
    }
    let stop = CancellationToken::new();
    let watcher = tokio::spawn(watch(Arc::clone(&world), stop.clone()));
    create_all(&world, &managers, limited).await;

    // Nothing ends by itself, so that what is there now is the most there ever was.
    let running = |sessions: &[Session]| sessions.iter().filter(|one| one.status == Status::Running).count();
    let told = |sessions: &[Session]| sessions.iter().filter(|one| explained(one, limited.predicate())).count();
    let first = until(&world, "ten run and forty are explained", |sessions| {
        running(sessions) >= LIMIT && told(sessions) == CREATORS - LIMIT
    })
    .await;
    assert_eq!(holding(&first), LIMIT);

    // Four places are given back at once, and taken again by the next.
    let ended: Vec<(SessionId, AgentId)> = first
        .iter()
        .filter(|session| session.status == Status::Running)
        .map(|session| (session.id, session.agent.clone().unwrap()))
        .take(4)
        .collect();
    for (id, agent) in &ended {
        for machine in machines.iter().filter(|machine| machine.agent() == agent) {
            machine.exit(main_of(*id), 0);
        }
    }
    until(&world, "others took their places", |sessions| sessions.len() == CREATORS - 4 && running(sessions) >= LIMIT)
        .await;
    stop.cancel();
    assert_eq!(watcher.await.unwrap(), LIMIT);
    assert_eq!(holding(&sessions(&world).await), LIMIT);
    let used = world.store.keypair(&AccessKey::from("USER")).await.unwrap().unwrap();
    let used = world.store.concurrency_used(&used).await.unwrap();
    assert!(usize::try_from(used).unwrap() <= LIMIT);
    for manager in managers {
        manager.stopped().await;
    }
}

macro_rules! limits {
    ($($name:ident => $limited:ident),+ $(,)?) => {
        mod sqlite {
            use super::*;

            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let machines = machines();
                let world = World::on(Arc::clone(&machines[0])).await;
                never_more_than_ten(world, Limited::$limited, machines).await;
            })+
        }

        mod postgres {
            use super::*;

            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let machines = machines();
                let test = concat!(module_path!(), "::", stringify!($name));
                if let Some(world) = World::on_postgres(test, Arc::clone(&machines[0])).await {
                    never_more_than_ten(world, Limited::$limited, machines).await;
                }
            })+
        }
    };
}

limits! {
    fifty_creators_and_ten_sessions_of_a_key => Sessions,
    fifty_creators_and_ten_cores_of_a_key => Keypair,
    fifty_creators_and_ten_cores_of_a_project => Group,
    fifty_creators_and_ten_cores_of_a_domain => Domain,
}
