#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::time::from_micros;

fn at(seconds: i64) -> Timestamp {
    from_micros(seconds * 1_000_000)
}

fn rules(idle: i64, lifetime: i64, max_extension: i64) -> Rules {
    let limits = Limits { idle_timeout: idle, max_session_lifetime: lifetime, max_extension };
    Rules::of(limits, TimeDelta::seconds(600))
}

/// Began to run at 1,000 and was used last then.
fn times() -> SessionTimes {
    SessionTimes { running_since: Some(at(1000)), last_access: Some(at(1000)), ..SessionTimes::default() }
}

#[test]
fn zero_and_endless_are_never_and_negative_is_the_default() {
    use SessionType::{Batch, Interactive};
    let ends = |kind, idle, lifetime| {
        end(kind, &times(), &rules(idle, lifetime, 0), None)
            .map(|end| (end.reason.as_str(), (end.at - at(0)).num_seconds()))
    };
    for (kind, idle, lifetime, expected) in [
        (Interactive, 0, 0, None),
        (Interactive, i64::MAX, i64::MAX, None),
        (Interactive, 0, -5, None),
        (Interactive, 60, 0, Some(("idle-timeout", 1060))),
        (Interactive, -1, 0, Some(("idle-timeout", 1600))),
        (Batch, 60, 0, None),
        (Batch, 60, 3600, Some(("session-lifetime", 4600))),
        (Interactive, 60, 3600, Some(("idle-timeout", 1060))),
        (Interactive, 3600, 60, Some(("session-lifetime", 1060))),
        (Interactive, 60, 60, Some(("session-lifetime", 1060))),
    ] {
        assert_eq!(ends(kind, idle, lifetime), expected, "{kind:?} {idle} {lifetime}");
    }
}

#[test]
fn signs_of_life_move_the_idle_end_alone() {
    let seen = |rules, active| end(SessionType::Interactive, &times(), &rules, Some(active)).unwrap().at;
    assert_eq!(seen(rules(60, 0, 0), at(1030)), at(1090));
    assert_eq!(seen(rules(60, 0, 0), at(900)), at(1060));
    assert_eq!(seen(rules(0, 60, 0), at(1030)), at(1060));
    assert_eq!(end(SessionType::Interactive, &SessionTimes::default(), &rules(60, 60, 0), None), None);
}

#[test]
fn an_end_is_told_ten_minutes_or_a_tenth_before() {
    let told = |lifetime| {
        let end = end(SessionType::Batch, &times(), &rules(0, lifetime, 0), None).unwrap();
        (end.at - end.told_at(TimeDelta::seconds(600))).num_seconds()
    };
    assert_eq!([told(86_400), told(6000), told(600), told(10)], [600, 600, 60, 1]);
}

#[test]
fn what_is_left_in_words() {
    let told = |times: SessionTimes, rules, now| {
        remaining(SessionType::Interactive, &times, &rules, None, None, at(now))
            .map(|left| (left.sentence, left.seconds, left.extendable_seconds))
    };
    let extended = SessionTimes { extended_by: 7200, ..times() };
    for (times, rules, now, expected) in [
        (times(), rules(0, 0, 60), 1000, None),
        (
            times(),
            rules(3600, 0, 0),
            1060,
            Some(("Ends in 59 min unless it is used: idle sessions end after 1 h.", 3540, 0)),
        ),
        (
            times(),
            rules(0, 8 * 3600, 0),
            9999,
            Some(("Ends in 5 h 30 min because sessions may run for 8 h.", 19_801, 0)),
        ),
        (
            extended,
            rules(0, 3600, 10_000),
            11_790,
            Some((
                "Ends in 10 s because sessions may run for 1 h; it was extended by 2 h. It can be extended by 46 min 40 s.",
                10,
                2800,
            )),
        ),
        (times(), rules(0, 60, 0), 5000, Some(("Ends now because sessions may run for 1 min.", 0, 0))),
    ] {
        let expected = expected.map(|(sentence, seconds, more): (&str, _, _)| (sentence.to_owned(), seconds, more));
        assert_eq!(told(times, rules, now), expected);
    }
}

#[test]
fn a_reprieve_is_the_end_where_it_comes_later() {
    let left = |reprieve, now| {
        let left = remaining(SessionType::Interactive, &times(), &rules(0, 60, 0), None, Some(at(reprieve)), at(now));
        left.map(|left| (left.ends_at, left.seconds)).unwrap()
    };
    assert_eq!(left(1070, 1065), (at(1070), 5));
    assert_eq!(left(1050, 1040), (at(1060), 20));
}

#[test]
fn extensions_stay_within_the_policy() {
    let ask = |rules, seconds| extended(SessionType::Interactive, &times(), &rules, None, seconds, at(1010));
    assert_eq!(ask(rules(0, 0, 100), 10), Err(NotExtended::NoLimit));
    for (seconds, left) in [(101, 100), (0, 100), (-1, 100), (i64::MAX, 100), (i64::MIN, 100)] {
        assert_eq!(ask(rules(0, 60, 100), seconds), Err(NotExtended::OverLimit { left }), "{seconds}");
    }
    assert_eq!(ask(rules(0, 60, 0), 1), Err(NotExtended::OverLimit { left: 0 }));
    // Begun at 1000, and over since 1005: five seconds end it now, six do not.
    assert_eq!(ask(rules(0, 5, 100), 3), Err(NotExtended::InVain { least: 6, left: 100 }));
    assert_eq!(ask(rules(0, 5, 4), 3), Err(NotExtended::InVain { least: 6, left: 4 }));
    assert!(ask(rules(0, 5, 100), 5).is_err() && ask(rules(0, 5, 100), 6).is_ok());
    let once = ask(rules(60, 0, 100), 40).unwrap();
    assert_eq!((once.extended_by, once.kept_until, once.last_access), (40, Some(at(1100)), Some(at(1010))));
    let again = extended(SessionType::Interactive, &once, &rules(60, 0, 100), None, 61, at(1011));
    assert_eq!(again, Err(NotExtended::OverLimit { left: 60 }));
}

#[test]
fn spans_have_two_units_at_most() {
    let told = [-1, 0, 59, 60, 61, 3600, 7500, 3601, 86_399, 90_061, 360_000].map(span);
    let expected =
        ["0 s", "0 s", "59 s", "1 min", "1 min 1 s", "1 h", "2 h 5 min", "1 h", "23 h 59 min", "1 d 1 h", "4 d 4 h"];
    assert_eq!(told, expected);
}

fn kind() -> impl Strategy<Value = SessionType> {
    prop::sample::select(SessionType::ALL.to_vec())
}

proptest! {
    /// Whatever limit brings the end, an extension moves it by what was asked for, never further
    /// than the policy in all.
    #[test]
    fn an_extension_moves_the_end_by_what_was_asked(
        kind in kind(), idle in 0i64..5000, lifetime in 0i64..5000, max in 0i64..3000,
        asked in prop::collection::vec(-10i64..2000, 1..6), active in prop::option::of(0i64..3000),
    ) {
        let (rules, active) = (rules(idle, lifetime, max), active.map(at));
        let mut times = times();
        for seconds in asked {
            let before = end(kind, &times, &rules, active);
            match extended(kind, &times, &rules, active, seconds, at(1000)) {
                Ok(after) => {
                    let moved = end(kind, &after, &rules, active).unwrap().at - before.unwrap().at;
                    prop_assert_eq!(moved, TimeDelta::seconds(seconds));
                    prop_assert!(after.extended_by <= max && seconds > 0);
                    times = after;
                }
                Err(NotExtended::NoLimit) => prop_assert_eq!(before, None),
                Err(NotExtended::InVain { least, left }) => {
                    prop_assert!(least > seconds && left >= seconds);
                    let helped = extended(kind, &times, &rules, active, least, at(1000));
                    prop_assert_eq!(helped.is_ok(), least <= left);
                }
                Err(NotExtended::OverLimit { left }) => {
                    prop_assert!(seconds > left || seconds < 1);
                    prop_assert_eq!(left, max - times.extended_by);
                }
            }
        }
    }

    #[test]
    fn no_number_overflows(idle: i64, lifetime: i64, max: i64, by: i64, since: i64, now: i64, seconds: i64) {
        let times = SessionTimes { running_since: Some(from_micros(since)), extended_by: by, ..times() };
        let rules = rules(idle, lifetime, max);
        let _ = remaining(SessionType::Interactive, &times, &rules, None, None, from_micros(now));
        let _ = extended(SessionType::Interactive, &times, &rules, None, seconds, from_micros(now));
    }
}
