//! What a kernel used over time: the last ten minutes closely, and its whole life ever more coarsely.
//!
//! Time is divided into steps of 15 seconds, counted from 1970, so that the courses of all kernels lie
//! upon each other. What nobody measured is a gap and stays one.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::stats::KernelStats;
use crate::time::{from_micros, to_micros};

/// Seconds of a step.
pub const STEP_SECONDS: i64 = 15;
/// Steps that are kept closely: ten minutes.
pub const RECENT: usize = 40;
/// Points of a whole life at most; when there are more, two become one.
pub const WHOLE: usize = 96;

const STEP_US: i64 = STEP_SECONDS * 1_000_000;
const KIB: i64 = 1024;

/// Use over one step, or the mean over several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Point {
    /// Thousandths of a core.
    pub cpu_milli: i64,
    /// Bytes, exact to a KiB.
    pub mem_bytes: i64,
    /// Bytes read a second.
    pub read_rate: i64,
    /// Bytes written a second.
    pub write_rate: i64,
}

impl Point {
    /// The mean since an earlier sample some time ago; by what is used at the moment where there is none,
    /// or one of an earlier start, or of too long or too short a while ago: samples are up to a second old.
    #[must_use]
    pub fn of(now: &KernelStats, before: Option<(&KernelStats, i64)>) -> Self {
        let moment = Self {
            cpu_milli: now.cpu_util_milli_pct / 100,
            mem_bytes: now.mem_bytes,
            read_rate: now.io_read_rate,
            write_rate: now.io_write_rate,
        };
        let usable = before.filter(|(before, elapsed_us)| {
            (STEP_US / 2..=2 * STEP_US).contains(elapsed_us) && before.cpu_used_us <= now.cpu_used_us
        });
        let Some((before, elapsed_us)) = usable else { return moment };
        let rate = |now: i64, before: i64, unit: i64| (now - before).max(0).saturating_mul(unit) / elapsed_us;
        Self {
            cpu_milli: rate(now.cpu_used_us, before.cpu_used_us, 1000),
            read_rate: rate(now.io_read_bytes, before.io_read_bytes, 1_000_000),
            write_rate: rate(now.io_write_bytes, before.io_write_bytes, 1_000_000),
            ..moment
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            cpu_milli: self.cpu_milli.saturating_add(other.cpu_milli),
            mem_bytes: self.mem_bytes.saturating_add(other.mem_bytes),
            read_rate: self.read_rate.saturating_add(other.read_rate),
            write_rate: self.write_rate.saturating_add(other.write_rate),
        }
    }
}

/// Sums of some points; as short as can be, for there is one of each finished session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Sum {
    points: u32,
    cpu_milli: i64,
    mem_kib: i64,
    read_rate: i64,
    write_rate: i64,
}

impl Sum {
    fn of(point: Point) -> Self {
        Self {
            points: 1,
            cpu_milli: point.cpu_milli,
            mem_kib: point.mem_bytes / KIB,
            read_rate: point.read_rate,
            write_rate: point.write_rate,
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            points: self.points.saturating_add(other.points),
            cpu_milli: self.cpu_milli.saturating_add(other.cpu_milli),
            mem_kib: self.mem_kib.saturating_add(other.mem_kib),
            read_rate: self.read_rate.saturating_add(other.read_rate),
            write_rate: self.write_rate.saturating_add(other.write_rate),
        }
    }

    fn mean(self) -> Point {
        let mean = |sum: i64| sum / i64::from(self.points.max(1));
        Point {
            cpu_milli: mean(self.cpu_milli),
            mem_bytes: mean(self.mem_kib).saturating_mul(KIB),
            read_rate: mean(self.read_rate),
            write_rate: mean(self.write_rate),
        }
    }
}

fn join(one: Option<Sum>, other: Option<Sum>) -> Option<Sum> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.plus(other)),
        (one, other) => one.or(other),
    }
}

/// Sums side by side, each over as many steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Series {
    /// A power of two.
    steps: i64,
    /// Place of the first: steps since 1970 divided by `steps`.
    first: i64,
    sums: Vec<Option<Sum>>,
}

impl Default for Series {
    fn default() -> Self {
        Self { steps: 1, first: 0, sums: Vec::new() }
    }
}

impl Series {
    /// Where a step lies; `None` before the first, as when a clock was set back.
    fn place(&self, step: i64) -> Option<usize> {
        usize::try_from(step.div_euclid(self.steps).checked_sub(self.first)?).ok()
    }

    fn begin(&mut self, step: i64) {
        if self.sums.is_empty() {
            self.first = step.div_euclid(self.steps);
        }
    }

    fn put(&mut self, place: usize, point: Point) {
        if self.sums.len() <= place {
            self.sums.resize(place + 1, None);
        }
        if let Some(sum) = self.sums.get_mut(place) {
            *sum = join(*sum, Some(Sum::of(point)));
        }
    }

    /// Adds to what is kept closely: the oldest goes.
    fn add_recent(&mut self, step: i64, point: Point) {
        self.begin(step);
        let Some(place) = self.place(step) else { return };
        let surplus = (place + 1).saturating_sub(RECENT);
        if surplus > 0 {
            self.sums.drain(..surplus.min(self.sums.len()));
            self.first += i64::try_from(surplus).unwrap_or(0);
        }
        self.put(place - surplus, point);
    }

    /// Adds to what is kept for ever: where there is no place left, everything gets coarser.
    fn add_whole(&mut self, step: i64, point: Point) {
        self.begin(step);
        loop {
            match self.place(step) {
                None => return,
                Some(place) if place < WHOLE => return self.put(place, point),
                Some(_) => self.coarsen(),
            }
        }
    }

    fn coarsen(&mut self) {
        let first = self.first.div_euclid(2);
        let mut sums: Vec<Option<Sum>> = Vec::with_capacity(self.sums.len() / 2 + 1);
        // An odd first one is the later half of its pair.
        let shift = usize::from(self.first.rem_euclid(2) == 1);
        for (at, sum) in self.sums.iter().enumerate() {
            match sums.get_mut((at + shift) / 2) {
                Some(half) => *half = join(*half, *sum),
                None => sums.push(*sum),
            }
        }
        *self = Self { steps: self.steps.saturating_mul(2), first, sums };
    }

    fn mean_at(&self, place: i64) -> Option<Point> {
        let at = usize::try_from(place.checked_sub(self.first)?).ok()?;
        self.sums.get(at).copied().flatten().map(Sum::mean)
    }

    /// Place behind the last.
    fn end(&self) -> i64 {
        self.first.saturating_add(i64::try_from(self.sums.len()).unwrap_or(0))
    }
}

/// What one kernel used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    recent: Series,
    whole: Series,
}

impl Course {
    /// Adds what was used in the step in which `at` lies.
    pub fn add(&mut self, at: Timestamp, point: Point) {
        let step = step_of(at);
        self.recent.add_recent(step, point);
        self.whole.add_whole(step, point);
    }
}

/// Points in time, all kernels of a session together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where the first point begins.
    pub from: Timestamp,
    /// How long each is.
    pub step_seconds: i64,
    /// The points; `None` is a gap.
    pub points: Vec<Option<Point>>,
}

impl Line {
    /// The last ten minutes before `until`, or of what there is. No gap stands at its beginning.
    #[must_use]
    pub fn recent(courses: &[Course], until: Option<Timestamp>) -> Option<Self> {
        let series: Vec<Series> = courses.iter().map(|course| course.recent.clone()).collect();
        let end = until.map_or_else(|| end_of(&series), step_of);
        let first = end.saturating_sub(i64::try_from(RECENT).unwrap_or(0));
        Self::of(&series, 1, first, end)
    }

    /// Everything. No gap stands at its beginning.
    #[must_use]
    pub fn whole(courses: &[Course]) -> Option<Self> {
        let mut series: Vec<Series> =
            courses.iter().map(|course| course.whole.clone()).filter(|series| !series.sums.is_empty()).collect();
        let steps = series.iter().map(|series| series.steps).max()?;
        for one in &mut series {
            while one.steps < steps {
                one.coarsen();
            }
        }
        let first = series.iter().map(|series| series.first).min()?;
        Self::of(&series, steps, first, end_of(&series))
    }

    fn of(series: &[Series], steps: i64, first: i64, end: i64) -> Option<Self> {
        let sum = |place: i64| series.iter().filter_map(|series| series.mean_at(place)).reduce(Point::plus);
        let first = (first..end).find(|place| sum(*place).is_some())?;
        let from = from_micros(first.saturating_mul(steps).saturating_mul(STEP_US));
        let points = (first..end).map(sum).collect();
        Some(Self { from, step_seconds: steps.saturating_mul(STEP_SECONDS), points })
    }

    /// Where the last point ends.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        let points = i64::try_from(self.points.len()).unwrap_or(0);
        let length = points.saturating_mul(self.step_seconds).saturating_mul(1_000_000);
        from_micros(to_micros(self.from).saturating_add(length))
    }
}

fn end_of(series: &[Series]) -> i64 {
    series.iter().map(Series::end).max().unwrap_or(0)
}

/// Steps since 1970.
fn step_of(at: Timestamp) -> i64 {
    to_micros(at).div_euclid(STEP_US)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn at(step: i64) -> Timestamp {
        from_micros((1000 + step) * STEP_US + 1)
    }

    fn point(cpu_milli: i64) -> Point {
        Point { cpu_milli, mem_bytes: 4 * KIB, read_rate: 1, write_rate: 2 }
    }

    fn course(steps: &[(i64, i64)]) -> Course {
        let mut course = Course::default();
        steps.iter().for_each(|(step, cpu)| course.add(at(*step), point(*cpu)));
        course
    }

    fn cpus(line: &Line) -> Vec<Option<i64>> {
        line.points.iter().map(|point| point.map(|point| point.cpu_milli)).collect()
    }

    #[test]
    fn a_point_is_the_mean_since_the_last_sample() {
        let stats = |used, read| KernelStats {
            cpu_used_us: used,
            io_read_bytes: read,
            cpu_util_milli_pct: 100_000,
            mem_bytes: 9,
            io_read_rate: 7,
            ..KernelStats::default()
        };
        let (before, now) = (stats(1_000_000, 0), stats(8_500_000, 150));
        let mean = Point { cpu_milli: 500, mem_bytes: 9, read_rate: 10, write_rate: 0 };
        let moment = Point { cpu_milli: 1000, mem_bytes: 9, read_rate: 7, write_rate: 0 };
        assert_eq!(Point::of(&now, Some((&before, STEP_US))), mean);
        for unusable in
            [None, Some((&before, STEP_US / 15)), Some((&before, 3 * STEP_US)), Some((&stats(9_000_000, 0), STEP_US))]
        {
            assert_eq!(Point::of(&now, unusable), moment);
        }
    }

    #[test]
    fn gaps_stay_gaps_and_the_oldest_go() {
        let one = course(&[(0, 100), (1, 200), (4, 300)]);
        let line = Line::recent(std::slice::from_ref(&one), None).unwrap();
        assert_eq!(cpus(&line), [Some(100), Some(200), None, None, Some(300)]);
        assert_eq!(
            (line.from, line.until(), line.step_seconds),
            (from_micros(1000 * STEP_US), from_micros(1005 * STEP_US), 15)
        );
        // Up to now, in which nothing is measured yet.
        let now = Line::recent(std::slice::from_ref(&one), Some(at(7))).unwrap();
        assert_eq!(cpus(&now), [Some(100), Some(200), None, None, Some(300), None, None]);
        let later = Line::recent(std::slice::from_ref(&one), Some(at(43))).unwrap();
        assert_eq!((later.points.len(), cpus(&later)[0]), (39, Some(300)));
        assert_eq!(Line::recent(std::slice::from_ref(&one), Some(at(45))), None);
        let mut old = one.clone();
        old.add(at(1_000_000), point(5));
        assert_eq!(cpus(&Line::recent(&[old], None).unwrap()), [Some(5)]);
        // A clock that was set back is not believed, and two points of one step are one.
        let back = course(&[(5, 100), (4, 900), (5, 300)]);
        assert_eq!(cpus(&Line::recent(&[back], None).unwrap()), [Some(200)]);
        assert_eq!((Line::recent(&[], None), Line::whole(&[Course::default()])), (None, None));
    }

    #[test]
    fn kernels_lie_upon_each_other() {
        let both = [course(&[(0, 100), (1, 200)]), course(&[(1, 50), (3, 60)])];
        assert_eq!(cpus(&Line::recent(&both, None).unwrap()), [Some(100), Some(250), None, Some(60)]);
        // One that is coarser decides.
        let long: Vec<(i64, i64)> = (0..100).map(|step| (step, 100)).collect();
        let line = Line::whole(&[course(&long), course(&[(98, 40), (99, 60)])]).unwrap();
        assert_eq!((line.step_seconds, line.points.len()), (30, 50));
        assert_eq!((cpus(&line)[0], cpus(&line)[49]), (Some(100), Some(150)));
    }

    #[test]
    fn a_long_life_is_told_coarsely() {
        // From an odd step on, and 20 times as long as there are points.
        let steps: Vec<(i64, i64)> = (1..=20 * 96).map(|step| (step, step)).collect();
        let whole = Line::whole(&[course(&steps)]).unwrap();
        assert_eq!(whole.step_seconds, 32 * 15);
        assert!(whole.points.len() <= WHOLE && whole.points.iter().all(Option::is_some));
        assert!(whole.from <= at(1) && whole.until() > at(20 * 96));
        let told = cpus(&whole);
        assert!(told.windows(2).all(|pair| pair[0] < pair[1]), "{told:?}");
        // A point that many make is their mean.
        let steps: Vec<(i64, i64)> = (0..192).map(|step| (step, (step % 2) * 1000)).collect();
        assert!(cpus(&Line::whole(&[course(&steps)]).unwrap()).iter().all(|cpu| *cpu == Some(500)));
    }

    proptest! {
        #[test]
        fn no_course_outgrows_its_bounds(steps in prop::collection::vec((-100_i64..100_000, any::<i64>()), 0..300)) {
            let course = course(&steps);
            prop_assert!(course.recent.sums.len() <= RECENT && course.whole.sums.len() <= WHOLE);
            for line in [Line::recent(std::slice::from_ref(&course), None), Line::whole(&[course])].into_iter().flatten() {
                prop_assert!(line.points.first().is_some_and(Option::is_some));
                prop_assert!(line.points.last().is_some_and(Option::is_some));
            }
        }
    }
}
