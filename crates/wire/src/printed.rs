//! The printed forms of another language that clients still take apart: mounts, slots, lists
//! (`graphql.md` §3.7, `rest.md` §3.3).

use rollcall_model::slots::Slots;

/// A text in quotes: single ones, or double ones where only single ones occur inside.
#[must_use]
pub fn text(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut printed = String::with_capacity(text.len() + 2);
    printed.push(quote);
    for character in text.chars() {
        match character {
            '\n' => printed.push_str("\\n"),
            '\r' => printed.push_str("\\r"),
            '\t' => printed.push_str("\\t"),
            '\\' => printed.push_str("\\\\"),
            same if same == quote => printed.extend(['\\', same]),
            control if control.is_control() => printed.push_str(&format!("\\x{:02x}", u32::from(control))),
            other => printed.push(other),
        }
    }
    printed.push(quote);
    printed
}

/// A list of texts: `['A=B', 'C=D']`.
#[must_use]
pub fn list<'a>(items: impl IntoIterator<Item = &'a str>) -> String {
    format!("[{}]", items.into_iter().map(text).collect::<Vec<_>>().join(", "))
}

/// A mounted folder: `['<name>', '<host>', '<path or id>', '<perm>', '<unmanaged path>']`.
#[must_use]
pub fn mount(name: &str, host: &str, path: &str, permission: &str, unmanaged_path: &str) -> String {
    list([name, host, path, permission, unmanaged_path])
}

/// Slots: `{'cpu': Decimal('1'), 'mem': Decimal('3221225472')}`.
#[must_use]
pub fn slots(slots: &Slots) -> String {
    let item = |(name, amount)| format!("{}: Decimal('{amount}')", text(name));
    format!("{{{}}}", slots.iter().map(item).collect::<Vec<_>>().join(", "))
}

/// A text, or `None` for none.
#[must_use]
pub fn optional(text: Option<&str>) -> String {
    text.unwrap_or("None").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_are_printed_lists() {
        let printed = mount("data", "local:volume1", "/vfroot/aa/bb", "rw", "");
        assert_eq!(printed, "['data', 'local:volume1', '/vfroot/aa/bb', 'rw', '']");
    }

    #[test]
    fn quotes_are_chosen_and_escaped() {
        assert_eq!(text("it's"), r#""it's""#);
        assert_eq!(text(r#"it's "so""#), r#"'it\'s "so"'"#);
        assert_eq!(text("a\\b\n\u{1}\u{7f}ü"), r"'a\\b\n\x01\x7fü'");
    }

    #[test]
    fn slots_are_printed_maps() {
        assert_eq!(slots(&Slots::of(1.into(), 3 << 30)), "{'cpu': Decimal('1'), 'mem': Decimal('3221225472')}");
        assert_eq!(slots(&Slots::default()), "{}");
    }
}
