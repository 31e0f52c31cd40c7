//! What kernels of this engine use over time: a point each 15 seconds, kept in memory and written down each
//! minute and at the end, so that a restart costs a minute at most.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use rollcall_model::Timestamp;
use rollcall_model::course::{Course, Point, STEP_SECONDS};
use rollcall_model::ids::{KernelId, SessionId};
use rollcall_model::stats::KernelStats;
use rollcall_runtime::KernelState;

use crate::core::Core;
use crate::error::LifecycleError;
use crate::upkeep::Trouble;
use crate::{Lifecycle, clock};

const STEP_US: i64 = STEP_SECONDS * 1_000_000;

/// Points between two times of writing down.
const WRITE_EVERY: u32 = 4;

/// The courses of kernels that run here.
#[derive(Debug, Default)]
pub(crate) struct Courses(Mutex<HashMap<KernelId, Entry>>);

#[derive(Clone, Debug, Default)]
struct Entry {
    course: Course,
    /// The sample of the last point, and when.
    last: Option<(KernelStats, Timestamp)>,
    /// Whether there is something to write down.
    fresh: bool,
}

impl Entry {
    fn add(&mut self, stats: KernelStats, at: Timestamp) {
        let elapsed = |since: Timestamp| (at - since).num_microseconds().unwrap_or(i64::MAX);
        let before = self.last.as_ref().map(|(stats, since)| (stats, elapsed(*since)));
        let point = Point::of(&stats, before);
        // It tells of the time since the last one, a step at most: it belongs into the middle of that.
        let told = before.map_or(STEP_US, |(_, elapsed)| elapsed.clamp(0, STEP_US));
        self.course.add(at - TimeDelta::microseconds(told / 2), point);
        (self.last, self.fresh) = (Some((stats, at)), true);
    }
}

impl Courses {
    /// What a kernel used so far; `None` where nothing was measured by this process.
    fn of(&self, kernel: KernelId) -> Option<Course> {
        self.lock().get(&kernel).map(|entry| entry.course.clone())
    }

    /// What is to be written down.
    fn news(&self) -> Vec<(KernelId, Course)> {
        let mut all = self.lock();
        let fresh = all
            .iter_mut()
            .filter_map(|(kernel, entry)| std::mem::take(&mut entry.fresh).then(|| (*kernel, entry.course.clone())));
        fresh.collect()
    }

    /// It was not written down: it is news still.
    fn again(&self, news: &[(KernelId, Course)]) {
        let mut all = self.lock();
        for (kernel, _) in news {
            if let Some(entry) = all.get_mut(kernel) {
                entry.fresh = true;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<KernelId, Entry>> {
        // Nothing inside can be left half done, so a panic elsewhere does not spoil it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adds a point to each kernel that runs here, and forgets those that are gone.
async fn note(core: &Core, at: Timestamp) -> Result<(), LifecycleError> {
    let kernels = core.engine.list().await?;
    let running: Vec<_> = kernels.iter().filter(|kernel| kernel.state == KernelState::Running).collect();
    let unknown: Vec<SessionId> = {
        let mut all = core.courses.lock();
        let listed: HashSet<KernelId> = kernels.iter().map(|kernel| kernel.kernel).collect();
        all.retain(|kernel, _| listed.contains(kernel));
        running.iter().filter(|kernel| !all.contains_key(&kernel.kernel)).map(|kernel| kernel.session).collect()
    };
    // Of a kernel that ran before this process did, what is written down goes on.
    let mut known = core.store.courses_of(&core.system.scope(), &unknown).await?;
    for kernel in running {
        let Some(stats) = core.engine.stats(kernel.kernel).await else { continue };
        let mut all = core.courses.lock();
        let begun = || Entry { course: known.remove(&kernel.kernel).unwrap_or_default(), ..Entry::default() };
        all.entry(kernel.kernel).or_insert_with(begun).add(stats, at);
    }
    Ok(())
}

/// The whole course of a kernel that has ended. What is in memory stays: the end may have to be tried again.
pub(crate) async fn ended(
    core: &Core,
    session: SessionId,
    kernel: KernelId,
    stats: KernelStats,
) -> Result<Course, LifecycleError> {
    let noted = core.courses.lock().get(&kernel).cloned();
    let mut entry = match noted {
        Some(entry) => entry,
        None => {
            let kept = core.store.courses_of(&core.system.scope(), &[session]).await?.remove(&kernel);
            Entry { course: kept.unwrap_or_default(), ..Entry::default() }
        }
    };
    entry.add(stats, clock::now());
    Ok(entry.course)
}

/// Writes down what came since the last time.
pub(crate) async fn flush(core: &Core) -> Result<(), LifecycleError> {
    let news = core.courses.news();
    let kept = core.store.keep_courses(core.system, &news).await;
    if kept.is_err() {
        core.courses.again(&news);
    }
    Ok(kept?)
}

/// Notes at the end of each step, and writes down now and then.
pub(crate) async fn run(core: &Core) {
    let (mut noting, mut writing) = (Trouble::new("noting the use of kernels"), Trouble::new("writing down use"));
    let mut points = 0;
    loop {
        tokio::time::sleep(until_next_step(clock::now())).await;
        match note(core, clock::now()).await {
            Ok(()) => noting.over(),
            Err(error) => drop(noting.again(&error)),
        }
        points += 1;
        if points % WRITE_EVERY != 0 {
            continue;
        }
        match flush(core).await {
            Ok(()) => writing.over(),
            Err(error) => drop(writing.again(&error)),
        }
    }
}

fn until_next_step(now: Timestamp) -> Duration {
    let step = STEP_SECONDS * 1000;
    let left = step - now.timestamp_millis().rem_euclid(step);
    Duration::from_millis(u64::try_from(left).unwrap_or(0))
}

impl Lifecycle {
    /// What a kernel that runs here used so far; `None` of others, and before anything was noted.
    #[must_use]
    pub fn course(&self, kernel: KernelId) -> Option<Course> {
        self.core.courses.of(kernel)
    }

    /// Notes what the kernels that run here used until `at`. [`Lifecycle::run`] does it every 15 seconds.
    ///
    /// # Errors
    /// [`LifecycleError::Store`], [`LifecycleError::Engine`].
    pub async fn note_use(&self, at: Timestamp) -> Result<(), LifecycleError> {
        note(&self.core, at).await
    }

    /// Writes down the use that is in memory alone. [`Lifecycle::run`] does it every minute and at its end.
    ///
    /// # Errors
    /// [`LifecycleError::Store`].
    pub async fn flush_use(&self) -> Result<(), LifecycleError> {
        flush(&self.core).await
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rollcall_model::course::Line;
    use rollcall_model::time::from_micros;

    use super::*;

    #[test]
    fn each_point_lies_where_it_was_measured() {
        let at = |seconds: i64| from_micros((3000 + seconds) * 1_000_000 + 5_000);
        let stats =
            |seconds: i64| KernelStats { cpu_used_us: seconds * 500_000, mem_bytes: 1024, ..KernelStats::default() };
        let mut entry = Entry::default();
        // At the end of each step, one of them late, and at an end of its own in between.
        for seconds in [15, 30, 49, 60, 68] {
            entry.add(stats(seconds), at(seconds));
        }
        let line = Line::recent(&[entry.course], None).unwrap();
        let cores: Vec<_> = line.points.iter().map(|point| point.map(|point| point.cpu_milli)).collect();
        assert_eq!(
            (line.from, cores),
            (from_micros(3_000_000_000), [Some(0), Some(500), Some(500), Some(500), Some(500)].to_vec())
        );
        assert!(entry.fresh);
    }

    #[test]
    fn the_next_step_is_at_most_one_away() {
        for (millis, left) in [(0, 15_000), (1, 14_999), (14_999, 1), (15_000, 15_000)] {
            assert_eq!(until_next_step(from_micros(millis * 1000)), Duration::from_millis(left), "{millis}");
        }
    }
}
