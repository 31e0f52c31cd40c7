//! Bodies of `/manager` (`rest.md` §2).

use serde::{Deserialize, Serialize};

/// The answer of `GET /manager/announcement`. A disabled one has an empty message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// Whether there is one.
    pub enabled: bool,
    /// Its text.
    pub message: String,
}

impl Announcement {
    /// The announcement, or that there is none.
    #[must_use]
    pub fn of(message: Option<String>) -> Self {
        Self { enabled: message.is_some(), message: message.unwrap_or_default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_is_disabled_and_empty() {
        assert_eq!(Announcement::of(None), Announcement { enabled: false, message: String::new() });
        assert!(Announcement::of(Some("hi".into())).enabled);
    }
}
