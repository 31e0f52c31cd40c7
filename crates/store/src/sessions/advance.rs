//! The one way a session's status changes.

use rollcall_model::Timestamp;
use rollcall_model::access::MayAdvance;
use rollcall_model::ids::{AgentId, KernelId, SessionId};
use rollcall_model::session::{Session, SessionResult};
use rollcall_model::stats::KernelStats;
use rollcall_model::status::{Status, Step};
use serde_json::Value;

use crate::change::Change;
use crate::{Store, StoreError};

/// Where a session is put.
#[derive(Clone, Debug, PartialEq)]
pub struct Placement {
    /// Agent of all its kernels.
    pub agent: AgentId,
    /// Resource group.
    pub scaling_group: String,
}

/// What one kernel adds to a step. Its status, reason and times follow the session's.
#[derive(Clone, Debug, PartialEq)]
pub struct KernelChange {
    /// Kernel.
    pub id: KernelId,
    /// The engine's name for it.
    pub container_id: Change<Option<String>>,
    /// How it ended.
    pub exit_code: Change<Option<i32>>,
    /// Use at the end.
    pub last_stat: Change<Option<KernelStats>>,
    /// Log to keep, bounded by the engine.
    pub log: Option<Vec<u8>>,
}

impl KernelChange {
    /// Nothing yet of one kernel.
    #[must_use]
    pub fn of(id: KernelId) -> Self {
        Self { id, container_id: Change::Keep, exit_code: Change::Keep, last_stat: Change::Keep, log: None }
    }
}

/// One step of one session.
#[derive(Clone, Debug, PartialEq)]
pub struct Advance {
    /// Session.
    pub session: SessionId,
    /// The status the caller saw.
    pub expected: Status,
    /// Step.
    pub step: Step,
    /// When.
    pub at: Timestamp,
    /// `status_info` of session and kernels, and the reason in history and events.
    pub reason: Change<Option<String>>,
    /// `status_data` of session and kernels.
    pub status_data: Change<Option<Value>>,
    /// Needed by [`Step::Schedule`] and by nothing else.
    pub placement: Option<Placement>,
    /// What single kernels add.
    pub kernels: Vec<KernelChange>,
    /// Ports of services.
    pub service_ports: Change<Option<Value>>,
    /// What came of a batch command.
    pub result: Change<SessionResult>,
    /// Whether the kernels are to be replaced by a new generation.
    pub raise_generation: bool,
}

impl Advance {
    /// A step that only moves the status.
    #[must_use]
    pub fn new(session: SessionId, expected: Status, step: Step, at: Timestamp) -> Self {
        Self {
            session,
            expected,
            step,
            at,
            reason: Change::Keep,
            status_data: Change::Keep,
            placement: None,
            kernels: Vec::new(),
            service_ports: Change::Keep,
            result: Change::Keep,
            raise_generation: false,
        }
    }
}

/// What came of it. Only [`Advanced::Done`] changed anything.
#[derive(Clone, Debug, PartialEq)]
pub enum Advanced {
    /// Done; the session as it is now.
    Done(Session),
    /// Another writer was first: this is the status now. Look again.
    Stale(Status),
    /// No such session.
    Gone,
    /// The agent has no room any more ([`Step::Schedule`]).
    NoRoom,
    /// The key runs as many sessions as its policy allows ([`Step::Schedule`]); the limit.
    OverLimit(i32),
}

impl Store {
    /// Takes one step in one transaction: row, kernels, history, counters and events.
    ///
    /// # Errors
    /// [`StoreError::ImpossibleStep`], [`StoreError::Forbidden`], [`StoreError::Query`].
    pub async fn advance<A: MayAdvance>(&self, may: &A, advance: &Advance) -> Result<Advanced, StoreError> {
        let _ = may;
        todo!("{advance:?}")
    }
}
