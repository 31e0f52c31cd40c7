//! What there is to give and what is used of it; the configuration.

use rollcall_model::access::{Caller, Identity};
use rollcall_model::resources::{OwnShare, Superintend, own_share, superintend};
use rollcall_model::slots::Slots;
use rollcall_model::status::Step;

use crate::on_both_engines;
use crate::world::{PEOPLE, World, email, group, key, slots, user};

on_both_engines!(use_is_summed_up_by_share, configuration_by_paths);

pub(crate) fn caller(name: &str) -> Caller {
    let (_, role, domain) = PEOPLE.into_iter().find(|(known, ..)| *known == name).unwrap();
    Caller::authenticated(Identity {
        user_id: user(name),
        email: email(name),
        role,
        domain: domain.into(),
        access_key: key(name),
        key_is_admin: role.is_administrative(),
        resource_policy: "default".into(),
    })
}

pub(crate) fn root() -> Superintend {
    superintend(&caller("root")).unwrap()
}

async fn share(world: &World, name: &str) -> OwnShare {
    let caller = caller(name);
    let group = world.store.group_by_id(group(caller.domain().as_str())).await.unwrap().unwrap();
    own_share(&caller, &group, true).unwrap()
}

async fn use_is_summed_up_by_share(world: World) {
    let world = world.founded(Vec::new()).await;
    let small = slots("1", "128m");
    for (n, owner) in (10..).zip(["alice", "bob", "carol"]) {
        let session = world.create(owner, "one", n).await;
        assert_eq!(world.store.occupancy(&share(&world, owner).await).await.unwrap().key, Slots::default());
        world.walk(session.id, 20, &[Step::Schedule]).await;
    }
    let used = world.store.occupancy(&share(&world, "alice").await).await.unwrap();
    let both = slots("2", "256m");
    assert_eq!((&used.key, &used.group, &used.domain), (&small, &both, &both));
    assert_eq!(used.key_by_resource_group.into_iter().collect::<Vec<_>>(), [("default".to_owned(), small.clone())]);
    let far = world.store.occupancy(&share(&world, "carol").await).await.unwrap();
    assert_eq!((&far.group, &far.domain), (&small, &small));
    // The lost agent has nothing to give.
    let alice = share(&world, "alice").await;
    let spare = world.store.spare_slots(&alice, &["default".to_owned(), "none".to_owned()]).await.unwrap();
    assert_eq!(spare, [("default".to_owned(), slots("1", "3712m"))]);
    assert_eq!(world.store.spare_slots(&alice, &["none".to_owned()]).await.unwrap(), []);
}

async fn configuration_by_paths(world: World) {
    let world = world.founded(Vec::new()).await;
    let store = &world.store;
    let entries = [("a", "0"), ("a/b", "own"), ("a/b/c", "1"), ("a/bc", "near"), ("a/b0", "zero"), ("A/b/c", "upper")];
    store.set_config(root(), &entries.map(|(path, value)| (path.to_owned(), value.to_owned()))).await.unwrap();
    store.set_config(root(), &[("a/b/c".to_owned(), "2".to_owned())]).await.unwrap();
    assert_eq!(store.config_entry(root(), "a/b/c").await.unwrap().as_deref(), Some("2"));
    assert_eq!(store.config_entry(root(), "a/b/none").await.unwrap(), None);
    let below = store.config_below(root(), "a/b").await.unwrap();
    let paths: Vec<&str> = below.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["a/b", "a/b/c"]);
    store.delete_config(root(), "a/b", false).await.unwrap();
    assert_eq!(store.config_below(root(), "a/b").await.unwrap().len(), 1);
    store.delete_config(root(), "a/b", true).await.unwrap();
    assert_eq!(store.config_below(root(), "a/b").await.unwrap(), []);
    let left: Vec<String> = store.config_below(root(), "a").await.unwrap().into_iter().map(|(path, _)| path).collect();
    assert_eq!(left, ["a", "a/b0", "a/bc"]);
    // Slots are known by what agents announce and what is configured with a known unit.
    let slot = |name: &str, unit: &str| (format!("config/resource_slots/{name}"), unit.to_owned());
    store.set_config(root(), &[slot("cuda.device", "count"), slot("odd", "dozens")]).await.unwrap();
    let units = store.slot_units().await.unwrap();
    assert_eq!(
        units.into_iter().collect::<Vec<_>>(),
        [("cpu", "count"), ("cuda.device", "count"), ("mem", "bytes")]
            .map(|(name, unit)| (name.to_owned(), unit.to_owned()))
    );
    let registry = |path: &str, url: &str| (format!("config/docker/registry/{path}"), url.to_owned());
    store
        .set_config(root(), &[registry("hub", "https://hub.invalid"), registry("hub/password", "s3cret")])
        .await
        .unwrap();
    let registries = store.registries(root()).await.unwrap();
    assert!(registries.contains(&("hub".to_owned(), "https://hub.invalid".to_owned())));
    assert!(registries.iter().all(|(name, url)| !name.contains('/') && url != "s3cret"));
}
