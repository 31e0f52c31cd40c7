//! Random input for as long as wanted, on the stable toolchain: what reads foreign bytes gets a
//! target each. A failure prints its shortest input.
//!
//! `ROLLCALL_FUZZ_SECONDS` says how long each target runs; 20 unless set.

use std::fmt::Debug;
use std::io::Write;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestRunner};

/// How long each target runs.
pub const SECONDS_VARIABLE: &str = "ROLLCALL_FUZZ_SECONDS";
const SECONDS: u64 = 20;
/// Between two looks at the clock.
const ROUND: u32 = 2_000;

/// Gives `check` random values until the time is over.
///
/// # Panics
/// With the shortest value for which `check` fails or panics, or when the variable is no number.
pub fn run<S>(target: &str, values: &S, check: impl Fn(S::Value) -> Result<(), TestCaseError>)
where
    S: Strategy,
    S::Value: Debug,
{
    let told = std::env::var(SECONDS_VARIABLE).map_or(Ok(SECONDS), |text| text.parse());
    assert!(told.is_ok(), "{SECONDS_VARIABLE} is a number of seconds");
    let seconds = told.unwrap_or(SECONDS);
    let began = Instant::now();
    let mut executions: u64 = 0;
    let config = Config { cases: ROUND, failure_persistence: None, ..Config::default() };
    while began.elapsed() < Duration::from_secs(seconds) {
        let failure = TestRunner::new(config.clone()).run(values, &check).err().map(|failure| failure.to_string());
        assert_eq!(failure, None, "{target} fails after {executions} executions");
        executions += u64::from(ROUND);
    }
    // The handle itself: the test harness captures the print macros, and how much was tried is of interest.
    let _ = std::io::stderr().write_all(format!("fuzz {target}: {executions} executions\n").as_bytes());
}

/// Texts made of a language's own pieces, of those with a few characters changed, and of anything.
pub fn texts(pieces: &'static [&'static str]) -> impl Strategy<Value = String> {
    let joined = prop::collection::vec(select(pieces), 0..40).prop_map(|pieces| pieces.concat());
    let edit = (any::<Index>(), any::<char>(), 0..3_u8);
    let bent = (joined.clone(), prop::collection::vec(edit, 1..6)).prop_map(|(text, edits)| {
        let mut characters: Vec<char> = text.chars().collect();
        for (place, character, kind) in edits {
            let at = place.index(characters.len() + 1);
            match kind {
                0 => characters.insert(at, character),
                1 if at < characters.len() => characters[at] = character,
                _ if at < characters.len() => drop(characters.remove(at)),
                _ => {}
            }
        }
        characters.into_iter().collect()
    });
    prop_oneof![3 => joined, 3 => bent, 1 => any::<String>()]
}
