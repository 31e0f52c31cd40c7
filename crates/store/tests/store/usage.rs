//! What usage reports read, against a plain look at everything in memory.

use std::collections::BTreeSet;

use chrono::{TimeDelta, Timelike};
use rollcall_model::ids::{GroupId, KernelId};
use rollcall_model::resources::{Superintend, UsageScope, superintend};
use rollcall_model::session::Session;
use rollcall_model::stats::KernelStats;
use rollcall_model::status::{Status, Step};
use rollcall_model::usage::{MonthChart, UsedKernel, UsedShare, Window};
use rollcall_store::{HistoryEntry, PastSession, UsageWalk};

use crate::on_both_engines;
use crate::world::{PEOPLE, World, at, group, kernel, pending, slots, user};

on_both_engines!(
    reports_find_what_overlaps,
    the_longest_of_each_class_are_found,
    charts_sum_up_everything_once,
    long_lists_come_in_pages
);

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// A small generator, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap() % end
    }
}

/// A session that began at second `began` and lasted so many seconds, with one kernel or two.
fn past(owner: &str, name: String, began: i64, lasted: i64, status: Status, kernels: i64) -> PastSession {
    let (mut session, _) = pending(owner, &name, began);
    session.status = status;
    session.terminated_at = status.is_dead().then(|| at(began + lasted));
    let one = |id, role: &str, number: i64| {
        let mut one = kernel(&session, id, role);
        // Tenths of a core, told by what it wrote too.
        one.occupied_slots = slots(&format!("0.{number}"), "64m");
        one.last_stat = Some(KernelStats { io_read_bytes: lasted, io_write_bytes: number, ..KernelStats::default() });
        one
    };
    let mut all = vec![one(session.id.main_kernel(), "main", 1 + began.rem_euclid(8))];
    if kernels == 2 {
        all.push(one(KernelId::random(), "sub", 2));
    }
    let history = vec![HistoryEntry { step: None, from: None, to: status, reason: None, at: at(began) }];
    PastSession { session, kernels: all, history }
}

/// Ends from minutes to a year long, over 300 days; a few run on.
fn pasts(seed: u64, count: i64) -> Vec<PastSession> {
    let mut dice = Dice(seed);
    let longest = [HOUR, 4 * HOUR, DAY, 4 * DAY, 16 * DAY, 64 * DAY, 365 * DAY];
    (0..count)
        .map(|number| {
            let owner = PEOPLE[usize::try_from(dice.below(5)).unwrap()].0;
            let began = dice.below(300 * DAY);
            let longest = longest[usize::try_from(dice.below(7)).unwrap()];
            let lasted = dice.below(longest);
            let status = match dice.below(12) {
                0 => Status::Cancelled,
                1 => Status::Error,
                2 => Status::Running,
                3 => Status::Pending,
                _ => Status::Terminated,
            };
            past(owner, format!("past-{number}"), began, lasted, status, 1 + dice.below(2))
        })
        .collect()
}

async fn may(world: &World) -> Superintend {
    superintend(&world.caller("root").await).unwrap()
}

fn counts(session: &Session) -> bool {
    matches!(session.status, Status::Running | Status::Terminated)
}

fn overlaps(session: &Session, window: Window) -> bool {
    counts(session)
        && session.created_at < window.to()
        && session.terminated_at.is_none_or(|ended| ended >= window.from())
}

async fn walked(world: &World, group: GroupId, window: Window) -> Vec<UsedKernel> {
    let mut walk = UsageWalk::of(may(world).await, group, window);
    let mut all = Vec::new();
    loop {
        let page = world.store.next_used(&mut walk).await.unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

async fn reports_find_what_overlaps(world: World) {
    let demo = pasts(7, 400);
    let world = world.founded(demo.clone()).await;
    let projects = world.store.used_projects(may(&world).await, None).await.unwrap();
    assert_eq!(projects.iter().map(|project| project.id).collect::<Vec<_>>(), [group("default"), group("second")]);
    let only = world.store.used_projects(may(&world).await, Some(&[group("second")])).await.unwrap();
    assert_eq!(only, projects[1..]);
    let mut seen = 0;
    for day in (-20..320).step_by(17) {
        let first = (at(0) + TimeDelta::days(day)).date_naive();
        for days in [0, 3, 30, 99] {
            let window = Window::days(first, first + TimeDelta::days(days)).unwrap();
            for domain in ["default", "second"] {
                let of_group = |past: &&PastSession| past.session.group_id == group(domain);
                let found = demo.iter().filter(of_group).filter(|past| overlaps(&past.session, window));
                let expected: BTreeSet<_> = found.flat_map(|past| past.kernels.iter().map(|one| one.id.0)).collect();
                let told = walked(&world, group(domain), window).await;
                let ids: BTreeSet<_> = told.iter().map(|used| used.share.kernel.0).collect();
                assert_eq!((ids.len(), &ids), (told.len(), &expected), "{domain} {window:?}");
                seen += told.len();
            }
        }
    }
    assert!(seen > 1000, "{seen}");
    // Rows say what is stored.
    let everything = Window::days(at(280 * DAY).date_naive(), at(290 * DAY).date_naive()).unwrap();
    for used in walked(&world, group("default"), everything).await {
        let past = demo.iter().find(|past| past.kernels.iter().any(|one| one.id == used.share.kernel)).unwrap();
        let kernel = past.kernels.iter().find(|one| one.id == used.share.kernel).unwrap();
        assert_eq!((used.share.began, used.share.ended), (past.session.created_at, past.session.terminated_at));
        assert_eq!((&used.share.slots, used.share.last_stat), (&kernel.occupied_slots, kernel.last_stat));
        assert_eq!((&used.session_name, &used.user_email), (&past.session.name, &past.session.user_email));
        assert_eq!((used.share.is_main, used.status), (kernel.cluster_role == "main", past.session.status));
    }
}

async fn the_longest_of_each_class_are_found(world: World) {
    // A second before midnight, and then as long as its class or the one before it may last.
    let midnight = 41_600;
    assert_eq!(at(midnight).time().num_seconds_from_midnight(), 0);
    let lengths = [HOUR, 4 * HOUR, DAY, 4 * DAY, 16 * DAY, 64 * DAY].into_iter().flat_map(|most| [most - 1, most]);
    let lengths = lengths.chain([0, 1, 1000 * DAY]);
    let straddling = lengths
        .enumerate()
        .map(|(number, lasted)| past("alice", format!("past-{number}"), midnight - 1, lasted, Status::Terminated, 1));
    let after = past("alice", "after".to_owned(), midnight, 5, Status::Terminated, 1);
    let before = past("alice", "before".to_owned(), midnight - 10, 8, Status::Terminated, 1);
    let world = world.founded(straddling.chain([after, before]).collect()).await;
    let day = at(midnight - 1).date_naive();
    let first = walked(&world, group("default"), Window::days(day, day).unwrap()).await;
    assert_eq!(first.len(), 16);
    assert!(first.iter().all(|used| used.session_name != "after"));
    let second =
        walked(&world, group("default"), Window::days(day.succ_opt().unwrap(), day.succ_opt().unwrap()).unwrap());
    assert_eq!(second.await.len(), 15);
}

/// The same sums by a look at every session for every point.
fn naive(demo: &[PastSession], scope: UsageScope, chart: &MonthChart) -> Vec<(i64, i128, i128, i128)> {
    let shares: Vec<(bool, i64, i64, i128, i128)> = demo
        .iter()
        .filter(|past| counts(&past.session) && scope.user().is_none_or(|user| user == past.session.user_id))
        .flat_map(|past| {
            let began = past.session.created_at.timestamp_micros();
            let ended = past.session.terminated_at.map_or(i64::MAX, |at| at.timestamp_micros().max(began + 1));
            past.kernels.iter().map(move |one| {
                let milli = i128::from(one.last_stat.unwrap().io_write_bytes) * 100;
                (one.cluster_role == "main", began, ended, milli, one.last_stat.unwrap().io_read_bytes.into())
            })
        })
        .collect();
    let point = |moment: i64| {
        let (from, to) = (moment * 1_000_000, (moment + 900) * 1_000_000);
        let held = || shares.iter().filter(move |(_, began, ended, ..)| *began < to && *ended > from);
        let sessions = i128::try_from(held().filter(|share| share.0).count()).unwrap();
        (moment, sessions, held().map(|share| share.3).sum(), held().map(|share| share.4).sum())
    };
    chart.points().map(|(moment, _)| point(moment)).collect()
}

async fn charts_sum_up_everything_once(world: World) {
    let demo = pasts(11, 300);
    let world = world.founded(demo.clone()).await;
    let scopes = [UsageScope::all(may(&world).await), UsageScope::own(&world.caller("alice").await)];
    assert_eq!(scopes[1].user(), Some(user("alice")));
    for scope in scopes {
        let mut chart = MonthChart::ending_at(at(250 * DAY));
        let mut shares: Vec<UsedShare> = Vec::new();
        world.store.used_shares(scope, chart.window(), |share| shares.push(share)).await.unwrap();
        assert!(shares.len() > 10);
        shares.iter().for_each(|share| chart.add(share));
        let told: Vec<_> =
            chart.points().map(|(moment, sums)| (moment, sums.sessions, sums.cpu_milli, sums.io_read_bytes)).collect();
        assert_eq!(told, naive(&demo, scope, &chart));
    }
}

async fn long_lists_come_in_pages(world: World) {
    let ended = |number: i64| past("alice", format!("past-{number}"), number / 50, 10, Status::Terminated, 1);
    let world = world.founded((0..650).map(ended).collect()).await;
    let window = Window::days(at(0).date_naive(), at(0).date_naive()).unwrap();
    let running = world.create("alice", "running", 5).await;
    world.walk(running.id, 6, &[Step::Schedule, Step::Prepare, Step::Start]).await;
    let mut walk = UsageWalk::of(may(&world).await, group("default"), window);
    let first = world.store.next_used(&mut walk).await.unwrap();
    assert_eq!(first.iter().map(|used| used.share.ended).collect::<Vec<_>>(), [None, None]);
    // Since it runs: not since it was made.
    assert_eq!((first[0].share.began, first[0].created_at), (at(8), at(5)));
    // It ends while the report is being read, and is told once.
    world.walk(running.id, 9, &[Step::SelfTerminate]).await;
    let mut pages = Vec::new();
    loop {
        match world.store.next_used(&mut walk).await.unwrap().len() {
            0 => break,
            length => pages.push(length),
        }
    }
    assert_eq!((pages.iter().sum::<usize>(), pages.iter().max()), (650, Some(&200)));
    assert_eq!(walked(&world, group("default"), window).await.len(), 652);
    assert!(walked(&world, group("second"), window).await.is_empty());
}
