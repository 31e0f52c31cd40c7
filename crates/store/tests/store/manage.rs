//! Changing people and what belongs to them.

use rollcall_model::account::{Domain, Group, KeypairPolicy, Preset, ResourceGroup, User, UserStatus};
use rollcall_model::ids::{AccessKey, DomainName, GroupId, UserId};
use rollcall_model::manage::{self, Manage, ManageGroups};
use rollcall_model::role::Role;
use rollcall_model::slots::Slots;
use rollcall_store::{
    DomainChange, GroupChange, KeypairChange, MemberChange, NewKeypair, NewUser, PolicyChange, Refusal,
    ResourceGroupChange, Store, StoreError, Usage, UserChange,
};
use secrecy::ExposeSecret;

use crate::on_both_engines;
use crate::world::{World, at, email, group, key, slots, system, user};

on_both_engines!(
    a_person_is_made_with_a_key,
    a_person_is_changed,
    keys_are_changed_and_removed,
    a_superadmin_is_always_left,
    projects_within_reach,
    domains_are_renamed_whole,
    policies_and_presets,
    resource_groups_and_their_users,
    rivals_take_turns,
);

pub(crate) async fn root(world: &World) -> Manage {
    manage::manage(&world.caller("root").await).unwrap()
}

async fn groups_of(world: &World, name: &str) -> ManageGroups {
    manage::manage_groups(&world.caller(name).await).unwrap()
}

/// The words of a refusal, on one line.
pub(crate) fn refused<T: std::fmt::Debug>(outcome: Result<T, StoreError>) -> String {
    match outcome {
        Err(StoreError::Refused(refusal)) => refusal.to_string().replace('\n', "|"),
        other => panic!("not refused: {other:?}"),
    }
}

pub(crate) fn keypair(name: &str) -> NewKeypair {
    // An SSH key takes its time, and the story needs no real one.
    let ssh = rollcall_store::ssh_keys::SshKeypair { public: "ssh-rsa public\n".into(), private: "private".into() };
    NewKeypair {
        access_key: key(name),
        secret_key: format!("secret of {name}").into(),
        ssh,
        is_active: true,
        is_admin: false,
        resource_policy: "default".into(),
        rate_limit: 10_000,
    }
}

pub(crate) fn person(name: &str, domain: &str) -> NewUser {
    let user = User {
        id: UserId::random(),
        username: name.to_owned(),
        email: email(name),
        full_name: format!("Person {name}"),
        description: String::new(),
        status: UserStatus::Active,
        status_info: None,
        need_password_change: false,
        role: Role::User,
        domain: DomainName::from(domain),
        created_at: at(5),
        modified_at: at(5),
    };
    let groups = vec![group("default"), group("second"), GroupId::random()];
    NewUser { user, password_hash: "$argon2id$none".into(), groups, keypair: keypair(name) }
}

fn project(name: &str, domain: &str) -> Group {
    Group {
        id: GroupId::random(),
        name: name.to_owned(),
        description: Some("what for".to_owned()),
        is_active: true,
        domain: DomainName::from(domain),
        total_resource_slots: slots("4", "4g"),
        allowed_vfolder_hosts: vec!["local:a".to_owned()],
        integration_id: Some("x".to_owned()),
        created_at: at(5),
        modified_at: at(5),
    }
}

async fn names_of_groups(store: &Store, user: UserId) -> Vec<String> {
    let groups = store.groups_of_user(user).await.unwrap();
    groups.into_iter().map(|group| format!("{}/{}", group.domain, group.name)).collect()
}

async fn a_person_is_made_with_a_key(world: World) {
    let world = world.founded(Vec::new()).await;
    let (store, may) = (&world.store, root(&world).await);
    let new = person("dora", "second");
    let (made, keypair) = store.create_user(&may, &new).await.unwrap();
    assert_eq!(made, new.user);
    assert_eq!((keypair.user_id, keypair.ssh_public_key.as_deref()), (made.id, Some("ssh-rsa public\n")));
    assert_eq!(names_of_groups(store, made.id).await, ["second/default"], "projects of other domains are left out");
    let signing = store.signing_key(&key("dora")).await.unwrap().unwrap();
    assert_eq!(signing.secret.expose_secret(), "secret of dora");

    let taken = refused(store.create_user(&may, &person("dora", "default")).await);
    assert_eq!(
        taken,
        "duplicate key value violates unique constraint \"uq_users_email\"|DETAIL:  Key (email)=(dora@example.com) already exists.|"
    );
    let mut folded = person("dora2", "default");
    folded.user.email = "DORA@example.com".into();
    assert!(refused(store.create_user(&may, &folded).await).contains("uq_users_email"));
    let mut named = person("dora3", "default");
    named.user.username = "alice".into();
    assert!(
        refused(store.create_user(&may, &named).await)
            .contains("\"uq_users_username\"|DETAIL:  Key (username)=(alice)")
    );
    assert_eq!(
        refused(store.create_user(&may, &person("dora4", "nowhere")).await),
        "insert or update on table \"users\" violates foreign key constraint \"fk_users_domain_name_domains\"|DETAIL:  Key (domain_name)=(nowhere) is not present in table \"domains\".|"
    );
    let mut policy = person("dora5", "default");
    policy.keypair.resource_policy = "none".into();
    assert!(
        refused(store.create_user(&may, &policy).await)
            .contains("fk_keypairs_resource_policy_keypair_resource_policies")
    );
    for name in ["dora2", "dora3", "dora4", "dora5"] {
        assert!(store.user_by_email(&email(name)).await.unwrap().is_none(), "{name}: nothing is kept");
    }
}

async fn a_person_is_changed(world: World) {
    let world = world.founded(Vec::new()).await;
    let (store, may) = (&world.store, root(&world).await);
    let before = store.user_by_id(user("alice")).await.unwrap().unwrap();
    let nothing = UserChange::default();
    let same = store.modify_user(&may, &email("alice"), &nothing, at(8)).await.unwrap();
    assert_eq!(same, User { modified_at: at(8), ..before.clone() });

    let change = UserChange { role: Some(Role::Admin), full_name: Some("Alice A.".into()), ..UserChange::default() };
    let admin = store.modify_user(&may, &email("alice"), &change, at(9)).await.unwrap();
    assert_eq!((admin.role, admin.full_name.as_str()), (Role::Admin, "Alice A."));
    assert!(store.keypair(&key("alice")).await.unwrap().unwrap().is_admin, "keys follow the role up");
    let change = UserChange { role: Some(Role::User), ..UserChange::default() };
    store.modify_user(&may, &email("alice"), &change, at(9)).await.unwrap();
    assert!(!store.keypair(&key("alice")).await.unwrap().unwrap().is_admin, "and down");

    let off = UserChange { status: Some(UserStatus::Inactive), ..UserChange::default() };
    let inactive = store.modify_user(&may, &email("alice"), &off, at(9)).await.unwrap();
    assert_eq!(inactive.status_info.as_deref(), Some("admin-requested"));
    assert!(store.signing_key(&key("alice")).await.unwrap().is_none());
    let on = UserChange { status: Some(UserStatus::Active), ..UserChange::default() };
    store.modify_user(&may, &email("alice"), &on, at(9)).await.unwrap();
    assert!(store.signing_key(&key("alice")).await.unwrap().is_some());

    let moved = UserChange { domain: Some(DomainName::from("second")), ..UserChange::default() };
    store.modify_user(&may, &email("alice"), &moved, at(9)).await.unwrap();
    assert_eq!(names_of_groups(store, user("alice")).await, Vec::<String>::new());
    let joined = UserChange { groups: Some(vec![group("default"), group("second")]), ..UserChange::default() };
    store.modify_user(&may, &email("alice"), &joined, at(9)).await.unwrap();
    assert_eq!(names_of_groups(store, user("alice")).await, ["second/default"]);
    let same = UserChange { groups: Some(Vec::new()), ..UserChange::default() };
    store.modify_user(&may, &email("alice"), &same, at(9)).await.unwrap();
    assert_eq!(names_of_groups(store, user("alice")).await, ["second/default"], "an empty list changes nothing");

    let nowhere = UserChange { domain: Some(DomainName::from("no\0where")), ..UserChange::default() };
    assert!(
        refused(store.modify_user(&may, &email("bob"), &nowhere, at(9)).await).contains("fk_users_domain_name_domains")
    );
    assert_eq!(refused(store.modify_user(&may, "nobody", &on, at(9)).await), Refusal::NoMatch.to_string());
    assert_eq!(refused(store.modify_user(&may, "no\0body", &on, at(9)).await), Refusal::NoMatch.to_string());

    store.delete_user(&may, &email("bob"), at(10)).await.unwrap();
    assert_eq!(store.user_by_id(user("bob")).await.unwrap().unwrap().status, UserStatus::Deleted);
    assert!(!store.keypair(&key("bob")).await.unwrap().unwrap().is_active);
    assert_eq!(refused(store.delete_user(&may, "nobody", at(10)).await), Refusal::NoMatch.to_string());
}

async fn keys_are_changed_and_removed(world: World) {
    let world = world.founded(Vec::new()).await;
    let (store, may) = (&world.store, root(&world).await);
    let made = store.create_keypair(&may, &email("alice"), &keypair("second-key"), at(5)).await.unwrap();
    assert_eq!((made.user_id, made.created_at), (user("alice"), at(5)));
    assert_eq!(refused(store.create_keypair(&may, "nobody", &keypair("x"), at(5)).await), Refusal::NoMatch.to_string());
    let off = KeypairChange { is_active: Some(false), rate_limit: Some(7), ..KeypairChange::default() };
    store.modify_keypair(&may, &key("second-key"), &off).await.unwrap();
    let changed = store.keypair(&key("second-key")).await.unwrap().unwrap();
    assert_eq!((changed.is_active, changed.rate_limit, changed.resource_policy.as_str()), (false, 7, "default"));
    assert!(store.signing_key(&key("second-key")).await.unwrap().is_none());
    let policy = KeypairChange { resource_policy: Some("none".into()), ..KeypairChange::default() };
    assert_eq!(
        refused(store.modify_keypair(&may, &key("alice"), &policy).await),
        "insert or update on table \"keypairs\" violates foreign key constraint \"fk_keypairs_resource_policy_keypair_resource_policies\"|DETAIL:  Key (resource_policy)=(none) is not present in table \"keypair_resource_policies\".|"
    );
    for unknown in [AccessKey::from("NONE"), AccessKey::from("NO\0NE")] {
        assert_eq!(refused(store.modify_keypair(&may, &unknown, &off).await), Refusal::NoMatch.to_string());
        assert_eq!(refused(store.delete_keypair(&may, &unknown).await), Refusal::NoMatch.to_string());
    }
    store.delete_keypair(&may, &key("second-key")).await.unwrap();
    assert!(store.keypair(&key("second-key")).await.unwrap().is_none());
    let session = world.create("alice", "job-one", 10).await;
    assert_eq!(
        refused(store.delete_keypair(&may, &key("alice")).await),
        "update or delete on table \"keypairs\" violates foreign key constraint \"fk_kernels_access_key_keypairs\" on table \"kernels\"|DETAIL:  Key (access_key)=(AKIAALICE) is still referenced from table \"kernels\".|"
    );
    assert!(store.session(&system().scope(), session.id).await.unwrap().is_some());
    assert!(store.signing_key(&key("alice")).await.unwrap().is_some());
}

async fn a_superadmin_is_always_left(world: World) {
    let world = world.founded(Vec::new()).await;
    let (store, may) = (&world.store, root(&world).await);
    let last = Refusal::LastSuperadmin.to_string();
    let (me, mine) = (email("root"), key("root"));
    let user = async |change: UserChange| refused(store.modify_user(&may, &email("root"), &change, at(9)).await);
    assert_eq!(user(UserChange { role: Some(Role::User), ..UserChange::default() }).await, last);
    assert_eq!(user(UserChange { role: Some(Role::Admin), ..UserChange::default() }).await, last);
    assert_eq!(user(UserChange { status: Some(UserStatus::Inactive), ..UserChange::default() }).await, last);
    assert_eq!(refused(store.delete_user(&may, &me, at(9)).await), last);
    assert_eq!(refused(store.purge_user(&may, &me).await), last);
    for change in [
        KeypairChange { is_active: Some(false), ..KeypairChange::default() },
        KeypairChange { is_admin: Some(false), ..KeypairChange::default() },
        KeypairChange { rate_limit: Some(0), ..KeypairChange::default() },
    ] {
        assert_eq!(refused(store.modify_keypair(&may, &mine, &change).await), last);
    }
    assert_eq!(refused(store.delete_keypair(&may, &mine).await), last);
    assert_eq!(refused(store.delete_domain(&may, &DomainName::from("default"), at(9)).await), last);
    assert!(store.signing_key(&mine).await.unwrap().is_some());

    // With a second one, the first may go, and the second is the last then.
    let promote = UserChange { role: Some(Role::Superadmin), ..UserChange::default() };
    store.modify_user(&may, &email("carol"), &promote, at(9)).await.unwrap();
    store.delete_domain(&may, &DomainName::from("default"), at(9)).await.unwrap();
    assert!(store.signing_key(&mine).await.unwrap().is_none());
    assert_eq!(refused(store.delete_user(&may, &email("carol"), at(9)).await), last);
}

async fn projects_within_reach(world: World) {
    let world = world.founded(Vec::new()).await;
    let (store, any, own) = (&world.store, groups_of(&world, "root").await, groups_of(&world, "admin").await);
    let new = project("lab", "default");
    assert_eq!(store.create_group(&own, &new).await.unwrap(), new);
    assert_eq!(
        refused(store.create_group(&any, &project("lab", "default")).await),
        "duplicate key value violates unique constraint \"uq_groups_name_domain_name\"|DETAIL:  Key (name, domain_name)=(lab, default) already exists.|"
    );
    for domain in ["second", "nowhere"] {
        assert_eq!(refused(store.create_group(&own, &project("lab", domain)).await), Refusal::NotAllowed.to_string());
    }
    assert!(
        refused(store.create_group(&any, &project("lab", "nowhere")).await).contains("fk_groups_domain_name_domains")
    );
    let far = project("far", "second");
    store.create_group(&any, &far).await.unwrap();

    // Another domain's project is as unknown as none.
    let name = GroupChange { name: Some("renamed".into()), ..GroupChange::default() };
    for unknown in [far.id, GroupId::random()] {
        assert_eq!(refused(store.modify_group(&own, unknown, &name, at(9)).await), Refusal::NoMatch.to_string());
        assert_eq!(refused(store.delete_group(&own, unknown, at(9)).await), Refusal::NoMatch.to_string());
        assert_eq!(refused(store.purge_group(&own, unknown).await), Refusal::NoMatch.to_string());
    }
    let away = GroupChange { domain: Some(DomainName::from("second")), ..GroupChange::default() };
    assert_eq!(refused(store.modify_group(&own, new.id, &away, at(9)).await), Refusal::NotAllowed.to_string());
    let renamed = store.modify_group(&own, new.id, &name, at(9)).await.unwrap().unwrap();
    assert_eq!(renamed, Group { name: "renamed".into(), modified_at: at(9), ..new.clone() });

    let members = |members| GroupChange { members: Some(members), ..GroupChange::default() };
    let add = members(MemberChange::Add(vec![user("alice"), user("bob")]));
    assert_eq!(store.modify_group(&own, new.id, &add, at(9)).await.unwrap(), None);
    assert!(refused(store.modify_group(&own, new.id, &add, at(9)).await).starts_with("duplicate key value"));
    let nobody = UserId::random();
    let words = |told: String, who: UserId| told.replace(&who.to_string(), "WHO");
    let unknown = words(
        refused(store.modify_group(&own, new.id, &members(MemberChange::Add(vec![nobody])), at(9)).await),
        nobody,
    );
    let carol = user("carol");
    let foreign =
        words(refused(store.modify_group(&own, new.id, &members(MemberChange::Add(vec![carol])), at(9)).await), carol);
    assert_eq!(unknown, foreign, "another domain's person is as unknown as nobody");
    // One wrong one keeps all out.
    let mixed = members(MemberChange::Add(vec![user("admin"), carol]));
    refused(store.modify_group(&any, new.id, &mixed, at(9)).await);
    assert!(!store.is_member(new.id, user("admin")).await.unwrap());
    let remove = members(MemberChange::Remove(vec![user("bob"), carol, nobody]));
    assert_eq!(store.modify_group(&own, new.id, &remove, at(9)).await.unwrap(), None);
    assert!(store.is_member(new.id, user("alice")).await.unwrap());
    assert!(!store.is_member(new.id, user("bob")).await.unwrap());

    // A move by a superadmin leaves nobody of the old domain in it.
    store.modify_group(&any, new.id, &away, at(9)).await.unwrap();
    assert!(!store.is_member(new.id, user("alice")).await.unwrap());
    store.delete_group(&any, new.id, at(10)).await.unwrap();
    let off = store.group_by_id(new.id).await.unwrap().unwrap();
    assert_eq!((off.is_active, off.integration_id), (false, None));
    assert_eq!(
        refused(store.modify_group(&any, new.id, &GroupChange::default(), at(9)).await),
        Refusal::NothingToUpdate.to_string()
    );
}

async fn domains_are_renamed_whole(world: World) {
    let world = world.founded(Vec::new()).await;
    let (store, may) = (&world.store, root(&world).await);
    let lab = Domain {
        name: DomainName::from("lab"),
        description: Some("a lab".into()),
        is_active: true,
        total_resource_slots: slots("8", "8g"),
        allowed_vfolder_hosts: vec!["h".into()],
        allowed_registries: vec!["r".into()],
        integration_id: None,
        created_at: at(3),
        modified_at: at(3),
    };
    assert_eq!(store.create_domain(&may, &lab).await.unwrap(), lab);
    assert!(refused(store.create_domain(&may, &lab).await).contains("\"pk_domains\""));
    let change = DomainChange { description: Some("other".into()), ..DomainChange::default() };
    let changed = store.modify_domain(&may, &lab.name, &change, at(4)).await.unwrap();
    assert_eq!(changed, Domain { description: Some("other".into()), modified_at: at(4), ..lab.clone() });
    let unknown = DomainName::from("nowhere");
    assert_eq!(refused(store.modify_domain(&may, &unknown, &change, at(4)).await), Refusal::NoMatch.to_string());

    let session = world.create("carol", "job-one", 10).await;
    let to = |name: &str| DomainChange { name: Some(DomainName::from(name)), ..DomainChange::default() };
    let second = DomainName::from("second");
    assert!(refused(store.modify_domain(&may, &second, &to("lab"), at(4)).await).contains("\"pk_domains\""));
    assert!(refused(store.modify_domain(&may, &second, &to("third"), at(4)).await).contains("active sessions"));
    world.walk(session.id, 20, &[rollcall_model::status::Step::Cancel]).await;
    store.modify_domain(&may, &second, &to("third"), at(4)).await.unwrap();
    let third = DomainName::from("third");
    assert!(store.domain(&second).await.unwrap().is_none());
    assert_eq!(store.user_by_id(user("carol")).await.unwrap().unwrap().domain, third);
    assert_eq!(names_of_groups(store, user("carol")).await, ["third/default"]);
    let old = store.session(&world.scope("carol").await, session.id).await.unwrap().unwrap();
    assert_eq!(old.domain, third, "old sessions go with their domain");
    assert_eq!(store.counters_match(system()).await.unwrap(), []);
    let groups = store.resource_groups_for(&third, group("second"), &key("carol")).await.unwrap();
    assert_eq!(groups.len(), 1);
}

async fn policies_and_presets(world: World) {
    let world = world.founded(Vec::new()).await;
    let (store, may) = (&world.store, root(&world).await);
    let small =
        KeypairPolicy { total_resource_slots: slots("2", "2g"), ..KeypairPolicy::unlimited("small", 1, 1, at(3)) };
    assert_eq!(store.create_policy(&may, &small).await.unwrap(), small);
    assert!(
        refused(store.create_policy(&may, &small).await)
            .contains("\"pk_keypair_resource_policies\"|DETAIL:  Key (name)=(small)")
    );
    let change = PolicyChange { max_session_lifetime: Some(60), idle_timeout: Some(5), ..PolicyChange::default() };
    store.modify_policy(&may, "small", &change).await.unwrap();
    let changed = store.policy("small").await.unwrap().unwrap();
    assert_eq!(changed, KeypairPolicy { max_session_lifetime: 60, idle_timeout: 5, ..small });
    assert_eq!(refused(store.modify_policy(&may, "none", &change).await), Refusal::NoMatch.to_string());
    assert_eq!(
        refused(store.delete_policy(&may, "default").await),
        "update or delete on table \"keypair_resource_policies\" violates foreign key constraint \"fk_keypairs_resource_policy_keypair_resource_policies\" on table \"keypairs\"|DETAIL:  Key (name)=(default) is still referenced from table \"keypairs\".|"
    );
    store.delete_policy(&may, "small").await.unwrap();
    assert_eq!(refused(store.delete_policy(&may, "small").await), Refusal::NoMatch.to_string());

    let preset = Preset { name: "big".into(), resource_slots: slots("8", "8g"), shared_memory: Some(64) };
    assert_eq!(store.create_preset(&may, &preset).await.unwrap(), preset);
    assert_eq!(
        refused(store.create_preset(&may, &preset).await),
        "duplicate key value violates unique constraint \"pk_resource_presets\"|DETAIL:  Key (name)=(big) already exists.|"
    );
    store.modify_preset(&may, "big", Some(&slots("9", "9g")), None).await.unwrap();
    let changed = store.preset("big").await.unwrap().unwrap();
    assert_eq!((changed.resource_slots, changed.shared_memory), (slots("9", "9g"), Some(64)));
    assert_eq!(
        refused(store.modify_preset(&may, "none", Some(&Slots::default()), None).await),
        Refusal::NoMatch.to_string()
    );
    store.delete_preset(&may, "big").await.unwrap();
    assert_eq!(refused(store.delete_preset(&may, "big").await), Refusal::NoMatch.to_string());
}

async fn resource_groups_and_their_users(world: World) {
    let world = world.founded(Vec::new()).await;
    let (store, may) = (&world.store, root(&world).await);
    store.create_resource_group(&may, &ResourceGroup::new("gpu", at(3))).await.unwrap();
    assert_eq!(
        refused(store.create_resource_group(&may, &ResourceGroup::new("gpu", at(3))).await),
        "duplicate key value violates unique constraint \"pk_scaling_groups\"|DETAIL:  Key (name)=(gpu) already exists.|"
    );
    let change = ResourceGroupChange { scheduler: Some("drf".into()), ..ResourceGroupChange::default() };
    store.modify_resource_group(&may, "gpu", &change).await.unwrap();
    assert_eq!(refused(store.modify_resource_group(&may, "none", &change).await), Refusal::NoMatch.to_string());

    let (domain, project, alice) = (DomainName::from("default"), group("default"), key("alice"));
    let usable = || async {
        let groups = store.resource_groups_for(&domain, project, &alice).await.unwrap();
        groups.iter().any(|group| group.name == "gpu" && group.scheduler == "drf")
    };
    for usage in [Usage::Domain(&domain), Usage::Group(project), Usage::Keypair(&alice)] {
        assert!(!usable().await);
        store.associate_resource_group(&may, "gpu", usage).await.unwrap();
        assert!(usable().await);
        assert!(refused(store.associate_resource_group(&may, "gpu", usage).await).starts_with("duplicate key value"));
        assert!(
            refused(store.associate_resource_group(&may, "none", usage).await).contains("Key (scaling_group)=(none)")
        );
        store.disassociate_resource_group(&may, Some("gpu"), usage).await.unwrap();
        let again = store.disassociate_resource_group(&may, Some("gpu"), usage).await;
        assert_eq!(refused(again), Refusal::NoMatch.to_string());
    }
    let (nowhere, nobody) = (DomainName::from("no\0where"), AccessKey::from("NOBODY"));
    for (usage, table) in [
        (Usage::Domain(&nowhere), "\"domains\""),
        (Usage::Group(GroupId::random()), "\"groups\""),
        (Usage::Keypair(&nobody), "\"keypairs\""),
    ] {
        assert!(refused(store.associate_resource_group(&may, "gpu", usage).await).contains(table));
    }
    store.associate_resource_group(&may, "gpu", Usage::Group(project)).await.unwrap();
    store.disassociate_resource_group(&may, None, Usage::Group(project)).await.unwrap();
    store.associate_resource_group(&may, "gpu", Usage::Keypair(&alice)).await.unwrap();
    store.delete_resource_group(&may, "gpu").await.unwrap();
    assert!(!usable().await);
    assert_eq!(refused(store.delete_resource_group(&may, "gpu").await), Refusal::NoMatch.to_string());
    assert!(refused(store.delete_resource_group(&may, "default").await).contains("on table \"agents\""));
    assert!(store.set_schedulable(&may, crate::world::AGENT, false).await.is_ok());
    assert!(store.candidate_agents(system(), "default").await.unwrap().is_empty());
    assert_eq!(refused(store.set_schedulable(&may, "nowhere", true).await), Refusal::NoMatch.to_string());
}

/// Two superadmins switch each other off at the same moment: one of them stays.
async fn rivals_take_turns(world: World) {
    let world = world.founded(Vec::new()).await;
    let (store, may) = (&world.store, root(&world).await);
    let promote = UserChange { role: Some(Role::Superadmin), ..UserChange::default() };
    let off = UserChange { status: Some(UserStatus::Inactive), ..UserChange::default() };
    let on = UserChange { status: Some(UserStatus::Active), ..UserChange::default() };
    store.modify_user(&may, &email("bob"), &promote, at(9)).await.unwrap();
    for round in 0..10 {
        let (root, bob) = (email("root"), email("bob"));
        let (one, other) =
            tokio::join!(store.modify_user(&may, &root, &off, at(10)), store.modify_user(&may, &bob, &off, at(10)));
        assert!(one.is_ok() != other.is_ok(), "round {round}: {one:?} {other:?}");
        for email in [root, bob] {
            store.modify_user(&may, &email, &on, at(11)).await.unwrap();
        }
    }
    // Eight want one name: one gets it, the others are told the same.
    let mut rivals = tokio::task::JoinSet::new();
    for n in 0..8 {
        let (store, may) = (store.clone(), may.clone());
        let mut new = person("wanted", "default");
        new.keypair = keypair(&format!("wanted{n}"));
        rivals.spawn(async move { store.create_user(&may, &new).await });
    }
    let outcomes = rivals.join_all().await;
    let (made, told): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!((made.len(), told.len()), (1, 7));
    assert!(told.into_iter().all(|told| refused(told).contains("uq_users_email")));
}
