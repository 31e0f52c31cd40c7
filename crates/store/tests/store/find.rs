//! Sessions by what people type.

use rollcall_model::status::Step;
use rollcall_store::Dead;

use crate::on_both_engines;
use crate::world::{World, at, system};

on_both_engines!(first_non_empty_set_wins);

async fn first_non_empty_set_wins(world: World) {
    let world = world.founded(Vec::new()).await;
    let old = world.create("alice", "train", 10).await;
    world.walk(old.id, 11, &[Step::Cancel]).await;
    let train = world.create("alice", "train", 20).await;
    let longer = world.create("alice", "train-more", 30).await;
    world.create("alice", "tr_in", 40).await;
    world.create("bob", "train", 50).await;
    let permit = world.inspect("alice").await;
    let find = |reference: String, dead: Dead| {
        let (store, permit) = (&world.store, &permit);
        async move { store.find_sessions(permit, &reference, dead).await.unwrap() }
    };
    let ids = |found: Vec<rollcall_model::session::Session>| found.iter().map(|s| s.id).collect::<Vec<_>>();
    assert_eq!(ids(find("train".to_owned(), Dead::Skip).await), [train.id]);
    assert_eq!(ids(find("train".to_owned(), Dead::AfterLive).await), [train.id]);
    assert_eq!(ids(find("train".to_owned(), Dead::Include).await), [train.id, old.id]);
    assert_eq!(ids(find("train-".to_owned(), Dead::Skip).await), [longer.id]);
    assert_eq!(ids(find("trai".to_owned(), Dead::Skip).await), [longer.id, train.id]);
    assert_eq!(ids(find("trai".to_owned(), Dead::Include).await), [longer.id, train.id, old.id]);
    assert_eq!(ids(find(old.id.to_string(), Dead::Skip).await), []);
    assert_eq!(ids(find(old.id.to_string().to_uppercase(), Dead::Include).await), [old.id]);
    assert_eq!(ids(find(longer.id.to_string()[..13].to_owned(), Dead::Skip).await), [longer.id]);
    for nothing in ["", "%", "tr%", "_rain", "nosuch", "\0"] {
        assert_eq!(ids(find(nothing.to_owned(), Dead::Include).await), [], "{nothing}");
    }
    let kernels = world.store.kernels_of(&system().scope(), &[longer.id]).await.unwrap();
    let sub = kernels[&longer.id][1].id;
    assert_eq!(ids(find(sub.to_string(), Dead::Skip).await), [longer.id]);
    let bob = world.inspect("bob").await;
    assert!(world.store.find_sessions(&bob, &longer.id.to_string(), Dead::Include).await.unwrap().is_empty());
    world.walk(train.id, 60, &[Step::Cancel]).await;
    assert_eq!(find("train".to_owned(), Dead::AfterLive).await.len(), 2);
    // A live one that took the name late is not hidden by newer dead ones, however many there are.
    let holder = world.create("alice", "holder", 61).await;
    world.walk(holder.id, 62, &[Step::Schedule, Step::Prepare, Step::Start]).await;
    for n in 0..11 {
        let dead = world.create("alice", "again", 70 + n).await;
        world.walk(dead.id, 90 + n, &[Step::Cancel]).await;
    }
    world.store.rename_session(&world.rename("alice").await, holder.id, "again", at(63)).await.unwrap();
    assert_eq!(ids(find("again".to_owned(), Dead::AfterLive).await), [holder.id]);
    for n in 0..11 {
        world.create("carol", &format!("many-{n}"), 70 + n).await;
    }
    let many = world.store.find_sessions(&world.inspect("carol").await, "many", Dead::Skip).await.unwrap();
    assert_eq!((many.len(), many[0].name.as_str()), (10, "many-10"));
}
