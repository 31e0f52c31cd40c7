//! When a request may be sent again, and after which pause.
//!
//! A connection that could not be made carried nothing, so every request may be tried again then.
//! After that, only what changes nothing is repeated (`GET`, `HEAD`, GraphQL queries): after a
//! broken connection, and when the server says that it is busy. A time-out ends the call: its
//! limit holds for all repetitions together. What the server refused for any other reason it would
//! refuse again.

use std::time::Duration;

use crate::error::Error;

/// Whether a request that may have reached the server may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It changes nothing.
    Safe,
    /// It may have been acted on.
    UnlessSent,
}

/// How often a request is repeated, and after which pauses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// Repetitions at most; zero is none.
    pub most: u32,
    /// About the pause before the first repetition; it doubles with each.
    pub first_pause: Duration,
    /// The longest pause, unless the server asks for a longer one.
    pub longest_pause: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self { most: 2, first_pause: Duration::from_millis(200), longest_pause: Duration::from_secs(5) }
    }
}

impl Retries {
    /// Every request is sent once.
    pub const NONE: Self = Self { most: 0, first_pause: Duration::ZERO, longest_pause: Duration::ZERO };

    /// The pause after which a request that failed `failures` times is sent again; `None` when it
    /// must not be.
    pub(crate) fn pause(&self, repeat: Repeat, error: &Error, failures: u32) -> Option<Duration> {
        if failures > self.most || !may_repeat(repeat, error) {
            return None;
        }
        let asked = error.retry_after();
        let own = self.first_pause.saturating_mul(1 << (failures - 1).min(16)).min(self.longest_pause);
        // Clients that failed together must not come again together: half of the pause is random.
        let own = own / 2 + own.mul_f64(fraction() / 2.0);
        Some(asked.unwrap_or_default() + own)
    }
}

fn may_repeat(repeat: Repeat, error: &Error) -> bool {
    match error {
        // It will not have another one a moment later.
        Error::Connection { .. } if error.certificate_problem().is_some() => false,
        Error::Connection { source, .. } if source.is_connect() => true,
        _ if repeat == Repeat::UnlessSent => false,
        Error::Connection { .. } => true,
        _ => match error.any_status() {
            Some(429 | 503) if error.retry_after().is_some() => true,
            // Without a time, a used-up rate limit and a freeze last far longer than any pause here.
            Some(502..=504) => !matches!(error.slug(), Some("not-implemented" | "server-frozen")),
            _ => false,
        },
    }
}

/// Between zero and one.
pub(crate) fn fraction() -> f64 {
    // Without randomness the pauses are merely all the same.
    getrandom::u32().map_or(0.5, |number| f64::from(number) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn busy(status: u16, slug: &str, retry_after: Option<u64>) -> Error {
        let problem = crate::Problem { type_url: slug.to_owned(), ..crate::Problem::default() };
        Error::Server {
            act: "test",
            status,
            problem: Box::new(problem),
            retry_after: retry_after.map(Duration::from_secs),
        }
    }

    #[test]
    fn only_what_is_safe_and_may_pass_is_repeated() {
        let check = |error: &Error, repeated: bool| {
            assert_eq!(Retries::default().pause(Repeat::Safe, error, 1).is_some(), repeated, "{error}");
            assert_eq!(Retries::default().pause(Repeat::UnlessSent, error, 1), None, "{error}");
            assert_eq!(Retries::NONE.pause(Repeat::Safe, error, 1), None, "{error}");
        };
        check(&busy(503, "service-unavailable", None), true);
        check(&busy(503, "", Some(1)), true);
        check(&busy(502, "bad-gateway", None), true);
        check(&busy(429, "rate-limit-exceeded", Some(1)), true);
        check(&busy(429, "rate-limit-exceeded", None), false);
        check(&busy(503, "server-frozen", None), false);
        check(&busy(503, "not-implemented", None), false);
        check(&busy(500, "internal-server-error", Some(1)), false);
        check(&busy(400, "graphql-error", None), false);
        check(&Error::Timeout { act: "test", after: Duration::ZERO }, false);
        check(&Error::strange("test", ""), false);
        check(&Error::Cancelled { act: "test" }, false);
    }

    #[test]
    fn pauses_grow_to_a_bound_and_are_never_shorter_than_asked_for() {
        let retries = Retries { most: 40, ..Retries::default() };
        for (failures, least, most) in [(1, 100, 200), (2, 200, 400), (4, 800, 1600), (9, 2500, 5000), (40, 2500, 5000)]
        {
            let pause = retries.pause(Repeat::Safe, &busy(503, "", None), failures);
            let range = Duration::from_millis(least)..=Duration::from_millis(most);
            assert!(pause.is_some_and(|pause| range.contains(&pause)), "{failures}: {pause:?}");
        }
        assert_eq!(retries.pause(Repeat::Safe, &busy(503, "", None), 41), None);
        let asked = retries.pause(Repeat::Safe, &busy(503, "", Some(60)), 1);
        assert!(asked.is_some_and(|pause| pause >= Duration::from_secs(60)), "{asked:?}");
    }
}
