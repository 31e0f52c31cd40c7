//! Measured times, and the table they are told in.

use std::fmt::Write as _;
use std::time::Duration;

/// Times of the same act, sorted.
#[derive(Clone, Debug)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn new(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// The time that this share (0 to 100) of all acts did not exceed, by nearest rank.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0.get(rank - 1).copied().unwrap_or_default()
    }

    pub(crate) fn longest(&self) -> Duration {
        self.0.last().copied().unwrap_or_default()
    }
}

/// Milliseconds with as many digits as they are worth.
pub(crate) fn ms(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1000.0;
    if ms < 10.0 { format!("{ms:.1} ms") } else { format!("{ms:.0} ms") }
}

/// A line of the table.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) figure: String,
}

impl Row {
    pub(crate) fn new(what: impl Into<String>, figure: impl Into<String>) -> Self {
        Self { what: what.into(), figure: figure.into() }
    }
}

/// The table, in Markdown.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut text = "| what | figure |\n|---|---|".to_owned();
    for row in rows {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n| {} | {} |", row.what, row.figure);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let times = Times::new((1..=30).rev().map(Duration::from_millis).collect());
        assert_eq!(times.percentile(50), Duration::from_millis(15));
        assert_eq!(times.percentile(95), Duration::from_millis(29));
        assert_eq!(times.percentile(100), times.longest());
        assert_eq!(Times::new(Vec::new()).percentile(50), Duration::ZERO);
    }

    #[test]
    fn a_table_has_a_line_for_each_row() {
        let rows = [Row::new("a", "1"), Row::new("b", "2")];
        assert_eq!(table(&rows), "| what | figure |\n|---|---|\n| a | 1 |\n| b | 2 |");
    }
}
