//! The event feed: what happened, in the order in which it was committed (`rest.md` §6.1).

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::ids::{AccessKey, DomainName, GroupId, KernelId, SessionId, UserId};

/// One row of the feed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Position; follows commit order without exception, gaps allowed.
    pub number: i64,
    /// Wire name, such as `session_started`.
    pub name: String,
    /// Why.
    pub reason: String,
    /// Session.
    pub session_id: SessionId,
    /// Its name at that moment.
    pub session_name: String,
    /// Kernel; the main one for session events.
    pub kernel_id: KernelId,
    /// `main` or `sub`; kernel events only.
    pub cluster_role: Option<String>,
    /// Index in the cluster; kernel events only.
    pub cluster_idx: Option<i32>,
    /// Owner's key.
    pub access_key: AccessKey,
    /// Owner.
    pub user_id: UserId,
    /// Domain of the session.
    pub domain: DomainName,
    /// Project of the session.
    pub group_id: GroupId,
    /// When.
    pub at: Timestamp,
}
