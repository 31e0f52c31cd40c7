//! When a batch session may start: an ISO-8601 moment or a time from now.

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use rollcall_model::Timestamp;

/// Reads `text` as a moment; without an offset it is UTC. `None` if it is neither form.
pub(crate) fn parse(text: &str, now: Timestamp) -> Option<Timestamp> {
    let text = text.trim();
    moment(text).or_else(|| now.checked_add_signed(relative(text)?))
}

fn moment(text: &str) -> Option<Timestamp> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(moment.with_timezone(&Utc));
    }
    if let Ok(moment) = DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z") {
        return Some(moment.with_timezone(&Utc));
    }
    let naive = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    let day = || Some(NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_time(NaiveTime::MIN));
    naive.or_else(day).map(|naive| naive.and_utc())
}

/// One or more `<number><unit>`, such as `2h` or `1h30m`; units `s`, `m`, `h`, `d`, `w`.
fn relative(text: &str) -> Option<Duration> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest.is_empty() {
        return None;
    }
    let mut total = Duration::zero();
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let count: i64 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].chars().next()?;
        total = total.checked_add(&span(count, unit)?)?;
        rest = rest[digits + unit.len_utf8()..].trim_start();
    }
    Some(total)
}

fn span(count: i64, unit: char) -> Option<Duration> {
    match unit.to_ascii_lowercase() {
        's' => Duration::try_seconds(count),
        'm' => Duration::try_minutes(count),
        'h' => Duration::try_hours(count),
        'd' => Duration::try_days(count),
        'w' => Duration::try_weeks(count),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let now = DateTime::parse_from_rfc3339("2026-01-02T03:04:05Z").unwrap().to_utc();
        let expected = expected.map(|text| DateTime::parse_from_rfc3339(text).unwrap().to_utc());
        assert_eq!(parse(text, now), expected, "{text}");
    }

    #[test]
    fn both_forms() {
        check("2027-01-01T00:00:00+09:00", Some("2026-12-31T15:00:00Z"));
        check("2027-01-01T00:00:00+0900", Some("2026-12-31T15:00:00Z"));
        check("2027-01-01T00:00:00.5", Some("2027-01-01T00:00:00.5Z"));
        check("2027-01-01 10:20", Some("2027-01-01T10:20:00Z"));
        check("2027-01-01", Some("2027-01-01T00:00:00Z"));
        check("2h", Some("2026-01-02T05:04:05Z"));
        check("+1h30m", Some("2026-01-02T04:34:05Z"));
        check("1d 5s", Some("2026-01-03T03:04:10Z"));
    }

    #[test]
    fn neither_form() {
        for text in ["", "+", "soon", "2", "h", "2x", "-2h", "99999999999999999999h", "9999999999999w", "2027-13-01"] {
            check(text, None);
        }
    }
}
