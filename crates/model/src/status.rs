//! The one state machine of sessions and kernels (`session-lifecycle.md` §2 and §3).
//!
//! Everything that changes a status names a [`Step`]; what a step may start from, where it leads
//! and which columns it touches is written here and nowhere else.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The status of a session (that of its main kernel) or of a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    /// Queued, waiting for the scheduler.
    Pending,
    /// An agent is chosen and its slots are reserved.
    Scheduled,
    /// The creation request went to the runtime.
    Preparing,
    /// Defined by the API, never set.
    Building,
    /// The agent downloads the image.
    Pulling,
    /// Usable.
    Running,
    /// The process is being replaced.
    Restarting,
    /// Defined by the API, never set.
    Resizing,
    /// Defined by the API, never set.
    Suspended,
    /// Being ended.
    Terminating,
    /// Ended after it ran, or ended by force.
    Terminated,
    /// An operation on it failed.
    Error,
    /// Ended before it ran.
    Cancelled,
}

impl Status {
    /// Every status in the order of `graphql.md` §3.5, which is also the sorting order.
    pub const ALL: [Self; 13] = [
        Self::Pending,
        Self::Scheduled,
        Self::Preparing,
        Self::Building,
        Self::Pulling,
        Self::Running,
        Self::Restarting,
        Self::Resizing,
        Self::Suspended,
        Self::Terminating,
        Self::Terminated,
        Self::Error,
        Self::Cancelled,
    ];

    /// The UPPER_CASE name of the API and of the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Scheduled => "SCHEDULED",
            Self::Preparing => "PREPARING",
            Self::Building => "BUILDING",
            Self::Pulling => "PULLING",
            Self::Running => "RUNNING",
            Self::Restarting => "RESTARTING",
            Self::Resizing => "RESIZING",
            Self::Suspended => "SUSPENDED",
            Self::Terminating => "TERMINATING",
            Self::Terminated => "TERMINATED",
            Self::Error => "ERROR",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// Position in [`Status::ALL`]; `order` sorts by it.
    #[must_use]
    pub fn rank(self) -> i32 {
        self as i32
    }

    /// Over for good: the name is free again and the row never changes.
    #[must_use]
    pub fn is_dead(self) -> bool {
        matches!(self, Self::Terminated | Self::Cancelled)
    }

    /// Holds slots of its agent.
    #[must_use]
    pub fn occupies_agent(self) -> bool {
        !matches!(self, Self::Pending | Self::Terminated | Self::Cancelled)
    }

    /// The step by which a session in this status is ended, the gentlest there is; `None` where none is.
    #[must_use]
    pub fn end_step(self) -> Option<Step> {
        [Step::Cancel, Step::Terminate, Step::ForceTerminate].into_iter().find(|step| step.may_start_from(self))
    }

    /// What an end means for a session in this status.
    #[must_use]
    pub fn ending(self) -> Ending {
        match self.end_step() {
            Some(Step::ForceTerminate) if self == Self::Terminating => Ending::Underway,
            Some(Step::ForceTerminate) => Ending::Forced,
            Some(_) => Ending::Orderly,
            None if self.is_dead() => Ending::Over,
            None => Ending::NotYet,
        }
    }

    /// Counts for the quota and the concurrency of its owner.
    #[must_use]
    pub fn occupies_quota(self) -> bool {
        self.occupies_agent() && self != Self::Terminating
    }
}

/// What can be done to end a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It can be ended in the orderly way, and by force alike.
    Orderly,
    /// Only force ends it.
    Forced,
    /// It is being ended; force ends it at once.
    Underway,
    /// Nothing ends it before its image is there.
    NotYet,
    /// It is over.
    Over,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no status. Case matters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}'")]
pub struct UnknownStatus(pub String);

impl FromStr for Status {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or_else(|| UnknownStatus(text.to_owned()))
    }
}

/// One row of the transition table in `session-lifecycle.md` §3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// An agent was reserved.
    Schedule,
    /// The creation request goes out.
    Prepare,
    /// The agent downloads the image.
    Pull,
    /// The download is done, creation goes on.
    Create,
    /// The kernels run.
    Start,
    /// The runtime could not start it; the session never ran.
    FailToStart,
    /// Cancelled while it waited.
    Cancel,
    /// The process is to be replaced.
    Restart,
    /// The replacement runs.
    Restarted,
    /// Ending was asked for.
    Terminate,
    /// The runtime reports the end of what was being ended.
    End,
    /// It ended by itself while it ran, or was found gone.
    SelfTerminate,
    /// An administrator ended it at once.
    ForceTerminate,
    /// An operation on it failed.
    Fail,
}

impl Step {
    /// All steps.
    pub const ALL: [Self; 14] = [
        Self::Schedule,
        Self::Prepare,
        Self::Pull,
        Self::Create,
        Self::Start,
        Self::FailToStart,
        Self::Cancel,
        Self::Restart,
        Self::Restarted,
        Self::Terminate,
        Self::End,
        Self::SelfTerminate,
        Self::ForceTerminate,
        Self::Fail,
    ];

    /// Where the step leads.
    #[must_use]
    pub fn target(self) -> Status {
        match self {
            Self::Schedule => Status::Scheduled,
            Self::Prepare | Self::Create => Status::Preparing,
            Self::Pull => Status::Pulling,
            Self::Start | Self::Restarted => Status::Running,
            Self::FailToStart | Self::Cancel => Status::Cancelled,
            Self::Restart => Status::Restarting,
            Self::Terminate => Status::Terminating,
            Self::End | Self::SelfTerminate | Self::ForceTerminate => Status::Terminated,
            Self::Fail => Status::Error,
        }
    }

    /// The statuses the step may start from.
    #[must_use]
    pub fn sources(self) -> &'static [Status] {
        use Status::*;
        match self {
            Self::Schedule | Self::Cancel => &[Pending],
            Self::Prepare => &[Scheduled],
            Self::Pull => &[Preparing],
            Self::Create => &[Pulling],
            Self::Start => &[Preparing],
            Self::FailToStart => &[Preparing, Pulling],
            Self::Restart => &[Running],
            Self::Restarted => &[Restarting],
            Self::Terminate => &[Building, Running, Restarting, Resizing, Suspended],
            Self::End => &[Terminating],
            Self::SelfTerminate => &[Running],
            Self::ForceTerminate => &[Scheduled, Preparing, Terminating, Error],
            Self::Fail => &[
                Pending,
                Scheduled,
                Preparing,
                Building,
                Pulling,
                Running,
                Restarting,
                Resizing,
                Suspended,
                Terminating,
            ],
        }
    }

    /// Whether the step may start from `status`.
    #[must_use]
    pub fn may_start_from(self, status: Status) -> bool {
        self.sources().contains(&status)
    }

    /// Whether `terminated_at` becomes now: on every way into a status that is over.
    #[must_use]
    pub fn sets_terminated_at(self) -> bool {
        self.target().is_dead()
    }

    /// Whether `status_changed` becomes now. Entering RUNNING leaves it as it was, and so does a
    /// restart.
    #[must_use]
    pub fn touches_status_changed(self) -> bool {
        !matches!(self, Self::Start | Self::Restart | Self::Restarted)
    }

    /// The lower-case name kept in history rows.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Prepare => "prepare",
            Self::Pull => "pull",
            Self::Create => "create",
            Self::Start => "start",
            Self::FailToStart => "fail-to-start",
            Self::Cancel => "cancel",
            Self::Restart => "restart",
            Self::Restarted => "restarted",
            Self::Terminate => "terminate",
            Self::End => "end",
            Self::SelfTerminate => "self-terminate",
            Self::ForceTerminate => "force-terminate",
            Self::Fail => "fail",
        }
    }
}
