//! The four roles of a person (`session-lifecycle.md` §10).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a person is in the whole installation. A project knows no roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sees and manages everything.
    Superadmin,
    /// Administers one domain.
    Admin,
    /// Sees their own sessions.
    User,
    /// Reads status pages alone; most queries answer it with an error.
    Monitor,
}

impl Role {
    /// All four, in the order of their rights.
    pub const ALL: [Self; 4] = [Self::Superadmin, Self::Admin, Self::User, Self::Monitor];

    /// The lower-case value used by the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Superadmin => "superadmin",
            Self::Admin => "admin",
            Self::User => "user",
            Self::Monitor => "monitor",
        }
    }

    /// Whether keypairs of this role carry the admin flag.
    #[must_use]
    pub fn is_administrative(self) -> bool {
        matches!(self, Self::Superadmin | Self::Admin)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown role `{0}`: use superadmin, admin, user or monitor")]
pub struct UnknownRole(pub String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| UnknownRole(text.to_owned()))
    }
}
