//! Sessions by what people type.

use chrono::TimeDelta;
use rollcall_model::access::{
    Create, Denied, Destroy, Extend, Inspect, Operation, Permit, Rename, Restart, act_for, force,
};
use rollcall_model::ids::DomainName;
use rollcall_model::status::{Status, Step};
use rollcall_store::{Advance, Advanced, CreateOutcome, Dead, ExtendOutcome, Extension, NewSession, RenameOutcome};

use crate::accounts::change;
use crate::on_both_engines;
use crate::world::{World, at, group, key, pending, system};

on_both_engines!(first_non_empty_set_wins, what_an_owner_left_in_another_domain_is_none_to_the_new_admins);

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

/// What `who` may do for the holder of `owner`'s key.
async fn for_other<O: Operation>(world: &World, who: &str, owner: &str) -> Result<Permit<O>, Denied> {
    let owner = world.store.key_owner(&key(owner)).await.unwrap().unwrap();
    act_for(&world.caller(who).await, owner)
}

async fn what_an_owner_left_in_another_domain_is_none_to_the_new_admins(world: World) {
    let world = world.founded(Vec::new()).await;
    let store = &world.store;
    let running = world.create("carol", "left-running", 10).await;
    let running = world.walk(running.id, 11, &[Step::Schedule, Step::Prepare, Step::Start]).await;
    let waiting = world.create("carol", "left-waiting", 20).await;
    let over = world.create("carol", "left-over", 30).await;
    world.walk(over.id, 31, &[Step::Cancel]).await;
    change(&world, "UPDATE users SET domain_name = 'default' WHERE username = 'carol'").await;
    let last = store.last_event(system()).await.unwrap();

    let permit: Permit<Inspect> = for_other(&world, "admin", "carol").await.unwrap();
    let sub = store.kernels_of(&system().scope(), &[running.id]).await.unwrap()[&running.id][1].id;
    let references = [running.id.to_string(), waiting.name.clone(), "left-".to_owned(), sub.to_string()];
    for reference in references.iter().chain([&over.name]) {
        for dead in [Dead::Skip, Dead::AfterLive, Dead::Include] {
            let found = store.find_sessions(&permit, reference, dead).await.unwrap();
            assert!(found.is_empty(), "{reference} {dead:?}: {found:?}");
        }
        // They are there, for their owner and for superadmins.
        let root: Permit<Inspect> = for_other(&world, "root", "carol").await.unwrap();
        for permit in [world.inspect("carol").await, root] {
            assert!(!store.find_sessions(&permit, reference, Dead::Include).await.unwrap().is_empty(), "{reference}");
        }
    }

    let rename: Permit<Rename> = for_other(&world, "admin", "carol").await.unwrap();
    assert_eq!(store.rename_session(&rename, running.id, "stolen", at(40)).await.unwrap(), RenameOutcome::Gone);
    let destroy: Permit<Destroy> = for_other(&world, "admin", "carol").await.unwrap();
    let forced = force(&world.caller("admin").await, destroy.clone()).unwrap();
    let restart: Permit<Restart> = for_other(&world, "admin", "carol").await.unwrap();
    let step = |session, status, step| Advance::new(session, status, step, at(41));
    let terminate = step(running.id, Status::Running, Step::Terminate);
    let cancel = step(waiting.id, Status::Pending, Step::Cancel);
    for advance in [&terminate, &cancel] {
        assert_eq!(store.advance(&destroy, advance).await.unwrap(), Advanced::Gone);
        assert_eq!(store.advance(&forced, advance).await.unwrap(), Advanced::Gone);
    }
    let again = step(running.id, Status::Running, Step::Restart);
    assert_eq!(store.advance(&restart, &again).await.unwrap(), Advanced::Gone);
    let extend: Permit<Extend> = for_other(&world, "admin", "carol").await.unwrap();
    let asked =
        Extension { session: running.id, seconds: 10, active: None, default_idle: TimeDelta::seconds(60), at: at(42) };
    assert_eq!(store.extend_session(&extend, &asked).await.unwrap(), ExtendOutcome::Gone);

    // The name is taken, by something that is not told: not even to the owner, who wants one here.
    for who in ["admin", "root", "carol"] {
        let create: Permit<Create> = for_other(&world, who, "carol").await.unwrap();
        let (mut session, kernels) = pending("carol", "left-running", 43);
        (session.domain, session.group_id) = (DomainName::from("default"), group("default"));
        let outcome = store.create_session(&create, &NewSession { session, kernels }).await.unwrap();
        assert_eq!(outcome, CreateOutcome::NameTakenElsewhere, "{who}");
    }
    assert_eq!(store.last_event(system()).await.unwrap(), last);
    assert_eq!(store.session(&system().scope(), running.id).await.unwrap(), Some(running.clone()));

    // The admins of the domain that it is in act for nobody who is not of that domain any more.
    change(&world, "UPDATE users SET domain_name = 'second' WHERE username = 'bob'").await;
    assert_eq!(for_other::<Inspect>(&world, "admin", "bob").await.err(), Some(Denied::Forbidden));
    // The right step of who may take it is taken.
    let root: Permit<Destroy> = for_other(&world, "root", "carol").await.unwrap();
    assert!(matches!(store.advance(&root, &cancel).await.unwrap(), Advanced::Done(_)));
}
