//! The manager dies at each boundary between store and engine; the next one finds everything,
//! starts nothing twice and leaves nothing behind.

use std::collections::HashSet;

use rollcall_model::access::{Destroy, Restart, System};
use rollcall_model::ids::SessionId;
use rollcall_model::status::Status;
use tokio::time::timeout;

use crate::machine::Halt;
use crate::world::{BOUND, Running, World, batch, main_of, request};

const BOUNDARIES: usize = 6;

/// Waits until the engine stopped answering (or `goal`, if its calls were enough), then kills.
async fn cut(running: Running, halted: impl Future<Output = ()>, goal: impl Future<Output = ()>) {
    let either = async {
        tokio::select! {
            () = halted => {}
            () = goal => {}
        }
    };
    timeout(BOUND, either).await.expect("neither halted nor done");
    running.killed().await;
}

fn nothing_twice(world: &World) {
    let starts = world.machine.starts();
    let distinct: HashSet<_> = starts.iter().collect();
    assert_eq!(distinct.len(), starts.len(), "started twice: {starts:?}");
}

async fn settled(world: &World) {
    assert!(world.store.unfinished_sessions(System::control_plane()).await.unwrap().is_empty());
    world.machine_until("forgot all kernels", |machine| machine.known() == 0).await;
    assert_eq!(world.store.counters_match(System::control_plane()).await.unwrap(), []);
    nothing_twice(world);
}

#[tokio::test]
async fn dying_while_starting() {
    for halt in [Halt::Before, Halt::After] {
        for calls in 1..=3 {
            let world = World::new().await;
            let engine = world.machine.engine_for(calls, halt);
            let running = world.start_with(engine.clone()).await;
            let mut cluster = request("cluster");
            cluster.cluster_size = 3;
            let id = world.made(&running.lifecycle, cluster).await;
            cut(running, engine.halted(), async { drop(world.reaches(id, Status::Running).await) }).await;
            let next = world.start().await;
            world.reaches(id, Status::Running).await;
            assert_eq!(world.machine.running().len(), 3, "{halt:?} {calls}");
            nothing_twice(&world);
            next.stopped().await;
        }
    }
}

#[tokio::test]
async fn dying_while_ending() {
    for halt in [Halt::Before, Halt::After] {
        for calls in 1..=BOUNDARIES {
            let world = World::new().await;
            let first = world.start().await;
            let mut cluster = request("cluster");
            cluster.cluster_size = 3;
            let id = world.made(&first.lifecycle, cluster).await;
            let session = world.reaches(id, Status::Running).await;
            first.stopped().await;

            let engine = world.machine.engine_for(calls, halt);
            let second = world.start_with(engine.clone()).await;
            let permit = world.permit::<Destroy>(&world.caller("USER").await).await;
            let ending = tokio::spawn({
                let lifecycle = second.lifecycle.clone();
                async move { lifecycle.destroy(&permit, &session).await }
            });
            let forgotten = world.machine_until("forgot all kernels", |machine| machine.known() == 0);
            cut(second, engine.halted(), forgotten).await;
            ending.abort();
            let third = world.start().await;
            let ended = world.reaches(id, Status::Terminated).await;
            assert_eq!(ended.status_info.as_deref(), Some("user-requested"), "{halt:?} {calls}");
            assert!(world.store.kernel_log(&System::control_plane().scope(), main_of(id)).await.unwrap().is_some());
            settled(&world).await;
            third.stopped().await;
        }
    }
}

#[tokio::test]
async fn dying_while_restarting() {
    for halt in [Halt::Before, Halt::After] {
        let world = World::new().await;
        let first = world.start().await;
        let id = world.made(&first.lifecycle, request("again")).await;
        let session = world.reaches(id, Status::Running).await;
        first.stopped().await;
        let engine = world.machine.engine_for(1, halt);
        let second = world.start_with(engine.clone()).await;
        let permit = world.permit::<Restart>(&world.caller("USER").await).await;
        let restarting = tokio::spawn({
            let lifecycle = second.lifecycle.clone();
            async move { lifecycle.restart(&permit, &session).await }
        });
        cut(second, engine.halted(), std::future::pending()).await;
        restarting.abort();
        assert_eq!(world.session(id).await.status, Status::Restarting);
        let third = world.start().await;
        world.reaches(id, Status::Running).await;
        assert_eq!(world.machine.starts(), [(main_of(id), 0), (main_of(id), 1)]);
        third.stopped().await;
    }
}

#[tokio::test]
async fn what_ended_meanwhile_is_found() {
    let world = World::new().await;
    let first = world.start().await;
    let mut ids: Vec<SessionId> = Vec::new();
    for made in [request("kept"), request("gone"), batch("task")] {
        ids.push(world.made(&first.lifecycle, made).await);
    }
    for id in &ids {
        world.reaches(*id, Status::Running).await;
    }
    first.killed().await;
    world.machine.exit(main_of(ids[1]), 1);
    world.machine.exit(main_of(ids[2]), 0);
    let second = world.start().await;
    let gone = world.reaches(ids[1], Status::Terminated).await;
    assert_eq!(gone.status_info.as_deref(), Some("self-terminated"));
    let task = world.reaches(ids[2], Status::Terminated).await;
    assert_eq!(task.status_info.as_deref(), Some("task-finished"));
    assert_eq!(world.session(ids[0]).await.status, Status::Running);
    assert_eq!(world.machine.running(), HashSet::from([main_of(ids[0])]));
    nothing_twice(&world);
    second.stopped().await;
}

#[tokio::test]
async fn kernels_that_nobody_wants_are_ended() {
    let world = World::new().await;
    let other = World::on(world.machine.clone()).await;
    let first = other.start().await;
    let id = other.made(&first.lifecycle, request("lost")).await;
    other.reaches(id, Status::Running).await;
    first.stopped().await;
    // This store never heard of that session.
    let second = world.start().await;
    world.machine_until("forgot the orphan", |machine| machine.known() == 0).await;
    second.stopped().await;
}
