//! `GET /session/{s}`, with its printed forms (`rest.md` §3.3).

use rollcall_model::Timestamp;
use rollcall_model::ids::{DomainName, GroupId, UserId};
use rollcall_model::session::{Kernel, Session};
use rollcall_model::time::print_spaced;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{printed, stats};

/// What is told about one session. Some values are printed forms that nobody can read back; they
/// are texts because clients print them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionInfo {
    /// Domain.
    pub domain_name: DomainName,
    /// Project.
    pub group_id: GroupId,
    /// Owner.
    pub user_id: UserId,
    /// Image.
    pub lang: String,
    /// Image again.
    pub image: String,
    /// Registry of the image.
    pub registry: String,
    /// Free tag.
    pub tag: Option<String>,
    /// The engine's name of the main kernel, or `None` as a text.
    pub container_id: String,
    /// Printed slots.
    pub occupied_slots: String,
    /// Printed empty map.
    pub occupied_shares: String,
    /// Printed list.
    pub environ: String,
    /// Status name.
    pub status: String,
    /// Reason, or `None` as a text.
    pub status_info: String,
    /// Details.
    pub status_data: Option<Value>,
    /// Milliseconds since its creation.
    pub age: i64,
    /// Made at, with a blank for the `T`.
    pub creation_time: String,
    /// Ended at.
    pub termination_time: Option<String>,
    /// 0.
    pub num_queries_executed: i64,
    /// Use at the end.
    pub last_stat: Option<Value>,
}

impl SessionInfo {
    /// The answer about a session and its main kernel.
    #[must_use]
    pub fn of(session: &Session, main: Option<&Kernel>, now: Timestamp) -> Self {
        let environ: Vec<_> = session.environ.iter().map(|(name, value)| format!("{name}={value}")).collect();
        Self {
            domain_name: session.domain.clone(),
            group_id: session.group_id,
            user_id: session.user_id,
            lang: session.image.clone(),
            image: session.image.clone(),
            registry: session.registry.clone(),
            tag: session.tag.clone(),
            container_id: printed::optional(main.and_then(|kernel| kernel.container_id.as_deref())),
            occupied_slots: printed::slots(&session.occupied_slots),
            occupied_shares: "{}".to_owned(),
            environ: printed::list(environ.iter().map(String::as_str)),
            status: session.status.as_str().to_owned(),
            status_info: printed::optional(session.status_info.as_deref()),
            status_data: session.status_data.clone(),
            age: (now - session.created_at).num_milliseconds().max(0),
            creation_time: print_spaced(session.created_at),
            termination_time: session.terminated_at.map(print_spaced),
            num_queries_executed: 0,
            last_stat: main.and_then(|kernel| kernel.last_stat.as_ref()).map(stats::print),
        }
    }
}
