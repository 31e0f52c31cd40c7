//! JSON for programs that is safe on a terminal, too.

use std::fmt::Write as _;

use rollcall_model::naming::steers;
use serde::Serialize;

use super::failure::Failure;

/// A document on several lines.
pub(super) fn pretty<T: Serialize + ?Sized>(content: &T) -> Result<String, Failure> {
    serde_json::to_string_pretty(content).map(|text| escaped(&text)).map_err(failed)
}

/// A document on one line.
pub(super) fn compact<T: Serialize + ?Sized>(content: &T) -> Result<String, Failure> {
    serde_json::to_string(content).map(|text| escaped(&text)).map_err(failed)
}

/// JSON leaves everything above the ASCII controls as it is. Such a character stands inside of a text
/// alone, where its escape means the same.
fn escaped(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for letter in json.chars() {
        if steers(letter) && letter != '\n' {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                // Writing to a text cannot fail.
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(letter);
        }
    }
    safe
}

fn failed(error: serde_json::Error) -> Failure {
    Failure::new(format!("writing JSON failed: {error}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_steers_is_escaped_and_means_the_same() {
        let text = "a\u{1b}[2J\u{9b}31m\u{7f}\u{202e}\u{e0041}ü\n\"";
        for json in [pretty(&[text]).unwrap(), compact(&[text]).unwrap()] {
            assert!(!json.chars().any(|letter| steers(letter) && letter != '\n'), "{json:?}");
            assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), [text]);
        }
    }
}
