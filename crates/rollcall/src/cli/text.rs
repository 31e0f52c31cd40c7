//! Words for the terminal: nothing that others named may steer it.

use chrono::Local;
use rollcall_client::sessions::RemainingTime;
use rollcall_model::Timestamp;
use rollcall_model::limits::{EndReason, span};
use rollcall_model::naming::steers;
use rollcall_model::session::Waiting;
use rollcall_model::status::Status;

use crate::out;

/// Makes control characters, and those that reorder or hide text, visible instead of obeyed.
pub(super) fn clean(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if steers(character) {
            safe.extend(character.escape_default());
        } else {
            safe.push(character);
        }
    }
    safe
}

/// [`clean`] for what a session printed: lines and tabs stay, a carriage return at the end of a
/// line goes.
pub(super) fn clean_output(text: &str) -> String {
    let unix = text.replace("\r\n", "\n");
    let mut safe = String::with_capacity(unix.len());
    for character in unix.chars() {
        if steers(character) && !matches!(character, '\n' | '\t') {
            safe.extend(character.escape_default());
        } else {
            safe.push(character);
        }
    }
    safe
}

/// A moment in the zone of whoever reads it.
pub(super) fn moment(at: Timestamp) -> String {
    at.with_timezone(&Local).format("%Y-%m-%d %H:%M:%S %z").to_string()
}

/// A colour of the sixteen every terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colour {
    Red,
    Green,
    Yellow,
    Grey,
}

/// Whether colours are wanted: on a terminal, unless `NO_COLOR` says otherwise.
pub(super) fn colours_wanted() -> bool {
    out::is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Text in a colour.
pub(super) fn paint(text: &str, colour: Colour) -> String {
    let code = match colour {
        Colour::Red => 31,
        Colour::Green => 32,
        Colour::Yellow => 33,
        Colour::Grey => 90,
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

/// A status in words. A name this client does not know stays as it is.
pub(super) fn status(name: &str) -> (String, Option<Colour>) {
    let Ok(status) = name.parse::<Status>() else { return (clean(name), None) };
    let (word, colour) = match status {
        Status::Pending => ("waiting", Colour::Yellow),
        Status::Scheduled => ("scheduled", Colour::Yellow),
        Status::Preparing => ("preparing", Colour::Yellow),
        Status::Building => ("building", Colour::Yellow),
        Status::Pulling => ("pulling image", Colour::Yellow),
        Status::Running => ("running", Colour::Green),
        Status::Restarting => ("restarting", Colour::Yellow),
        Status::Resizing => ("resizing", Colour::Yellow),
        Status::Suspended => ("suspended", Colour::Yellow),
        Status::Terminating => ("ending", Colour::Yellow),
        Status::Terminated => ("ended", Colour::Grey),
        Status::Error => ("error", Colour::Red),
        Status::Cancelled => ("cancelled", Colour::Grey),
    };
    (word.to_owned(), Some(colour))
}

/// A reason in words; one this client does not know stays as it is.
pub(super) fn reason(code: &str) -> String {
    let words = match code {
        "user-requested" => "on request",
        "force-terminated" => "by force",
        "self-terminated" => "by itself",
        "task-finished" => "command done",
        "failed-to-start" => "could not start",
        "no-available-instances" => "no room yet",
        "predicate-checks-failed" => "over a limit",
        "scheduler-error" => "scheduler failed",
        "idle-timeout" | "idle-utilization" => "was idle",
        "session-lifetime" => "its time was over",
        "missing-agent-allocation" => "had no agent",
        "scheduled" => "has its place",
        other if other.starts_with("operation-timeout") => "timed out",
        other if other.starts_with("agent-error") => "agent failed",
        other if other.starts_with("other-error") => "failed",
        other => return clean(other),
    };
    words.to_owned()
}

/// Why a session waits, in a few words: `for memory, 4 before it`. Those before it matter where it
/// waits for its turn, not where it waits for limits of its own.
pub(super) fn short_of_waiting(waiting: &Waiting, code: Option<&str>) -> String {
    let sentence = waiting.sentence.trim_start_matches("Waits ").trim_end_matches('.');
    let words = sentence.split([':', ',', ';']).next().unwrap_or_default();
    let in_line = matches!(code, None | Some("" | "no-available-instances"));
    match waiting.ahead {
        ahead if in_line && ahead > 0 => format!("{}, {ahead} before it", clean(words)),
        _ => clean(words),
    }
}

/// When a session ends, in a few words: `ends in 12 min`.
pub(super) fn short_of_remaining(remaining: &RemainingTime) -> String {
    let when = format!("ends in {}", span(remaining.seconds));
    if remaining.reason == EndReason::Idle.as_str() { format!("{when} if idle") } else { when }
}

/// Bytes with a unit of 1024s: `34 MiB`.
pub(super) fn bytes(amount: f64) -> String {
    let mut amount = amount.max(0.0);
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if amount < 1024.0 {
            return if amount < 10.0 && unit != "B" {
                format!("{amount:.1} {unit}")
            } else {
                format!("{amount:.0} {unit}")
            };
        }
        amount /= 1024.0;
    }
    format!("{amount:.1} TiB")
}

/// Processor time: `12.3 s`, `57 min`, `9.5 h`.
pub(super) fn processor_time(msec: f64) -> String {
    match msec / 1000.0 {
        seconds if seconds < 100.0 => format!("{seconds:.1} s"),
        seconds if seconds < 6000.0 => format!("{:.0} min", seconds / 60.0),
        seconds => format!("{:.1} h", seconds / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_steer_the_terminal() {
        assert_eq!(clean("plain-name.1"), "plain-name.1");
        assert_eq!(clean("\u{1b}]0;owned\u{7}x"), "\\u{1b}]0;owned\\u{7}x");
        assert_eq!(clean("a\nb\tc\u{9b}31m"), "a\\nb\\tc\\u{9b}31m");
        assert_eq!(clean("abc\u{202e}txt"), "abc\\u{202e}txt");
        assert_eq!(clean("이름 é"), "이름 é");
    }

    #[test]
    fn output_keeps_its_lines() {
        assert_eq!(clean_output("one\r\ntwo\tx\u{1b}[31m\n"), "one\ntwo\tx\\u{1b}[31m\n");
    }

    #[test]
    fn sizes_for_people() {
        let told = [0.0, 1023.0, 1024.0, 35_651_584.0, 3_221_225_472.0, 2e13].map(bytes);
        assert_eq!(told, ["0 B", "1023 B", "1.0 KiB", "34 MiB", "3.0 GiB", "18.2 TiB"]);
    }

    #[test]
    fn processor_time_for_people() {
        assert_eq!([12_340.0, 734_500.0, 34_378_600.0].map(processor_time), ["12.3 s", "12 min", "9.5 h"]);
    }

    #[test]
    fn unknown_names_stay() {
        assert_eq!(status("RUNNING_DEGRADED"), ("RUNNING_DEGRADED".to_owned(), None));
        assert_eq!(status("PENDING").0, "waiting");
        assert_eq!(reason("x\u{1b}"), "x\\u{1b}");
    }
}
