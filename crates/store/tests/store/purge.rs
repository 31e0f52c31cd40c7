//! Removing people, projects and domains for good: what happens to sessions comes first.

use rollcall_model::ids::{DomainName, GroupId};
use rollcall_model::manage;
use rollcall_model::status::Step;
use rollcall_store::{CreateOutcome, GroupChange, NewSession, Refusal, StoreError, UserChange};

use crate::manage::{person, refused, root};
use crate::on_both_engines;
use crate::world::{World, at, email, group, key, pending, system, user};

on_both_engines!(a_person_goes_with_everything, a_project_goes, a_domain_goes_last, none_slips_in);

const OVER: [Step; 1] = [Step::Cancel];

async fn sessions_in_all(world: &World) -> Vec<String> {
    let request = rollcall_model::list::request::ListRequest::parse(rollcall_model::list::request::ListArguments {
        limit: 100,
        offset: 0,
        status: None,
        filter: None,
        order: Some("name"),
    });
    let page = world.store.list_sessions(&system().scope(), &request.unwrap()).await.unwrap();
    assert_eq!(page.total, page.items.len() as i64);
    page.items.into_iter().map(|session| session.name).collect()
}

async fn a_person_goes_with_everything(world: World) {
    let world = world.founded(Vec::new()).await;
    let (store, may) = (&world.store, root(&world).await);
    let dora = person("dora", "default");
    store.create_user(&may, &dora).await.unwrap();
    for (owner, name, n) in [("alice", "alice-one", 10), ("alice", "alice-two", 20), ("bob", "bob-one", 30)] {
        world.create(owner, name, n).await;
    }
    let ids: Vec<_> =
        store.unfinished_sessions(system()).await.unwrap().into_iter().map(|(session, _)| session).collect();
    let of = |name: &str| ids.iter().find(|session| session.name == name).unwrap().id;
    world.walk(of("alice-one"), 40, &OVER).await;
    world.walk(of("alice-two"), 40, &[Step::Schedule, Step::Prepare, Step::Start]).await;

    // One is active: nothing at all is touched.
    assert_eq!(
        refused(store.purge_user(&may, &email("alice")).await),
        "the user has 1 active session: terminate before purging"
    );
    assert_eq!(sessions_in_all(&world).await, ["alice-one", "alice-two", "bob-one"]);
    assert!(store.signing_key(&key("alice")).await.unwrap().is_some());
    assert_eq!(store.counters_match(system()).await.unwrap(), []);

    world.walk(of("alice-two"), 50, &[Step::Terminate, Step::End]).await;
    store.fold_counters(system()).await.unwrap();
    store.purge_user(&may, &email("alice")).await.unwrap();
    assert_eq!(sessions_in_all(&world).await, ["bob-one"]);
    assert!(store.user_by_id(user("alice")).await.unwrap().is_none());
    assert!(store.keypair(&key("alice")).await.unwrap().is_none());
    assert!(!store.is_member(group("default"), user("alice")).await.unwrap());
    assert_eq!(store.counters_match(system()).await.unwrap(), []);
    assert_eq!(refused(store.purge_user(&may, &email("alice")).await), Refusal::NoMatch.to_string());

    // Somebody without a past, and the name is free again.
    store.purge_user(&may, &email("dora")).await.unwrap();
    store.create_user(&may, &dora).await.unwrap();
}

async fn a_project_goes(world: World) {
    let world = world.founded(Vec::new()).await;
    let store = &world.store;
    let may = manage::manage_groups(&world.caller("admin").await).unwrap();
    let session = world.create("alice", "alice-one", 10).await;
    assert!(refused(store.purge_group(&may, group("default")).await).starts_with("the group has 1 active session"));
    world.walk(session.id, 40, &OVER).await;
    store.purge_group(&may, group("default")).await.unwrap();
    assert!(store.group_by_id(group("default")).await.unwrap().is_none());
    assert!(store.user_by_id(user("alice")).await.unwrap().is_some());
    assert_eq!(sessions_in_all(&world).await, Vec::<String>::new());
    assert_eq!(store.counters_match(system()).await.unwrap(), []);
    assert_eq!(refused(store.purge_group(&may, GroupId::random()).await), Refusal::NoMatch.to_string());
}

async fn a_domain_goes_last(world: World) {
    let world = world.founded(Vec::new()).await;
    let (store, may) = (&world.store, root(&world).await);
    let groups = manage::manage_groups(&world.caller("root").await).unwrap();
    let second = DomainName::from("second");
    let session = world.create("carol", "carol-one", 10).await;
    assert!(refused(store.purge_domain(&may, &second).await).starts_with("the domain has 1 active session"));
    world.walk(session.id, 40, &OVER).await;
    assert_eq!(refused(store.purge_domain(&may, &second).await), "the domain has users: purge or move them first");
    // Person and project move away; what was done in the domain stays its own until it goes.
    let away = Some(DomainName::from("default"));
    let moved = UserChange { domain: away.clone(), ..UserChange::default() };
    store.modify_user(&may, &email("carol"), &moved, at(60)).await.unwrap();
    assert_eq!(refused(store.purge_domain(&may, &second).await), "the domain has groups: purge or move them first");
    let moved = GroupChange { domain: away, name: Some("from-second".into()), ..GroupChange::default() };
    store.modify_group(&groups, group("second"), &moved, at(60)).await.unwrap();
    assert_eq!(sessions_in_all(&world).await, ["carol-one"]);
    store.purge_domain(&may, &second).await.unwrap();
    assert!(store.domain(&second).await.unwrap().is_none());
    assert_eq!(sessions_in_all(&world).await, Vec::<String>::new());
    assert!(store.user_by_id(user("carol")).await.unwrap().is_some());
    assert_eq!(store.counters_match(system()).await.unwrap(), []);
    assert_eq!(refused(store.purge_domain(&may, &second).await), Refusal::NoMatch.to_string());
}

/// Sessions are made while their person is removed: either there is a session and the person stays,
/// or there is neither.
async fn none_slips_in(world: World) {
    let world = world.founded(Vec::new()).await;
    let (store, may) = (&world.store, root(&world).await);
    for round in 0..8 {
        let name = ["alice", "bob", "carol"][round % 3];
        let Some(owner) = store.key_owner(&key(name)).await.unwrap() else { continue };
        let permit = rollcall_model::access::act_for(&world.caller(name).await, owner).unwrap();
        let (session, kernels) = pending(name, &format!("round-{round}"), 10);
        let new = NewSession { session, kernels };
        let email = email(name);
        let (created, purged) = tokio::join!(store.create_session(&permit, &new), store.purge_user(&may, &email));
        match (created, purged) {
            (Ok(CreateOutcome::Created), Err(StoreError::Refused(Refusal::InUse(_)))) => {
                assert!(store.signing_key(&key(name)).await.unwrap().is_some());
                world.walk(new.session.id, 20, &OVER).await;
            }
            (Ok(CreateOutcome::OwnerGone), Ok(())) => assert!(store.user_by_email(&email).await.unwrap().is_none()),
            other => panic!("round {round}: {other:?}"),
        }
        assert_eq!(store.counters_match(system()).await.unwrap(), []);
    }
}
