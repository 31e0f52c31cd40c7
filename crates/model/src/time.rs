//! Moments: microseconds for the database, ISO-8601 for the API. There is no clock here.

use chrono::{DateTime, SecondsFormat, Timelike, Utc};

use crate::Timestamp;

/// Microseconds since 1970, as the database keeps them.
#[must_use]
pub fn to_micros(at: Timestamp) -> i64 {
    at.timestamp_micros()
}

/// The moment of [`to_micros`]. Numbers beyond the calendar give its first or last microsecond.
#[must_use]
pub fn from_micros(micros: i64) -> Timestamp {
    let (first, last) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
    let inside = micros.clamp(first.timestamp_micros(), last.timestamp_micros());
    DateTime::from_timestamp_micros(inside).unwrap_or(first)
}

/// Without what is smaller than a microsecond, so that it survives storing.
#[must_use]
pub fn truncate(at: Timestamp) -> Timestamp {
    from_micros(to_micros(at))
}

/// `2021-10-07T07:58:33.123456+00:00`; the fraction is left out when it is zero (`graphql.md` §1).
#[must_use]
pub fn print_iso(at: Timestamp) -> String {
    at.to_rfc3339_opts(precision(at), false)
}

/// The same with a blank for the `T` (`rest.md` §3.3).
#[must_use]
pub fn print_spaced(at: Timestamp) -> String {
    print_iso(at).replacen('T', " ", 1)
}

fn precision(at: Timestamp) -> SecondsFormat {
    if at.nanosecond() / 1000 == 0 { SecondsFormat::Secs } else { SecondsFormat::Micros }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn prints_as_the_contract_shows() {
        let at = from_micros(1_633_593_513_123_456);
        assert_eq!(print_iso(at), "2021-10-07T07:58:33.123456+00:00");
        assert_eq!(print_spaced(at), "2021-10-07 07:58:33.123456+00:00");
        assert_eq!(print_iso(from_micros(1_633_593_513_000_000)), "2021-10-07T07:58:33+00:00");
    }

    proptest! {
        #[test]
        fn every_number_makes_a_moment(micros: i64) {
            let at = from_micros(micros);
            prop_assert_eq!(truncate(at), at);
            let _ = print_iso(at);
        }

        #[test]
        fn micros_round_trip(micros in -4_000_000_000_000_000i64..4_000_000_000_000_000) {
            prop_assert_eq!(to_micros(from_micros(micros)), micros);
        }
    }
}
