//! What is over for long goes, by age and by number; what runs stays.

use std::time::Duration;

use rollcall_lifecycle::Retention;
use rollcall_model::access::{Destroy, Inspect, System};
use rollcall_model::status::Status;
use rollcall_store::Dead;

use crate::world::{BOUND, World, request};

async fn names(world: &World) -> Vec<String> {
    let permit = world.permit::<Inspect>(&world.caller("USER").await).await;
    let mut found = world.store.find_sessions(&permit, "job-", Dead::Include).await.unwrap();
    found.sort_by_key(|session| session.created_at);
    found.into_iter().map(|session| session.name).collect()
}

async fn until(what: &str, mut reached: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !reached().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(tokio::time::timeout(BOUND, wait).await.is_ok(), "never {what}");
}

#[tokio::test]
async fn what_is_over_goes_and_what_runs_stays() {
    let world = World::new().await;
    let first = world.start().await;
    let destroy = world.permit::<Destroy>(&world.caller("USER").await).await;
    for n in 0..4 {
        let id = world.made(&first.lifecycle, request(&format!("job-{n}"))).await;
        let session = world.reaches(id, Status::Running).await;
        if n > 0 {
            first.lifecycle.destroy(&destroy, &session).await.unwrap();
            world.reaches(id, Status::Terminated).await;
        }
    }
    first.stopped().await;
    assert_eq!(names(&world).await, ["job-0", "job-1", "job-2", "job-3"]);

    let pace = Duration::from_millis(20);
    let keep = Retention { finished_per_key: Some(1), events_age: None, pace, ..Retention::default() };
    let second = world.start_set(|settings| settings.retention = keep).await;
    until("one is left", async || names(&world).await == ["job-0", "job-3"]).await;
    second.stopped().await;
    let system = System::control_plane();
    let before = world.store.events_after(system, 0, 1000).await.unwrap();
    assert!(before.len() > 10, "events are kept as long as nobody says otherwise");

    let age = Some(Duration::from_millis(1));
    let short = Retention { finished_age: age, events_age: age, pace, ..Retention::default() };
    let third = world.start_set(|settings| settings.retention = short).await;
    until("none is left", async || names(&world).await == ["job-0"]).await;
    until("events went", async || world.store.events_after(system, 0, 1000).await.unwrap().len() == 1).await;
    third.stopped().await;
    assert_eq!(world.store.counters_match(system).await.unwrap(), []);
}
