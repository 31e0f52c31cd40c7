//! Moments and lengths of time as people read them.

use chrono::{DateTime, Datelike as _, FixedOffset, NaiveDateTime, TimeDelta, TimeZone as _, Utc};

fn parse(iso: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(iso).ok().map(|at| at.with_timezone(&Utc))
}

fn zone(offset_minutes: i32) -> Option<FixedOffset> {
    offset_minutes.checked_mul(60).and_then(FixedOffset::east_opt)
}

/// Whether a text is a moment as the API writes it.
pub(crate) fn is_moment(iso: &str) -> bool {
    parse(iso).is_some()
}

/// The moment at which clocks of a zone show `text`, a time as forms send it.
pub(crate) fn moment_in(text: &str, offset_minutes: i32) -> Option<String> {
    let formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S%.f"];
    let shown = formats.into_iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())?;
    let at = zone(offset_minutes)?.from_local_datetime(&shown).single()?;
    Some(at.with_timezone(&Utc).to_rfc3339())
}

/// A moment in a zone so many minutes east of UTC.
pub(crate) fn local(iso: &str, form: &str, offset_minutes: i32) -> String {
    let Some(at) = parse(iso) else { return iso.to_owned() };
    let Some(zone) = zone(offset_minutes) else { return iso.to_owned() };
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
    fn what_clocks_of_a_zone_show_is_a_moment() {
        let read = |text: &str, offset| moment_in(text, offset);
        assert_eq!(read("2026-11-26T05:00", 540).as_deref(), Some("2026-11-25T20:00:00+00:00"));
        assert_eq!(read("2026-11-25T18:30:01", -90).as_deref(), Some("2026-11-25T20:00:01+00:00"));
        assert_eq!(
            (read("2026-13-01T00:00", 0), read("2026-11-26", 0), read("2026-11-26T05:00", i32::MAX)),
            (None, None, None)
        );
        assert!(is_moment("2026-11-25T20:00:00.000Z") && !is_moment("2026-11-25T20:00"));
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
