//! The search box: a condition in the API's filter language, or plain words.

use std::fmt::Write as _;

use rollcall_model::list::columns::LoginMode;
use rollcall_model::list::filter;
use rollcall_model::list::keys::{KeyTable, Kind, session_keys};
use rollcall_model::role::Role;

/// Keys that make no difference for who sees their own sessions alone, or whose values are told to superadmins.
const OF_MANAGERS: [&str; 2] = ["user_email", "access_key"];
const OF_SUPERADMINS: [&str; 3] = ["domain_name", "agent", "agents"];

/// Whether a filter or an order by this key is offered to this role.
pub(super) fn is_offered(key: &str, role: Role) -> bool {
    match role {
        Role::Superadmin => key != "agents",
        Role::Admin => !OF_SUPERADMINS.contains(&key),
        Role::User | Role::Monitor => !OF_SUPERADMINS.contains(&key) && !OF_MANAGERS.contains(&key),
    }
}

/// What is typed as a condition: itself where it is one or is meant as one, else that each word stands in what the
/// row shows.
pub(super) fn filter(typed: &str, role: Role, mode: LoginMode) -> Option<String> {
    let typed = typed.trim();
    if typed.is_empty() {
        return None;
    }
    let keys = session_keys(role);
    if filter::parse(typed, keys).is_ok() || is_meant_as_filter(typed, keys) {
        return Some(typed.to_owned());
    }
    let mut shown = vec!["name", "image", "scaling_group", "status_info"];
    if role.is_administrative() {
        shown.push(if mode == LoginMode::Api { "access_key" } else { "user_email" });
    }
    if role == Role::Superadmin {
        shown.extend(["group_name", "agent"]);
    }
    let mut condition = String::new();
    for word in typed.split_whitespace() {
        if !condition.is_empty() {
            condition.push_str(" & ");
        }
        condition.push('(');
        for (place, key) in shown.iter().enumerate() {
            let or = if place == 0 { "" } else { " | " };
            // Writing into a text cannot fail.
            let _ = write!(condition, "{or}{key} ilike \"%{}%\"", escaped(word));
        }
        condition.push(')');
    }
    Some(condition)
}

/// A word that stands for itself in a pattern and in quotes.
fn escaped(word: &str) -> String {
    let mut text = String::with_capacity(word.len());
    for letter in word.chars() {
        match letter {
            // The pattern's own escape; the quotes leave it alone.
            '%' | '_' | '\\' => text.extend(['\\', letter]),
            '"' => text.push_str("\\\""),
            letter if letter.is_control() => {}
            letter => text.push(letter),
        }
    }
    text
}

/// Whether somebody began a condition: a known key with an operator behind it.
fn is_meant_as_filter(typed: &str, keys: &KeyTable) -> bool {
    let start = typed.trim_start_matches(['(', '!', ' ']);
    let end = start.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(start.len());
    let (name, rest) = start.split_at(end);
    let rest = rest.trim_start();
    // `in` and `is` begin words too.
    let meant = |operator: &str| {
        let behind = rest.strip_prefix(operator);
        let is_word = operator.ends_with(|letter: char| letter.is_ascii_alphabetic());
        behind.is_some_and(|behind| !is_word || !behind.starts_with(|letter: char| letter.is_alphanumeric()))
    };
    keys.filter_key(name).is_some() && filter::Operator::ALL.iter().any(|operator| meant(operator.as_str()))
}

/// A hint below the box: what it would put there, and what that means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hint {
    /// The whole text of the box.
    pub(super) text: String,
    /// The name of the words beside it, and a value for them.
    pub(super) says: &'static str,
}

/// What could come next behind what is typed.
pub(super) fn hints(typed: &str, role: Role, groups: &[String], images: &[String]) -> Vec<Hint> {
    let begin = typed.rfind(['&', '|', '(']).map_or(0, |at| at + 1);
    let (before, last) = typed.split_at(begin);
    let space = if before.is_empty() || before.ends_with(' ') { "" } else { " " };
    let last = last.trim_start();
    let keys = || session_keys(role).filter.iter().filter(|key| is_offered(key.name, role));
    let Some((name, rest)) = last.split_once(' ') else {
        let like = last.to_ascii_lowercase();
        let known = keys().filter(|key| key.name.contains(&like) && !like.is_empty());
        return known
            .take(8)
            .map(|key| Hint { text: format!("{before}{space}{} ", key.name), says: "hint-key" })
            .collect();
    };
    let Some(key) = session_keys(role).filter_key(name).filter(|key| is_offered(key.name, role)) else {
        return Vec::new();
    };
    let rest = rest.trim_start();
    let operators: &[(&str, &'static str)] = match key.kind {
        Kind::Text => &[
            ("==", "op-equal"),
            ("!=", "op-not-equal"),
            ("contains", "op-contains"),
            ("ilike", "op-like"),
            ("isnot", "op-isnot"),
        ],
        Kind::Integer | Kind::Moment => &[("==", "op-equal"), (">", "op-more"), ("<", "op-less")],
        Kind::Enum(_) | Kind::Bool | Kind::Id => &[("==", "op-equal"), ("!=", "op-not-equal"), ("in", "op-in")],
    };
    let Some((operator, value)) =
        rest.split_once(' ').filter(|(operator, _)| operators.iter().any(|(known, _)| known == operator))
    else {
        let fitting = operators.iter().filter(|(operator, _)| operator.starts_with(rest));
        return fitting
            .map(|(operator, says)| Hint { text: format!("{before}{space}{name} {operator} "), says })
            .collect();
    };
    let values: Vec<String> = match (key.name, key.kind) {
        (_, Kind::Enum(names)) => names().into_iter().map(str::to_owned).collect(),
        ("scaling_group", _) => groups.to_vec(),
        ("image", _) => images.to_vec(),
        _ => Vec::new(),
    };
    let like = value.trim().trim_matches('"').to_ascii_lowercase();
    let values = values.into_iter().filter(|known| known.to_ascii_lowercase().contains(&like));
    values
        .take(12)
        .map(|value| if operator == "in" { format!("[\"{value}\"]") } else { format!("\"{value}\"") })
        .map(|value| Hint { text: format!("{before}{space}{name} {operator} {value}"), says: "hint-value" })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn conditions_are_taken_as_they_are() {
        for typed in [
            "id in [\"00000000-0000-0000-0000-000000000000\"]",
            "group_name == \"default\"",
            "name == \"a\"",
            "(status == \"RUNNING\") | name ilike \"%x%\"",
            "name == ",
            "!(image contains \"py\")",
        ] {
            assert_eq!(filter(typed, Role::User, LoginMode::Session).unwrap(), typed.trim());
        }
        assert_eq!(filter("  ", Role::User, LoginMode::Session), None);
    }

    #[test]
    fn words_are_searched_where_the_row_shows_them() {
        for typed in [
            "two words",
            "image inference",
            "name isolated",
            "50%_\\\"x",
            "name",
            "name == a == b name",
            "a=b",
            "\u{202e}gnp",
            "(",
            "it's",
        ] {
            for role in Role::ALL {
                for (mode, owner, other) in
                    [(LoginMode::Session, "user_email", "access_key"), (LoginMode::Api, "access_key", "user_email")]
                {
                    let condition = filter(typed, role, mode).unwrap();
                    if condition != typed {
                        filter::parse(&condition, session_keys(role)).unwrap();
                    }
                    let by_words = condition != typed;
                    assert_eq!(condition.contains(owner), by_words && role.is_administrative(), "{condition}");
                    assert!(!condition.contains(other), "{condition}");
                }
            }
        }
    }

    #[test]
    fn no_word_is_left_out() {
        let typed = (0..20).map(|number| format!("word{number}")).collect::<Vec<_>>().join(" ");
        let condition = filter(&typed, Role::Superadmin, LoginMode::Session).unwrap();
        assert!(typed.split(' ').all(|word| condition.contains(&format!("\"%{word}%\""))));
        filter::parse(&condition, session_keys(Role::Superadmin)).unwrap();
    }

    #[test]
    fn hints_lead_to_a_condition() {
        let first =
            |typed: &str, role| hints(typed, role, &["default".into()], &[]).first().map(|hint| hint.text.clone());
        assert_eq!(first("stat", Role::User).unwrap(), "status ");
        assert_eq!(first("status ", Role::User).unwrap(), "status == ");
        assert_eq!(first("status == run", Role::User).unwrap(), "status == \"RUNNING\"");
        assert_eq!(first("name == \"a\" & scal", Role::User).unwrap(), "name == \"a\" & scaling_group ");
        assert_eq!(first("scaling_group == ", Role::User).unwrap(), "scaling_group == \"default\"");
        assert_eq!(first("status in run", Role::User).unwrap(), "status in [\"RUNNING\"]");
        assert_eq!(first("user_em", Role::User), None, "it would make no difference");
        assert!(first("user_em", Role::Admin).is_some());
        assert_eq!(first("agent", Role::Admin), None);
        assert!(first("agent", Role::Superadmin).is_some());
    }
}
