//! Who of those who wait may not start: each right that is taken away and given back.

use rollcall_model::account::UserStatus;
use rollcall_model::bar::Bar;
use rollcall_model::ids::DomainName;
use rollcall_model::manage::manage_groups;
use rollcall_model::role::Role;
use rollcall_model::session::Session;
use rollcall_model::status::{Status, Step};
use rollcall_store::{
    Advanced, DomainChange, GroupChange, HistoryEntry, KeypairChange, MemberChange, PastSession, UserChange,
};

use crate::manage::root;
use crate::on_both_engines;
use crate::world::{World, at, email, group, kernel, key, pending, step_of, system, user};

on_both_engines!(each_right_is_needed, who_moved_is_barred, administrators_need_no_membership);

/// Everybody who is barred, and what the transaction that reserves says of `session`.
async fn barred(world: &World, session: &Session) -> Option<Bar> {
    let all = world.store.barred_sessions(system()).await.unwrap();
    let bar = all.get(&session.id).copied();
    assert_eq!(all.len(), usize::from(bar.is_some()), "nobody else is barred");
    if let Some(bar) = bar {
        let tried = world.store.advance(&system(), &step_of(session, Step::Schedule, 50)).await.unwrap();
        assert_eq!(tried, Advanced::Barred(bar));
    }
    bar
}

async fn project(world: &World, change: GroupChange) {
    let may = manage_groups(&world.caller("root").await).unwrap();
    world.store.modify_group(&may, group("second"), &change, at(20)).await.unwrap();
}

async fn domain_is(world: &World, on: bool) {
    let change = DomainChange { is_active: Some(on), ..DomainChange::default() };
    world.store.modify_domain(&root(world).await, &DomainName::from("second"), &change, at(20)).await.unwrap();
}

async fn person(world: &World, name: &str, change: UserChange) {
    world.store.modify_user(&root(world).await, &email(name), &change, at(20)).await.unwrap();
}

async fn account_is(world: &World, status: UserStatus) {
    person(world, "carol", UserChange { status: Some(status), ..UserChange::default() }).await;
}

async fn key_is(world: &World, on: bool) {
    let change = KeypairChange { is_active: Some(on), ..KeypairChange::default() };
    world.store.modify_keypair(&root(world).await, &key("carol"), &change).await.unwrap();
}

async fn project_is(world: &World, on: bool) {
    project(world, GroupChange { is_active: Some(on), ..GroupChange::default() }).await;
}

async fn each_right_is_needed(world: World) {
    let world = world.founded(Vec::new()).await;
    world.create("alice", "witness", 10).await;
    let session = world.create("carol", "waiting", 11).await;
    assert_eq!(barred(&world, &session).await, None);

    // The first that is missing is told.
    let members = Some(MemberChange::Remove(vec![user("carol")]));
    project(&world, GroupChange { members, ..GroupChange::default() }).await;
    assert_eq!(barred(&world, &session).await, Some(Bar::NoMember));
    project_is(&world, false).await;
    assert_eq!(barred(&world, &session).await, Some(Bar::ProjectOff));
    key_is(&world, false).await;
    assert_eq!(barred(&world, &session).await, Some(Bar::KeyOff));
    account_is(&world, UserStatus::BeforeVerification).await;
    assert_eq!(barred(&world, &session).await, Some(Bar::AccountOff));
    domain_is(&world, false).await;
    assert_eq!(barred(&world, &session).await, Some(Bar::DomainOff));

    domain_is(&world, true).await;
    account_is(&world, UserStatus::Active).await;
    key_is(&world, true).await;
    project_is(&world, true).await;
    let members = Some(MemberChange::Add(vec![user("carol")]));
    project(&world, GroupChange { members, ..GroupChange::default() }).await;
    assert_eq!(barred(&world, &session).await, None);
    world.walk(session.id, 60, &[Step::Schedule]).await;
}

/// Moves are refused while a session waits; a database may hold some from before they were.
async fn who_moved_is_barred(world: World) {
    let past = |owner: &str, project: &str| {
        let (session, _) = pending(owner, "waiting", 10);
        let session = Session { domain: DomainName::from("default"), group_id: group(project), ..session };
        let kernels = vec![kernel(&session, session.id.main_kernel(), "main")];
        let history = vec![HistoryEntry { step: None, from: None, to: Status::Pending, reason: None, at: at(10) }];
        PastSession { session, kernels, history }
    };
    let demo = [past("carol", "default"), past("alice", "second"), past("bob", "default")];
    let [owner, project, nobody] = [0, 1, 2].map(|place: usize| demo[place].session.id);
    let world = world.founded(demo.to_vec()).await;
    let barred = world.store.barred_sessions(system()).await.unwrap();
    assert_eq!(barred.get(&owner), Some(&Bar::OwnerMoved));
    assert_eq!(barred.get(&project), Some(&Bar::ProjectMoved));
    assert_eq!(barred.get(&nobody), None);
}

async fn administrators_need_no_membership(world: World) {
    let world = world.founded(Vec::new()).await;
    let role = |role| UserChange { role: Some(role), ..UserChange::default() };
    person(&world, "carol", role(Role::Admin)).await;
    let session = world.create("carol", "waiting", 11).await;
    let members = Some(MemberChange::Remove(vec![user("carol")]));
    project(&world, GroupChange { members, ..GroupChange::default() }).await;
    // Somebody else may have made it for them, and then no membership was asked for.
    assert_eq!(barred(&world, &session).await, None);
    person(&world, "carol", role(Role::User)).await;
    assert_eq!(barred(&world, &session).await, Some(Bar::NoMember));
    // Only who waits is asked.
    person(&world, "carol", role(Role::Superadmin)).await;
    world.walk(session.id, 60, &[Step::Schedule]).await;
    person(&world, "carol", role(Role::User)).await;
    assert!(world.store.barred_sessions(system()).await.unwrap().is_empty());
}
