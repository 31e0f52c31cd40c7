//! What belongs to key, project and domain comes into a new session's home, and nothing of it into
//! one that is kept.

use rollcall_lifecycle::CreateRequest;
use rollcall_model::access::Restart;
use rollcall_model::dotfile::Dotfile;
use rollcall_model::own::{own_dotfiles, write_group_dotfiles};
use rollcall_model::status::Status;
use rollcall_store::Shelved;

use crate::world::{World, batch, main_of, request};

fn file(path: &str, content: &str) -> Dotfile {
    Dotfile { path: path.to_owned(), permission: "600".to_owned(), content: content.to_owned() }
}

#[tokio::test]
async fn files_come_with_the_first_start_alone() {
    let world = World::new().await;
    let running = world.start().await;
    let (user, root) = (world.caller("USER").await, world.caller("ROOT").await);
    let group = world.store.group_by_name(&"default".into(), "default").await.unwrap().unwrap();
    let of_group = write_group_dotfiles(&root, &group).unwrap();
    for (shelf, file) in [
        (&own_dotfiles(&user), file(".a", "mine")),
        (&of_group, file(".a", "everybody's")),
        (&of_group, file(".b", "everybody's")),
    ] {
        assert_eq!(world.store.add_dotfile(shelf, &file).await.unwrap(), Shelved::Done);
    }
    let id = world.made(&running.lifecycle, request("mine")).await;
    world.reaches(id, Status::Running).await;
    let files = world.machine.spec(main_of(id)).files;
    let told: Vec<_> = files.iter().map(|file| format!("{} {:o} {}", file.path, file.mode, file.content)).collect();
    assert_eq!(told, [".a 600 mine", ".b 600 everybody's"]);

    let session = world.session(id).await;
    running.lifecycle.restart(&world.permit::<Restart>(&user).await, &session).await.unwrap();
    let spec = world.machine.spec(main_of(id));
    assert_eq!((spec.generation, spec.files), (1, Vec::new()));
}

#[tokio::test]
async fn interactive_sessions_fall_back_to_the_stored_script() {
    let world = World::new().await;
    let running = world.start().await;
    world.store.set_bootstrap_script(&own_dotfiles(&world.caller("USER").await), "echo stored").await.unwrap();
    // `echo given`
    let given = CreateRequest { bootstrap_script: Some("ZWNobyBnaXZlbg==".to_owned()), ..request("given") };
    for (request, script) in
        [(request("bare"), Some("echo stored")), (given, Some("echo given")), (batch("batch"), None)]
    {
        let id = world.made(&running.lifecycle, request).await;
        world.reaches(id, Status::Running).await;
        assert_eq!(world.machine.spec(main_of(id)).bootstrap_script.as_deref(), script);
    }
    let id = world.create_as(&running.lifecycle, "ROOT", request("others")).await.unwrap().session.id;
    world.reaches(id, Status::Running).await;
    assert_eq!(world.machine.spec(main_of(id)).bootstrap_script, None);
}
