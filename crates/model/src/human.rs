//! How values of a row are told to people.

use chrono::TimeDelta;

use crate::Timestamp;

/// The short name of an image: the third `/` part, else the second, else all of it.
#[must_use]
pub fn image_short_name(image: &str) -> &str {
    let mut parts = image.split('/').skip(1);
    let second = parts.next();
    parts.next().or(second).unwrap_or(image)
}

/// Bytes as GiB with two decimals, rounded half up: `3.00`.
#[must_use]
pub fn gib(bytes: i64) -> String {
    let hundredths = (i128::from(bytes.max(0)) * 100 + (1 << 29)) >> 30;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// Time from `start` to `end`, `12:34:56` or with days `3d 12:34:56`; never negative.
#[must_use]
pub fn elapsed(start: Timestamp, end: Timestamp) -> String {
    let seconds = (end - start).max(TimeDelta::zero()).num_seconds();
    let clock = format!("{:02}:{:02}:{:02}", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    match seconds / 86_400 {
        0 => clock,
        days => format!("{days}d {clock}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::from_micros;

    #[test]
    fn images_are_known_by_their_third_part() {
        for (image, short) in [
            ("registry.example.com/stable/python:3.9-ubuntu20.04", "python:3.9-ubuntu20.04"),
            ("local.rollcall/python:3.11", "python:3.11"),
            ("registry:5000/a/b/c:1", "b"),
            ("python:3", "python:3"),
            ("", ""),
        ] {
            assert_eq!(image_short_name(image), short, "{image}");
        }
    }

    #[test]
    fn memory_has_two_decimals() {
        let cases = [
            (3 << 30, "3.00"),
            (512 << 20, "0.50"),
            (64 << 20, "0.06"),
            (0, "0.00"),
            (-1, "0.00"),
            (i64::MAX, "8589934592.00"),
        ];
        for (bytes, text) in cases {
            assert_eq!(gib(bytes), text);
        }
    }

    #[test]
    fn elapsed_time_counts_days() {
        let told = |seconds: i64| elapsed(from_micros(0), from_micros(seconds * 1_000_000));
        assert_eq!([told(0), told(3_661), told(90_061), told(-5)], ["00:00:00", "01:01:01", "1d 01:01:01", "00:00:00"]);
    }
}
