//! When a running session ends by a limit, and how far its end may be pushed out
//! (`session-lifecycle.md` §9, and Rollcall's own lifetime and extension).
//!
//! The loop that ends sessions and the API that tells the time left ask the same functions, each
//! with its clock, so that what is told is what happens.

use chrono::TimeDelta;

use crate::Timestamp;
use crate::session::{SessionTimes, SessionType};

/// Longer than this many seconds (a hundred years) is never.
const NEVER: i64 = 100 * 366 * 86_400;

/// The numbers of a policy that say when its sessions end, as they are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Seconds; zero is never, negative the server's default.
    pub idle_timeout: i64,
    /// Seconds that a session may run in all; zero is no limit.
    pub max_session_lifetime: i64,
    /// Seconds by which the end of a session may be pushed out, in all.
    pub max_extension: i64,
}

/// The same with the server's default in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Idle longer than this ends an interactive session.
    pub idle: Option<TimeDelta>,
    /// Running longer than this ends any session.
    pub lifetime: Option<TimeDelta>,
    /// Seconds by which an end may be pushed out, in all.
    pub max_extension: i64,
}

impl Rules {
    /// Reads a policy's numbers; `default_idle` stands for a negative idle timeout.
    #[must_use]
    pub fn of(limits: Limits, default_idle: TimeDelta) -> Self {
        let seconds = |amount: i64| match amount {
            1..=NEVER => TimeDelta::try_seconds(amount),
            _ => None,
        };
        let idle = if limits.idle_timeout < 0 { Some(default_idle) } else { seconds(limits.idle_timeout) };
        let lifetime = seconds(limits.max_session_lifetime);
        Self { idle, lifetime, max_extension: limits.max_extension.clamp(0, NEVER) }
    }
}

/// Why a limit ends a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// Nothing happened in it for too long.
    Idle,
    /// It ran for too long.
    Lifetime,
}

impl EndReason {
    /// `status_info` and the reason of events: `idle-timeout` is the contract's, the other our own.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle-timeout",
            Self::Lifetime => "session-lifetime",
        }
    }
}

/// The end that a limit brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: EndReason,
    /// The limit that brings it.
    pub limit: TimeDelta,
}

impl End {
    /// How long before it is told: `lead`, or a tenth of the limit where that is shorter.
    #[must_use]
    pub fn warning(&self, lead: TimeDelta) -> TimeDelta {
        lead.min(self.limit / 10)
    }

    /// When to tell of it.
    #[must_use]
    pub fn told_at(&self, lead: TimeDelta) -> Timestamp {
        self.at.checked_sub_signed(self.warning(lead)).unwrap_or(self.at)
    }
}

/// The end of a running session, the earlier of two; `None` where nothing ends it. `active` is the
/// last sign of life that the store may not know yet.
///
/// A lifetime counts from the first RUNNING, so that a restart is no way around it. Time before the
/// store knew when it began to run does not count.
#[must_use]
pub fn end(kind: SessionType, times: &SessionTimes, rules: &Rules, active: Option<Timestamp>) -> Option<End> {
    let [lifetime, idle] = ends(kind, times, rules, active);
    match (lifetime, idle) {
        (Some(lifetime), Some(idle)) => Some(if idle.at < lifetime.at { idle } else { lifetime }),
        (lifetime, idle) => lifetime.or(idle),
    }
}

/// The ends that the lifetime and idleness would bring, each as if the other were not.
#[must_use]
pub fn ends(kind: SessionType, times: &SessionTimes, rules: &Rules, active: Option<Timestamp>) -> [Option<End>; 2] {
    [lifetime_end(times, rules), idle_end(kind, times, rules, active)]
}

fn lifetime_end(times: &SessionTimes, rules: &Rules) -> Option<End> {
    let limit = rules.lifetime?;
    let extended = TimeDelta::try_seconds(times.extended_by)?;
    let at = times.running_since?.checked_add_signed(limit)?.checked_add_signed(extended)?;
    Some(End { at, reason: EndReason::Lifetime, limit })
}

fn idle_end(kind: SessionType, times: &SessionTimes, rules: &Rules, active: Option<Timestamp>) -> Option<End> {
    let limit = rules.idle.filter(|_| kind == SessionType::Interactive)?;
    let last = times.last_access.max(active).max(times.running_since)?;
    let at = last.checked_add_signed(limit)?;
    let at = times.kept_until.map_or(at, |kept| kept.max(at));
    Some(End { at, reason: EndReason::Idle, limit })
}

/// What is left of a running session, for people and programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remaining {
    /// One plain sentence.
    pub sentence: String,
    /// When it ends unless something happens.
    pub ends_at: Timestamp,
    /// By which limit.
    pub reason: EndReason,
    /// Seconds until then; never negative.
    pub seconds: i64,
    /// Seconds by which its end may still be pushed out.
    pub extendable_seconds: i64,
}

/// What is left at `now`; `None` where nothing ends it. Whatever the limits say, it ends not before
/// `reprieve`: a limit that came suddenly is told first.
#[must_use]
pub fn remaining(
    kind: SessionType,
    times: &SessionTimes,
    rules: &Rules,
    active: Option<Timestamp>,
    reprieve: Option<Timestamp>,
    now: Timestamp,
) -> Option<Remaining> {
    let end = end(kind, times, rules, active)?;
    let end = End { at: reprieve.map_or(end.at, |reprieve| reprieve.max(end.at)), ..end };
    let seconds = (end.at - now).num_seconds().max(0);
    let extendable_seconds = extendable(times, rules);
    let when = if seconds == 0 { "Ends now".to_owned() } else { format!("Ends in {}", span(seconds)) };
    let limit = span(end.limit.num_seconds());
    let why = match end.reason {
        EndReason::Idle => format!("unless it is used: idle sessions end after {limit}"),
        EndReason::Lifetime if times.extended_by > 0 => {
            format!("because sessions may run for {limit}; it was extended by {}", span(times.extended_by))
        }
        EndReason::Lifetime => format!("because sessions may run for {limit}"),
    };
    let offer = match extendable_seconds {
        0 => String::new(),
        more => format!(" It can be extended by {}.", span(more)),
    };
    let sentence = format!("{when} {why}.{offer}");
    Some(Remaining { sentence, ends_at: end.at, reason: end.reason, seconds, extendable_seconds })
}

fn extendable(times: &SessionTimes, rules: &Rules) -> i64 {
    rules.max_extension.saturating_sub(times.extended_by).max(0)
}

/// Why an end is not pushed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotExtended {
    /// No limit ends the session.
    NoLimit,
    /// The policy allows only so many seconds more.
    OverLimit {
        /// Seconds left to extend by.
        left: i64,
    },
    /// Its end would be past all the same: a limit came that it is beyond already.
    InVain {
        /// The fewest seconds that would help.
        least: i64,
        /// Seconds left to extend by.
        left: i64,
    },
}

/// The times of a session whose end is pushed out by `seconds`, whichever limit brings it.
/// Extending is a sign of life too.
///
/// # Errors
/// [`NotExtended`]; nothing is to be changed then.
pub fn extended(
    kind: SessionType,
    times: &SessionTimes,
    rules: &Rules,
    active: Option<Timestamp>,
    seconds: i64,
    now: Timestamp,
) -> Result<SessionTimes, NotExtended> {
    if end(kind, times, rules, active).is_none() {
        return Err(NotExtended::NoLimit);
    }
    let left = extendable(times, rules);
    let more = TimeDelta::try_seconds(seconds).filter(|_| (1..=left).contains(&seconds));
    let more = more.ok_or(NotExtended::OverLimit { left })?;
    let kept = idle_end(kind, times, rules, active).and_then(|idle| idle.at.checked_add_signed(more));
    let extended = SessionTimes {
        extended_by: times.extended_by + seconds,
        kept_until: kept.max(times.kept_until),
        last_access: Some(now).max(times.last_access),
        ..*times
    };
    // Being used keeps it from ending as idle, so that only the lifetime can be past.
    match lifetime_end(&extended, rules).filter(|end| end.at <= now) {
        Some(end) => Err(NotExtended::InVain {
            least: seconds.saturating_add((now - end.at).num_seconds()).saturating_add(1),
            left,
        }),
        None => Ok(extended),
    }
}

/// Seconds in words of at most two units: `45 s`, `9 min`, `2 h 5 min`, `3 d 4 h`.
#[must_use]
pub fn span(seconds: i64) -> String {
    const UNITS: [(i64, &str); 4] = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")];
    let seconds = seconds.max(0);
    let place = UNITS.iter().position(|(size, _)| seconds >= *size).unwrap_or(UNITS.len() - 1);
    let mut words = Vec::new();
    let mut rest = seconds;
    for (size, unit) in UNITS.iter().skip(place).take(2) {
        if rest >= *size || words.is_empty() {
            words.push(format!("{} {unit}", rest / size));
        }
        rest %= size;
    }
    words.join(" ")
}

#[cfg(test)]
#[path = "limits_tests.rs"]
mod tests;
