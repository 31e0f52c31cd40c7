//! The one way a session's status changes.

use rollcall_model::Timestamp;
use rollcall_model::access::{MayAdvance, Scope};
use rollcall_model::bar::Bar;
use rollcall_model::course::Course;
use rollcall_model::ids::{AgentId, KernelId, SessionId};
use rollcall_model::quota::Excess;
use rollcall_model::session::{Kernel, Session, SessionResult};
use rollcall_model::stats::KernelStats;
use rollcall_model::status::{Status, Step};
use serde_json::Value;

use super::announce::{Occasion, announce};
use super::bars::hold_accounts;
use super::course::keep_course;
use super::read::{bind_scope, scoped};
use super::room::{Refused, check_room};
use super::rows::{KernelRow, SessionRow, kernels, select_kernels, select_sessions};
use super::times::{Due, enter_running};
use super::write::{insert_history, update_kernel, update_session};
use crate::change::Change;
use crate::counters::count;
use crate::engine::{Tx, retrying, run, writing};
use crate::error::Doing;
use crate::founding::HistoryEntry;
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
    /// What it used over time.
    pub course: Option<Course>,
    /// Log to keep, bounded by the engine.
    pub log: Option<Vec<u8>>,
}

impl KernelChange {
    /// Nothing yet of one kernel.
    #[must_use]
    pub fn of(id: KernelId) -> Self {
        Self {
            id,
            container_id: Change::Keep,
            exit_code: Change::Keep,
            last_stat: Change::Keep,
            course: None,
            log: None,
        }
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
    /// Only if a limit brings the end, as it is judged inside the transaction: what was used or
    /// extended a moment ago, or came under another policy, goes on.
    pub if_due: Option<Due>,
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
            if_due: None,
        }
    }
}

/// What came of it. Only [`Advanced::Done`] changed anything.
#[derive(Clone, Debug, PartialEq)]
pub enum Advanced {
    /// Done; the session as it is now.
    Done(Session),
    /// Another writer was first, or the end is not due: this is the status now. Look again.
    Stale(Status),
    /// No such session in reach.
    Gone,
    /// Something that its owner needs was switched off or taken away ([`Step::Schedule`]).
    Barred(Bar),
    /// The agent has no room any more ([`Step::Schedule`]).
    NoRoom,
    /// Limits of its key, project or domain leave it no room ([`Step::Schedule`]): all of them, never
    /// none.
    OverLimit(Vec<Excess>),
}

impl Store {
    /// Takes one step in one transaction: row, kernels, history, counters and events.
    ///
    /// # Errors
    /// [`StoreError::ImpossibleStep`], [`StoreError::Forbidden`], [`StoreError::Query`].
    pub async fn advance<A: MayAdvance>(&self, may: &A, advance: &Advance) -> Result<Advanced, StoreError> {
        retrying!(self.try_advance(may, advance))
    }

    async fn try_advance<A: MayAdvance>(&self, may: &A, advance: &Advance) -> Result<Advanced, StoreError> {
        if !may.may_take(advance.step) {
            return Err(StoreError::Forbidden(advance.step));
        }
        let mut tx = self.begin().await?;
        if advance.step == Step::Schedule {
            hold_accounts(&mut tx).await?;
        }
        let old = locked_session(&mut tx, &may.reach(), advance.session).await?;
        let Some(old) = old else { return Ok(Advanced::Gone) };
        if old.status != advance.expected {
            return Ok(Advanced::Stale(old.status));
        }
        if let Some(due) = &advance.if_due
            && !due.brings_the_end(&mut tx, &old, advance.at).await?
        {
            return Ok(Advanced::Stale(old.status));
        }
        if !advance.step.may_start_from(old.status) {
            return Err(StoreError::ImpossibleStep { step: advance.step, from: old.status });
        }
        let kernels = kernels_of(&mut tx, advance.session).await?;
        if advance.step == Step::Schedule {
            match check_room(&mut tx, &old, &kernels, advance.placement.as_ref()).await? {
                Some(Refused::Barred(bar)) => return Ok(Advanced::Barred(bar)),
                Some(Refused::NoRoom) => return Ok(Advanced::NoRoom),
                Some(Refused::OverLimit(excesses)) => return Ok(Advanced::OverLimit(excesses)),
                None => {}
            }
        }
        let session = self.write_step(&mut tx, &old, kernels, advance).await?;
        self.commit(tx).await?;
        Ok(Advanced::Done(session))
    }

    async fn write_step(
        &self,
        tx: &mut Tx,
        old: &Session,
        kernels: Vec<Kernel>,
        advance: &Advance,
    ) -> Result<Session, StoreError> {
        let mut session = stepped_session(old.clone(), advance);
        let kernels: Vec<Kernel> = kernels.into_iter().map(|kernel| stepped_kernel(kernel, advance)).collect();
        update_session(tx, &session).await?;
        if session.status == Status::Running {
            enter_running(tx, &mut session, advance.at).await?;
        }
        for kernel in &kernels {
            update_kernel(tx, kernel).await?;
        }
        let known = |change: &&KernelChange| kernels.iter().any(|kernel| kernel.id == change.id);
        for change in advance.kernels.iter().filter(known) {
            if let Some(log) = &change.log {
                keep_log(tx, change.id, log).await?;
            }
            if let Some(course) = &change.course {
                keep_course(tx, change.id, course).await?;
            }
        }
        let reason = match &advance.reason {
            Change::Set(reason) => reason.clone(),
            Change::Keep => None,
        };
        let (step, at) = (Some(advance.step), advance.at);
        let entry = HistoryEntry { step, from: Some(old.status), to: session.status, reason: reason.clone(), at };
        insert_history(tx, session.id, &entry).await?;
        count(tx, &session, Some(old.status), session.status).await?;
        let result = match advance.result {
            Change::Set(result) => Some(result),
            Change::Keep => None,
        };
        let occasion = Occasion { step, reason: reason.as_deref().unwrap_or(""), result, at };
        announce(tx, &session, &kernels, &occasion).await?;
        Ok(session)
    }
}

fn stepped_session(mut session: Session, advance: &Advance) -> Session {
    session.status = advance.step.target();
    if advance.step.touches_status_changed() {
        session.status_changed = Some(advance.at);
    }
    if session.status.is_dead() {
        session.terminated_at = Some(advance.at);
    }
    if let Some(placement) = &advance.placement {
        session.agent = Some(placement.agent.clone());
        session.scaling_group = Some(placement.scaling_group.clone());
    }
    session.status_info = advance.reason.clone().over(session.status_info);
    session.status_data = advance.status_data.clone().over(session.status_data);
    session.service_ports = advance.service_ports.clone().over(session.service_ports);
    session.result = advance.result.clone().over(session.result);
    // Every step leads out of the queue.
    session.waiting = None;
    session
}

fn stepped_kernel(mut kernel: Kernel, advance: &Advance) -> Kernel {
    kernel.status = advance.step.target();
    if advance.step.touches_status_changed() {
        kernel.status_changed = Some(advance.at);
    }
    if kernel.status.is_dead() {
        kernel.terminated_at = Some(advance.at);
    }
    if let Some(placement) = &advance.placement {
        kernel.agent = Some(placement.agent.clone());
    }
    if advance.raise_generation {
        kernel.generation += 1;
    }
    kernel.status_info = advance.reason.clone().over(kernel.status_info);
    kernel.status_data = advance.status_data.clone().over(kernel.status_data);
    if let Some(change) = advance.kernels.iter().find(|change| change.id == kernel.id) {
        kernel.container_id = change.container_id.clone().over(kernel.container_id);
        kernel.exit_code = change.exit_code.clone().over(kernel.exit_code);
        kernel.last_stat = change.last_stat.clone().over(kernel.last_stat);
    }
    kernel
}

/// The session to be changed, inside the scope alone; held on PostgreSQL.
pub(super) async fn locked_session(tx: &mut Tx, scope: &Scope, id: SessionId) -> Result<Option<Session>, StoreError> {
    let sql = tx.text(scoped!(select_sessions, "s.id = $1"), scoped!(select_sessions, "s.id = $1", " FOR UPDATE OF s"));
    let row = writing!(tx, db => {
        bind_scope!(sqlx::query_as::<_, SessionRow>(sql).bind(id.0), scope).fetch_optional(db).await
    });
    row.doing("reading the session to advance")?.map(SessionRow::session).transpose()
}

async fn kernels_of(tx: &mut Tx, id: SessionId) -> Result<Vec<Kernel>, StoreError> {
    let sql = select_kernels!("WHERE k.session_id = $1 ORDER BY k.cluster_role, k.cluster_idx");
    let rows = writing!(tx, db => sqlx::query_as::<_, KernelRow>(sql).bind(id.0).fetch_all(db).await);
    kernels(rows.doing("reading the kernels to advance")?)
}

async fn keep_log(tx: &mut Tx, id: KernelId, log: &[u8]) -> Result<(), StoreError> {
    let sql = "INSERT INTO kernel_logs (kernel_id, content) VALUES ($1, $2) \
               ON CONFLICT (kernel_id) DO UPDATE SET content = excluded.content";
    run!(tx, "keeping a kernel's log", sql, id.0, log).map(|_| ())
}
