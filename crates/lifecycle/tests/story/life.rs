//! The transitions of `session-lifecycle.md` §3, with their reasons and data.

use std::time::Duration;

use rollcall_lifecycle::{LifecycleError, WaitOutcome};
use rollcall_model::access::{Inspect, Rename, Restart, System};
use rollcall_model::session::SessionResult;
use rollcall_model::status::Status;
use serde_json::json;

use crate::world::{BOUND, World, batch, main_of, request};

#[tokio::test]
async fn a_session_comes_to_run_and_ends_by_itself() {
    let world = World::new().await;
    let running = world.start().await;
    let id = world.made(&running.lifecycle, request("life")).await;
    let WaitOutcome::Settled(session) = running.lifecycle.wait_started(id, Some(BOUND)).await.unwrap() else {
        panic!("it never ran");
    };
    assert_eq!(session.status, Status::Running);
    assert_eq!(session.status_info.as_deref(), Some(""));
    assert_eq!(session.status_data, Some(json!({})));
    assert_eq!(session.service_ports.as_ref().unwrap()[0]["name"], "main1");
    assert_eq!(world.kernels(id).await[0].container_id.as_deref(), Some(format!("c-{id}").as_str()));
    assert!(running.lifecycle.live_stat(main_of(id)).await.is_some());

    world.machine.exit(main_of(id), 7);
    let session = world.reaches(id, Status::Terminated).await;
    assert_eq!(session.status_info.as_deref(), Some("self-terminated"));
    let data = json!({"kernel": {"exit_code": 7}, "session": {"status": "terminated"}});
    assert_eq!(session.status_data, Some(data));
    let kernel = &world.kernels(id).await[0];
    assert_eq!((kernel.exit_code, kernel.last_stat.unwrap().mem_bytes), (Some(7), 4096));
    assert_eq!(
        world.way(id).await,
        [Status::Pending, Status::Scheduled, Status::Preparing, Status::Running, Status::Terminated]
    );
    world.machine_until("forgot the kernel", |machine| machine.known() == 0).await;
    let caller = world.caller("USER").await;
    let log = running.lifecycle.logs(&world.permit::<Inspect>(&caller).await, &session).await.unwrap();
    assert_eq!(log.as_deref(), Some("log of main1"));
    running.stopped().await;
}

#[tokio::test]
async fn what_the_engine_is_told() {
    let world = World::new().await;
    let running = world.start().await;
    let mut cluster = request("cluster");
    cluster.cluster_size = 3;
    cluster.bootstrap_script = Some("ZWNobyBoaQo=".to_owned());
    cluster.startup_command = Some("only for batch".to_owned());
    cluster.config.environ = vec![("A".to_owned(), "b".to_owned())];
    let id = world.made(&running.lifecycle, cluster).await;
    world.reaches(id, Status::Running).await;
    let kernels = world.kernels(id).await;
    let spec = world.machine.spec(kernels[2].id);
    assert_eq!((spec.hostname.as_str(), spec.cluster.role.as_str(), spec.cluster.idx), ("sub2", "sub", 2));
    assert_eq!(spec.cluster.hosts, ["main1", "sub1", "sub2"]);
    assert_eq!((spec.mem_bytes, spec.shmem_bytes), (1 << 30, 64 << 20));
    assert_eq!(spec.bootstrap_script.as_deref(), Some("echo hi\n"));
    assert_eq!(spec.startup_command, None);
    assert_eq!(spec.environ, [("A".to_owned(), "b".to_owned())]);
    assert_eq!(world.machine.starts().len(), 3);

    // Without its main kernel the rest is ended too.
    world.machine.exit(main_of(id), 0);
    let session = world.reaches(id, Status::Terminated).await;
    assert_eq!(session.status_info.as_deref(), Some("self-terminated"));
    assert!(world.machine.running().is_empty());
    running.stopped().await;
}

#[tokio::test]
async fn a_batch_session_ends_with_its_command() {
    let world = World::new().await;
    let running = world.start().await;
    for (name, code, result) in [("good", 0, SessionResult::Success), ("poor", 3, SessionResult::Failure)] {
        let id = world.made(&running.lifecycle, batch(name)).await;
        world.reaches(id, Status::Running).await;
        assert_eq!(world.machine.spec(main_of(id)).startup_command.as_deref(), Some("true"));
        world.machine.exit(main_of(id), code);
        let session = world.reaches(id, Status::Terminated).await;
        assert_eq!(session.result, result);
        assert_eq!(session.status_info.as_deref(), Some("task-finished"));
        assert_eq!(session.status_data.unwrap()["kernel"]["exit_code"], code);
        assert!(world.way(id).await.contains(&Status::Terminating));
    }
    running.stopped().await;
}

#[tokio::test]
async fn a_failed_start_cancels_and_leaves_nothing() {
    let world = World::new().await;
    world.machine.fail_starts(0);
    let running = world.start().await;
    let mut cluster = request("cluster");
    cluster.cluster_size = 2;
    for (request, error) in [(request("single"), "StartFailed"), (cluster, "MultiAgentError")] {
        let id = world.made(&running.lifecycle, request).await;
        let outcome = running.lifecycle.wait_started(id, Some(BOUND)).await.unwrap();
        let WaitOutcome::Settled(session) = outcome else { panic!("{outcome:?}") };
        assert_eq!(session.status, Status::Cancelled);
        assert_eq!(session.status_info.as_deref(), Some("failed-to-start"));
        let data = session.status_data.unwrap();
        assert_eq!((&data["error"]["name"], &data["error"]["src"]), (&json!(error), &json!("agent")));
        let told = data["error"]["repr"].as_str().unwrap().to_owned() + &data["error"]["collection"].to_string();
        assert!(told.contains("scripted"), "{told}");
        assert_eq!(world.machine.known(), 0);
    }
    running.stopped().await;
}

#[tokio::test]
async fn a_lost_kernel_ends_its_session() {
    let world = World::new().await;
    let running = world.start().await;
    let id = world.made(&running.lifecycle, request("lost")).await;
    world.reaches(id, Status::Running).await;
    world.machine.lose(main_of(id));
    let session = world.reaches(id, Status::Terminated).await;
    assert_eq!(session.status_info.as_deref(), Some("agent-termination"));
    running.stopped().await;
}

#[tokio::test]
async fn a_restart_replaces_the_process() {
    let world = World::new().await;
    let running = world.start().await;
    let id = world.made(&running.lifecycle, request("again")).await;
    let session = world.reaches(id, Status::Running).await;
    let permit = world.permit::<Restart>(&world.caller("USER").await).await;
    running.lifecycle.restart(&permit, &session).await.unwrap();
    let after = world.session(id).await;
    assert_eq!((after.status, after.status_changed), (Status::Running, session.status_changed));
    assert_eq!(world.machine.starts(), [(main_of(id), 0), (main_of(id), 1)]);

    world.machine.fail_starts(2);
    let error = running.lifecycle.restart(&permit, &after).await.unwrap_err();
    assert!(matches!(error, LifecycleError::RestartFailed { .. }), "{error}");
    let session = world.session(id).await;
    assert_eq!(session.status, Status::Error);
    assert!(session.status_info.unwrap().starts_with("agent-error ("));
    assert_eq!(session.status_data.unwrap()["error"]["name"], "StartFailed");
    assert!(world.machine.running().is_empty());
    let again = running.lifecycle.restart(&permit, &after).await.unwrap_err();
    assert!(matches!(again, LifecycleError::NotRunning { status: Status::Error }), "{again}");
    running.stopped().await;
}

#[tokio::test]
async fn a_name_can_change_while_it_runs() {
    let world = World::new().await;
    let running = world.start().await;
    let permit = world.permit::<Rename>(&world.caller("USER").await).await;
    let waiting = CreateLater::made(&world, &running.lifecycle).await;
    let id = world.made(&running.lifecycle, request("first")).await;
    let session = world.reaches(id, Status::Running).await;
    running.lifecycle.rename(&permit, &session, "second").await.unwrap();
    assert_eq!(world.session(id).await.name, "second");
    for taken in ["later", "a b"] {
        let error = running.lifecycle.rename(&permit, &session, taken).await.unwrap_err();
        assert!(matches!(error, LifecycleError::InvalidParameters { .. }), "{error}");
    }
    let error = running.lifecycle.rename(&permit, &waiting.0, "third").await.unwrap_err();
    assert!(matches!(error, LifecycleError::NotRunning { status: Status::Pending }), "{error}");
    running.stopped().await;
}

/// A session that waits for tomorrow.
struct CreateLater(rollcall_model::session::Session);

impl CreateLater {
    async fn made(world: &World, lifecycle: &rollcall_lifecycle::Lifecycle) -> Self {
        let mut later = batch("later");
        later.starts_at = Some("1d".to_owned());
        let id = world.made(lifecycle, later).await;
        Self(world.session(id).await)
    }
}

#[tokio::test]
async fn waiting_is_bounded() {
    let world = World::new().await;
    let lifecycle = world.still().await;
    let id = world.made(&lifecycle, request("sess")).await;
    let outcome = lifecycle.wait_started(id, Some(Duration::ZERO)).await.unwrap();
    assert!(matches!(outcome, WaitOutcome::TimedOut(session) if session.status == Status::Pending));
    let unknown = rollcall_model::ids::SessionId::random();
    assert!(matches!(lifecycle.wait_started(unknown, None).await.unwrap(), WaitOutcome::Gone));
}

#[tokio::test]
async fn counters_agree_after_a_life() {
    let world = World::new().await;
    let running = world.start().await;
    let id = world.made(&running.lifecycle, request("life")).await;
    world.reaches(id, Status::Running).await;
    world.machine.exit(main_of(id), 0);
    world.reaches(id, Status::Terminated).await;
    running.stopped().await;
    assert_eq!(world.store.counters_match(System::control_plane()).await.unwrap(), []);
}
