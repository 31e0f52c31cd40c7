//! A session's life: every step, and what may not be.

use rollcall_model::ids::{AgentId, SessionId};
use rollcall_model::session::SessionResult;
use rollcall_model::stats::KernelStats;
use rollcall_model::status::{Status, Step};
use rollcall_store::{
    Advance, Advanced, Change, CreateOutcome, KernelChange, NewSession, RENAMED, RenameOutcome, StoreError,
};
use serde_json::json;

use crate::on_both_engines;
use crate::world::{AGENT, World, at, pending, step_of, system};

on_both_engines!(every_step, refused_steps_change_nothing, names_are_unique_while_alive, rivals_advance_once);

async fn every_step(world: World) {
    let world = world.founded(Vec::new()).await;
    let store = &world.store;
    let created = world.create("alice", "job-one", 10).await;
    let alice = world.scope("alice").await;
    assert_eq!(store.session(&alice, created.id).await.unwrap().as_ref(), Some(&created));
    assert_eq!(store.session(&world.scope("bob").await, created.id).await.unwrap(), None);
    assert!(store.session(&world.scope("admin").await, created.id).await.unwrap().is_some());

    let running =
        world.walk(created.id, 20, &[Step::Schedule, Step::Prepare, Step::Pull, Step::Create, Step::Start]).await;
    assert_eq!((running.status, running.status_changed), (Status::Running, Some(at(23))));
    assert_eq!(running.agent, Some(AgentId::from(AGENT)));

    let mut restart = step_of(&running, Step::Restart, 30);
    restart.raise_generation = true;
    assert!(matches!(store.advance(&system(), &restart).await.unwrap(), Advanced::Done(_)));
    let running = world.walk(created.id, 31, &[Step::Restarted]).await;
    assert_eq!(running.status_changed, Some(at(23)));
    world.walk(created.id, 40, &[Step::Terminate]).await;

    let stat = KernelStats { cpu_used_us: 7, ..KernelStats::default() };
    let main = created.id.main_kernel();
    let end = Advance {
        status_data: Change::Set(Some(json!({"kernel": {"exit_code": 3}}))),
        kernels: vec![KernelChange {
            container_id: Change::Set(Some("c1".to_owned())),
            exit_code: Change::Set(Some(3)),
            last_stat: Change::Set(Some(stat)),
            log: Some(b"bye\xff".to_vec()),
            ..KernelChange::of(main)
        }],
        result: Change::Set(SessionResult::Failure),
        ..Advance::new(created.id, Status::Terminating, Step::End, at(50))
    };
    let Advanced::Done(ended) = store.advance(&system(), &end).await.unwrap() else { panic!("not ended") };
    assert_eq!(store.session(&alice, created.id).await.unwrap(), Some(ended.clone()));
    assert_eq!((ended.terminated_at, ended.status_info.as_deref()), (Some(at(50)), Some("terminate")));
    assert_eq!(store.kernel_log(&alice, main).await.unwrap(), Some(b"bye\xff".to_vec()));
    assert_eq!(store.kernel_log(&world.scope("bob").await, main).await.unwrap(), None);
    let kernels = store.kernels_of(&alice, &[created.id]).await.unwrap().remove(&created.id).unwrap();
    assert_eq!(kernels.iter().map(|kernel| kernel.cluster_role.as_str()).collect::<Vec<_>>(), ["main", "sub"]);
    assert!(kernels.iter().all(|kernel| kernel.generation == 1 && kernel.status == Status::Terminated));
    assert_eq!((kernels[0].exit_code, kernels[0].last_stat), (Some(3), Some(stat)));
    assert_eq!(store.kernel(&alice, main).await.unwrap().as_ref(), Some(&kernels[0]));

    let history = store.history(&alice, created.id).await.unwrap();
    let steps: Vec<&str> = history.iter().map(|entry| entry.step.map_or("born", Step::as_str)).collect();
    assert_eq!(
        steps,
        ["born", "schedule", "prepare", "pull", "create", "start", "restart", "restarted", "terminate", "end"]
    );
    assert!(history.windows(2).all(|pair| Some(pair[0].to) == pair[1].from));
    assert!(store.history(&world.scope("bob").await, created.id).await.unwrap().is_empty());
    assert_eq!(store.counters_match(system()).await.unwrap(), []);
    store.fold_counters(system()).await.unwrap();
    assert_eq!(store.counters_match(system()).await.unwrap(), []);
    assert_eq!(world.opened_again().await.session(&alice, created.id).await.unwrap(), Some(ended));
}

async fn refused_steps_change_nothing(world: World) {
    let world = world.founded(Vec::new()).await;
    let store = &world.store;
    let created = world.create("alice", "job-one", 10).await;
    let last = store.last_event(system()).await.unwrap();
    let stale = Advance::new(created.id, Status::Running, Step::Terminate, at(11));
    assert_eq!(store.advance(&system(), &stale).await.unwrap(), Advanced::Stale(Status::Pending));
    let gone = Advance::new(SessionId::random(), Status::Pending, Step::Cancel, at(11));
    assert_eq!(store.advance(&system(), &gone).await.unwrap(), Advanced::Gone);
    let impossible = Advance::new(created.id, Status::Pending, Step::Start, at(11));
    assert!(matches!(store.advance(&system(), &impossible).await, Err(StoreError::ImpossibleStep { .. })));
    let cancel = Advance::new(created.id, Status::Pending, Step::Cancel, at(11));
    let foreign = store.advance(&world.destroy("bob").await, &cancel).await.unwrap();
    assert_eq!(foreign, Advanced::Gone);
    let schedule = step_of(&created, Step::Schedule, 11);
    let own = store.advance(&world.destroy("alice").await, &schedule).await;
    assert!(matches!(own, Err(StoreError::Forbidden(Step::Schedule))));
    let (session, kernels) = pending("alice", "for-bob", 12);
    let create = store.create_session(&world.permit("bob").await, &NewSession { session, kernels }).await;
    assert!(matches!(create, Err(StoreError::NotTheirs)));
    let scope = world.scope("alice").await;
    assert_eq!(store.session(&scope, created.id).await.unwrap(), Some(created.clone()));
    assert_eq!(store.history(&scope, created.id).await.unwrap().len(), 1);
    assert_eq!(store.last_event(system()).await.unwrap(), last);
    assert_eq!(store.counters_match(system()).await.unwrap(), []);
    let cancelled = store.advance(&world.destroy("alice").await, &cancel).await.unwrap();
    assert!(matches!(cancelled, Advanced::Done(session) if session.status == Status::Cancelled));
}

async fn names_are_unique_while_alive(world: World) {
    let world = world.founded(Vec::new()).await;
    let store = &world.store;
    let first = world.create("alice", "same", 10).await;
    let create = |owner: &'static str| {
        let (session, kernels) = pending(owner, "same", 11);
        let world = &world;
        async move {
            let new = NewSession { session, kernels };
            world.store.create_session(&world.permit(owner).await, &new).await.unwrap()
        }
    };
    assert_eq!(create("alice").await, CreateOutcome::NameTaken(first.clone()));
    assert_eq!(create("bob").await, CreateOutcome::Created);
    let rename = world.rename("alice").await;
    assert_eq!(store.rename_session(&rename, first.id, "other", at(31)).await.unwrap(), RenameOutcome::NotRunning);
    world.walk(first.id, 20, &[Step::Schedule, Step::Prepare, Step::Start]).await;
    world.create("alice", "taken", 30).await;
    assert_eq!(store.rename_session(&rename, first.id, "taken", at(31)).await.unwrap(), RenameOutcome::NameTaken);
    assert_eq!(
        store.rename_session(&world.rename("bob").await, first.id, "x", at(31)).await.unwrap(),
        RenameOutcome::Gone
    );
    let last = store.last_event(system()).await.unwrap();
    assert_eq!(store.rename_session(&rename, first.id, "other", at(31)).await.unwrap(), RenameOutcome::Renamed);
    let told = store.events_after(system(), last, 10).await.unwrap();
    let told: Vec<_> = told.iter().map(|event| (event.name.as_str(), event.session_name.as_str(), event.at)).collect();
    assert_eq!(told, [(RENAMED, "other", at(31))]);
    assert_eq!(create("alice").await, CreateOutcome::Created);
    world.walk(first.id, 40, &[Step::Terminate, Step::End]).await;
    assert_eq!(store.counters_match(system()).await.unwrap(), []);

    // Eight at once want one name: one gets it, on either engine.
    let (permit, mut rivals) = (world.permit("bob").await, tokio::task::JoinSet::new());
    for n in 0..8 {
        let (session, kernels) = pending("bob", "wanted", 50 + n);
        let (store, permit) = (store.clone(), permit.clone());
        rivals.spawn(async move { store.create_session(&permit, &NewSession { session, kernels }).await.unwrap() });
    }
    let outcomes = rivals.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == CreateOutcome::Created).count(), 1);
    assert_eq!(store.counters_match(system()).await.unwrap(), []);
}

async fn rivals_advance_once(world: World) {
    let world = world.founded(Vec::new()).await;
    let created = world.create("alice", "job-one", 10).await;
    let mut rivals = tokio::task::JoinSet::new();
    for n in 0..8 {
        let (store, schedule) = (world.store.clone(), step_of(&created, Step::Schedule, 20 + n));
        rivals.spawn(async move { store.advance(&system(), &schedule).await.unwrap() });
    }
    let outcomes = rivals.join_all().await;
    let done = outcomes.iter().filter(|outcome| matches!(outcome, Advanced::Done(_))).count();
    let stale = outcomes.iter().filter(|outcome| **outcome == Advanced::Stale(Status::Scheduled)).count();
    assert_eq!((done, stale), (1, 7));
    assert_eq!(world.store.counters_match(system()).await.unwrap(), []);
}
