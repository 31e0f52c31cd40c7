//! A session and its kernels, as they are stored and listed.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Timestamp;
use crate::access::Owners;
use crate::ids::{AccessKey, AgentId, DomainName, GroupId, KernelId, SessionId, UserId};
use crate::slots::Slots;
use crate::stats::KernelStats;
use crate::status::Status;

/// Interactive, or one command to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum SessionType {
    /// Stays until ended.
    Interactive,
    /// Ends with its command.
    Batch,
}

/// How the kernels of a cluster are placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClusterMode {
    /// All on one agent.
    SingleNode,
    /// Spread over agents.
    MultiNode,
}

/// What came of a batch command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum SessionResult {
    /// Not known, or not a batch session.
    Undefined,
    /// Exit code 0.
    Success,
    /// Anything else.
    Failure,
}

macro_rules! names {
    ($type:ident { $($variant:ident => $db:literal / $field:literal),+ $(,)? }) => {
        impl $type {
            /// All values in declaration order, which is also the sorting order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The UPPER_CASE name: database, filters.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $db),+ }
            }

            /// The value as fields of the API print it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $field),+ }
            }

            /// Reads the UPPER_CASE name; `None` for anything else.
            #[must_use]
            pub fn parse_name(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.name() == text)
            }
        }
    };
}

names!(SessionType { Interactive => "INTERACTIVE" / "INTERACTIVE", Batch => "BATCH" / "BATCH" });
names!(ClusterMode { SingleNode => "SINGLE_NODE" / "single-node", MultiNode => "MULTI_NODE" / "multi-node" });
names!(SessionResult { Undefined => "UNDEFINED" / "UNDEFINED", Success => "SUCCESS" / "SUCCESS", Failure => "FAILURE" / "FAILURE" });

/// A session with what its list row needs. Kernels come apart ([`Kernel`]).
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// Id.
    pub id: SessionId,
    /// Name, unique among the owner key's live sessions.
    pub name: String,
    /// Kind.
    pub session_type: SessionType,
    /// Canonical image reference of the main kernel.
    pub image: String,
    /// Registry part of it.
    pub registry: String,
    /// Free tag.
    pub tag: Option<String>,
    /// Placement of kernels.
    pub cluster_mode: ClusterMode,
    /// Number of kernels.
    pub cluster_size: i32,
    /// Domain, fixed at creation.
    pub domain: DomainName,
    /// Project.
    pub group_id: GroupId,
    /// Project's name.
    pub group_name: String,
    /// Owner.
    pub user_id: UserId,
    /// Owner's e-mail.
    pub user_email: String,
    /// Owner's key.
    pub access_key: AccessKey,
    /// Status.
    pub status: Status,
    /// Last change, see [`crate::status::Step::touches_status_changed`].
    pub status_changed: Option<Timestamp>,
    /// Reason, kebab-case.
    pub status_info: Option<String>,
    /// Details (`session-lifecycle.md` §4).
    pub status_data: Option<Value>,
    /// Made at.
    pub created_at: Timestamp,
    /// Ended at.
    pub terminated_at: Option<Timestamp>,
    /// Not before.
    pub starts_at: Option<Timestamp>,
    /// Batch command.
    pub startup_command: Option<String>,
    /// Base64 text run once before the first prompt or command.
    pub bootstrap_script: Option<String>,
    /// What came of it.
    pub result: SessionResult,
    /// `{"shmem": bytes, …}`.
    pub resource_opts: Value,
    /// Resource group asked for, and later used.
    pub scaling_group: Option<String>,
    /// Agent of the main kernel.
    pub agent: Option<AgentId>,
    /// Ports of its services once it runs.
    pub service_ports: Option<Value>,
    /// Environment given by the creator.
    pub environ: Vec<(String, String)>,
    /// Sum over all kernels.
    pub occupied_slots: Slots,
    /// Why it waits, while it is PENDING and after the first try.
    pub waiting: Option<Waiting>,
    /// What its idle and lifetime limits count from.
    pub times: SessionTimes,
}

impl Session {
    /// Whose it is.
    #[must_use]
    pub fn owners(&self) -> Owners<'_> {
        Owners { domain: &self.domain, group: self.group_id, user: self.user_id, access_key: &self.access_key }
    }
}

/// Why a session waits, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// One plain sentence.
    pub sentence: String,
    /// Sessions of its resource group that are considered before it; those that are not to be started
    /// yet are before nobody.
    pub ahead: i64,
    /// What would let it start.
    pub unblock: String,
}

/// What the limits of a session count from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SessionTimes {
    /// When it first entered RUNNING; a restart does not move it.
    pub running_since: Option<Timestamp>,
    /// Last sign of use, of which entering RUNNING is one; flushed in batches.
    pub last_access: Option<Timestamp>,
    /// Seconds by which the owner has pushed its end out.
    pub extended_by: i64,
    /// An extension keeps it from ending as idle before this.
    pub kept_until: Option<Timestamp>,
    /// The end that was announced last.
    pub warned_of: Option<Timestamp>,
}

/// One process or container of a session.
#[derive(Clone, Debug, PartialEq)]
pub struct Kernel {
    /// Id; the main kernel has the session's.
    pub id: KernelId,
    /// Session.
    pub session_id: SessionId,
    /// `main` or `sub`.
    pub cluster_role: String,
    /// 1 for main, 1.. for the others.
    pub cluster_idx: i32,
    /// `main1`, `sub1`, …
    pub cluster_hostname: String,
    /// Canonical image reference.
    pub image: String,
    /// Registry part of it.
    pub registry: String,
    /// Status.
    pub status: Status,
    /// Last change.
    pub status_changed: Option<Timestamp>,
    /// Reason.
    pub status_info: Option<String>,
    /// Details.
    pub status_data: Option<Value>,
    /// Made at.
    pub created_at: Timestamp,
    /// Ended at.
    pub terminated_at: Option<Timestamp>,
    /// Not before.
    pub starts_at: Option<Timestamp>,
    /// Where it runs.
    pub agent: Option<AgentId>,
    /// The engine's own name for it.
    pub container_id: Option<String>,
    /// 0 at first, one more with each restart; the runtime replaces an older one.
    pub generation: i32,
    /// How it ended.
    pub exit_code: Option<i32>,
    /// Slots of this kernel.
    pub occupied_slots: Slots,
    /// `{"shmem": bytes, …}`.
    pub resource_opts: Value,
    /// Use at the end.
    pub last_stat: Option<KernelStats>,
}
