//! Why an operation on a session was refused or failed. Carries what the contract's error documents
//! need (`msg`, `data`); which document it becomes is the manager's matter.

use rollcall_model::ids::SessionId;
use rollcall_model::limits;
use rollcall_model::status::Status;
use rollcall_runtime::RuntimeError;
use rollcall_store::StoreError;
use serde_json::Value;

/// Refusals and failures of this crate. A refusal has changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum LifecycleError {
    /// A parameter is wrong; `msg` is meant for people, `data` is keyed by parameter.
    #[error("{msg}")]
    InvalidParameters {
        /// Text of the answer.
        msg: String,
        /// Texts by parameter.
        data: Option<Value>,
    },
    /// No such image, or its registry is not allowed to the domain.
    #[error("unknown alias or disallowed registry")]
    ImageNotFound,
    /// A live session of the key has the name, and it may not be reused.
    #[error("the name is taken by the live session {existing}")]
    SessionExists {
        /// The session that has the name.
        existing: SessionId,
    },
    /// A limit of the owner's policy that waiting does not cure.
    #[error("{msg}")]
    QuotaExceeded {
        /// Text of the answer.
        msg: String,
    },
    /// The resource group does not exist or is not allowed; `None` if none is allowed at all.
    #[error("{}", .name.as_deref().map_or_else(|| "no resource group is allowed for this session".to_owned(), |name| format!("resource group {name} is unknown or not allowed")))]
    ScalingGroupNotFound {
        /// The name asked for.
        name: Option<String>,
    },
    /// Folders that do not exist.
    #[error("folders that do not exist: {}", .missing.join(", "))]
    VfolderNotFound {
        /// Their names, in the order asked for.
        missing: Vec<String>,
    },
    /// Agents that do not exist.
    #[error("no such agent: {agent}")]
    InstanceNotFound {
        /// The id asked for.
        agent: String,
    },
    /// The caller's role does not reach so far.
    #[error("{msg}")]
    InsufficientPrivilege {
        /// Text of the answer.
        msg: String,
    },
    /// The status of the session forbids it (`session-lifecycle.md` §5).
    #[error("{msg}")]
    Forbidden {
        /// Text of the answer.
        msg: String,
    },
    /// The owner was removed, moved or lost the key while the request was on its way.
    #[error("the owner of the session is gone")]
    OwnerGone,
    /// No such session, or it is over.
    #[error("no such session")]
    SessionNotFound,
    /// The operation needs a running session.
    #[error("the session is {status}, not RUNNING")]
    NotRunning {
        /// What it is.
        status: Status,
    },
    /// No limit ends the session, so there is no end to push out.
    #[error("nothing ends this session, so there is nothing to extend")]
    NothingEnds,
    /// The policy does not allow so much more.
    #[error("{}", over_extension(*.asked, *.left))]
    OverExtension {
        /// Seconds asked for.
        asked: i64,
        /// Seconds that are left.
        left: i64,
    },
    /// Its end would be past all the same.
    #[error("{}", in_vain(*.least, *.left))]
    ExtensionInVain {
        /// The fewest seconds that would help.
        least: i64,
        /// Seconds that are left.
        left: i64,
    },
    /// The replacement of the kernels failed; the session is in ERROR.
    #[error("the restart failed: {reason}")]
    RestartFailed {
        /// The session's `status_info`.
        reason: String,
    },
    /// This server starts no sessions, and says what to do about it.
    #[error("{reason}")]
    Unavailable {
        /// What is missing and how to get it.
        reason: String,
    },
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// The engine failed.
    #[error("the engine failed")]
    Engine(#[from] RuntimeError),
}

fn in_vain(least: i64, left: i64) -> String {
    let needed = format!("its time is over already: it takes {} ({least} s) or more to help", limits::span(least));
    match left {
        left if left < least => format!("{needed}, and the policy allows {} ({left} s)", limits::span(left)),
        _ => needed,
    }
}

fn over_extension(asked: i64, left: i64) -> String {
    match left {
        0 => "the policy does not allow this session to be extended any further".to_owned(),
        left => format!(
            "the policy allows this session to be extended by {} more ({left} s), not by {}",
            limits::span(left),
            limits::span(asked)
        ),
    }
}

impl LifecycleError {
    /// A wrong parameter with a text for people.
    pub(crate) fn invalid(msg: impl Into<String>) -> Self {
        Self::InvalidParameters { msg: msg.into(), data: None }
    }

    /// Names are unique among the live sessions of a key, in whatever domain they are.
    pub(crate) fn name_taken(name: &str) -> Self {
        Self::invalid(format!("The name is taken by another live session: {name}"))
    }

    /// A wrong parameter, told by its name as schema mismatches are (`errors.md` §3).
    pub(crate) fn parameter(name: &str, text: impl Into<String>) -> Self {
        let data = serde_json::json!({ name: text.into() });
        Self::InvalidParameters { msg: "Input validation error".to_owned(), data: Some(data) }
    }
}
