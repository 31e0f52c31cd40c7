//! What a resource group may choose: its order, a strict line, which sessions it takes; and what
//! people are told meanwhile.

use rollcall_model::ids::SessionId;
use rollcall_model::manage::manage;
use rollcall_model::session::{Session, Waiting};
use rollcall_model::status::Status;
use rollcall_store::ResourceGroupChange;
use serde_json::{Value, json};

use crate::world::{World, batch, main_of, request, sized};

async fn choose(world: &World, scheduler: &str, options: Value) {
    let may = manage(&world.caller("ROOT").await).unwrap();
    let change = ResourceGroupChange {
        scheduler: Some(scheduler.to_owned()),
        scheduler_opts: Some(options),
        ..ResourceGroupChange::default()
    };
    world.store.modify_resource_group(&may, "default", &change).await.unwrap();
}

fn waiting(session: &Session) -> Waiting {
    session.waiting.clone().unwrap()
}

fn told(session: &Session) -> bool {
    session.waiting.is_some()
}

/// Who gets the four cores, when five want two each.
async fn who_runs(scheduler: &str) -> Vec<String> {
    let world = World::new().await;
    choose(&world, scheduler, json!({})).await;
    let still = world.still().await;
    let mut ids = Vec::new();
    for (key, name) in
        [("USER", "user-1"), ("USER", "user-2"), ("USER", "user-3"), ("ROOT", "root-1"), ("ROOT", "root-2")]
    {
        let mut request = request(name);
        request.config = sized("2", "1g");
        ids.push(world.create_as(&still, key, request).await.unwrap().session.id);
    }
    let running = world.start().await;
    let mut names = Vec::new();
    for id in ids {
        let settled = |session: &Session| session.status == Status::Running || session.waiting.is_some();
        let session = world.until(id, "settled", settled).await;
        if session.status == Status::Running {
            names.push(session.name);
        }
    }
    running.stopped().await;
    names
}

#[tokio::test]
async fn each_scheduler_has_its_order() {
    assert_eq!(who_runs("fifo").await, ["user-1", "user-2"]);
    assert_eq!(who_runs("lifo").await, ["root-1", "root-2"]);
    assert_eq!(who_runs("drf").await, ["user-1", "root-1"]);
}

/// One core is taken; `large` wants all four, `small` one.
async fn line(world: &World, lifecycle: &rollcall_lifecycle::Lifecycle) -> [SessionId; 3] {
    let first = world.made(lifecycle, request("first")).await;
    world.reaches(first, Status::Running).await;
    let mut large = request("large");
    large.config = sized("4", "1g");
    let large = world.made(lifecycle, large).await;
    world.until(large, "explained", told).await;
    [first, large, world.made(lifecycle, request("small")).await]
}

#[tokio::test]
async fn a_strict_line_is_kept() {
    let world = World::new().await;
    choose(&world, "fifo", json!({"num_retries_to_skip": 0})).await;
    let running = world.start().await;
    let [first, large, small] = line(&world, &running.lifecycle).await;
    let session = world.until(small, "told", told).await;
    assert_eq!((session.status, session.status_info.as_deref()), (Status::Pending, None));
    assert_eq!(session.status_data, None);
    let Waiting { sentence, ahead, .. } = waiting(&session);
    assert_eq!(
        sentence,
        "Waits in line: resource group default keeps its order, and one before it does not fit yet; 1 session is before it."
    );
    assert_eq!(ahead, 1);
    world.machine.exit(main_of(first), 0);
    world.reaches(large, Status::Running).await;
    assert_eq!(world.session(small).await.status, Status::Pending);
    world.machine.exit(main_of(large), 0);
    let session = world.reaches(small, Status::Running).await;
    assert_eq!(session.waiting, None);
    running.stopped().await;
}

#[tokio::test]
async fn own_limits_hold_nobody_up() {
    let world = World::new().await;
    choose(&world, "fifo", json!({"num_retries_to_skip": 0})).await;
    let running = world.start().await;
    // Who waits for its time or its own limits does not stand in line.
    let mut later = batch("later");
    later.starts_at = Some("1d".to_owned());
    let later = world.made(&running.lifecycle, later).await;
    world.until(later, "told", told).await;
    let next = world.made(&running.lifecycle, request("next")).await;
    world.reaches(next, Status::Running).await;
    running.stopped().await;
}

#[tokio::test]
async fn a_line_skips_who_failed_often() {
    let world = World::new().await;
    choose(&world, "fifo", json!({"num_retries_to_skip": 2})).await;
    let running = world.start().await;
    let [_, large, small] = line(&world, &running.lifecycle).await;
    world.reaches(small, Status::Running).await;
    assert_eq!(world.session(large).await.status, Status::Pending);
    running.stopped().await;
}

#[tokio::test]
async fn a_wrong_scheduler_is_told_and_holds_up_nothing_else() {
    let world = World::new().await;
    let running = world.start().await;
    let before = world.made(&running.lifecycle, request("before")).await;
    world.reaches(before, Status::Running).await;
    choose(&world, "fair", json!({})).await;
    let id = world.made(&running.lifecycle, request("late")).await;
    let session = world.until(id, "told", told).await;
    assert_eq!((session.status, session.status_info.as_deref()), (Status::Pending, Some("scheduler-error")));
    let error = json!({"error": {
        "src": "other", "name": "WrongScheduler", "repr": "resource group default has the unknown scheduler 'fair'",
    }});
    assert_eq!(session.status_data, Some(error));
    // The loop goes on with everything else.
    world.machine.exit(main_of(before), 0);
    world.reaches(before, Status::Terminated).await;
    choose(&world, "lifo", json!({})).await;
    world.reaches(id, Status::Running).await;
    running.stopped().await;
}

#[tokio::test]
async fn a_group_takes_the_types_it_allows() {
    let world = World::new().await;
    choose(&world, "fifo", json!({"allowed_session_types": ["batch"]})).await;
    let running = world.start().await;
    let id = world.made(&running.lifecycle, request("late")).await;
    let session = world.until(id, "told", told).await;
    let failed = session.status_data.as_ref().unwrap().pointer("/scheduler/failed_predicates").unwrap();
    let expected = json!([{
        "name": "scaling_group_resource_limit",
        "msg": "The session type 'interactive' is not allowed in the scaling group 'default'.",
    }]);
    assert_eq!(*failed, expected);
    assert_eq!(waiting(&session).sentence, "Waits for resource group default: it takes no interactive sessions.");
    let job = world.made(&running.lifecycle, batch("job1")).await;
    world.reaches(job, Status::Running).await;
    running.stopped().await;
}

#[tokio::test]
async fn what_is_told_ends_with_the_waiting() {
    let world = World::new().await;
    let running = world.start().await;
    let mut giant = request("giant");
    giant.config = sized("1", "6g");
    let one = world.made(&running.lifecycle, giant.clone()).await;
    world.reaches(one, Status::Running).await;
    giant.name = "second".to_owned();
    let two = world.made(&running.lifecycle, giant.clone()).await;
    let session = world.until(two, "told", told).await;
    let expected = Waiting {
        sentence: "Waits for memory: needs 6 GiB, the roomiest agent of resource group default has 2 GiB free."
            .to_owned(),
        ahead: 0,
        unblock: "A session in resource group default ends, or an agent joins.".to_owned(),
    };
    assert_eq!(session.waiting, Some(expected));
    giant.name = "third".to_owned();
    let three = world.made(&running.lifecycle, giant).await;
    let session = world.until(three, "told", told).await;
    assert_eq!(waiting(&session).ahead, 1);
    assert!(waiting(&session).sentence.ends_with("has 2 GiB free; 1 session is before it."));
    world.machine.exit(main_of(one), 0);
    assert_eq!(world.reaches(two, Status::Running).await.waiting, None);
    // Its number changed: told after a while, without a change of its reason.
    let told_anew = world.until(three, "told its new place", |session| waiting(session).ahead == 0).await;
    assert_eq!(told_anew.status_info.as_deref(), Some("no-available-instances"));
    running.stopped().await;
}

#[tokio::test]
async fn a_start_time_wakes_a_sleeping_loop() {
    let world = World::new().await;
    let running = world.start_sleepy().await;
    let mut soon = batch("soon");
    soon.starts_at = Some("2s".to_owned());
    let soon = world.made(&running.lifecycle, soon).await;
    let session = world.until(soon, "told", told).await;
    assert!(waiting(&session).sentence.starts_with("Waits for its start time, 20"));
    let session = world.reaches(soon, Status::Running).await;
    assert!(session.status_changed.unwrap() >= session.starts_at.unwrap());
    running.stopped().await;
}
