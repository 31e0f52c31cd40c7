//! What administrators decide about images outlives every new look at the machines.

use rollcall_model::ids::AgentId;
use rollcall_model::image::Image;
use rollcall_model::manage::{Manage, manage};
use rollcall_model::status::{Status, Step};
use rollcall_store::StoreError;

use crate::offers::caller;
use crate::on_both_engines;
use crate::world::{AGENT, World, system};

on_both_engines!(aliases_are_given_and_taken, a_forgotten_image_comes_back_when_looked_for);

fn may() -> Manage {
    manage(&caller("root")).unwrap()
}

fn image(tag: &str, aliases: &[&str]) -> Image {
    Image {
        registry: "local.rollcall".to_owned(),
        name: "python".to_owned(),
        tag: tag.to_owned(),
        digest: "sha256:0".to_owned(),
        labels: Vec::new(),
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        size_bytes: 0,
        limits: Vec::new(),
        installed: true,
    }
}

fn found() -> [Image; 2] {
    [image("2", &["old"]), image("3", &["python", "py"])]
}

async fn offered(world: &World) -> Vec<(String, Vec<String>)> {
    let images = world.store.images().await.unwrap();
    for image in &images {
        assert_eq!(world.store.image(&image.canonical()).await.unwrap().as_ref(), Some(image));
    }
    images.into_iter().map(|image| (image.tag, image.aliases)).collect()
}

fn is(tag: &str, aliases: &[&str]) -> (String, Vec<String>) {
    (tag.to_owned(), aliases.iter().map(|alias| (*alias).to_owned()).collect())
}

fn refused(outcome: Result<(), StoreError>) -> String {
    match outcome {
        Err(StoreError::Refused(refusal)) => refusal.to_string(),
        other => panic!("{other:?}"),
    }
}

async fn aliases_are_given_and_taken(world: World) {
    let world = world.founded(Vec::new()).await;
    let store = &world.store;
    let agent = AgentId::from(AGENT);
    store.put_images(system(), &agent, &found()).await.unwrap();
    store.alias_image(&may(), "lab", "local.rollcall/python:3").await.unwrap();
    store.alias_image(&may(), "lab", "py").await.unwrap();
    store.alias_image(&may(), "another", "old").await.unwrap();
    store.dealias_image(&may(), "python").await.unwrap();
    let now = [is("2", &["old", "another"]), is("3", &["py", "lab"])];
    assert_eq!(offered(&world).await, now);
    assert_eq!(store.image("lab").await.unwrap().unwrap().tag, "3");
    assert!(store.image("python").await.unwrap().is_none());

    let taken = refused(store.alias_image(&may(), "lab", "old").await);
    assert!(taken.contains("Key (alias)=(lab) already exists."), "{taken}");
    let taken = refused(store.alias_image(&may(), "local.rollcall/python:2", "py").await);
    assert!(taken.contains("already exists."), "{taken}");
    for target in ["python", "none", "a\0"] {
        assert_eq!(refused(store.alias_image(&may(), "new", target).await), "no such image");
    }
    for alias in ["", "-x", "a b", "a\0"] {
        assert!(refused(store.alias_image(&may(), alias, "py").await).starts_with("an alias is"));
    }
    for alias in ["python", "none", "a\0"] {
        assert_eq!(refused(store.dealias_image(&may(), alias).await), "no image has this alias");
    }
    // A new report of the machine changes nothing of it, and a new look neither.
    store.put_images(system(), &agent, &found()).await.unwrap();
    assert_eq!(offered(&world).await, now);
    store.put_images_again(system(), &agent, &found()).await.unwrap();
    assert_eq!(offered(&world).await, now);
    // What was taken away may be given to another.
    store.alias_image(&may(), "python", "old").await.unwrap();
    store.put_images(system(), &agent, &found()).await.unwrap();
    assert_eq!(store.image("python").await.unwrap().unwrap().tag, "2");
}

async fn a_forgotten_image_comes_back_when_looked_for(world: World) {
    let world = world.founded(Vec::new()).await;
    let store = &world.store;
    let agent = AgentId::from(AGENT);
    store.put_images(system(), &agent, &found()).await.unwrap();
    store.alias_image(&may(), "lab", "py").await.unwrap();
    let session = world.create("alice", "runs", 1).await;
    world.walk(session.id, 2, &[Step::Schedule, Step::Prepare, Step::Start]).await;
    assert_eq!(session.image, "local.rollcall/python:3");

    store.forget_image(&may(), "lab").await.unwrap();
    assert_eq!(offered(&world).await, [is("2", &["old"])]);
    assert_eq!(refused(store.forget_image(&may(), "local.rollcall/python:3").await), "no such image");
    for name in ["py", "lab", "local.rollcall/python:3"] {
        assert!(store.image(name).await.unwrap().is_none(), "{name}");
    }
    let kept = world.walk(session.id, 5, &[Step::Restart, Step::Restarted]).await;
    assert_eq!((kept.status, kept.image.as_str()), (Status::Running, "local.rollcall/python:3"));
    // The machine's next report is no look that somebody asked for.
    store.put_images(system(), &agent, &found()).await.unwrap();
    assert_eq!(offered(&world).await, [is("2", &["old"])]);
    store.put_images_again(system(), &agent, &found()).await.unwrap();
    assert_eq!(offered(&world).await, [is("2", &["old"]), is("3", &["python", "py", "lab"])]);
}
