//! What the rows of a page ask of sessions, kernels, people and machines together.

use chrono::TimeDelta;
use rollcall_model::access::{self, Extend, Permit, Scope, ScopeArguments};
use rollcall_model::ids::{AgentId, SessionId};
use rollcall_model::image::Image;
use rollcall_model::status::{Status, Step};
use rollcall_store::{ExtendOutcome, Extension};

use crate::on_both_engines;
use crate::world::{AGENT, World, at, key, system, user};

on_both_engines!(times_of_statuses, sessions_of_many_keys, kernels_of_many_agents, names_and_images);

async fn times_of_statuses(world: World) {
    let world = world.founded(Vec::new()).await;
    let store = &world.store;
    let id = world.create("alice", "timed", 10).await.id;
    let other = world.create("alice", "waiting", 11).await.id;
    world.walk(id, 20, &[Step::Schedule, Step::Prepare, Step::Start]).await;
    let times = async |scope: &Scope, ids: &[SessionId]| store.status_times(scope, ids).await.unwrap();
    let alice = world.scope("alice").await;
    let started = [
        (Status::Pending, at(10)),
        (Status::Scheduled, at(20)),
        (Status::Preparing, at(21)),
        (Status::Running, at(22)),
    ];
    let found = times(&alice, &[id, other, SessionId::random()]).await;
    assert_eq!(found.len(), 2);
    assert_eq!((found[&id].as_slice(), found[&other].as_slice()), (&started[..], &[(Status::Pending, at(11))][..]));

    // An extension leaves the session RUNNING since it began to run.
    let permit: Permit<Extend> = world.permit("alice").await;
    let extension =
        Extension { session: id, seconds: 50, active: None, default_idle: TimeDelta::seconds(600), at: at(30) };
    let extended = store.extend_session(&permit, &extension).await.unwrap();
    assert!(matches!(extended, ExtendOutcome::Extended(..)), "{extended:?}");
    assert_eq!(store.history(&alice, id).await.unwrap().len(), 5, "the extension is in the history");
    assert_eq!(times(&alice, &[id]).await[&id], started);

    // A restart does enter it again: the last time counts.
    world.walk(id, 40, &[Step::Restart, Step::Restarted]).await;
    let again: Vec<_> = times(&alice, &[id]).await[&id].iter().map(|(status, _)| *status).collect();
    assert_eq!(
        again,
        [Status::Pending, Status::Scheduled, Status::Preparing, Status::Restarting, Status::Running],
        "the earliest first"
    );
    assert_eq!(times(&alice, &[id]).await[&id].last(), Some(&(Status::Running, at(41))));
    for stranger in ["bob", "carol"] {
        assert!(times(&world.scope(stranger).await, &[id]).await.is_empty());
    }
    assert!(times(&alice, &[]).await.is_empty());
}

async fn sessions_of_many_keys(world: World) {
    let world = world.founded(Vec::new()).await;
    let store = &world.store;
    for (owner, name, n) in [("alice", "one", 10), ("alice", "two", 12), ("bob", "three", 11), ("carol", "four", 13)] {
        world.create(owner, &format!("job-{name}"), n).await;
    }
    let keys = ["alice", "bob", "carol", "admin"].map(key);
    let told = async |scope: &Scope, statuses: &[Status]| {
        let found = store.sessions_of_keys(scope, &keys, statuses).await.unwrap();
        let of = |name: &str| {
            let sessions = found.get(&key(name)).map_or(&[][..], Vec::as_slice);
            sessions.iter().map(|session| session.name.as_str()).collect::<Vec<_>>().join(" ")
        };
        ["alice", "bob", "carol", "admin"].map(of)
    };
    let (root, admin) = (world.scope("root").await, world.scope("admin").await);
    assert_eq!(told(&root, &Status::ALL).await, ["job-two job-one", "job-three", "job-four", ""]);
    assert_eq!(told(&admin, &Status::ALL).await, ["job-two job-one", "job-three", "", ""]);
    assert_eq!(told(&world.scope("bob").await, &Status::ALL).await, ["", "job-three", "", ""]);
    assert_eq!(told(&root, &[Status::Running]).await, ["", "", "", ""]);
    let asked = ScopeArguments { access_key: Some(keys[0].as_str()), ..ScopeArguments::default() };
    let narrowed = access::session_scope(&world.caller("root").await, asked).unwrap();
    assert_eq!(told(&narrowed, &[Status::Pending]).await, ["job-two job-one", "", "", ""]);
}

async fn kernels_of_many_agents(world: World) {
    let world = world.founded(Vec::new()).await;
    let store = &world.store;
    let here = world.create("alice", "here", 10).await.id;
    world.walk(here, 20, &[Step::Schedule]).await;
    world.create("bob", "nowhere", 11).await;
    let see = access::see_agents(&world.caller("root").await).unwrap();
    let agents = [AGENT, "i-gone", "none"].map(AgentId::from);
    let found = store.kernels_of_agents(&see, &agents, Some(&Status::ALL)).await.unwrap();
    assert_eq!(store.kernels_of_agents(&see, &agents, None).await.unwrap(), found);
    assert_eq!(found.len(), 1);
    let kernels = &found[&agents[0]];
    assert_eq!(kernels.len(), 2);
    assert!(kernels.iter().all(|kernel| kernel.session_id == here && kernel.status == Status::Scheduled));
    assert!(store.kernels_of_agents(&see, &agents, Some(&[Status::Running])).await.unwrap().is_empty());
    assert!(store.kernels_of_agents(&see, &[], Some(&Status::ALL)).await.unwrap().is_empty());
    // What has ended holds nothing, and is found when asked for.
    world.walk(here, 30, &[Step::ForceTerminate]).await;
    assert!(store.kernels_of_agents(&see, &agents, None).await.unwrap().is_empty());
    let ended = store.kernels_of_agents(&see, &agents, Some(&[Status::Terminated])).await.unwrap();
    assert_eq!(ended[&agents[0]].len(), 2);
}

async fn names_and_images(world: World) {
    let world = world.founded(Vec::new()).await;
    let store = &world.store;
    let names = store.full_names_of(&["alice", "carol"].map(user)).await.unwrap();
    assert_eq!((names.len(), names[&user("alice")].as_str()), (2, "Person alice"));
    let image = |tag: &str| Image {
        registry: "local.rollcall".into(),
        name: "python".into(),
        tag: tag.into(),
        digest: String::new(),
        labels: Vec::new(),
        aliases: Vec::new(),
        size_bytes: 0,
        limits: Vec::new(),
        installed: true,
    };
    store.put_images(system(), &AgentId::from(AGENT), &[image("1"), image("2")]).await.unwrap();
    store.put_images(system(), &AgentId::from("i-gone"), &[image("2")]).await.unwrap();
    let see = access::see_agents(&world.caller("root").await).unwrap();
    let asked = ["1", "2", "3"].map(|tag| image(tag).canonical());
    let found = store.agents_of_images(&see, &asked).await.unwrap();
    assert_eq!((found[&asked[0]].join(" "), found[&asked[1]].join(" ")), (AGENT.to_owned(), format!("i-gone {AGENT}")));
    assert!(!found.contains_key(&asked[2]));
}
