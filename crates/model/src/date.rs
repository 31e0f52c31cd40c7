//! The lenient date parser for request signatures and filters (`signing.md` §2.1): ISO-8601 with
//! `T` or a blank, RFC 1123 and the like. A date without a zone is in UTC.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, TimeZone};

/// Longer texts are no dates.
const MAX_LENGTH: usize = 64;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Zone abbreviations with their offset in minutes. Of ambiguous ones the sense of RFC 5322.
const ZONES: [(&str, i32); 24] = [
    ("z", 0),
    ("utc", 0),
    ("gmt", 0),
    ("ut", 0),
    ("wet", 0),
    ("bst", 60),
    ("west", 60),
    ("cet", 60),
    ("cest", 120),
    ("eet", 120),
    ("eest", 180),
    ("msk", 180),
    ("sgt", 480),
    ("hkt", 480),
    ("kst", 540),
    ("jst", 540),
    ("est", -300),
    ("edt", -240),
    ("cst", -360),
    ("cdt", -300),
    ("mst", -420),
    ("mdt", -360),
    ("pst", -480),
    ("pdt", -420),
];

/// Reads a date. The result keeps the zone it was written in, so that its calendar day is the
/// written one. `None` for anything that is no date.
#[must_use]
pub fn parse_date(text: &str) -> Option<DateTime<FixedOffset>> {
    let text = text.trim();
    if text.len() > MAX_LENGTH || !text.is_ascii() {
        return None;
    }
    let mut reader = Reader { rest: text };
    let starts_with_year = text.bytes().take_while(u8::is_ascii_digit).count() >= 4;
    let (date, time, offset) = if starts_with_year { iso(&mut reader)? } else { words(&mut reader)? };
    reader.rest.is_empty().then_some(())?;
    offset.from_local_datetime(&date.and_time(time)).single()
}

type Parts = (NaiveDate, NaiveTime, FixedOffset);

/// `2021-10-07`, `2021-10-07T07:58:33.123456+00:00`, `20211007T075833Z`.
fn iso(reader: &mut Reader<'_>) -> Option<Parts> {
    let year = reader.number(4, 4)?;
    let dashed = reader.eat("-");
    let month = reader.number(2, 2)?;
    if dashed {
        reader.eat("-").then_some(())?;
    }
    let date = day_of(year, month, reader.number(2, 2)?)?;
    if reader.rest.is_empty() {
        return Some((date, NaiveTime::MIN, utc()?));
    }
    let separated = reader.eat("T") || reader.eat("t") || reader.eat_blanks();
    separated.then_some(())?;
    Some((date, time_of_day(reader)?, zone(reader)?))
}

/// `Thu, 07 Oct 2021 07:58:33 GMT`, `7 Oct 2021 07:58`, `Thu Oct  7 07:58:33 2021`.
fn words(reader: &mut Reader<'_>) -> Option<Parts> {
    let mut word = reader.word();
    if !word.is_empty() && position(&DAYS, word).is_some() {
        reader.eat(",");
        reader.eat_blanks();
        word = reader.word();
    }
    if let Some(month) = position(&MONTHS, word) {
        reader.eat_blanks().then_some(())?;
        let day = reader.number(1, 2)?;
        reader.eat_blanks().then_some(())?;
        let time = time_of_day(reader)?;
        reader.eat_blanks().then_some(())?;
        return Some((day_of(reader.number(4, 4)?, month, day)?, time, utc()?));
    }
    word.is_empty().then_some(())?;
    let day = reader.number(1, 2)?;
    separator(reader)?;
    let month = position(&MONTHS, reader.word())?;
    separator(reader)?;
    let date = day_of(reader.number(4, 4)?, month, day)?;
    if reader.rest.is_empty() {
        return Some((date, NaiveTime::MIN, utc()?));
    }
    reader.eat_blanks().then_some(())?;
    Some((date, time_of_day(reader)?, zone(reader)?))
}

fn separator(reader: &mut Reader<'_>) -> Option<()> {
    (reader.eat("-") || reader.eat_blanks()).then_some(())
}

/// `07:58`, `07:58:33`, `07:58:33.123456`, `075833`. Digits beyond nanoseconds are dropped.
fn time_of_day(reader: &mut Reader<'_>) -> Option<NaiveTime> {
    let hour = reader.number(2, 2)?;
    let colon = reader.eat(":");
    let minute = reader.number(2, 2)?;
    let has_seconds = if colon { reader.eat(":") } else { reader.starts_with_digit() };
    let second = if has_seconds { reader.number(2, 2)? } else { 0 };
    let nano = if has_seconds && (reader.eat(".") || reader.eat(",")) { reader.fraction()? } else { 0 };
    NaiveTime::from_hms_nano_opt(hour, minute, second, nano)
}

/// Nothing, `Z`, an abbreviation, `+09`, `+0900`, `+09:00`, `GMT+09:00`.
fn zone(reader: &mut Reader<'_>) -> Option<FixedOffset> {
    reader.eat_blanks();
    let name = reader.word();
    let named = if name.is_empty() { 0 } else { named_zone(name)? };
    if !name.is_empty() && named != 0 {
        return FixedOffset::east_opt(named * 60);
    }
    let sign = if reader.eat("+") {
        1
    } else if reader.eat("-") {
        -1
    } else {
        return utc();
    };
    let hours = reader.number(2, 2)?;
    reader.eat(":");
    let minutes = if reader.starts_with_digit() { reader.number(2, 2)? } else { 0 };
    (minutes < 60).then_some(())?;
    FixedOffset::east_opt(sign * i32::try_from(hours * 3600 + minutes * 60).ok()?)
}

fn named_zone(name: &str) -> Option<i32> {
    ZONES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, minutes)| *minutes)
}

fn utc() -> Option<FixedOffset> {
    FixedOffset::east_opt(0)
}

fn day_of(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

/// One-based position of a name that `word` is, in full or by its first letters (three at least).
fn position(names: &[&str], word: &str) -> Option<u32> {
    let word = word.to_ascii_lowercase();
    let index = names.iter().position(|name| word.len() >= 3 && name.starts_with(&word))?;
    u32::try_from(index + 1).ok()
}

/// Reads ASCII from left to right.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn eat(&mut self, token: &str) -> bool {
        let after = self.rest.strip_prefix(token);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn eat_blanks(&mut self) -> bool {
        let trimmed = self.rest.trim_start();
        let found = trimmed.len() < self.rest.len();
        self.rest = trimmed;
        found
    }

    fn starts_with_digit(&self) -> bool {
        self.rest.starts_with(|c: char| c.is_ascii_digit())
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn word(&mut self) -> &'a str {
        self.take(self.rest.bytes().take_while(u8::is_ascii_alphabetic).count())
    }

    fn digits(&mut self, most: usize) -> &'a str {
        self.take(self.rest.bytes().take(most).take_while(u8::is_ascii_digit).count())
    }

    fn number(&mut self, least: usize, most: usize) -> Option<u32> {
        let digits = self.digits(most);
        if digits.len() < least { None } else { digits.parse().ok() }
    }

    fn fraction(&mut self) -> Option<u32> {
        let digits = self.digits(MAX_LENGTH);
        if digits.is_empty() { None } else { format!("{digits:0<9}").get(..9)?.parse().ok() }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    fn printed(text: &str) -> String {
        parse_date(text).map_or_else(|| "none".to_owned(), |date| date.to_rfc3339())
    }

    #[test]
    fn every_form_is_read_in_its_own_zone() {
        for (text, expected) in [
            ("2021-10-07T07:58:33.123456+00:00", "2021-10-07T07:58:33.123456+00:00"),
            ("2021-10-07T07:58:33.123Z", "2021-10-07T07:58:33.123+00:00"),
            ("2021-10-07 07:58:33", "2021-10-07T07:58:33+00:00"),
            ("2021-10-07 07:58", "2021-10-07T07:58:00+00:00"),
            ("2021-10-07", "2021-10-07T00:00:00+00:00"),
            ("20211007T075833Z", "2021-10-07T07:58:33+00:00"),
            ("2021-10-08T01:00:00+09:00", "2021-10-08T01:00:00+09:00"),
            ("2021-10-08T01:00:00 -0330", "2021-10-08T01:00:00-03:30"),
            ("2021-10-08 01:00:00+09", "2021-10-08T01:00:00+09:00"),
            ("2021-10-08 01:00:00 KST", "2021-10-08T01:00:00+09:00"),
            ("Thu, 07 Oct 2021 07:58:33 GMT", "2021-10-07T07:58:33+00:00"),
            ("thu, 7 oct 2021 07:58:33 PDT", "2021-10-07T07:58:33-07:00"),
            ("7 October 2021 07:58", "2021-10-07T07:58:00+00:00"),
            ("07-Oct-2021 07:58:33 GMT+02:00", "2021-10-07T07:58:33+02:00"),
            ("Thu Oct  7 07:58:33 2021", "2021-10-07T07:58:33+00:00"),
            ("  2021-10-07T07:58:33,5Z ", "2021-10-07T07:58:33.500+00:00"),
        ] {
            assert_eq!(printed(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "now",
            "2021",
            "2021-13-01",
            "2021-02-29",
            "2021-10-07T",
            "2021-10-07T25:00",
            "2021-10-07T07:58:33+",
            "2021-10-07T07:58:33+99:00",
            "2021-10-07T07:58:33+09:75",
            "2021-10-07 07:58 XYZ",
            "2021-10-07x",
            "Thu, 07 Oc 2021 07:58",
            "２０２１-10-07",
            "2021-10-07T07:58:33Z trailing",
            "1633593513",
            "Thu, 2021-10-07",
        ] {
            assert_eq!(printed(text), "none", "{text}");
        }
    }

    proptest! {
        #[test]
        fn printed_dates_are_read_back(seconds in 0i64..253_402_300_000, nano in 0u32..1_000_000_000, minutes in -1439i32..=1439) {
            let zone = FixedOffset::east_opt(minutes * 60).unwrap();
            let date = DateTime::from_timestamp(seconds, nano).unwrap().with_timezone(&zone);
            prop_assume!((0..=9999).contains(&chrono::Datelike::year(&date)));
            prop_assert_eq!(parse_date(&date.to_rfc3339()), Some(date));
        }

        #[test]
        fn no_text_breaks_the_parser(text in ".{0,80}") {
            let _ = parse_date(&text);
        }

        #[test]
        fn no_date_like_text_breaks_the_parser(text in "[0-9TZ:+., a-zA-Z-]{0,70}") {
            let _ = parse_date(&text);
        }
    }
}
