//! The queue: who goes first, who waits, and what the row says meanwhile.

use rollcall_model::status::Status;
use serde_json::Value;

use crate::world::{World, batch, main_of, request, sized};

fn failed(data: &Option<Value>) -> Vec<String> {
    let failed = data.as_ref().unwrap().pointer("/scheduler/failed_predicates").unwrap().as_array().unwrap();
    failed.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn what_does_not_fit_delays_nobody() {
    let world = World::new().await;
    let running = world.start().await;
    let mut giant = request("giant");
    giant.config = sized("64", "1g");
    let giant = world.made(&running.lifecycle, giant).await;
    let mut large = request("large");
    large.config = sized("4", "1g");
    let small = world.made(&running.lifecycle, request("small")).await;
    world.reaches(small, Status::Running).await;
    let large = world.made(&running.lifecycle, large).await;
    let late = world.made(&running.lifecycle, request("late")).await;
    world.reaches(late, Status::Running).await;
    for waiting in [giant, large] {
        let told = |session: &rollcall_model::session::Session| {
            session.status_info.as_deref() == Some("no-available-instances")
        };
        let session = world.until(waiting, "explained", told).await;
        assert_eq!((session.status, session.status_changed), (Status::Pending, None));
        let data = session.status_data.unwrap();
        assert!(data["scheduler"]["retries"].as_i64().unwrap() >= 1);
        assert!(data["scheduler"]["last_try"].as_str().unwrap().contains('T'));
    }
    // Room comes back and wakes the queue.
    world.machine.exit(main_of(small), 0);
    world.machine.exit(main_of(late), 0);
    world.reaches(large, Status::Running).await;
    assert_eq!(world.session(giant).await.status, Status::Pending);
    running.stopped().await;
}

#[tokio::test]
async fn more_than_the_policy_allows_waits_in_turn() {
    let world = World::new().await;
    let running = world.start().await;
    let mut ids = Vec::new();
    for name in ["one1", "two2", "three"] {
        ids.push(world.create_as(&running.lifecycle, "TIGHT", request(name)).await.unwrap().session.id);
    }
    world.reaches(ids[0], Status::Running).await;
    let explained = |session: &rollcall_model::session::Session| session.status_info.is_some();
    let session = world.until(ids[2], "explained", explained).await;
    assert_eq!(session.status_info.as_deref(), Some("predicate-checks-failed"));
    assert_eq!(failed(&session.status_data), ["concurrency"]);
    let data = session.status_data.unwrap();
    assert_eq!(data["scheduler"]["failed_predicates"][0]["msg"], "You cannot run more than 1 concurrent sessions");
    let passed = data["scheduler"]["passed_predicates"].as_array().unwrap();
    let passed: Vec<_> = passed.iter().map(|one| one["name"].as_str().unwrap()).collect();
    let expected = ["reserved_time", "dependencies", "keypair_resource_limit", "user_group_resource_limit"];
    assert_eq!(passed[..4], expected);
    assert_eq!(passed[4..], ["domain_resource_limit", "scaling_group_resource_limit"]);
    // Nobody else is held up by it.
    let other = world.made(&running.lifecycle, request("other")).await;
    world.reaches(other, Status::Running).await;
    // First in, first out.
    world.machine.exit(main_of(ids[0]), 0);
    world.reaches(ids[1], Status::Running).await;
    assert_eq!(world.session(ids[2]).await.status, Status::Pending);
    running.stopped().await;
}

#[tokio::test]
async fn a_start_time_is_waited_for() {
    let world = World::new().await;
    let running = world.start().await;
    let mut later = batch("later");
    later.starts_at = Some("1d".to_owned());
    let later = world.made(&running.lifecycle, later).await;
    let session = world.until(later, "explained", |session| session.status_info.is_some()).await;
    assert_eq!(failed(&session.status_data), ["reserved_time"]);
    let mut soon = batch("soon");
    soon.starts_at = Some("1s".to_owned());
    let soon = world.made(&running.lifecycle, soon).await;
    world.reaches(soon, Status::Running).await;
    assert_eq!(world.session(later).await.status, Status::Pending);
    running.stopped().await;
}

#[tokio::test]
async fn looking_again_writes_nothing() {
    let world = World::new().await;
    let running = world.start().await;
    let mut giant = request("giant");
    giant.config = sized("64", "1g");
    let giant = world.made(&running.lifecycle, giant).await;
    let first = world.until(giant, "explained", |session| session.status_info.is_some()).await;
    // Each of these lives makes the loop look at the queue several times.
    for name in ["one1", "two2"] {
        let id = world.made(&running.lifecycle, request(name)).await;
        world.reaches(id, Status::Running).await;
    }
    assert_eq!(world.session(giant).await.status_data, first.status_data);
    running.stopped().await;
}
