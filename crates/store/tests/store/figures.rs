//! What an operator's graphs are made of.

use rollcall_model::status::{Status, Step};
use rollcall_store::{Failure, Waiting, failures};

use crate::on_both_engines;
use crate::world::{AGENT, World, at, system};

on_both_engines!(figures_follow_what_happens);

async fn figures_follow_what_happens(world: World) {
    let world = world.founded(Vec::new()).await;
    let store = &world.store;
    let before = store.figures(system(), at(5)).await.unwrap();
    assert_eq!((before.waiting.len(), before.kernels.len()), (0, 0));

    let second = world.create("bob", "second", 11).await;
    let first = world.create("alice", "first", 10).await;
    let now = store.figures(system(), at(60)).await.unwrap();
    let group = first.scaling_group.clone().unwrap_or_default();
    assert_eq!(now.waiting, [Waiting { resource_group: group, sessions: 2, oldest: Some(first.created_at) }]);
    assert_eq!(now.sessions, [(Status::Pending, 2)]);

    world.walk(second.id, 20, &[Step::Schedule]).await;
    let now = store.figures(system(), at(60)).await.unwrap();
    assert_eq!((now.waiting[0].sessions, now.waiting[0].oldest), (1, Some(first.created_at)));
    assert_eq!(now.sessions, [(Status::Pending, 1), (Status::Scheduled, 1)]);
    assert_eq!(now.kernels, [(Status::Scheduled, 2)]);
    let agent = now.agents.iter().find(|agent| agent.id.as_str() == AGENT).unwrap();
    assert!(!agent.occupied_slots.cpu().is_zero());
    // Folding changes how totals are kept and not what they are.
    store.fold_counters(system()).await.unwrap();
    assert_eq!(store.figures(system(), at(60)).await.unwrap().sessions, now.sessions);

    store.last_event(system()).await.unwrap();
    let numbered = store.figures(system(), at(60)).await.unwrap();
    assert_eq!(numbered.unnumbered_events, 0);
    assert!(numbered.last_event > before.last_event);
    assert!(store.pools().iter().all(|pool| pool.open >= pool.idle && pool.open <= pool.most));
    assert_eq!(failures().map(|(failure, _)| failure), Failure::ALL);
}
