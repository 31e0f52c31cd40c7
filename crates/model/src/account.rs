//! People and what they belong to: domains, projects, keypairs, policies, resource groups, presets.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::ids::{AccessKey, DomainName, GroupId, UserId};
use crate::role::Role;
use crate::slots::Slots;

/// Whether an account may be used (`session-lifecycle.md` §10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UserStatus {
    /// In use.
    Active,
    /// Switched off by an administrator.
    Inactive,
    /// Removed; kept for history.
    Deleted,
    /// The e-mail address is not confirmed.
    BeforeVerification,
}

impl UserStatus {
    /// The value used by the API and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Deleted => "deleted",
            Self::BeforeVerification => "before-verification",
        }
    }

    /// Reads the value; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Inactive, Self::Deleted, Self::BeforeVerification]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// A person.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// Id.
    pub id: UserId,
    /// Unique name; the e-mail unless given.
    pub username: String,
    /// Unique over all domains.
    pub email: String,
    /// Name for people.
    pub full_name: String,
    /// Free text.
    pub description: String,
    /// Whether the account may be used.
    pub status: UserStatus,
    /// Why the status is what it is.
    pub status_info: Option<String>,
    /// Whether the next sign-in must change the password.
    pub need_password_change: bool,
    /// Role.
    pub role: Role,
    /// The one domain of the person.
    pub domain: DomainName,
    /// Made at.
    pub created_at: Timestamp,
    /// Last changed at.
    pub modified_at: Timestamp,
}

/// A keypair without its secret half.
#[derive(Clone, Debug, PartialEq)]
pub struct Keypair {
    /// Public half.
    pub access_key: AccessKey,
    /// Owner.
    pub user_id: UserId,
    /// Owner's e-mail; the API calls it `user_id`.
    pub email: String,
    /// Owner's name.
    pub full_name: String,
    /// Whether it may sign.
    pub is_active: bool,
    /// The key's own admin flag.
    pub is_admin: bool,
    /// Name of its resource policy.
    pub resource_policy: String,
    /// Requests per 900 seconds.
    pub rate_limit: i32,
    /// Requests so far (flushed in batches).
    pub num_queries: i64,
    /// Last use (flushed in batches).
    pub last_used: Option<Timestamp>,
    /// Made at.
    pub created_at: Timestamp,
}

/// A project; the API says group.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Id.
    pub id: GroupId,
    /// Name, unique in its domain.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// Whether sessions may be made in it.
    pub is_active: bool,
    /// Its domain.
    pub domain: DomainName,
    /// Quota; slots not listed are unlimited.
    pub total_resource_slots: Slots,
    /// Made at.
    pub created_at: Timestamp,
    /// Last changed at.
    pub modified_at: Timestamp,
}

/// What slots missing from a policy mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum DefaultForUnspecified {
    /// Not listed is none.
    Limited,
    /// Not listed is infinite.
    Unlimited,
}

/// Limits of a keypair (`session-lifecycle.md` §9).
#[derive(Clone, Debug, PartialEq)]
pub struct KeypairPolicy {
    /// Name.
    pub name: String,
    /// What slots missing from the totals mean.
    pub default_for_unspecified: DefaultForUnspecified,
    /// Sum limit over the key's sessions.
    pub total_resource_slots: Slots,
    /// Sessions at once; more wait.
    pub max_concurrent_sessions: i32,
    /// Kernels of one session; more are refused.
    pub max_containers_per_session: i32,
    /// Seconds; zero is never.
    pub idle_timeout: i64,
    /// Made at.
    pub created_at: Timestamp,
}

/// A named size offered at launch.
#[derive(Clone, Debug, PartialEq)]
pub struct Preset {
    /// Name.
    pub name: String,
    /// Slots.
    pub resource_slots: Slots,
    /// Shared memory in bytes.
    pub shared_memory: Option<i64>,
}

/// Agents that are scheduled together; the API says scaling group.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceGroup {
    /// Name.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// Whether it takes sessions.
    pub is_active: bool,
}
