//! The plain look-ups of people, keys, domains, projects, policies and presets, as far as each
//! caller sees.

use rollcall_model::account::UserStatus;
use rollcall_model::see;
use rollcall_store::{GroupFilter, UserFilter, UserStatuses};

use crate::on_both_engines;
use crate::world::{World, email, group, key, user};

on_both_engines!(people_as_far_as_seen, keys_as_far_as_seen, belongings_as_far_as_seen);

async fn people_as_far_as_seen(world: World) {
    let world = world.founded(Vec::new()).await;
    let store = &world.store;
    let (root, admin) = (world.caller("root").await, world.caller("admin").await);
    let listed = async |domain: Option<&str>, caller, filter: UserFilter| {
        let seen = store.seen_users(&see::see_users(caller, domain).unwrap(), &filter).await.unwrap();
        seen.into_iter().map(|user| user.username).collect::<Vec<_>>()
    };
    let of = |status| UserFilter { group: None, status: Some(status) };
    // All were made at the same moment: the e-mail decides.
    assert_eq!(listed(None, &root, UserFilter::default()).await, ["admin", "alice", "bob", "carol", "root"]);
    assert_eq!(listed(Some("second"), &root, UserFilter::default()).await, ["carol"]);
    assert!(listed(Some("none\0"), &root, UserFilter::default()).await.is_empty());
    assert_eq!(listed(None, &admin, UserFilter::default()).await, ["admin", "alice", "bob", "root"]);
    assert_eq!(listed(None, &root, of(UserStatuses::Is(UserStatus::Active))).await.len(), 5);
    assert!(listed(None, &root, of(UserStatuses::IsNot(UserStatus::Active))).await.is_empty());
    let joined = UserFilter { group: Some(group("second")), status: None };
    assert_eq!(listed(None, &root, joined).await, ["carol"]);
    assert!(listed(None, &admin, joined).await.is_empty());

    for (caller, found) in [(&root, true), (&admin, false)] {
        let by_email = see::see_account(caller, None, Some(&email("carol")), "").unwrap();
        assert_eq!(store.seen_user_by_email(&by_email).await.unwrap().is_some(), found);
        let by_id = see::see_user_by_id(caller, None, Some(user("carol"))).unwrap();
        assert_eq!(store.seen_user_by_id(&by_id).await.unwrap().is_some(), found);
    }
    let unstorable = see::see_account(&root, None, Some("a\0"), "").unwrap();
    assert!(store.seen_user_by_email(&unstorable).await.unwrap().is_none());
}

async fn keys_as_far_as_seen(world: World) {
    let world = world.founded(Vec::new()).await;
    let store = &world.store;
    let (root, admin, alice) = (world.caller("root").await, world.caller("admin").await, world.caller("alice").await);
    let listed = async |caller, email: Option<&str>, is_active| {
        let see = see::see_keypairs(caller, None, email).unwrap();
        let seen = store.seen_keypairs(&see, is_active).await.unwrap();
        seen.into_iter().map(|pair| pair.access_key).collect::<Vec<_>>()
    };
    assert_eq!(listed(&root, None, None).await, ["admin", "alice", "bob", "carol", "root"].map(key));
    assert_eq!(listed(&admin, None, Some(true)).await, ["admin", "alice", "bob", "root"].map(key));
    assert_eq!(listed(&alice, None, None).await, [key("alice")]);
    assert!(listed(&root, None, Some(false)).await.is_empty());
    assert_eq!(listed(&root, Some(&email("carol")), None).await, [key("carol")]);
    assert!(listed(&admin, Some(&email("carol")), None).await.is_empty());
    for (caller, found) in [(&root, true), (&admin, false)] {
        let see = see::see_account(caller, None, Some(key("carol").as_str()), "").unwrap();
        assert_eq!(store.seen_keypair(&see).await.unwrap().is_some(), found);
    }
}

async fn belongings_as_far_as_seen(world: World) {
    let world = world.founded(Vec::new()).await;
    let store = &world.store;
    let (root, admin, carol) = (world.caller("root").await, world.caller("admin").await, world.caller("carol").await);
    let listed = async |see: see::SeeGroups, filter: GroupFilter<'static>| {
        let seen = store.seen_groups(&see, &filter).await.unwrap();
        seen.into_iter().map(|group| group.id).collect::<Vec<_>>()
    };
    let all = GroupFilter::default();
    let active = GroupFilter { is_active: Some(true), ..all };
    let named = GroupFilter { name: Some("default"), ..all };
    let foreign = GroupFilter { id: Some(group("second")), ..all };
    let both = [group("default"), group("second")];
    assert_eq!(listed(see::see_groups(&root, None).unwrap(), active).await, both);
    assert_eq!(listed(see::see_groups(&root, None).unwrap(), named).await, both);
    assert_eq!(listed(see::see_groups(&root, Some("default")).unwrap(), all).await, [group("default")]);
    assert_eq!(listed(see::see_groups(&admin, None).unwrap(), all).await, [group("default")]);
    assert_eq!(listed(see::see_groups(&carol, None).unwrap(), all).await, [group("second")]);
    assert!(listed(see::see_group(&admin, None).unwrap(), foreign).await.is_empty());

    let privileged = see::see_privileged(&root).unwrap();
    let domains = store.domains(privileged, Some(true)).await.unwrap();
    assert_eq!(domains.iter().map(|domain| domain.name.as_str()).collect::<Vec<_>>(), ["default", "second"]);
    assert!(store.domains(privileged, Some(false)).await.unwrap().is_empty());
    let own = store.seen_domain(&see::see_domain(&carol, None).unwrap()).await.unwrap().unwrap();
    assert_eq!(own.name.as_str(), "second");
    assert!(store.seen_domain(&see::see_domain(&root, Some("none")).unwrap()).await.unwrap().is_none());
    for caller in [&root, &carol] {
        let policies = store.seen_policies(&see::see_policies(caller).unwrap()).await.unwrap();
        assert_eq!(policies.iter().map(|policy| policy.name.as_str()).collect::<Vec<_>>(), ["default"]);
    }
    assert!(store.named_policy("default").await.unwrap().is_some());
    assert!(store.named_policy("de\0").await.unwrap().is_none());
    assert!(store.preset("small").await.unwrap().is_some());
    assert!(store.preset("large").await.unwrap().is_none());
}
