//! Logins and tickets, on both engines.

use chrono::TimeDelta;
use rollcall_model::access::Caller;
use rollcall_model::account::UserStatus;
use rollcall_model::logins::{CameWith, KeyLogin, SeeLogins};
use rollcall_store::{KeypairChange, LoginLife, LoginProof, NewLogin, UserChange, token_hash};
use uuid::Uuid;

use crate::manage::{keypair, root};
use crate::on_both_engines;
use crate::world::{World, at, email, key};

on_both_engines!(
    logins_are_seen_and_ended_within_reach,
    a_login_by_key_lives_as_long_as_the_key_may_sign,
    a_person_has_so_many_logins,
    tickets_are_spent_once,
);

const LIFE: LoginLife = LoginLife { idle: TimeDelta::seconds(100), absolute: TimeDelta::seconds(1000) };

async fn login(world: &World, name: &str, token: &str, when: i64) -> Uuid {
    let caller = world.caller(name).await;
    let candidate =
        world.store.login_candidate_by_email(&caller.identity().email.to_uppercase()).await.unwrap().unwrap();
    assert_eq!(candidate.user_id, caller.identity().user_id);
    let new = NewLogin {
        id: Uuid::new_v4(),
        token_hash: token_hash(token),
        proof: LoginProof::Password { user: candidate.user_id, hash: candidate.password_hash },
        address: "192.0.2.1".to_owned(),
        agent: "a browser".to_owned(),
    };
    world.store.create_login(&new, at(when)).await.unwrap();
    new.id
}

async fn holds(world: &World, token: &str, when: i64) -> bool {
    world.store.login_of(&token_hash(token), LIFE, at(when)).await.unwrap().is_some()
}

async fn logins_are_seen_and_ended_within_reach(world: World) {
    let world = world.founded(Vec::new()).await;
    let alices = login(&world, "alice", "of alice", 0).await;
    let carols = login(&world, "carol", "of carol", 0).await;
    let roots = login(&world, "root", "of root", 0).await;
    let found = world.store.login_of(&token_hash("of alice"), LIFE, at(1)).await.unwrap().unwrap();
    let person = world.caller("alice").await.identity().clone();
    assert_eq!((found.id, found.with_key, found.identity), (alices, false, person));
    assert!(!holds(&world, "of nobody", 1).await);
    let store = &world.store;
    let [alice, admin, root] = [world.caller("alice").await, world.caller("admin").await, world.caller("root").await];
    let ids = |may: SeeLogins| async move {
        let mut ids: Vec<Uuid> =
            store.logins(&may, LIFE, at(1)).await.unwrap().into_iter().map(|login| login.id).collect();
        ids.sort();
        ids
    };
    let sorted = |mut ids: Vec<Uuid>| {
        ids.sort();
        ids
    };
    assert_eq!(ids(SeeLogins::own(&alice)).await, [alices]);
    assert_eq!(ids(SeeLogins::all(&admin).unwrap()).await, [alices]);
    assert_eq!(ids(SeeLogins::all(&root).unwrap()).await, sorted(vec![alices, carols, roots]));
    for (may, id, ended) in [
        (SeeLogins::own(&alice), carols, false),
        (SeeLogins::all(&admin).unwrap(), carols, false),
        (SeeLogins::all(&admin).unwrap(), roots, false),
        (SeeLogins::all(&admin).unwrap(), alices, true),
        (SeeLogins::all(&admin).unwrap(), alices, false),
        (SeeLogins::all(&root).unwrap(), carols, true),
    ] {
        assert_eq!(store.end_login(&may, id, LIFE, at(1)).await.unwrap(), ended, "{may:?} {id}");
    }
    assert!(
        !holds(&world, "of alice", 1).await && !holds(&world, "of carol", 1).await && holds(&world, "of root", 1).await
    );
    // Used now and then it lasts, but not for ever.
    for when in (60..=960).step_by(60) {
        assert!(holds(&world, "of root", when).await, "{when}");
    }
    assert!(!holds(&world, "of root", 1001).await);
    login(&world, "alice", "unused", 0).await;
    assert!(holds(&world, "unused", 29).await && !holds(&world, "unused", 101).await);
}

async fn a_login_by_key_lives_as_long_as_the_key_may_sign(world: World) {
    let world = world.founded(Vec::new()).await;
    let (store, may) = (&world.store, root(&world).await);
    store.create_keypair(&may, &email("alice"), &keypair("second-key"), at(5)).await.unwrap();
    let identity = store.signing_key(&key("second-key")).await.unwrap().unwrap().identity;
    let caller = Caller::authenticated(identity.clone());
    assert!(KeyLogin::of(&caller, CameWith::Token).is_err());
    let new = NewLogin {
        id: Uuid::new_v4(),
        token_hash: token_hash("of a key"),
        proof: LoginProof::Key(KeyLogin::of(&caller, CameWith::Signature).unwrap()),
        address: "192.0.2.1".to_owned(),
        agent: "a browser".to_owned(),
    };
    store.create_login(&new, at(0)).await.unwrap();
    login(&world, "alice", "of alice", 0).await;
    // It acts as that key, and not as the one that a password gives; both are of the person.
    let held = async |token: &str| store.login_of(&token_hash(token), LIFE, at(1)).await.unwrap();
    let of_key = held("of a key").await.unwrap();
    assert_eq!((of_key.id, of_key.with_key, of_key.identity), (new.id, true, identity));
    assert_eq!(held("of alice").await.unwrap().identity.access_key, key("alice"));
    let own = SeeLogins::own(&world.caller("alice").await);
    let mut keys: Vec<_> =
        store.logins(&own, LIFE, at(1)).await.unwrap().into_iter().map(|login| login.access_key).collect();
    keys.sort();
    assert_eq!(keys, [None, Some(key("second-key"))]);

    let active = |is_active| KeypairChange { is_active: Some(is_active), ..KeypairChange::default() };
    store.modify_keypair(&may, &key("second-key"), &active(false)).await.unwrap();
    assert!(held("of a key").await.is_none() && held("of alice").await.is_some());
    store.modify_keypair(&may, &key("second-key"), &active(true)).await.unwrap();
    let status = |status| UserChange { status: Some(status), ..UserChange::default() };
    store.modify_user(&may, &email("alice"), &status(UserStatus::Inactive), at(2)).await.unwrap();
    assert!(held("of a key").await.is_none());
    store.modify_user(&may, &email("alice"), &status(UserStatus::Active), at(2)).await.unwrap();
    assert!(held("of a key").await.is_some());
    assert!(!holds(&world, "of a key", 1001).await, "longer than a login lasts");
    store.delete_keypair(&may, &key("second-key")).await.unwrap();
    assert!(held("of a key").await.is_none() && held("of alice").await.is_some());
    assert_eq!(store.logins(&own, LIFE, at(1)).await.unwrap().len(), 1);
}

async fn a_person_has_so_many_logins(world: World) {
    let world = world.founded(Vec::new()).await;
    for number in 0..103 {
        login(&world, "alice", &format!("number {number}"), number).await;
    }
    let alice = SeeLogins::own(&world.caller("alice").await);
    assert_eq!(world.store.logins(&alice, LIFE, at(50)).await.unwrap().len(), 100);
    assert!(!holds(&world, "number 2", 50).await && holds(&world, "number 3", 50).await);
}

async fn tickets_are_spent_once(world: World) {
    let spend = |nonce: &'static [u8], now| world.store.spend_ticket(nonce, at(60), at(now));
    assert!(spend(b"one", 0).await.unwrap());
    assert!(!spend(b"one", 1).await.unwrap());
    let mut rivals = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let store = world.store.clone();
        rivals.spawn(async move { store.spend_ticket(b"two", at(60), at(1)).await.unwrap() });
    }
    assert_eq!(rivals.join_all().await.into_iter().filter(|spent| *spent).count(), 1);
    // Too old to be brought, it is forgotten.
    assert!(spend(b"one", 61).await.unwrap());
}
