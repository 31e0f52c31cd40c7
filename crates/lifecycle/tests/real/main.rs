//! The same life with the real local engine: processes run, end, and outlive a killed manager.
//!
//! This program is also the shim and the fence's entry of the kernels it starts, so it has a main
//! of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]
#![allow(dead_code, reason = "the world of the other story is shared, and this one needs less of it")]

#[path = "../story/machine.rs"]
mod machine;
#[path = "../story/world.rs"]
mod world;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use rollcall_lifecycle::{CreateRequest, Destroyed, Lifecycle};
use rollcall_model::access::{Destroy, Inspect, Permit, Restart};
use rollcall_model::dotfile::Dotfile;
use rollcall_model::ids::SessionId;
use rollcall_model::own::own_dotfiles;
use rollcall_model::session::SessionResult;
use rollcall_model::status::Status;
use rollcall_runtime::Engine;
use rollcall_runtime::local::{LocalEngine, LocalSettings};
use rollcall_store::{PolicyChange, Shelved};
use world::{World, batch, request};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    match arguments.next().as_ref().and_then(|argument| argument.to_str()) {
        Some("_shim") => return rollcall_runtime::shim::main(arguments),
        Some("_enter") => return rollcall_runtime::local::fence::enter_main(arguments),
        Some("--list") => return ExitCode::SUCCESS,
        _ => {}
    }
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(story());
    ExitCode::SUCCESS
}

async fn open(directory: &Path) -> Arc<LocalEngine> {
    let program = std::env::current_exe().unwrap();
    let settings = LocalSettings::new(directory.to_path_buf(), program, "i-real".into());
    Arc::new(LocalEngine::open(settings).await.unwrap())
}

/// Waits for words in a session's log.
async fn says(world: &World, lifecycle: &Lifecycle, permit: &Permit<Inspect>, id: SessionId, words: &str) {
    let mut log = String::new();
    let wait = async {
        loop {
            log = lifecycle.logs(permit, &world.session(id).await).await.unwrap().unwrap_or_default();
            if log.contains(words) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let said = tokio::time::timeout(world::BOUND, wait).await.is_ok();
    assert!(said, "no {words:?} in {log:?}");
}

async fn story() {
    let place = tempfile::Builder::new().prefix("lc").tempdir_in("/tmp").unwrap();
    let engine = open(place.path()).await;
    if !engine.about().starts_sessions {
        let reason = engine.about().fence_text.as_str();
        return rollcall_testkit::skip::missing("lifecycle::real", reason, "install bubblewrap");
    }
    let world = World::new().await;
    let image = engine.about().images.iter().find(|image| image.name.contains("bash")).unwrap().canonical();
    let with_image = |request: CreateRequest| CreateRequest { image: image.clone(), ..request };
    let first = world.start_with(engine).await;

    let mut task = with_image(batch("task"));
    task.startup_command = Some("echo from $BACKENDAI_SESSION_NAME; exit 3".to_owned());
    let task = world.made(&first.lifecycle, task).await;
    let ended = world.reaches(task, Status::Terminated).await;
    assert_eq!((ended.result, ended.status_info.as_deref()), (SessionResult::Failure, Some("task-finished")));
    let user = world.caller("USER").await;
    let log = first.lifecycle.logs(&world.permit::<Inspect>(&user).await, &ended).await.unwrap().unwrap();
    assert!(log.contains("from task"), "{log:?}");
    println!("ok a batch command runs, ends and leaves its log");

    let shelf = own_dotfiles(&user);
    for (path, permission, content) in [(".greeting", "640", "hello from afar"), ("bin/tool", "755", "echo tool runs")]
    {
        let file = Dotfile { path: path.into(), permission: permission.into(), content: content.into() };
        assert_eq!(world.store.add_dotfile(&shelf, &file).await.unwrap(), Shelved::Done);
    }
    let mut task = with_image(batch("look"));
    task.startup_command = Some("cat .greeting; echo; stat -c '%a %n' .greeting bin/tool; sh bin/tool".to_owned());
    let task = world.made(&first.lifecycle, task).await;
    let ended = world.reaches(task, Status::Terminated).await;
    let log = first.lifecycle.logs(&world.permit::<Inspect>(&user).await, &ended).await.unwrap().unwrap();
    for words in ["hello from afar", "640 .greeting", "755 bin/tool", "tool runs"] {
        assert!(log.contains(words), "no {words:?} in {log:?}");
    }
    world.store.set_bootstrap_script(&shelf, "cat .greeting; printf seen > .greeting; echo").await.unwrap();
    println!("ok files of the key lie in the home of its session");

    let id = world.made(&first.lifecycle, with_image(request("shell"))).await;
    world.reaches(id, Status::Running).await;
    let inspect = world.permit::<Inspect>(&user).await;
    says(&world, &first.lifecycle, &inspect, id, "hello from afar").await;
    println!("ok an interactive session runs the stored script, which finds the files");
    first.killed().await;
    let second = world.start_with(open(place.path()).await).await;
    let session = world.session(id).await;
    second.lifecycle.restart(&world.permit::<Restart>(&user).await, &session).await.unwrap();
    assert_eq!(world.session(id).await.status, Status::Running);
    says(&world, &second.lifecycle, &inspect, id, "seen").await;
    println!("ok a session outlives its manager and is restarted by the next");

    world.policy(&PolicyChange { idle_timeout: Some(4), ..PolicyChange::default() }).await;
    // `nohup sh -c 'while :; do :; done' >/dev/null 2>&1 &`
    let busy = "bm9odXAgc2ggLWMgJ3doaWxlIDo7IGRvIDo7IGRvbmUnID4vZGV2L251bGwgMj4mMSAmCg==";
    let busy = CreateRequest { bootstrap_script: Some(busy.to_owned()), ..with_image(request("busy")) };
    let busy = world.made(&second.lifecycle, busy).await;
    world.reaches(busy, Status::Running).await;
    let quiet = world.made(&second.lifecycle, with_image(request("quiet"))).await;
    let ended = world.reaches(quiet, Status::Terminated).await;
    assert_eq!(ended.status_info.as_deref(), Some("idle-timeout"));
    assert_eq!(world.session(busy).await.status, Status::Running);
    assert_eq!(world.reaches(id, Status::Terminated).await.status_info.as_deref(), Some("idle-timeout"));
    world.policy(&PolicyChange { idle_timeout: Some(0), ..PolicyChange::default() }).await;
    println!("ok an idle session ends, one whose processes compute does not");

    let session = world.session(busy).await;
    let destroy = world.permit::<Destroy>(&user).await;
    let outcome = second.lifecycle.destroy(&destroy, &session).await.unwrap();
    assert!(matches!(outcome, Destroyed::Terminated(_)));
    world.reaches(busy, Status::Terminated).await;
    // Stopping waits for what is being cleared away.
    second.stopped().await;
    assert_eq!(std::fs::read_dir(place.path().join("kernels")).unwrap().count(), 0);
    println!("ok an ended session leaves nothing");
}
