//! People and what they belong to: domains, projects, keypairs, policies, resource groups, presets.

use serde::{Deserialize, Serialize};
use serde_json::Value;

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
    /// Public half of its SSH key.
    pub ssh_public_key: Option<String>,
}

/// A tenant.
#[derive(Clone, Debug, PartialEq)]
pub struct Domain {
    /// Name.
    pub name: DomainName,
    /// Free text.
    pub description: Option<String>,
    /// Whether its people may do anything.
    pub is_active: bool,
    /// Quota; slots not listed are unlimited.
    pub total_resource_slots: Slots,
    /// Folder hosts it may use.
    pub allowed_vfolder_hosts: Vec<String>,
    /// Registries whose images it may use.
    pub allowed_registries: Vec<String>,
    /// Id in another system.
    pub integration_id: Option<String>,
    /// Made at.
    pub created_at: Timestamp,
    /// Last changed at.
    pub modified_at: Timestamp,
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
    /// Folder hosts it may use.
    pub allowed_vfolder_hosts: Vec<String>,
    /// Id in another system.
    pub integration_id: Option<String>,
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
    /// Seconds; zero is never, negative the server's default.
    pub idle_timeout: i64,
    /// Folders; zero is unlimited.
    pub max_vfolder_count: i32,
    /// Bytes of a folder; zero is unlimited.
    pub max_vfolder_size: i64,
    /// Folder hosts it may use.
    pub allowed_vfolder_hosts: Vec<String>,
    /// Seconds that a session may run in all; zero is no limit. Rollcall's own.
    pub max_session_lifetime: i64,
    /// Seconds by which an owner may push the end of a session out, in all. Rollcall's own.
    pub max_extension: i64,
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
    /// Made at.
    pub created_at: Timestamp,
    /// Address of the proxy for applications.
    pub wsproxy_addr: Option<String>,
    /// `static`.
    pub driver: String,
    /// Options of the driver, an object.
    pub driver_opts: Value,
    /// `fifo`, `lifo` or `drf` (`session-lifecycle.md` §7).
    pub scheduler: String,
    /// Options of the scheduler, an object.
    pub scheduler_opts: Value,
}

impl ResourceGroup {
    /// An active one, first in, first out, with no options.
    #[must_use]
    pub fn new(name: &str, created_at: Timestamp) -> Self {
        Self {
            name: name.to_owned(),
            description: None,
            is_active: true,
            created_at,
            wsproxy_addr: None,
            driver: "static".to_owned(),
            driver_opts: Value::Object(serde_json::Map::new()),
            scheduler: "fifo".to_owned(),
            scheduler_opts: Value::Object(serde_json::Map::new()),
        }
    }
}

impl KeypairPolicy {
    /// A policy without limits but for these two.
    #[must_use]
    pub fn unlimited(name: &str, max_concurrent_sessions: i32, max_containers_per_session: i32, at: Timestamp) -> Self {
        Self {
            name: name.to_owned(),
            default_for_unspecified: DefaultForUnspecified::Unlimited,
            total_resource_slots: Slots::default(),
            max_concurrent_sessions,
            max_containers_per_session,
            idle_timeout: 0,
            max_vfolder_count: 0,
            max_vfolder_size: 0,
            allowed_vfolder_hosts: Vec::new(),
            max_session_lifetime: 0,
            max_extension: 0,
            created_at: at,
        }
    }
}
