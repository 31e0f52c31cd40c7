//! Measured use of a kernel, as numbers. `wire` prints them in the shapes of `graphql.md` §3.9.

use serde::{Deserialize, Serialize};

/// One sample of a kernel, with what was summed up since its start. Amounts are exact integers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KernelStats {
    /// Processor use between the last two samples, in thousandths of a percent of one core
    /// (100 000 is one core).
    pub cpu_util_milli_pct: i64,
    /// Average of that since the start.
    pub cpu_util_avg_milli_pct: i64,
    /// Highest of that since the start.
    pub cpu_util_max_milli_pct: i64,
    /// Cores allotted, in thousandths.
    pub cpu_capacity_milli: i64,
    /// Processor time since the start in microseconds.
    pub cpu_used_us: i64,
    /// Memory in bytes.
    pub mem_bytes: i64,
    /// Highest memory in bytes.
    pub mem_max_bytes: i64,
    /// Memory allotted in bytes; 0 is unknown.
    pub mem_capacity_bytes: i64,
    /// Bytes read since the start.
    pub io_read_bytes: i64,
    /// Bytes read a second, lately.
    pub io_read_rate: i64,
    /// Bytes written since the start.
    pub io_write_bytes: i64,
    /// Bytes written a second, lately.
    pub io_write_rate: i64,
    /// Size of the home in bytes.
    pub scratch_bytes: i64,
    /// Highest size of the home.
    pub scratch_max_bytes: i64,
}
