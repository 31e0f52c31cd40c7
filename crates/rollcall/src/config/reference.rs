//! The commented reference of all settings: a configuration file that changes nothing.

use std::fmt::Write as _;

use super::settings::{SECTIONS, Setting};

const HEAD: &str = "\
# The settings of `rollcall up`. A line that begins with `#` changes nothing and shows the default; where
# there is none, an example of the form. A flag wins over a variable of the environment, that over this
# file, that over the default. What is unknown or malformed is refused at the start:
# `rollcall config check FILE` tells before.
";

/// The text.
pub(super) fn text() -> String {
    let mut text = HEAD.to_owned();
    for section in SECTIONS {
        text.push('\n');
        comment(&mut text, section.doc);
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(text, "[{}]", section.name);
        for setting in section.settings {
            text.push('\n');
            describe(&mut text, setting);
        }
    }
    text
}

fn describe(text: &mut String, setting: &Setting) {
    comment(text, setting.doc);
    let flag = if setting.flag.is_empty() { String::new() } else { format!("; {}", setting.flag) };
    let _ = writeln!(text, "# Takes {}; ${}{flag}.", setting.form, setting.variable());
    let _ = writeln!(text, "#{} = {}", setting.name, written(setting, setting.default));
}

/// A value as the file has it; none is the empty text.
pub(super) fn written(setting: &Setting, value: &str) -> String {
    if setting.bare && !value.is_empty() { value.to_owned() } else { toml::Value::from(value).to_string() }
}

fn comment(text: &mut String, doc: &str) {
    for line in doc.lines() {
        let _ = writeln!(text, "#{}{}", if line.is_empty() { "" } else { " " }, line.trim());
    }
}

/// The document that the repository keeps.
#[cfg(test)]
pub(super) fn document() -> String {
    format!(
        "# Configuration\n\n\
         `rollcall up --config FILE` (or `$ROLLCALL_CONFIG`) reads a TOML file. `rollcall config check [FILE]` says what\n\
         `up` would make of it, with the place each value came from and never a secret; `rollcall config reference`\n\
         prints what follows. Both this text and the reading are made of one list, `crates/rollcall/src/config/settings.rs`;\n\
         a test compares them.\n\n```toml\n{}```\n",
        text()
    )
}
