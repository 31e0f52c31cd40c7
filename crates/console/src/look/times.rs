//! Moments and lengths of time as people read them.

use chrono::{DateTime, Datelike as _, FixedOffset, TimeDelta, Utc};

fn parse(iso: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(iso).ok().map(|at| at.with_timezone(&Utc))
}

/// A moment in a zone so many minutes east of UTC.
pub(crate) fn local(iso: &str, form: &str, offset_minutes: i32) -> String {
    let Some(at) = parse(iso) else { return iso.to_owned() };
    let zone = offset_minutes.checked_mul(60).and_then(FixedOffset::east_opt);
    let Some(zone) = zone else { return iso.to_owned() };
    let pattern = match form {
        "time" => "%H:%M:%S",
        "date" => "%Y-%m-%d",
        // The year of now need not be said.
        "short" if at.with_timezone(&zone).year() == Utc::now().with_timezone(&zone).year() => "%m-%d %H:%M",
        "short" => "%Y-%m-%d",
        _ => "%Y-%m-%d %H:%M",
    };
    at.with_timezone(&zone).format(pattern).to_string()
}

/// A length: the two largest units of it.
pub(crate) fn length(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, _) => format!("{minutes}m {:02}s", seconds % 60),
        (0, _, _) => format!("{hours}h {minutes:02}m"),
        _ => format!("{days}d {hours:02}h"),
    }
}

/// How long ago a moment is.
pub(crate) fn since(iso: &str) -> String {
    parse(iso).map_or_else(String::new, |at| length((Utc::now() - at).max(TimeDelta::zero()).num_seconds()))
}

/// Seconds between two moments.
pub(crate) fn between(from: &str, to: &str) -> Option<i64> {
    Some((parse(to)? - parse(from)?).num_seconds().max(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_units_are_told() {
        let told = [5, 65, 3_700, 90_061, -4].map(length);
        assert_eq!(told, ["5s", "1m 05s", "1h 01m", "1d 01h", "0s"]);
    }

    #[test]
    fn moments_are_told_in_the_viewers_zone() {
        assert_eq!(local("2026-11-25T20:00:00+00:00", "both", 540), "2026-11-26 05:00");
        assert_eq!(local("2026-11-25T20:00:00+00:00", "time", -90), "18:30:00");
        assert_eq!(local("never", "both", 0), "never");
        assert_eq!(local("2026-11-25T20:00:00+00:00", "both", i32::MAX), "2026-11-25T20:00:00+00:00");
        assert_eq!(between("2026-11-25T20:00:00Z", "2026-11-25T20:01:05Z"), Some(65));
    }
}
