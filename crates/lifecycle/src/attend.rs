//! Acting on one session: each function brings it from what it is to what it should be, repeatable
//! from any point at which it may have been cut off.

use std::sync::Arc;

use rollcall_model::dotfile::Dotfile;
use rollcall_model::ids::{KernelId, SessionId};
use rollcall_model::session::{Kernel, Session};
use rollcall_model::status::{Status, Step};
use rollcall_runtime::{RuntimeError, Started};
use rollcall_store::{Advance, Advanced, Change, KernelChange};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::clock;
use crate::core::Core;
use crate::course;
use crate::decide::{Act, Ending};
use crate::error::LifecycleError;
use crate::spec;
use crate::status_data::{self, Failure};

/// One session and what to do about it.
pub(crate) struct Errand {
    pub(crate) session: Session,
    pub(crate) kernels: Vec<Kernel>,
    pub(crate) act: Act,
    /// A [`Act::Stop`] that was asked for before and took too long.
    pub(crate) impatient: bool,
}

type Failures = Vec<(Failure, bool)>;

impl Errand {
    /// Does it.
    pub(crate) async fn run(self, core: Arc<Core>) -> Result<(), LifecycleError> {
        match self.act {
            Act::Rest => Ok(()),
            Act::Start => self.start(&core).await,
            Act::Replace => self.replace(&core).await,
            Act::Conclude(ending) => self.conclude(&core, ending).await,
            Act::BeginEnd(ending) => self.begin_end(&core, ending).await,
            Act::Stop => self.stop(&core).await,
            Act::Finish(exit_code) => self.finish(&core, exit_code).await,
        }
    }

    fn advance(&self, expected: Status, step: Step) -> Advance {
        Advance::new(self.session.id, expected, step, clock::now())
    }

    /// SCHEDULED, PREPARING or PULLING to RUNNING, or to CANCELLED.
    async fn start(&self, core: &Arc<Core>) -> Result<(), LifecycleError> {
        if !self.prepare(core).await? {
            return Ok(());
        }
        let owner = (&self.session.access_key, self.session.group_id, &self.session.domain);
        let files = core.store.dotfiles_of_session(core.system, owner.0, owner.1, owner.2).await?;
        match self.start_kernels(core, &files).await {
            Ok(started) => {
                let step = self.advance(Status::Preparing, Step::Start);
                core.advance(&core.system, &with_started(step, &started)).await?;
            }
            Err(failures) => {
                let mut step = self.advance(Status::Preparing, Step::FailToStart);
                step.reason = Change::Set(Some("failed-to-start".to_owned()));
                step.status_data = Change::Set(Some(data_of(&failures)));
                step.kernels = self.remains(core, None).await;
                core.advance(&core.system, &step).await?;
                self.clear(core).await;
            }
        }
        Ok(())
    }

    /// Brings the session to PREPARING; `false` if somebody else moved it elsewhere.
    async fn prepare(&self, core: &Core) -> Result<bool, LifecycleError> {
        let mut step = match self.session.status {
            Status::Scheduled => self.advance(Status::Scheduled, Step::Prepare),
            Status::Pulling => self.advance(Status::Pulling, Step::Create),
            _ => return Ok(true),
        };
        step.reason = Change::Set(Some(String::new()));
        if step.step == Step::Prepare {
            step.status_data = Change::Set(Some(json!({})));
        }
        Ok(matches!(core.advance(&core.system, &step).await?, Advanced::Done(_)))
    }

    /// RESTARTING to RUNNING, or to ERROR.
    async fn replace(&self, core: &Arc<Core>) -> Result<(), LifecycleError> {
        // The home is kept with whatever was made of its files.
        match self.start_kernels(core, &[]).await {
            Ok(started) => {
                let step = self.advance(Status::Restarting, Step::Restarted);
                core.advance(&core.system, &with_started(step, &started)).await?;
            }
            Err(failures) => {
                let timed_out = failures.iter().any(|(_, timed_out)| *timed_out);
                let repr = failures.first().map_or("", |(failure, _)| failure.repr.as_str());
                let reason = if timed_out {
                    "operation-timeout (restart_session)".to_owned()
                } else {
                    format!("agent-error ({repr})")
                };
                let mut step = self.advance(Status::Restarting, Step::Fail);
                step.reason = Change::Set(Some(reason));
                step.status_data = Change::Set(Some(data_of(&failures)));
                step.kernels = self.remains(core, None).await;
                core.advance(&core.system, &step).await?;
                self.clear(core).await;
            }
        }
        Ok(())
    }

    /// Starts all kernels at the same time; all of them, or the failures.
    async fn start_kernels(&self, core: &Arc<Core>, files: &[Dotfile]) -> Result<Vec<(KernelId, Started)>, Failures> {
        let mut starting = JoinSet::new();
        for kernel in &self.kernels {
            let spec = spec::kernel(&self.session, &self.kernels, kernel, files);
            let core = Arc::clone(core);
            starting.spawn(async move {
                // Closed never: the semaphore lives as long as the core.
                let _turn = core.starts.acquire().await;
                let outcome = tokio::time::timeout(core.settings.start_timeout, core.engine.start(&spec)).await;
                (spec.kernel, outcome)
            });
        }
        let mut started = Vec::new();
        let mut failures = Failures::new();
        while let Some(joined) = starting.join_next().await {
            match joined {
                Ok((kernel, Ok(Ok(one)))) => started.push((kernel, one)),
                Ok((_, Ok(Err(error)))) => failures.push((engine_failure(core, &error), false)),
                Ok((_, Err(_))) => failures.push((timeout(core), true)),
                Err(panic) => failures.push((panicked(core, &panic), false)),
            }
        }
        // The main kernel's ports are the session's.
        started.sort_by_key(|(kernel, _)| *kernel != self.session.id.main_kernel());
        if failures.is_empty() { Ok(started) } else { Err(failures) }
    }

    /// RUNNING to TERMINATED: it ended by itself.
    async fn conclude(&self, core: &Core, ending: Ending) -> Result<(), LifecycleError> {
        let mut step = self.advance(Status::Running, Step::SelfTerminate);
        step.reason = Change::Set(Some(ending.reason.to_owned()));
        step.status_data = Change::Set(Some(status_data::ending(ending.exit_code, "terminated")));
        step.result = ending.result.map_or(Change::Keep, Change::Set);
        step.kernels = self.remains(core, ending.exit_code).await;
        self.bury(core, step).await
    }

    /// RUNNING to TERMINATING, for a reason of its own.
    async fn begin_end(&self, core: &Core, ending: Ending) -> Result<(), LifecycleError> {
        let mut step = self.advance(Status::Running, Step::Terminate);
        step.reason = Change::Set(Some(ending.reason.to_owned()));
        step.status_data = Change::Set(Some(status_data::ending(ending.exit_code, "terminating")));
        step.result = ending.result.map_or(Change::Keep, Change::Set);
        core.advance(&core.system, &step).await?;
        Ok(())
    }

    /// Makes the engine end what still runs.
    async fn stop(&self, core: &Core) -> Result<(), LifecycleError> {
        for kernel in &self.kernels {
            if self.impatient {
                core.engine.kill(kernel.id).await?;
            } else {
                core.engine.terminate(kernel.id).await?;
            }
        }
        Ok(())
    }

    /// TERMINATING to TERMINATED: nothing runs any more.
    async fn finish(&self, core: &Core, exit_code: Option<i32>) -> Result<(), LifecycleError> {
        let mut step = self.advance(Status::Terminating, Step::End);
        // The same as before, said again for history and events.
        step.reason = Change::Set(self.session.status_info.clone());
        step.status_data = Change::Set(Some(status_data::ending(exit_code, "terminated")));
        step.kernels = self.remains(core, exit_code).await;
        self.bury(core, step).await
    }

    async fn bury(&self, core: &Core, step: Advance) -> Result<(), LifecycleError> {
        core.advance(&core.system, &step).await?;
        self.clear(core).await;
        Ok(())
    }

    /// What is worth keeping of each kernel: log, last use, exit code of the main one.
    async fn remains(&self, core: &Core, exit_code: Option<i32>) -> Vec<KernelChange> {
        let mut changes = Vec::with_capacity(self.kernels.len());
        for kernel in &self.kernels {
            let mut change = remains(core, self.session.id, kernel.id).await;
            if kernel.id == self.session.id.main_kernel() {
                change.exit_code = Change::Set(exit_code);
            }
            changes.push(change);
        }
        changes
    }

    /// Removes what the engine keeps. Whatever fails here is an orphan to the next look.
    async fn clear(&self, core: &Core) {
        for kernel in &self.kernels {
            if let Err(error) = core.engine.forget(kernel.id).await {
                tracing::warn!(kernel.id = %kernel.id, %error, "failed forgetting kernel {}", kernel.id);
            }
        }
    }
}

/// Log and last use of a kernel, as far as the engine still has them.
pub(crate) async fn remains(core: &Core, session: SessionId, kernel: KernelId) -> KernelChange {
    let mut change = KernelChange::of(kernel);
    if let Some(stats) = core.engine.stats(kernel).await {
        change.last_stat = Change::Set(Some(stats));
        match course::ended(core, session, kernel, stats).await {
            Ok(course) => change.course = Some(course),
            Err(error) => tracing::warn!(kernel.id = %kernel, %error, "failed keeping the use of kernel {kernel}"),
        }
    }
    match core.engine.logs(kernel).await {
        Ok(log) => change.log = log,
        Err(error) => tracing::warn!(kernel.id = %kernel, %error, "failed keeping the log of kernel {kernel}"),
    }
    change
}

fn with_started(mut step: Advance, started: &[(KernelId, Started)]) -> Advance {
    step.service_ports =
        started.first().map_or(Change::Keep, |(_, main)| Change::Set(Some(main.service_ports.clone())));
    step.kernels = started
        .iter()
        .map(|(kernel, started)| {
            let mut change = KernelChange::of(*kernel);
            change.container_id = Change::Set(Some(started.container_id.clone()));
            change
        })
        .collect();
    step
}

fn data_of(failures: &Failures) -> Value {
    let failures: Vec<Failure> = failures.iter().map(|(failure, _)| failure.clone()).collect();
    status_data::errors(&failures)
}

fn engine_failure(core: &Core, error: &RuntimeError) -> Failure {
    let name = match error {
        RuntimeError::NoFence { .. } => "NoFence",
        RuntimeError::FenceMissing { .. } => "FenceMissing",
        RuntimeError::NoImage { .. } => "NoImage",
        RuntimeError::Start { .. } => "StartFailed",
        RuntimeError::OldGeneration { .. } => "OldGeneration",
        _ => "RuntimeError",
    };
    Failure { src: "agent", name, repr: error.to_string(), agent: Some(core.agent().clone()) }
}

fn timeout(core: &Core) -> Failure {
    let repr = format!("no answer within {} s", core.settings.start_timeout.as_secs());
    Failure { src: "agent", name: "TimeoutError", repr, agent: Some(core.agent().clone()) }
}

fn panicked(core: &Core, error: &tokio::task::JoinError) -> Failure {
    Failure { src: "other", name: "JoinError", repr: error.to_string(), agent: Some(core.agent().clone()) }
}
