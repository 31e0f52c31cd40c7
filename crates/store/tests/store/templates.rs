//! Templates: made within bounds, seen and changed by who has the proof, gone with their people.

use rollcall_model::access::Permit;
use rollcall_model::ids::{GroupId, TemplateId};
use rollcall_model::manage;
use rollcall_model::own::{ChangeTemplates, Configure, MakeTemplates, SeeTemplates};
use rollcall_model::template::TemplateKind::{Cluster, Task};
use rollcall_model::template::{MAX_TEMPLATES, Template, TemplateKind};
use rollcall_store::{GroupChange, MemberChange, NewTemplate, Templated};
use serde_json::json;

use crate::manage::root;
use crate::on_both_engines;
use crate::world::{World, at, email, group, user};

on_both_engines!(
    templates_are_within_reach,
    they_follow_their_project,
    a_person_has_so_many,
    they_go_with_their_people
);

async fn right(world: &World, name: &str) -> MakeTemplates {
    let caller = world.caller(name).await;
    let permit: Permit<Configure> = world.permit(name).await;
    let domain = if name == "carol" { "second" } else { "default" };
    let group = world.store.group_by_id(group(domain)).await.unwrap().unwrap();
    MakeTemplates::of(&caller, &permit, &group, true).unwrap()
}

fn new(name: &str) -> NewTemplate {
    NewTemplate { id: TemplateId::random(), name: name.to_owned(), body: json!({"of": name}) }
}

async fn make(world: &World, kind: TemplateKind, owner: &str, name: &str, n: i64) -> TemplateId {
    let made = [(right(world, owner).await, new(name))];
    assert!(world.store.make_templates(kind, &made, at(n)).await.unwrap());
    made[0].1.id
}

async fn see(world: &World, name: &str) -> SeeTemplates {
    SeeTemplates::of(&world.caller(name).await)
}

async fn told(world: &World, name: &str, kind: TemplateKind, group: Option<GroupId>) -> String {
    let seen = world.store.templates(&see(world, name).await, kind, group).await.unwrap();
    seen.iter().map(|one| one.template.name.as_str()).collect::<Vec<_>>().join(" ")
}

async fn templates_are_within_reach(world: World) {
    let world = world.founded(Vec::new()).await;
    let of_root = make(&world, Task, "root", "of-root", 1).await;
    let of_alice = make(&world, Task, "alice", "of-alice", 2).await;
    let of_carol = make(&world, Task, "carol", "of-carol", 3).await;
    let cluster = make(&world, Cluster, "alice", "cluster", 4).await;
    let store = &world.store;

    assert_eq!(told(&world, "root", Task, None).await, "of-carol of-alice of-root");
    for name in ["admin", "alice", "bob"] {
        assert_eq!(told(&world, name, Task, None).await, "of-alice of-root", "{name}");
    }
    assert_eq!(told(&world, "carol", Task, None).await, "of-carol");
    assert_eq!(told(&world, "alice", Cluster, None).await, "cluster");
    assert_eq!(told(&world, "root", Task, Some(group("second"))).await, "of-carol");
    assert_eq!(told(&world, "alice", Task, Some(group("second"))).await, "");
    let found = store.template(&see(&world, "bob").await, Task, of_alice).await.unwrap().unwrap();
    let template = Template {
        id: of_alice,
        name: "of-alice".to_owned(),
        domain: "default".into(),
        group: group("default"),
        user: user("alice"),
        body: json!({"of": "of-alice"}),
        created_at: at(2),
    };
    assert_eq!(found, Templated { template, email: email("alice"), group_name: "default".to_owned() });
    for (name, kind, id) in [
        ("bob", Task, of_carol),
        ("admin", Task, of_carol),
        ("bob", Task, cluster),
        ("root", Task, TemplateId::random()),
    ] {
        assert_eq!(store.template(&see(&world, name).await, kind, id).await.unwrap(), None, "{name}");
    }

    let change = async |name: &str, kind: TemplateKind, id: TemplateId| {
        let may = ChangeTemplates::of(&world.caller(name).await);
        store.change_template(&may, kind, &NewTemplate { id, ..new(&format!("by-{name}")) }).await.unwrap()
    };
    let remove = async |name: &str, id: TemplateId| {
        let may = ChangeTemplates::of(&world.caller(name).await);
        store.remove_template(&may, Task, id).await.unwrap()
    };
    for (name, id) in [
        ("bob", of_alice),
        ("alice", of_root),
        ("admin", of_root),
        ("admin", of_carol),
        ("carol", TemplateId::random()),
    ] {
        assert!(!change(name, Task, id).await, "{name}");
        assert!(!remove(name, id).await, "{name}");
    }
    assert!(!change("alice", Task, cluster).await);
    assert_eq!(told(&world, "root", Task, None).await, "of-carol of-alice of-root");
    for (name, id) in [("alice", of_alice), ("admin", of_alice), ("root", of_root), ("root", of_carol)] {
        assert!(change(name, Task, id).await, "{name}");
    }
    assert_eq!(told(&world, "root", Task, None).await, "by-root by-admin by-root");
    assert!(remove("admin", of_alice).await && !remove("admin", of_alice).await);
    assert!(remove("carol", of_carol).await);
    assert_eq!(told(&world, "root", Task, None).await, "by-root");
}

/// Who leaves the project sees no more than their own, and who is of its domain sees where it has gone.
async fn they_follow_their_project(world: World) {
    let world = world.founded(Vec::new()).await;
    let of_bob = make(&world, Task, "bob", "of-bob", 1).await;
    make(&world, Task, "alice", "of-alice", 2).await;
    let may = manage::manage_groups(&world.caller("root").await).unwrap();
    let leave = GroupChange { members: Some(MemberChange::Remove(vec![user("bob")])), ..GroupChange::default() };
    world.store.modify_group(&may, group("default"), &leave, at(3)).await.unwrap();
    assert_eq!(told(&world, "bob", Task, None).await, "of-bob");
    assert_eq!(told(&world, "alice", Task, None).await, "of-alice of-bob");
    let moved = GroupChange { domain: Some("second".into()), name: Some("moved".to_owned()), ..GroupChange::default() };
    world.store.modify_group(&may, group("default"), &moved, at(4)).await.unwrap();
    for name in ["bob", "alice", "admin", "carol"] {
        assert_eq!(told(&world, name, Task, None).await, "", "{name}");
        let may = ChangeTemplates::of(&world.caller(name).await);
        assert!(!world.store.remove_template(&may, Task, of_bob).await.unwrap(), "{name}");
    }
    assert_eq!(told(&world, "root", Task, None).await, "of-alice of-bob");
    let seen = world.store.template(&see(&world, "root").await, Task, of_bob).await.unwrap().unwrap();
    assert_eq!(seen.template.domain.as_str(), "second");
}

async fn a_person_has_so_many(world: World) {
    let world = world.founded(Vec::new()).await;
    let right = right(&world, "alice").await;
    let many = |count: i64| (0..count).map(|n| (right.clone(), new(&n.to_string()))).collect::<Vec<_>>();
    assert!(!world.store.make_templates(Task, &many(MAX_TEMPLATES + 1), at(1)).await.unwrap());
    assert_eq!(told(&world, "alice", Task, None).await, "");
    assert!(world.store.make_templates(Task, &many(MAX_TEMPLATES - 2), at(1)).await.unwrap());
    let adding: Vec<_> = (0..6)
        .map(|_| {
            let (store, one) = (world.store.clone(), many(1));
            tokio::spawn(async move { store.make_templates(Task, &one, at(2)).await.unwrap() })
        })
        .collect();
    let mut made = 0;
    for one in adding {
        made += usize::from(one.await.unwrap());
    }
    assert_eq!(made, 2);
    // The other kind and other people have their own.
    make(&world, Cluster, "alice", "c", 3).await;
    make(&world, Task, "bob", "b", 3).await;
}

async fn they_go_with_their_people(world: World) {
    let world = world.founded(Vec::new()).await;
    make(&world, Task, "alice", "of-alice", 1).await;
    make(&world, Task, "bob", "of-bob", 2).await;
    world.store.purge_user(&root(&world).await, &email("alice")).await.unwrap();
    assert_eq!(told(&world, "root", Task, None).await, "of-bob");
}
