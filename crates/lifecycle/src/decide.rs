//! What to do about one session: the difference between what is stored and what the engine has.
//!
//! Pure, so that every case of `session-lifecycle.md` §3 is a line in a table of tests.

use std::collections::HashMap;

use rollcall_model::ids::KernelId;
use rollcall_model::session::{Kernel, Session, SessionResult, SessionType};
use rollcall_model::status::Status;

/// What the engine has of a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Its process runs.
    Running,
    /// It ended, with this code if there was one.
    Ended(Option<i32>),
    /// The engine lost it or never knew it.
    Missing,
}

/// What the engine has, by kernel.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sight(pub(crate) HashMap<KernelId, Seen>);

impl Sight {
    /// What is seen of `kernel`.
    pub(crate) fn of(&self, kernel: KernelId) -> Seen {
        self.0.get(&kernel).copied().unwrap_or(Seen::Missing)
    }

    fn any_running(&self, kernels: &[Kernel]) -> bool {
        kernels.iter().any(|kernel| self.of(kernel.id) == Seen::Running)
    }
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Nothing: store and engine agree, or somebody else acts.
    Rest,
    /// Start the kernels of a session that never ran.
    Start,
    /// Start the kernels of a session that is restarting, one generation on.
    Replace,
    /// It ended by itself: RUNNING to TERMINATED.
    Conclude(Ending),
    /// It is to end: RUNNING to TERMINATING.
    BeginEnd(Ending),
    /// Make the engine end what still runs of a TERMINATING session.
    Stop,
    /// Everything of a TERMINATING session is gone: TERMINATED.
    Finish(Option<i32>),
}

/// How and why a running session comes to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ending {
    /// `status_info`.
    pub(crate) reason: &'static str,
    /// Of the main kernel.
    pub(crate) exit_code: Option<i32>,
    /// Of a batch session.
    pub(crate) result: Option<SessionResult>,
}

/// Decides about a session of this agent.
pub(crate) fn decide(session: &Session, kernels: &[Kernel], sight: &Sight) -> Act {
    match session.status {
        Status::Scheduled | Status::Preparing | Status::Pulling => Act::Start,
        Status::Restarting => Act::Replace,
        Status::Running => running(session, kernels, sight),
        Status::Terminating if sight.any_running(kernels) => Act::Stop,
        Status::Terminating => Act::Finish(exit_code(sight.of(session.id.main_kernel()))),
        Status::Pending
        | Status::Error
        | Status::Building
        | Status::Resizing
        | Status::Suspended
        | Status::Terminated
        | Status::Cancelled => Act::Rest,
    }
}

fn running(session: &Session, kernels: &[Kernel], sight: &Sight) -> Act {
    let batch = session.session_type == SessionType::Batch;
    let seen = sight.of(session.id.main_kernel());
    let ending = match seen {
        Seen::Running => return Act::Rest,
        Seen::Ended(exit_code) if batch => {
            let result = if exit_code == Some(0) { SessionResult::Success } else { SessionResult::Failure };
            return Act::BeginEnd(Ending { reason: "task-finished", exit_code, result: Some(result) });
        }
        Seen::Ended(exit_code) => Ending { reason: "self-terminated", exit_code, result: None },
        Seen::Missing => {
            let result = batch.then_some(SessionResult::Failure);
            Ending { reason: "agent-termination", exit_code: None, result }
        }
    };
    // The rest of a cluster has no use without its main kernel, but must be ended first.
    if sight.any_running(kernels) { Act::BeginEnd(ending) } else { Act::Conclude(ending) }
}

fn exit_code(seen: Seen) -> Option<i32> {
    match seen {
        Seen::Ended(code) => code,
        Seen::Running | Seen::Missing => None,
    }
}

#[cfg(test)]
mod tests;
