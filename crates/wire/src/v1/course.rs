//! What a session used over time.

use rollcall_model::course::{Line, Point};
use rollcall_model::time::print_iso;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The last ten minutes in a row of the list, or those before its end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RecentUsage {
    /// When the last point ends.
    pub until: String,
    /// Seconds of each point.
    pub step: i64,
    /// Cores in use, to hundredths; null where nothing was measured.
    pub cpu: Vec<Option<f64>>,
    /// Memory in bytes.
    pub mem: Vec<Option<i64>>,
}

impl From<&Line> for RecentUsage {
    fn from(line: &Line) -> Self {
        Self {
            until: print_iso(line.until()),
            step: line.step_seconds,
            cpu: numbers(line, cores),
            mem: numbers(line, |point| point.mem_bytes),
        }
    }
}

/// Use over a stretch of time, as charts want it: point `n` begins `n` steps after `from`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UsageLine {
    /// When the first point begins.
    pub from: String,
    /// When the last point ends.
    pub until: String,
    /// Seconds of each point.
    pub step: i64,
    /// Cores in use, to hundredths; null where nothing was measured.
    pub cpu: Vec<Option<f64>>,
    /// Memory in bytes.
    pub mem: Vec<Option<i64>>,
    /// Bytes read a second.
    pub io_read_rate: Vec<Option<i64>>,
    /// Bytes written a second.
    pub io_write_rate: Vec<Option<i64>>,
}

impl From<&Line> for UsageLine {
    fn from(line: &Line) -> Self {
        Self {
            from: print_iso(line.from),
            until: print_iso(line.until()),
            step: line.step_seconds,
            cpu: numbers(line, cores),
            mem: numbers(line, |point| point.mem_bytes),
            io_read_rate: numbers(line, |point| point.read_rate),
            io_write_rate: numbers(line, |point| point.write_rate),
        }
    }
}

/// What a session used, all containers together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UsageAnswer {
    /// The last ten minutes, or those before its end; null before anything was measured.
    pub recent: Option<UsageLine>,
    /// Its whole life in at most 96 points, whose step doubles as it gets longer.
    pub whole: Option<UsageLine>,
}

fn numbers<T>(line: &Line, number: impl Fn(&Point) -> T) -> Vec<Option<T>> {
    line.points.iter().map(|point| point.as_ref().map(&number)).collect()
}

fn cores(point: &Point) -> f64 {
    // Beyond 2^53 thousandths of a core nobody counts hundredths.
    #[allow(clippy::cast_precision_loss)]
    let hundredths = (point.cpu_milli.saturating_add(5) / 10) as f64;
    hundredths / 100.0
}
