//! Files for the homes of sessions: added, changed and removed on their shelf, within its bounds.

use rollcall_model::access::{Caller, act_for};
use rollcall_model::dotfile::{Dotfile, MAX_BYTES, MAX_FILES};
use rollcall_model::ids::DomainName;
use rollcall_model::own::{self, Configure, WriteDotfiles};
use rollcall_store::Shelved;

use crate::on_both_engines;
use crate::world::{World, group, key, system};

on_both_engines!(a_file_and_its_changes, shelves_are_apart_and_merge, bounds_hold_for_many_at_once, scripts);

fn file(path: &str, content: &str) -> Dotfile {
    Dotfile { path: path.to_owned(), permission: "644".to_owned(), content: content.to_owned() }
}

async fn caller(world: &World, name: &str) -> Caller {
    Caller::authenticated(world.store.signing_key(&key(name)).await.unwrap().unwrap().identity)
}

async fn shelf_of(world: &World, name: &str) -> WriteDotfiles {
    own::own_dotfiles(&caller(world, name).await)
}

async fn a_file_and_its_changes(world: World) {
    let world = world.founded(Vec::new()).await;
    let (store, alice) = (&world.store, shelf_of(&world, "alice").await);
    assert_eq!(store.change_dotfile(&alice, &file(".a", "x")).await.unwrap(), Shelved::Missing);
    assert_eq!(store.add_dotfile(&alice, &file(".a", "one")).await.unwrap(), Shelved::Done);
    assert_eq!(store.add_dotfile(&alice, &file(".a", "two")).await.unwrap(), Shelved::Taken);
    assert_eq!(store.add_dotfile(&alice, &file(".a/b", "two")).await.unwrap(), Shelved::Taken);
    assert_eq!(store.dotfile(&alice.reading(), ".a").await.unwrap(), Some(file(".a", "one")));
    let changed = Dotfile { permission: "700".to_owned(), ..file(".a", "two") };
    assert_eq!(store.change_dotfile(&alice, &changed).await.unwrap(), Shelved::Done);
    assert_eq!(store.dotfiles(&alice.reading()).await.unwrap(), [changed]);
    assert!(store.remove_dotfile(&alice, ".a").await.unwrap());
    assert!(!store.remove_dotfile(&alice, ".a").await.unwrap());
    assert_eq!(store.dotfile(&alice.reading(), ".a").await.unwrap(), None);
}

async fn shelves_are_apart_and_merge(world: World) {
    let world = world.founded(Vec::new()).await;
    let store = &world.store;
    let root = caller(&world, "root").await;
    let default = DomainName::from("default");
    let project = store.group_by_id(group("default")).await.unwrap().unwrap();
    let of_project = own::write_group_dotfiles(&root, &project).unwrap();
    let of_domain = own::write_domain_dotfiles(&root, &store.domain(&default).await.unwrap().unwrap()).unwrap();
    let alices = act_for::<Configure>(&root, store.key_owner(&key("alice")).await.unwrap().unwrap()).unwrap();
    let alice = own::key_dotfiles(&alices);
    for (shelf, paths, content) in [
        (&of_domain, [".a", ".b", ".c"], "domain"),
        (&of_project, [".a", ".b", ".p"], "project"),
        (&alice, [".a", ".k", ".c/in"], "key"),
    ] {
        for path in paths {
            assert_eq!(store.add_dotfile(shelf, &file(path, content)).await.unwrap(), Shelved::Done);
        }
    }
    let told = |files: Vec<Dotfile>| {
        files.into_iter().map(|file| format!("{}={}", file.path, file.content)).collect::<Vec<_>>().join(" ")
    };
    let merged = store.dotfiles_of_session(system(), &key("alice"), group("default"), &default).await.unwrap();
    assert_eq!(told(merged), ".a=key .c/in=key .k=key .b=project .p=project");
    let others = store.dotfiles_of_session(system(), &key("bob"), group("default"), &default).await.unwrap();
    assert_eq!(told(others), ".a=project .b=project .p=project .c=domain");
    let foreign = store.dotfiles_of_session(system(), &key("carol"), group("second"), &"second".into()).await.unwrap();
    assert_eq!(foreign, []);
}

async fn bounds_hold_for_many_at_once(world: World) {
    let world = world.founded(Vec::new()).await;
    let (store, alice, bob) = (&world.store, shelf_of(&world, "alice").await, shelf_of(&world, "bob").await);
    let adding: Vec<_> = (0..MAX_FILES + 20)
        .map(|number| {
            let (store, alice) = (store.clone(), alice.clone());
            tokio::spawn(async move { store.add_dotfile(&alice, &file(&format!("f{number}"), "")).await.unwrap() })
        })
        .collect();
    let mut outcomes = Vec::new();
    for one in adding {
        outcomes.push(one.await.unwrap());
    }
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Shelved::Done).count(), MAX_FILES);
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Shelved::TooMany).count(), 20);
    // A full shelf can be changed, and is nobody else's matter.
    let path = store.dotfiles(&alice.reading()).await.unwrap().remove(0).path;
    assert_eq!(store.change_dotfile(&alice, &file(&path, "new")).await.unwrap(), Shelved::Done);

    let half = "x".repeat(MAX_BYTES / 2 - 2);
    assert_eq!(store.add_dotfile(&bob, &file("f1", &half)).await.unwrap(), Shelved::Done);
    assert_eq!(store.add_dotfile(&bob, &file("f2", &half)).await.unwrap(), Shelved::Done);
    assert_eq!(store.add_dotfile(&bob, &file("f", "")).await.unwrap(), Shelved::TooLarge);
    assert_eq!(store.change_dotfile(&bob, &file("f1", &format!("{half}x"))).await.unwrap(), Shelved::TooLarge);
    assert_eq!(store.change_dotfile(&bob, &file("f1", "")).await.unwrap(), Shelved::Done);
    assert_eq!(store.add_dotfile(&bob, &file("f", "")).await.unwrap(), Shelved::Done);
}

async fn scripts(world: World) {
    let world = world.founded(Vec::new()).await;
    let (store, alice) = (&world.store, shelf_of(&world, "alice").await);
    assert_eq!(store.bootstrap_script(&alice.reading()).await.unwrap(), "");
    store.set_bootstrap_script(&alice, "echo ü\n").await.unwrap();
    assert_eq!(store.bootstrap_script(&alice.reading()).await.unwrap(), "echo ü\n");
    assert_eq!(store.bootstrap_script(&shelf_of(&world, "bob").await.reading()).await.unwrap(), "");
}
