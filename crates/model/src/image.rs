//! Environments that a session can be started in.

use serde::{Deserialize, Serialize};

/// The least and the most of one slot an image takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageLimit {
    /// Slot name: `cpu`, `mem`, …
    pub key: String,
    /// Least, as printed text (`1`, `64m`).
    pub min: String,
    /// Most; `None` is no limit.
    pub max: Option<String>,
}

/// An environment, named `<registry>/<path>:<tag>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Host and first part, such as `local.rollcall`.
    pub registry: String,
    /// Path without registry and tag, such as `rollcall/python`.
    pub name: String,
    /// Tag, such as `3.11-debian12`.
    pub tag: String,
    /// Digest, or a stand-in that changes with the environment.
    pub digest: String,
    /// Labels.
    pub labels: Vec<(String, String)>,
    /// Other names, each unique.
    pub aliases: Vec<String>,
    /// Size in bytes, 0 where nothing is stored.
    pub size_bytes: i64,
    /// Limits per slot.
    pub limits: Vec<ImageLimit>,
    /// Whether an agent has it.
    pub installed: bool,
}

impl Image {
    /// The canonical reference `<registry>/<path>:<tag>`.
    #[must_use]
    pub fn canonical(&self) -> String {
        format!("{}/{}:{}", self.registry, self.name, self.tag)
    }
}

/// What an alias is made of, for messages.
pub const ALIAS_FORM: &str =
    "an alias is 1 to 128 of the letters A to Z and a to z, digits and ._:/@-, and begins with a letter or digit";

/// Whether a text may be an alias: what can be typed, and can neither steer a terminal nor a list.
#[must_use]
pub fn is_alias(text: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || b"._:/@-".contains(&byte);
    text.len() <= 128
        && text.bytes().all(inside)
        && text.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases() {
        for good in ["python", "py:3", "lab/python:3.11-x@1", "3"] {
            assert!(is_alias(good), "{good}");
        }
        let long = "x".repeat(129);
        for bad in ["", "a b", "-r", ".x", "a\0", "a\n", "é", "\u{202e}x", long.as_str()] {
            assert!(!is_alias(bad), "{bad:?}");
        }
    }
}
