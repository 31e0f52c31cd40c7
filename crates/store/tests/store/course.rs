//! What kernels used over time, on both engines: kept while they run and with their end, gone with them.

use std::time::{Duration, Instant};

use rollcall_model::course::{Course, Point, RECENT, WHOLE};
use rollcall_model::ids::KernelId;
use rollcall_model::session::Session;
use rollcall_model::status::Step;
use rollcall_store::{Advance, Advanced, KernelChange};

use crate::manage::root;
use crate::on_both_engines;
use crate::world::{World, at, email, step_of, system};

on_both_engines!(a_course_is_kept_to_the_end, a_hundred_are_kept_at_once);

const START: [Step; 5] = [Step::Schedule, Step::Prepare, Step::Pull, Step::Create, Step::Start];

/// With as many points, each of other numbers.
fn course(points: usize) -> Course {
    let mut course = Course::default();
    for n in 0..i64::try_from(points).unwrap() {
        let point = Point { cpu_milli: n * 7, mem_bytes: (n << 25) + 1024, read_rate: n, write_rate: n * n };
        course.add(at(n * 15), point);
    }
    course
}

async fn running(world: &World, owner: &str) -> Session {
    let session = world.create(owner, "measured", 1).await;
    world.walk(session.id, 10, &START).await
}

async fn a_course_is_kept_to_the_end(world: World) {
    let world = world.founded(Vec::new()).await;
    let (store, session) = (&world.store, running(&world, "alice").await);
    let [alice, bob] = [world.scope("alice").await, world.scope("bob").await];
    let main = session.id.main_kernel();
    let ids = [session.id];
    assert!(store.courses_of(&alice, &ids).await.unwrap().is_empty());
    for points in [1, RECENT, 3 * WHOLE] {
        store.keep_courses(system(), &[(main, course(points)), (KernelId::random(), course(1))]).await.unwrap();
        let kept = store.courses_of(&alice, &ids).await.unwrap();
        assert_eq!((kept.len(), kept.get(&main)), (1, Some(&course(points))));
    }
    assert!(store.courses_of(&bob, &ids).await.unwrap().is_empty());
    let again = world.opened_again().await;
    assert_eq!(again.courses_of(&alice, &ids).await.unwrap()[&main], course(3 * WHOLE));

    let ending = world.walk(session.id, 20, &[Step::Terminate]).await;
    let last = KernelChange { course: Some(course(5)), ..KernelChange::of(main) };
    let end = Advance { kernels: vec![last], ..step_of(&ending, Step::End, 30) };
    assert!(matches!(store.advance(&system(), &end).await.unwrap(), Advanced::Done(_)));
    assert_eq!(store.courses_of(&alice, &ids).await.unwrap()[&main], course(5));
    // What was still on its way when it ended comes too late.
    store.keep_courses(system(), &[(main, course(2))]).await.unwrap();
    assert_eq!(store.courses_of(&alice, &ids).await.unwrap()[&main], course(5));
    store.purge_user(&root(&world).await, &email("alice")).await.unwrap();
    assert!(store.courses_of(&system().scope(), &ids).await.unwrap().is_empty());
}

/// The price of a minute's writing.
async fn a_hundred_are_kept_at_once(world: World) {
    let world = world.founded(Vec::new()).await;
    let session = world.create("alice", "measured", 1).await;
    let kernels = world.store.kernels_of(&system().scope(), &[session.id]).await.unwrap().remove(&session.id).unwrap();
    // The same rows again and again cost as much as others.
    let courses: Vec<_> = kernels.iter().cycle().take(100).map(|kernel| (kernel.id, course(WHOLE))).collect();
    let began = Instant::now();
    world.store.keep_courses(system(), &courses).await.unwrap();
    let took = began.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
}
