//! The table of `session-lifecycle.md` §5: each status, in the orderly way and by force.

use rollcall_lifecycle::{CreateRequest, Destroyed, Lifecycle, LifecycleError};
use rollcall_model::access::{Destroy, ForceDestroy, Permit, System, force};
use rollcall_model::ids::SessionId;
use rollcall_model::resources::superintend;
use rollcall_model::status::{Status, Step};
use rollcall_store::{Advance, Advanced, Placement};

use crate::world::{World, main_of, request, sized};

/// A session brought to `status` with no loop running.
async fn at(world: &World, lifecycle: &Lifecycle, name: &str, status: Status) -> SessionId {
    let id = world.made(lifecycle, request(name)).await;
    let steps: &[Step] = match status {
        Status::Pending => &[],
        Status::Scheduled => &[Step::Schedule],
        Status::Preparing => &[Step::Schedule, Step::Prepare],
        Status::Pulling => &[Step::Schedule, Step::Prepare, Step::Pull],
        Status::Error => &[Step::Schedule, Step::Fail],
        Status::Running => &[Step::Schedule, Step::Prepare, Step::Start],
        Status::Restarting => &[Step::Schedule, Step::Prepare, Step::Start, Step::Restart],
        Status::Terminating => &[Step::Schedule, Step::Prepare, Step::Start, Step::Terminate],
        Status::Terminated => &[Step::Schedule, Step::Prepare, Step::Start, Step::SelfTerminate],
        Status::Cancelled => &[Step::Cancel],
        other => panic!("never set: {other}"),
    };
    for step in steps {
        let before = world.session(id).await.status;
        let mut advance = Advance::new(id, before, *step, rollcall_model::time::truncate(chrono::Utc::now()));
        if *step == Step::Schedule {
            advance.placement = Some(Placement { agent: "i-test".into(), scaling_group: "default".to_owned() });
        }
        let advanced = world.store.advance(&System::control_plane(), &advance).await.unwrap();
        assert!(matches!(advanced, Advanced::Done(_)), "{advanced:?}");
    }
    assert_eq!(world.session(id).await.status, status);
    id
}

fn told(outcome: Result<Destroyed, LifecycleError>) -> String {
    match outcome {
        Ok(Destroyed::Cancelled) => "cancelled".to_owned(),
        Ok(Destroyed::Terminated(_)) => "terminated".to_owned(),
        Err(error) => error.to_string(),
    }
}

async fn permits(world: &World) -> (Permit<Destroy>, Permit<ForceDestroy>) {
    let root = world.caller("ROOT").await;
    let permit = world.permit_for::<Destroy>(&root, "USER").await;
    let orderly = world.permit(&world.caller("USER").await).await;
    (orderly, force(&root, permit).unwrap())
}

#[tokio::test]
async fn the_table() {
    let refused = "Cannot destroy kernels in scheduled/preparing/terminating/error status";
    let pulling = "Cannot destroy kernels in pulling status";
    let gone = "no such session";
    let table = [
        (Status::Pending, ("cancelled", "CANCELLED user-requested"), ("cancelled", "CANCELLED force-terminated")),
        (Status::Scheduled, (refused, "SCHEDULED "), ("terminated", "TERMINATED force-terminated")),
        (Status::Preparing, (refused, "PREPARING "), ("terminated", "TERMINATED force-terminated")),
        (Status::Pulling, (pulling, "PULLING "), (pulling, "PULLING ")),
        (Status::Error, (refused, "ERROR "), ("terminated", "TERMINATED force-terminated")),
        (Status::Terminating, (refused, "TERMINATING "), ("terminated", "TERMINATED force-terminated")),
        (Status::Terminated, (gone, "TERMINATED "), (gone, "TERMINATED ")),
        (Status::Cancelled, (gone, "CANCELLED "), (gone, "CANCELLED ")),
    ];
    for (status, orderly, forced) in table {
        let world = World::new().await;
        let lifecycle = world.still().await;
        let (destroy, force_destroy) = permits(&world).await;
        for (name, by_force, (answer, state)) in [("norm", false, orderly), ("hard", true, forced)] {
            let id = at(&world, &lifecycle, name, status).await;
            let session = world.session(id).await;
            let outcome = if by_force {
                lifecycle.force_destroy(&force_destroy, &session).await
            } else {
                lifecycle.destroy(&destroy, &session).await
            };
            assert_eq!(told(outcome), answer, "{status} by force: {by_force}");
            let after = world.session(id).await;
            let info = after.status_info.clone().unwrap_or_default();
            assert_eq!(format!("{} {info}", after.status), state, "{status} by force: {by_force}");
            assert_eq!(after.terminated_at.is_some(), after.status.is_dead());
        }
    }
}

#[tokio::test]
async fn a_running_session_ends_in_order() {
    let world = World::new().await;
    let running = world.start().await;
    let (destroy, force_destroy) = permits(&world).await;
    for (name, reason) in [("norm", "user-requested"), ("hard", "force-terminated")] {
        let id = world.made(&running.lifecycle, request(name)).await;
        let session = world.reaches(id, Status::Running).await;
        let outcome = if name == "hard" {
            running.lifecycle.force_destroy(&force_destroy, &session).await
        } else {
            running.lifecycle.destroy(&destroy, &session).await
        };
        let Ok(Destroyed::Terminated(Some(stats))) = outcome else { panic!("{outcome:?}") };
        assert_eq!(stats.mem_bytes, 4096);
        let after = world.reaches(id, Status::Terminated).await;
        assert_eq!(after.status_info.as_deref(), Some(reason));
        assert_eq!(after.status_data.unwrap()["kernel"]["exit_code"], 129);
        assert!(world.way(id).await.ends_with(&[Status::Running, Status::Terminating, Status::Terminated]));
        let history = world.store.history(&System::control_plane().scope(), id).await.unwrap();
        assert_eq!(history.last().unwrap().reason.as_deref(), Some(reason));
    }
    running.stopped().await;
}

#[tokio::test]
async fn a_session_that_moved_meanwhile_is_judged_as_it_is() {
    let world = World::new().await;
    let running = world.start().await;
    let (destroy, _) = permits(&world).await;
    let id = world.made(&running.lifecycle, request("late")).await;
    let old = world.session(id).await;
    world.reaches(id, Status::Running).await;
    let outcome = running.lifecycle.destroy(&destroy, &old).await;
    assert_eq!(told(outcome), "terminated");
    assert_eq!(world.reaches(id, Status::Terminated).await.status_info.as_deref(), Some("user-requested"));
    running.stopped().await;
}

#[tokio::test]
async fn what_does_not_end_is_killed() {
    let world = World::new().await;
    world.machine.be_stubborn();
    let running = world.start().await;
    let (destroy, _) = permits(&world).await;
    let id = world.made(&running.lifecycle, request("rock")).await;
    let session = world.reaches(id, Status::Running).await;
    running.lifecycle.destroy(&destroy, &session).await.unwrap();
    let after = world.reaches(id, Status::Terminated).await;
    assert_eq!(after.status_data.unwrap()["kernel"]["exit_code"], 137);
    running.stopped().await;
}

#[tokio::test]
async fn force_leaves_no_process() {
    let world = World::new().await;
    world.machine.be_stubborn();
    let running = world.start().await;
    let (_, force_destroy) = permits(&world).await;
    let id = world.made(&running.lifecycle, request("rock")).await;
    let session = world.reaches(id, Status::Running).await;
    running.lifecycle.force_destroy(&force_destroy, &session).await.unwrap();
    let ended = world.reaches(id, Status::Terminated).await;
    assert_eq!(ended.status_info.as_deref(), Some("force-terminated"));
    world.machine_until("forgot the kernel", |machine| machine.known() == 0).await;
    assert!(world.store.kernel_log(&force_destroy.scope(), main_of(id)).await.unwrap().is_some());
    running.stopped().await;
}

#[tokio::test]
async fn all_are_ended_at_once() {
    let world = World::new().await;
    let still = world.still().await;
    let failed = at(&world, &still, "failed", Status::Error).await;
    let over = at(&world, &still, "over", Status::Cancelled).await;
    let running = world.start().await;
    let runs = world.made(&running.lifecycle, request("runs")).await;
    world.reaches(runs, Status::Running).await;
    let waits = world.made(&running.lifecycle, CreateRequest { config: sized("4", "1g"), ..request("waits") }).await;
    let may = superintend(&world.caller("ROOT").await).unwrap();
    running.lifecycle.end_all(may).await.unwrap();
    let mut ends = Vec::new();
    for id in [runs, waits, failed, over] {
        let session = world.session(id).await;
        ends.push((session.status, session.status_info));
    }
    let by_force = Some("force-terminated".to_owned());
    assert_eq!(
        ends,
        [
            (Status::Terminated, by_force.clone()),
            (Status::Cancelled, by_force.clone()),
            (Status::Terminated, by_force),
            (Status::Cancelled, None),
        ]
    );
    assert!(world.machine.running().is_empty());
    assert_eq!(world.store.counters_match(System::control_plane()).await.unwrap(), []);
    running.stopped().await;
}
