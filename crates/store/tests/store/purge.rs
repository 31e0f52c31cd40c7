//! Removing people, projects and domains for good: what happens to sessions comes first.

use rollcall_model::ids::{DomainName, GroupId};
use rollcall_model::manage;
use rollcall_model::status::Step;
use rollcall_store::{CreateOutcome, GroupChange, NewSession, Refusal, StoreError, UserChange};

use crate::accounts::change;
use crate::manage::{person, refused, root};
use crate::on_both_engines;
use crate::world::{World, at, email, group, key, pending, system, user};

on_both_engines!(
    a_person_goes_with_everything,
    a_project_goes,
    a_domain_goes_last,
    none_slips_in,
    nobody_moves_away_from_what_is_active,
    none_is_left_behind,
    what_a_project_brought_with_it_goes_by_superadmins_alone
);

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

fn to(domain: &str) -> (UserChange, GroupChange) {
    let name = Some(format!("in-{domain}"));
    let domain = Some(DomainName::from(domain));
    let person = UserChange { domain: domain.clone(), ..UserChange::default() };
    (person, GroupChange { domain, name, ..GroupChange::default() })
}

async fn nobody_moves_away_from_what_is_active(world: World) {
    let world = world.founded(Vec::new()).await;
    let (store, may) = (&world.store, root(&world).await);
    let groups = manage::manage_groups(&world.caller("root").await).unwrap();
    let waiting = world.create("alice", "waits", 10).await;
    let running = world.create("alice", "runs", 20).await;
    world.walk(running.id, 21, &[Step::Schedule, Step::Prepare, Step::Start]).await;
    let (person, project) = to("second");
    let told = "has 2 active sessions: terminate before moving to another domain";
    let (alice, default) = (email("alice"), group("default"));
    assert_eq!(refused(store.modify_user(&may, &alice, &person, at(30)).await), format!("the user {told}"));
    assert_eq!(refused(store.modify_group(&groups, default, &project, at(30)).await), format!("the group {told}"));
    // Nothing has changed; all else can be.
    assert_eq!(store.user_by_id(user("alice")).await.unwrap().unwrap().domain.as_str(), "default");
    assert_eq!(store.group_by_id(default).await.unwrap().unwrap().name, "default");
    let (person_stays, project_stays) = to("default");
    store.modify_user(&may, &alice, &person_stays, at(31)).await.unwrap();
    store.modify_group(&groups, default, &project_stays, at(31)).await.unwrap();
    assert!(store.is_member(default, user("alice")).await.unwrap());

    world.walk(waiting.id, 40, &OVER).await;
    let told = "the user has 1 active session: terminate before moving to another domain";
    assert_eq!(refused(store.modify_user(&may, &alice, &person, at(41)).await), told);
    world.walk(running.id, 42, &[Step::Terminate, Step::End]).await;
    store.modify_user(&may, &alice, &person, at(50)).await.unwrap();
    store.modify_group(&groups, default, &project, at(50)).await.unwrap();

    // Who was moved before there was this rule may come back to what goes on, and go nowhere else.
    let left = world.create("carol", "left", 60).await;
    change(&world, "UPDATE users SET domain_name = 'default' WHERE username = 'carol'").await;
    change(
        &world,
        "INSERT INTO domains (name, is_active, total_resource_slots, allowed_registries, created_at, modified_at) \
         VALUES ('third', TRUE, '{}', '[]', 0, 0)",
    )
    .await;
    let elsewhere = refused(store.modify_user(&may, &email("carol"), &to("third").0, at(61)).await);
    assert!(elsewhere.starts_with("the user has 1 active session"), "{elsewhere}");
    store.modify_user(&may, &email("carol"), &person, at(62)).await.unwrap();
    assert!(store.session(&world.scope("carol").await, left.id).await.unwrap().is_some());
    assert_eq!(store.counters_match(system()).await.unwrap(), []);
}

/// Sessions are made while their person or project is moved: either there is one and nothing moves, or there
/// is none.
async fn none_is_left_behind(world: World) {
    let world = world.founded(Vec::new()).await;
    let (store, may) = (&world.store, root(&world).await);
    let groups = manage::manage_groups(&world.caller("root").await).unwrap();
    let ((person_away, project_away), (person_back, project_back)) = (to("second"), to("default"));
    let alice = email("alice");
    for round in 0..12 {
        let permit = world.permit("alice").await;
        let (session, kernels) = pending("alice", &format!("round-{round}"), 10);
        let new = NewSession { session, kernels };
        let moving = async {
            if round % 2 == 0 {
                store.modify_user(&may, &alice, &person_away, at(11)).await.map(|_| ())
            } else {
                store.modify_group(&groups, group("default"), &project_away, at(11)).await.map(|_| ())
            }
        };
        match tokio::join!(store.create_session(&permit, &new), moving) {
            (Ok(CreateOutcome::Created), Err(StoreError::Refused(Refusal::InUse(_)))) => {
                let session = store.session(&world.scope("alice").await, new.session.id).await.unwrap();
                assert!(session.is_some(), "round {round}");
                world.walk(new.session.id, 20, &OVER).await;
            }
            (Ok(CreateOutcome::OwnerGone), Ok(())) if round % 2 == 0 => {
                store.modify_user(&may, &alice, &person_back, at(12)).await.unwrap();
            }
            (Ok(CreateOutcome::OwnerGone), Ok(())) => {
                store.modify_group(&groups, group("default"), &project_back, at(12)).await.unwrap();
            }
            other => panic!("round {round}: {other:?}"),
        }
    }
    // What the race may not have shown: the right was given, then the project went.
    let permit = world.permit("alice").await;
    store.modify_group(&groups, group("default"), &project_away, at(30)).await.unwrap();
    let (session, kernels) = pending("alice", "too-late", 31);
    let outcome = store.create_session(&permit, &NewSession { session, kernels }).await.unwrap();
    assert_eq!(outcome, CreateOutcome::OwnerGone);
    assert_eq!(store.counters_match(system()).await.unwrap(), []);
}

async fn what_a_project_brought_with_it_goes_by_superadmins_alone(world: World) {
    let world = world.founded(Vec::new()).await;
    let store = &world.store;
    let any = manage::manage_groups(&world.caller("root").await).unwrap();
    let own = manage::manage_groups(&world.caller("admin").await).unwrap();
    let over = world.create("carol", "done-there", 10).await;
    world.walk(over.id, 11, &OVER).await;
    store.modify_group(&any, group("second"), &to("default").1, at(20)).await.unwrap();
    let told = "the group was in another domain before: only a superadmin can purge it";
    assert_eq!(refused(store.purge_group(&own, group("second")).await), told);
    assert_eq!(sessions_in_all(&world).await, ["done-there"]);
    assert!(store.group_by_id(group("second")).await.unwrap().is_some());

    // How many there are, and whether they go on, is not to be heard.
    change(&world, "UPDATE sessions SET status = 5 WHERE name = 'done-there'").await;
    assert_eq!(refused(store.purge_group(&own, group("second")).await), told);
    assert!(refused(store.purge_group(&any, group("second")).await).starts_with("the group has 1 active session"));
    change(&world, "UPDATE sessions SET status = 12 WHERE name = 'done-there'").await;
    store.purge_group(&any, group("second")).await.unwrap();
    assert_eq!(sessions_in_all(&world).await, Vec::<String>::new());
    assert_eq!(store.counters_match(system()).await.unwrap(), []);

    // What has only what was made here goes by its own administrators.
    let session = world.create("alice", "done-here", 30).await;
    world.walk(session.id, 31, &OVER).await;
    store.purge_group(&own, group("default")).await.unwrap();
    assert_eq!(store.counters_match(system()).await.unwrap(), []);
}
