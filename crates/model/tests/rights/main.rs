//! The table of rights, `docs/rights.md`: role x operation x target, written by the rules themselves.
//!
//! The file is compared here. After a deliberate change of a rule write it anew and read the diff:
//! `ROLLCALL_WRITE_DOCS=1 cargo test -p rollcall-model --test rights`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod accounts;
mod own;
mod rules;
mod sessions;
mod table;
mod world;

use std::path::PathBuf;

const HEAD: &str = "\
# Rights: who may do what to whom

Written by the rules of `crates/model` and compared with them by a test; don't edit it. To write it anew:
`ROLLCALL_WRITE_DOCS=1 cargo test -p rollcall-model --test rights`.

*Own* is the key that signs; *other key* is a second key of the same person, where the keys of sessions are
told apart. *Same project* is a plain user in a project with the caller; *same domain* one in another project
of the domain. *Unknown* is what does not exist. A session stays in the domain that it was made in: of *own,
left* the owner is the caller, who has been moved since; of *owner came* a user in the caller's domain, the
session being in another; of *owner went* a user in another domain, the session being in the caller's. Nobody and
no project is moved while a session is active: such sessions are over, or older than that rule. In the lines of
callers, a *plain key* is one without the admin flag.

Cells: **yes**; **-** is answered as if there were nothing, so exactly like *unknown*; else the refusal. A
refusal speaks of what was asked for and is given before anything is looked up, or is the same for what exists
and what does not.
";

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/rights.md")
}

#[test]
fn the_file_says_what_the_rules_do() {
    let sections = [sessions::sections(), accounts::sections(), own::sections()].concat();
    let text = format!("{HEAD}{}", sections.iter().map(table::Section::markdown).collect::<String>());
    if std::env::var_os("ROLLCALL_WRITE_DOCS").is_some() {
        std::fs::write(file(), &text).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(file()).unwrap_or_default();
    let changed: Vec<String> = diff(&kept, &text);
    assert!(
        changed.is_empty(),
        "docs/rights.md no longer says what the rules do:\n{}\nIf the change of rights is meant, write the file anew \
         with `ROLLCALL_WRITE_DOCS=1 cargo test -p rollcall-model --test rights` and have its diff reviewed.",
        changed.join("\n")
    );
}

/// Lines that only one of the two has; enough to see what changed in a table.
fn diff(kept: &str, made: &str) -> Vec<String> {
    let only = |one: &str, other: &str, sign: char| -> Vec<String> {
        one.lines().filter(|line| !other.lines().any(|o| o == *line)).map(|line| format!("{sign} {line}")).collect()
    };
    [only(kept, made, '-'), only(made, kept, '+')].concat()
}

#[test]
fn no_operation_and_no_rule_is_missing() {
    let sections = [sessions::sections(), accounts::sections(), own::sections()].concat();
    let shown: Vec<&str> = sections.iter().map(|section| section.name).collect();
    for operation in rollcall_model::access::OPERATIONS {
        assert!(
            shown.contains(operation),
            "operation `{operation}` of model::access has no table: add a line for it to `operations` in \
             crates/model/tests/rights/sessions.rs"
        );
    }
    let tested: Vec<&str> = sections.iter().flat_map(|section| section.rules).copied().collect();
    for rule in rules::in_source() {
        assert!(
            tested.contains(&rule.as_str()),
            "`{rule}` of crates/model decides about a caller and is in no table: add a section for it to \
             crates/model/tests/rights/accounts.rs (or own.rs, sessions.rs) and name it in that section's `rules`"
        );
    }
}
