//! How a session stands, for people: colour, icon, word, and the reason as a sentence.

use rollcall_client::v1::SessionRow;

use crate::look::Tone;
use crate::words::Language;

/// Colour and icon of a status.
pub(in crate::site) fn of(status: &str) -> (Tone, &'static str) {
    match status {
        "RUNNING" => (Tone::Good, "play"),
        "PENDING" => (Tone::Wait, "clock"),
        "SCHEDULED" | "PREPARING" | "PULLING" | "BUILDING" | "RESIZING" => (Tone::Wait, "gear"),
        "RESTARTING" => (Tone::Wait, "restart"),
        "TERMINATING" => (Tone::Wait, "ending"),
        "ERROR" => (Tone::Bad, "warn"),
        "CANCELLED" => (Tone::Calm, "stop"),
        "SUSPENDED" => (Tone::Calm, "clock"),
        _ => (Tone::Calm, "done"),
    }
}

/// The word for a status; the API's own where there is none.
pub(in crate::site) fn word(language: Language, status: &str) -> String {
    language.maybe(&format!("status-{}", status.to_ascii_lowercase())).unwrap_or_else(|| status.to_owned())
}

/// The reason of a status as a sentence; the raw one where it is not known.
pub(in crate::site) fn reason(language: Language, info: &str) -> String {
    let (name, details) = info.split_once(" (").map_or((info, None), |(name, rest)| (name, rest.strip_suffix(')')));
    let plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let known = plain.then(|| language.maybe(&format!("reason-{name}"))).flatten();
    match (known, details) {
        (Some(sentence), None) => sentence,
        (Some(sentence), Some(details)) => format!("{sentence} ({details})"),
        (None, _) => info.to_owned(),
    }
}

/// Parts of reasons that say that something went wrong.
const FAILURES: [&str; 6] = ["failed", "error", "timeout", "missing", "unknown-container", "agent-termination"];
/// What reasons begin with that say no such thing all the same: a policy ended it, or it waits.
const IN_ORDER: [&str; 2] = ["idle-timeout", "predicate-checks-failed"];

/// Whether a reason says that something went wrong.
pub(in crate::site) fn is_failure(info: &str) -> bool {
    FAILURES.iter().any(|part| info.contains(part)) && !IN_ORDER.iter().any(|reason| info.starts_with(reason))
}

/// The sessions that something went wrong with, in the filter language, where `&` and `|` group to the right.
pub(in crate::site) fn failures() -> String {
    let any = |pattern: &dyn Fn(&str) -> String, parts: &[&str]| {
        let parts: Vec<String> = parts.iter().map(|part| format!("status_info like \"{}\"", pattern(part))).collect();
        parts.join(" | ")
    };
    let (wrong, in_order) =
        (any(&|part| format!("%{part}%"), &FAILURES), any(&|reason| format!("{reason}%"), &IN_ORDER));
    format!("status == \"ERROR\" | result == \"FAILURE\" | ({wrong}) & !({in_order})")
}

/// The sentence of a row: why it waits, when it ends, why it ended.
pub(in crate::site) fn sentence(language: Language, row: &SessionRow) -> Option<String> {
    if row.status == "PENDING"
        && let Some(waiting) = &row.waiting
    {
        return Some(waiting.sentence.clone());
    }
    if row.result == "FAILURE" {
        return Some(language.t("result-failure"));
    }
    let info = row.status_info.as_deref().filter(|info| !info.is_empty())?;
    Some(reason(language, info))
}

#[cfg(test)]
mod tests {
    use rollcall_model::status::Status;

    use super::*;

    #[test]
    fn every_status_and_reason_has_words() {
        for language in Language::ALL {
            for status in Status::ALL {
                assert_ne!(word(language, status.as_str()), status.as_str(), "{language:?}");
            }
            for info in [
                "user-requested",
                "self-terminated",
                "failed-to-start",
                "predicate-checks-failed",
                "idle-timeout",
                "task-finished",
            ] {
                assert_ne!(reason(language, info), info, "{language:?}");
            }
        }
        assert!(reason(Language::English, "agent-error (no space)").ends_with("(no space)"));
        assert_eq!(reason(Language::English, "<b>new</b>"), "<b>new</b>");
        assert!(is_failure("failed-to-start") && !is_failure("idle-timeout") && !is_failure("user-requested"));
        assert!(is_failure("failed-to-start (no image)") && !is_failure("predicate-checks-failed"));
    }
}
