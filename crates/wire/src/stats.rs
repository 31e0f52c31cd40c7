//! Measured use in the shapes of `graphql.md` §3.9: every number a decimal string, missing null.

use rollcall_model::stats::KernelStats;
use serde_json::{Map, Value, json};

/// Prints a sample. `capacity` is the allotted amount; what has none, such as bytes read, has null.
#[must_use]
pub fn print(stats: &KernelStats) -> Value {
    // Allotted cores in thousandths are, times 100 percent, this many thousandths of a percent.
    let cpu_capacity = stats.cpu_capacity_milli.saturating_mul(100);
    let mut cpu = measurement(Unit::Milli, "percent", stats.cpu_util_milli_pct, cpu_capacity);
    cpu.insert("stats.avg".to_owned(), Unit::Milli.print(stats.cpu_util_avg_milli_pct));
    cpu.insert("stats.max".to_owned(), Unit::Milli.print(stats.cpu_util_max_milli_pct));
    let mut mem = measurement(Unit::Whole, "bytes", stats.mem_bytes, stats.mem_capacity_bytes);
    mem.insert("stats.max".to_owned(), Unit::Whole.print(stats.mem_max_bytes));
    let mut read = measurement(Unit::Whole, "bytes", stats.io_read_bytes, 0);
    read.insert("stats.rate".to_owned(), Unit::Whole.print(stats.io_read_rate));
    let mut write = measurement(Unit::Whole, "bytes", stats.io_write_bytes, 0);
    write.insert("stats.rate".to_owned(), Unit::Whole.print(stats.io_write_rate));
    let mut scratch = measurement(Unit::Whole, "bytes", stats.scratch_bytes, 0);
    scratch.insert("stats.max".to_owned(), Unit::Whole.print(stats.scratch_max_bytes));
    json!({
        "cpu_util": cpu,
        // Microseconds are thousandths of milliseconds.
        "cpu_used": measurement(Unit::Milli, "msec", stats.cpu_used_us, 0),
        "mem": mem,
        "io_read": read,
        "io_write": write,
        "io_scratch_size": scratch,
    })
}

/// In which unit a number is kept.
#[derive(Clone, Copy)]
pub(crate) enum Unit {
    Whole,
    Milli,
}

impl Unit {
    fn print(self, number: i64) -> Value {
        match self {
            Self::Whole => number.to_string(),
            Self::Milli => thousandths(number.into()),
        }
        .into()
    }
}

/// The parts that all measurements have. A capacity of 0 is unknown.
pub(crate) fn measurement(unit: Unit, hint: &str, current: i64, capacity: i64) -> Map<String, Value> {
    let known = capacity > 0;
    let share = || thousandths(i128::from(current) * 100_000 / i128::from(capacity));
    Map::from_iter([
        ("current".to_owned(), unit.print(current)),
        ("capacity".to_owned(), if known { unit.print(capacity) } else { Value::Null }),
        ("pct".to_owned(), if known { share().into() } else { Value::Null }),
        ("unit_hint".to_owned(), hint.into()),
    ])
}

/// Thousandths as a decimal without needless zeros: `12300` is `12.3`.
fn thousandths(number: i128) -> String {
    let sign = if number < 0 { "-" } else { "" };
    let (whole, part) = (number.abs() / 1000, number.abs() % 1000);
    let fraction = format!("{part:03}");
    match fraction.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        digits => format!("{sign}{whole}.{digits}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_sample_has_the_contracts_shape() {
        let printed = print(&KernelStats {
            cpu_util_milli_pct: 12_300,
            cpu_util_avg_milli_pct: 10_100,
            cpu_util_max_milli_pct: 99_500,
            cpu_capacity_milli: 2000,
            cpu_used_us: 15_320_500,
            mem_bytes: 100 << 20,
            mem_max_bytes: 200 << 20,
            mem_capacity_bytes: 400 << 20,
            io_read_bytes: 9_437_184,
            ..KernelStats::default()
        });
        let expected = json!({
            "cpu_util": {"current": "12.3", "capacity": "200", "pct": "6.15", "unit_hint": "percent", "stats.avg": "10.1", "stats.max": "99.5"},
            "cpu_used": {"current": "15320.5", "capacity": null, "pct": null, "unit_hint": "msec"},
            "mem": {"current": "104857600", "capacity": "419430400", "pct": "25", "unit_hint": "bytes", "stats.max": "209715200"},
            "io_read": {"current": "9437184", "capacity": null, "pct": null, "unit_hint": "bytes", "stats.rate": "0"},
            "io_write": {"current": "0", "capacity": null, "pct": null, "unit_hint": "bytes", "stats.rate": "0"},
            "io_scratch_size": {"current": "0", "capacity": null, "pct": null, "unit_hint": "bytes", "stats.max": "0"},
        });
        assert_eq!(printed, expected);
    }

    proptest! {
        #[test]
        fn thousandths_are_exact(number: i64) {
            let text = thousandths(number.into());
            let unsigned = text.trim_start_matches('-');
            let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
            let back: i128 = format!("{whole}{fraction:0<3}").parse().unwrap();
            prop_assert_eq!(if text.starts_with('-') { -back } else { back }, i128::from(number));
            prop_assert!(!unsigned.contains('.') || !unsigned.ends_with('0'));
        }

        #[test]
        fn no_sample_breaks_the_printer(current: i64, capacity: i64) {
            let _ = print(&KernelStats { cpu_util_milli_pct: current, cpu_capacity_milli: capacity, mem_bytes: current, mem_capacity_bytes: capacity, ..KernelStats::default() });
        }
    }
}
