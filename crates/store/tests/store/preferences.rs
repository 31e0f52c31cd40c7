//! Preferences, on both engines: of the person, of nobody else, gone with them.

use rollcall_model::own::OwnAccount;
use serde_json::{Map, Value, json};

use crate::on_both_engines;
use crate::world::{World, email};

on_both_engines!(each_person_has_their_own, who_is_purged_leaves_none, changes_at_the_same_time_all_stay);

fn document(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

async fn own(world: &World, name: &str) -> OwnAccount {
    OwnAccount::of(&world.caller(name).await)
}

async fn each_person_has_their_own(world: World) {
    let world = world.founded(Vec::new()).await;
    let (alice, bob) = (own(&world, "alice").await, own(&world, "bob").await);
    assert!(world.store.preferences(&alice).await.unwrap().is_empty());
    let first = document(json!({"theme": "dark", "columns": ["name", null, 1.5], "text": "a\u{0}\u{1f600}'\"\\"}));
    world.store.set_preferences(&alice, &first).await.unwrap();
    assert_eq!(world.store.preferences(&alice).await.unwrap(), first);
    assert!(world.store.preferences(&bob).await.unwrap().is_empty());
    // What is set takes the place of all that was.
    let second = document(json!({"theme": "light"}));
    world.store.set_preferences(&alice, &second).await.unwrap();
    world.store.set_preferences(&bob, &first).await.unwrap();
    let again = world.opened_again().await;
    assert_eq!(again.preferences(&alice).await.unwrap(), second);
    assert_eq!(again.preferences(&bob).await.unwrap(), first);
}

async fn who_is_purged_leaves_none(world: World) {
    let world = world.founded(Vec::new()).await;
    let alice = own(&world, "alice").await;
    world.store.set_preferences(&alice, &document(json!({"a": 1}))).await.unwrap();
    world.store.purge_user(&crate::manage::root(&world).await, &email("alice")).await.unwrap();
    assert!(world.store.preferences(&alice).await.unwrap().is_empty());
    assert!(world.store.set_preferences(&alice, &Map::new()).await.is_err(), "of nobody");
}

async fn changes_at_the_same_time_all_stay(world: World) {
    let world = world.founded(Vec::new()).await;
    let alice = own(&world, "alice").await;
    let name = |number: usize| format!("view-{number}");
    let changes = (0..20).map(|number| {
        let (store, alice) = (world.store.clone(), alice.clone());
        tokio::spawn(async move {
            let change = |document: &mut Map<String, Value>| {
                document.insert(name(number), json!(number));
                Ok::<(), String>(())
            };
            store.change_preferences(&alice, change).await.unwrap().unwrap();
        })
    });
    for change in changes.collect::<Vec<_>>() {
        change.await.unwrap();
    }
    let kept = world.store.preferences(&alice).await.unwrap();
    assert!((0..20).all(|number| kept[&name(number)] == number), "{kept:?}");
    // What is refused changes nothing.
    let refused = |document: &mut Map<String, Value>| {
        document.clear();
        Err("no")
    };
    assert_eq!(world.store.change_preferences(&alice, refused).await.unwrap(), Err("no"));
    assert_eq!(world.store.preferences(&alice).await.unwrap(), kept);
}
