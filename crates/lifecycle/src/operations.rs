//! What people do with sessions, each by its permit.

use std::time::Duration;

use rollcall_model::access::{
    Caller, Create, Destroy, ForceDestroy, Inspect, MayAdvance, Permit, Rename, Restart, Scope,
};
use rollcall_model::ids::{AgentId, KernelId, SessionId};
use rollcall_model::machine::MachineStats;
use rollcall_model::session::Session;
use rollcall_model::stats::KernelStats;
use rollcall_model::status::{Ending, Status, Step};
use rollcall_model::terminal::OpenTerminal;
use rollcall_runtime::Terminal;
use rollcall_store::{Advance, Advanced, Change, RenameOutcome};
use tokio::time::Instant;

use crate::admission::{Admission, name};
use crate::request::{CreateRequest, Created, Destroyed, WaitOutcome};
use crate::{Lifecycle, LifecycleError, attend, clock, status_data};

/// Changes by other managers touch no hub of this process: look again this often.
pub(crate) const OTHERS: Duration = Duration::from_secs(1);

impl Lifecycle {
    /// Admits a session: PENDING, or the live one of the same name and image.
    ///
    /// # Errors
    /// Every refusal of `rest.md` §3.1; nothing is changed then.
    pub async fn create(
        &self,
        caller: &Caller,
        permit: &Permit<Create>,
        request: CreateRequest,
    ) -> Result<Created, LifecycleError> {
        let about = self.core.engine.about();
        if !about.starts_sessions {
            return Err(LifecycleError::Unavailable {
                reason: format!("no fence holds sessions here: {}", about.fence_text),
            });
        }
        let admission = Admission { store: &self.core.store, caller, permit };
        let created = admission.create(request).await?;
        self.core.wake.notify_one();
        Ok(created)
    }

    /// The number of the newest event.
    ///
    /// # Errors
    /// [`LifecycleError::Store`].
    pub async fn last_event(&self) -> Result<i64, LifecycleError> {
        Ok(self.core.store.last_event(self.core.system).await?)
    }

    /// Waits until a session runs or is over, at most `limit`.
    ///
    /// # Errors
    /// [`LifecycleError::Store`].
    pub async fn wait_started(&self, id: SessionId, limit: Option<Duration>) -> Result<WaitOutcome, LifecycleError> {
        let started = |session: &Session| {
            !matches!(session.status, Status::Pending | Status::Scheduled | Status::Preparing | Status::Pulling)
        };
        self.wait(id, limit, started).await
    }

    async fn wait(
        &self,
        id: SessionId,
        limit: Option<Duration>,
        reached: impl Fn(&Session) -> bool,
    ) -> Result<WaitOutcome, LifecycleError> {
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        let mut follower = self.core.hub.follow(id);
        loop {
            let Some(session) = self.core.session(id).await? else { return Ok(WaitOutcome::Gone) };
            if reached(&session) {
                return Ok(WaitOutcome::Settled(session));
            }
            let now = Instant::now();
            if deadline.is_some_and(|deadline| deadline <= now) {
                return Ok(WaitOutcome::TimedOut(session));
            }
            let again = now + OTHERS;
            let until = deadline.map_or(again, |deadline| deadline.min(again));
            tokio::select! {
                () = follower.touched() => {}
                () = tokio::time::sleep_until(until) => {}
            }
        }
    }

    /// Ends a session in the orderly way (`session-lifecycle.md` §5).
    ///
    /// # Errors
    /// [`LifecycleError::Forbidden`] by status, [`LifecycleError::SessionNotFound`] if it is over.
    pub async fn destroy(&self, permit: &Permit<Destroy>, session: &Session) -> Result<Destroyed, LifecycleError> {
        self.end(permit, &permit.scope(), session, orderly, "user-requested").await
    }

    /// Ends a session whatever it is doing, but not while an image is pulled.
    ///
    /// # Errors
    /// [`LifecycleError::Forbidden`] by status, [`LifecycleError::SessionNotFound`] if it is over.
    pub async fn force_destroy(
        &self,
        permit: &Permit<ForceDestroy>,
        session: &Session,
    ) -> Result<Destroyed, LifecycleError> {
        self.end(permit, &permit.scope(), session, forced, "force-terminated").await
    }

    async fn end<A: MayAdvance>(
        &self,
        may: &A,
        scope: &Scope,
        session: &Session,
        rule: fn(Status) -> Result<Step, LifecycleError>,
        reason: &'static str,
    ) -> Result<Destroyed, LifecycleError> {
        let mut session = session.clone();
        loop {
            let step = rule(session.status)?;
            let advance = self.ending(&session, step, reason).await?;
            match self.core.advance(may, &advance).await? {
                Advanced::Done(_) if step == Step::Cancel => return Ok(Destroyed::Cancelled),
                Advanced::Done(_) => return self.ended(scope, session.id).await,
                // Somebody moved it: the rule says what that means.
                _ => match self.core.store.session(scope, session.id).await? {
                    Some(now) => session = now,
                    None => return Err(LifecycleError::SessionNotFound),
                },
            }
        }
    }

    pub(crate) async fn ending(&self, session: &Session, step: Step, reason: &str) -> Result<Advance, LifecycleError> {
        let mut advance = Advance::new(session.id, session.status, step, clock::now());
        let missing = step == Step::ForceTerminate && session.agent.is_none();
        let reason = if missing { "missing-agent-allocation" } else { reason };
        advance.reason = Change::Set(Some(reason.to_owned()));
        match step {
            Step::Terminate => advance.status_data = Change::Set(Some(status_data::ending(None, "terminating"))),
            Step::ForceTerminate if session.agent.as_ref() == Some(self.core.agent()) => {
                let ids = [session.id];
                let kernels = self.core.store.kernels_of(&self.core.system.scope(), &ids).await?;
                for kernel in kernels.into_values().flatten() {
                    advance.kernels.push(attend::remains(&self.core, session.id, kernel.id).await);
                }
            }
            _ => {}
        }
        Ok(advance)
    }

    /// Waits a while for the end, and tells the last known use.
    async fn ended(&self, scope: &Scope, id: SessionId) -> Result<Destroyed, LifecycleError> {
        let latest = self.core.engine.stats(id.main_kernel()).await;
        let patience = Some(self.core.settings.answer_patience);
        self.wait(id, patience, |session| session.status.is_dead()).await?;
        let kernel = self.core.store.kernel(scope, id.main_kernel()).await?;
        Ok(Destroyed::Terminated(kernel.and_then(|kernel| kernel.last_stat).or(latest)))
    }

    /// Replaces the kernels of a running session by new ones with the same homes, and waits for them.
    ///
    /// # Errors
    /// [`LifecycleError::NotRunning`], [`LifecycleError::RestartFailed`].
    pub async fn restart(&self, permit: &Permit<Restart>, session: &Session) -> Result<(), LifecycleError> {
        let mut advance = Advance::new(session.id, Status::Running, Step::Restart, clock::now());
        advance.raise_generation = true;
        match self.core.advance(permit, &advance).await? {
            Advanced::Done(_) => {}
            Advanced::Gone => return Err(LifecycleError::SessionNotFound),
            Advanced::Stale(status) if status.is_dead() => return Err(LifecycleError::SessionNotFound),
            Advanced::Stale(status) => return Err(LifecycleError::NotRunning { status }),
            Advanced::Barred(_) | Advanced::NoRoom | Advanced::OverLimit(_) => {
                return Err(LifecycleError::NotRunning { status: session.status });
            }
        }
        let patience = Some(self.core.settings.answer_patience);
        match self.wait(session.id, patience, |session| session.status != Status::Restarting).await? {
            WaitOutcome::Settled(session) if session.status == Status::Error => {
                Err(LifecycleError::RestartFailed { reason: session.status_info.unwrap_or_default() })
            }
            WaitOutcome::Gone => Err(LifecycleError::SessionNotFound),
            WaitOutcome::Settled(_) | WaitOutcome::TimedOut(_) => Ok(()),
        }
    }

    /// Gives a running session another name.
    ///
    /// # Errors
    /// [`LifecycleError::NotRunning`], [`LifecycleError::SessionExists`], a bad name.
    pub async fn rename(&self, permit: &Permit<Rename>, session: &Session, new: &str) -> Result<(), LifecycleError> {
        name::check(new)?;
        match self.core.store.rename_session(permit, session.id, new, clock::now()).await? {
            RenameOutcome::Renamed => Ok(()),
            RenameOutcome::NameTaken => Err(LifecycleError::name_taken(new)),
            RenameOutcome::NotRunning => Err(LifecycleError::NotRunning { status: self.status_now(session).await? }),
            RenameOutcome::Gone => Err(LifecycleError::SessionNotFound),
        }
    }

    async fn status_now(&self, session: &Session) -> Result<Status, LifecycleError> {
        Ok(self.core.session(session.id).await?.map_or(session.status, |session| session.status))
    }

    /// What a session wrote: of a live one the engine's, of an ended one what was kept. `None` if
    /// nothing was.
    ///
    /// # Errors
    /// [`LifecycleError::Store`], [`LifecycleError::Engine`].
    pub async fn logs(&self, permit: &Permit<Inspect>, session: &Session) -> Result<Option<String>, LifecycleError> {
        let kernel = session.id.main_kernel();
        let text = |log: Vec<u8>| String::from_utf8_lossy(&log).into_owned();
        // The kept log first: an ended kernel's is complete there before the engine forgets it.
        if let Some(log) = self.core.store.kernel_log(&permit.scope(), kernel).await? {
            return Ok(Some(text(log)));
        }
        match self.core.store.session(&permit.scope(), session.id).await? {
            Some(session) if !session.status.is_dead() => {
                Ok(Some(self.core.engine.logs(kernel).await?.map(text).unwrap_or_default()))
            }
            // It may have ended, and its log have been kept, since the first look.
            Some(_) => Ok(self.core.store.kernel_log(&permit.scope(), kernel).await?.map(text)),
            None => Ok(None),
        }
    }

    /// Opens the terminal of a session's main container. `None` where it does not run here.
    ///
    /// # Errors
    /// [`LifecycleError::SessionNotFound`] outside of what the proof reaches, [`LifecycleError::NotRunning`],
    /// [`LifecycleError::Engine`].
    pub async fn terminal(&self, may: &OpenTerminal, id: SessionId) -> Result<Option<Terminal>, LifecycleError> {
        let session = self.core.store.session(may.scope(), id).await?.ok_or(LifecycleError::SessionNotFound)?;
        match session.status {
            Status::Running => Ok(self.core.engine.attach(id.main_kernel()).await?),
            status if status.is_dead() => Err(LifecycleError::SessionNotFound),
            status => Err(LifecycleError::NotRunning { status }),
        }
    }

    /// Waits for a change of a session, at most a second.
    pub async fn touched(&self, id: SessionId) {
        let mut follower = self.core.hub.follow(id);
        let _ = tokio::time::timeout(OTHERS, follower.touched()).await;
    }

    /// The latest use of a kernel of this engine.
    pub async fn live_stat(&self, kernel: KernelId) -> Option<KernelStats> {
        self.core.engine.stats(kernel).await
    }

    /// How the machine of an agent was used lately; `None` for an agent that is not this machine.
    pub async fn machine_stat(&self, agent: &AgentId) -> Option<MachineStats> {
        if self.core.agent() == agent { self.core.engine.machine().await } else { None }
    }

    /// Which fence holds the kernels of an agent, what it leaves open and how they are limited;
    /// `None` for an agent that is not this machine.
    #[must_use]
    pub fn fence(&self, agent: &AgentId) -> Option<serde_json::Value> {
        let about = self.core.engine.about();
        (about.agent == *agent).then(|| {
            serde_json::json!({
                "name": about.fence.name(),
                "text": about.fence_text,
                "limits": about.limits_text,
                "network": about.network_text,
            })
        })
    }
}

/// What an orderly end means in each status.
fn orderly(status: Status) -> Result<Step, LifecycleError> {
    match status.ending() {
        Ending::Forced | Ending::Underway => {
            Err(forbidden("Cannot destroy kernels in scheduled/preparing/terminating/error status"))
        }
        Ending::Orderly | Ending::NotYet | Ending::Over => forced(status),
    }
}

/// What an end by force means in each status.
fn forced(status: Status) -> Result<Step, LifecycleError> {
    status.end_step().ok_or_else(|| match status.is_dead() {
        true => LifecycleError::SessionNotFound,
        false => forbidden("Cannot destroy kernels in pulling status"),
    })
}

fn forbidden(msg: &str) -> LifecycleError {
    LifecycleError::Forbidden { msg: msg.to_owned() }
}
