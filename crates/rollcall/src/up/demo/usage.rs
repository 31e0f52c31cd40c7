//! What a finished kernel used: numbers that fit its size and the time it ran.

use rollcall_model::stats::KernelStats;

use super::rng::Dice;

const MIB: i64 = 1024 * 1024;

/// The last statistics of a kernel with so many cores and bytes that ran for so many seconds.
pub(super) fn last_stat(cores: i64, mem_bytes: i64, seconds: i64, dice: &mut Dice) -> KernelStats {
    // Most sessions wait for their people; some compute all the time.
    let busy_pct = if dice.chance(35) { dice.between(60, 98) } else { dice.between(1, 25) };
    let average = cores * busy_pct * 1_000;
    let highest = (average + cores * dice.between(1, 40) * 1_000).min(cores * 100_000);
    let mem_max = mem_bytes / 100 * dice.between(8, 92);
    let read = dice.between(1, 4_000) * MIB + dice.between(0, MIB);
    let written = dice.between(0, 900) * MIB + dice.between(0, MIB);
    let scratch_max = dice.between(0, 512) * MIB + dice.between(4_096, MIB);
    KernelStats {
        cpu_util_milli_pct: dice.between(0, highest),
        cpu_util_avg_milli_pct: average,
        cpu_util_max_milli_pct: highest,
        cpu_capacity_milli: cores * 1_000,
        // A thousandth of a percent of a core for one second is ten microseconds.
        cpu_used_us: average * 10 * seconds,
        mem_bytes: mem_max / 100 * dice.between(40, 100),
        mem_max_bytes: mem_max,
        mem_capacity_bytes: mem_bytes,
        io_read_bytes: read,
        io_read_rate: 0,
        io_write_bytes: written,
        io_write_rate: 0,
        scratch_bytes: scratch_max / 100 * dice.between(50, 100),
        scratch_max_bytes: scratch_max,
    }
}
