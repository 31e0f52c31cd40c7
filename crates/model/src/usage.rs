//! What was used: which sessions count in a span of time, and a month in quarters of an hour
//! (`rest.md` §7).

use chrono::{Months, NaiveDate, NaiveTime};
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::Timestamp;
use crate::ids::{AccessKey, AgentId, DomainName, GroupId, KernelId};
use crate::slots::{Amount, Slots};
use crate::stats::KernelStats;
use crate::status::Status;
use crate::time::{from_micros, to_micros};

/// Points of a month's chart.
pub const POINTS: usize = 2880;
/// Seconds of each.
pub const STEP: i64 = 900;
/// Seconds of all together.
const LENGTH: i64 = 30 * 24 * 3600;
/// Longest period that a report covers, in days.
pub const MAX_DAYS: i64 = 100;

/// From one moment until just before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    from: Timestamp,
    to: Timestamp,
}

/// Why there is no such window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoWindow {
    /// The end is before the start.
    #[error("before the start date")]
    Backwards,
    /// Longer than [`MAX_DAYS`].
    #[error("more than {MAX_DAYS} days in all")]
    TooLong,
    /// Beyond the calendar.
    #[error("beyond the calendar")]
    Beyond,
}

impl Window {
    /// The month of which `first` is the first day.
    ///
    /// # Errors
    /// [`NoWindow::Beyond`] at the end of time.
    pub fn month(first: NaiveDate) -> Result<Self, NoWindow> {
        let next = first.checked_add_months(Months::new(1)).ok_or(NoWindow::Beyond)?;
        Ok(Self { from: midnight(first), to: midnight(next) })
    }

    /// Whole days, the last one too.
    ///
    /// # Errors
    /// [`NoWindow`].
    pub fn days(first: NaiveDate, last: NaiveDate) -> Result<Self, NoWindow> {
        if last < first {
            return Err(NoWindow::Backwards);
        }
        let next = last.succ_opt().ok_or(NoWindow::Beyond)?;
        if (next - first).num_days() > MAX_DAYS {
            return Err(NoWindow::TooLong);
        }
        Ok(Self { from: midnight(first), to: midnight(next) })
    }

    /// The first moment of it.
    #[must_use]
    pub fn from(self) -> Timestamp {
        self.from
    }

    /// The first moment after it.
    #[must_use]
    pub fn to(self) -> Timestamp {
        self.to
    }
}

fn midnight(day: NaiveDate) -> Timestamp {
    day.and_time(NaiveTime::MIN).and_utc()
}

/// What one kernel held, and from when to when. A session counts once it runs.
#[derive(Clone, Debug, PartialEq)]
pub struct UsedShare {
    /// Kernel.
    pub kernel: KernelId,
    /// Whether it stands for its session.
    pub is_main: bool,
    /// When it first ran; when it was made, where that was not kept.
    pub began: Timestamp,
    /// `None` while it runs.
    pub ended: Option<Timestamp>,
    /// What it held.
    pub slots: Slots,
    /// Its use, as last measured.
    pub last_stat: Option<KernelStats>,
}

impl UsedShare {
    /// What it held of accelerators, all kinds together.
    #[must_use]
    pub fn accelerators(&self) -> Amount {
        let held = self.slots.iter().filter(|(name, _)| accelerator(name).is_some());
        held.fold(Amount::ZERO, |sum, (_, amount)| sum.checked_add(amount).unwrap_or(sum))
    }
}

/// The kind of accelerator that a slot counts: `cuda` of `cuda.device` and `cuda.shares`; `None` for
/// others, and for an accelerator's memory.
#[must_use]
pub fn accelerator(slot: &str) -> Option<&str> {
    let (kind, unit) = slot.split_once('.')?;
    matches!(unit, "device" | "shares").then_some(kind)
}

/// Thousandths of an amount; what has no end counts as nothing.
#[must_use]
pub fn thousandths(amount: Amount) -> i64 {
    let milli = amount.finite().and_then(|number| number.checked_mul(Decimal::from(1000)));
    let milli = milli.map(|number| number.round_dp_with_strategy(0, RoundingStrategy::ToZero));
    milli.and_then(|number| number.to_i64()).unwrap_or(0)
}

/// One container as a usage report lists it.
#[derive(Clone, Debug, PartialEq)]
pub struct UsedKernel {
    /// What it held, and when.
    pub share: UsedShare,
    /// The engine's name for it.
    pub container_id: Option<String>,
    /// Domain of its session.
    pub domain: DomainName,
    /// Project.
    pub group_id: GroupId,
    /// Project's name.
    pub group_name: String,
    /// Name of its session.
    pub session_name: String,
    /// Owner's key.
    pub access_key: AccessKey,
    /// Owner's e-mail.
    pub user_email: String,
    /// Where it ran.
    pub agent: Option<AgentId>,
    /// Shared memory in bytes.
    pub shared_memory: i64,
    /// Canonical image reference.
    pub image: String,
    /// Made at.
    pub created_at: Timestamp,
    /// Status of its session.
    pub status: Status,
    /// Last change.
    pub status_changed: Option<Timestamp>,
}

/// Sums at one moment. Amounts of counts are in thousandths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Point {
    /// Sessions.
    pub sessions: i128,
    /// Cores, in thousandths.
    pub cpu_milli: i128,
    /// Memory in bytes.
    pub mem_bytes: i128,
    /// Accelerators, in thousandths.
    pub gpu_milli: i128,
    /// Bytes read, as their last statistics say.
    pub io_read_bytes: i128,
    /// Bytes written.
    pub io_write_bytes: i128,
    /// Bytes in homes.
    pub disk_bytes: i128,
}

macro_rules! each_sum {
    ($one:ident $op:tt $other:expr) => {{
        let other = $other;
        $one.sessions $op other.sessions;
        $one.cpu_milli $op other.cpu_milli;
        $one.mem_bytes $op other.mem_bytes;
        $one.gpu_milli $op other.gpu_milli;
        $one.io_read_bytes $op other.io_read_bytes;
        $one.io_write_bytes $op other.io_write_bytes;
        $one.disk_bytes $op other.disk_bytes;
    }};
}

impl Point {
    fn of(share: &UsedShare) -> Self {
        let stats = share.last_stat.unwrap_or_default();
        Self {
            sessions: i128::from(share.is_main),
            cpu_milli: thousandths(share.slots.get("cpu")).into(),
            mem_bytes: share.slots.get("mem").finite().map_or(0, |_| share.slots.mem().into()),
            gpu_milli: thousandths(share.accelerators()).into(),
            io_read_bytes: stats.io_read_bytes.into(),
            io_write_bytes: stats.io_write_bytes.into(),
            disk_bytes: stats.scratch_max_bytes.into(),
        }
    }
}

/// The last 30 days in quarters of an hour, the present one the last. Its size does not depend on how
/// much is summed up: each share changes the sums where it begins and behind its end alone.
#[derive(Clone, Debug)]
pub struct MonthChart {
    first: i64,
    changes: Vec<Point>,
}

impl MonthChart {
    /// A chart of nothing yet.
    #[must_use]
    pub fn ending_at(now: Timestamp) -> Self {
        let last = now.timestamp().div_euclid(STEP);
        Self { first: (last + 1) * STEP - LENGTH, changes: vec![Point::default(); POINTS + 1] }
    }

    /// What it covers.
    #[must_use]
    pub fn window(&self) -> Window {
        let at = |seconds: i64| from_micros(seconds.saturating_mul(1_000_000));
        Window { from: at(self.first), to: at(self.first + LENGTH) }
    }

    /// Adds a share to each point in which it was held at some moment.
    pub fn add(&mut self, share: &UsedShare) {
        let first = self.first.saturating_mul(1_000_000);
        let place = |micros: i64| micros.saturating_sub(first).div_euclid(STEP * 1_000_000);
        let begins = place(to_micros(share.began));
        let last = share.ended.map_or(i64::MAX - 1, |ended| place(to_micros(ended) - 1).max(begins));
        let Ok(behind) = usize::try_from(last + 1).map(|behind| behind.min(POINTS)) else { return };
        let begins = usize::try_from(begins).unwrap_or(0);
        if begins >= behind {
            return;
        }
        let sums = Point::of(share);
        if let Some(change) = self.changes.get_mut(begins) {
            each_sum!(change += sums);
        }
        if let Some(change) = self.changes.get_mut(behind) {
            each_sum!(change -= sums);
        }
    }

    /// Each point: its moment in seconds since 1970, and the sums.
    pub fn points(&self) -> impl Iterator<Item = (i64, Point)> {
        let mut sums = Point::default();
        let moments = (0_i64..).map(|number| self.first + number * STEP);
        moments.zip(&self.changes).take(POINTS).map(move |(moment, change)| {
            each_sum!(sums += *change);
            (moment, sums)
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    const NOW: i64 = 1_700_000_123;

    fn share(began: i64, ended: Option<i64>, cpu: u32) -> UsedShare {
        UsedShare {
            kernel: KernelId(Uuid::nil()),
            is_main: cpu.is_multiple_of(2),
            began: from_micros(began),
            ended: ended.map(from_micros),
            slots: Slots::from_json(&json!({"cpu": cpu, "mem": "1m", "cuda.shares": "0.5", "cuda.mem": "1g"})).unwrap(),
            last_stat: Some(KernelStats { io_read_bytes: cpu.into(), ..KernelStats::default() }),
        }
    }

    #[test]
    fn windows_are_whole_days() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let month = Window::month(day("2024-02-01")).unwrap();
        assert_eq!((month.to() - month.from()).num_days(), 29);
        let one = Window::days(day("2024-02-29"), day("2024-02-29")).unwrap();
        assert_eq!((one.from(), one.to()), (midnight(day("2024-02-29")), midnight(day("2024-03-01"))));
        assert!(Window::days(day("2024-01-01"), day("2024-04-09")).is_ok());
        assert_eq!(Window::days(day("2024-01-01"), day("2024-04-10")), Err(NoWindow::TooLong));
        assert_eq!(Window::days(day("2024-01-02"), day("2024-01-01")), Err(NoWindow::Backwards));
        assert_eq!(Window::days(NaiveDate::MAX, NaiveDate::MAX), Err(NoWindow::Beyond));
        assert_eq!(Window::month(NaiveDate::MAX), Err(NoWindow::Beyond));
    }

    #[test]
    fn points_are_quarters_of_an_hour_up_to_now() {
        let chart = MonthChart::ending_at(from_micros(NOW * 1_000_000));
        let moments: Vec<i64> = chart.points().map(|(moment, _)| moment).collect();
        assert_eq!(moments.len(), 2880);
        assert!(moments.iter().all(|moment| moment % 900 == 0));
        assert!(moments[2879] <= NOW && NOW < moments[2879] + 900);
        assert_eq!(moments[0], chart.window().from().timestamp());
        assert_eq!(moments[2879] + 900, chart.window().to().timestamp());
    }

    #[test]
    fn accelerators_are_told_from_their_memory() {
        let kinds = ["cpu", "mem", "cuda.device", "cuda.shares", "cuda.mem", "rocm.device"].map(accelerator);
        assert_eq!(kinds, [None, None, Some("cuda"), Some("cuda"), None, Some("rocm")]);
        assert_eq!(thousandths(share(0, None, 1).accelerators()), 500);
        assert_eq!(thousandths(Amount::Infinite), 0);
    }

    proptest! {
        /// Against a look at each point, one by one.
        #[test]
        fn a_chart_sums_up_what_overlaps_each_point(
            runs in prop::collection::vec((-100_000i64..3_000_000, prop::option::of(0i64..500_000), 0u32..9), 0..12)
        ) {
            let mut chart = MonthChart::ending_at(from_micros(NOW * 1_000_000));
            let first = chart.window().from().timestamp_micros();
            let shares: Vec<UsedShare> = runs
                .into_iter()
                .map(|(began, lasted, cpu)| (first + began * 1_000_000, lasted, cpu))
                .map(|(began, lasted, cpu)| share(began, lasted.map(|lasted| began + lasted * 1_000_000), cpu))
                .collect();
            shares.iter().for_each(|share| chart.add(share));
            for (moment, sums) in chart.points().step_by(7) {
                let (from, to) = (moment * 1_000_000, (moment + 900) * 1_000_000);
                let held = shares.iter().filter(|share| {
                    let began = share.began.timestamp_micros();
                    let ended = share.ended.map_or(i64::MAX, |ended| ended.timestamp_micros().max(began + 1));
                    began < to && ended > from
                });
                let mut expected = Point::default();
                for share in held {
                    each_sum!(expected += Point::of(share));
                }
                prop_assert_eq!(sums, expected);
            }
        }

        #[test]
        fn no_moment_breaks_it(now: i64, began: i64, ended: Option<i64>) {
            let mut chart = MonthChart::ending_at(from_micros(now));
            chart.add(&share(began, ended, 1));
            prop_assert_eq!(chart.points().count(), POINTS);
        }
    }
}
