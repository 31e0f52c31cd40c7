//! What is asked of a session and what is answered, in the domain's words: the manager turns bodies
//! into these and these into bodies.

use std::time::Duration;

use rollcall_model::session::{ClusterMode, Session, SessionType};
use rollcall_model::stats::KernelStats;
use serde_json::{Map, Value};

use crate::limits::LimitSettings;
use crate::retention::Retention;

/// Everything that `rest.md` §3.1 lets a creator say. The owner is in the permit.
#[derive(Clone, Debug)]
pub struct CreateRequest {
    /// Name, unique among the owner key's live sessions.
    pub name: String,
    /// Canonical reference or alias.
    pub image: String,
    /// Kind.
    pub session_type: SessionType,
    /// Project by name.
    pub group: String,
    /// Domain by name.
    pub domain: String,
    /// Number of kernels, at least one.
    pub cluster_size: i32,
    /// Placement of kernels.
    pub cluster_mode: ClusterMode,
    /// Free tag.
    pub tag: Option<String>,
    /// Batch alone: not before this, ISO-8601 or relative (`2h`, `30m`).
    pub starts_at: Option<String>,
    /// Whether a live session of the same name and image is as good as a new one.
    pub reuse: bool,
    /// Batch alone, and required there.
    pub startup_command: Option<String>,
    /// Base64 text.
    pub bootstrap_script: Option<String>,
    /// The `config` object.
    pub config: CreateConfig,
}

/// The `config` object of a creation.
#[derive(Clone, Debug, Default)]
pub struct CreateConfig {
    /// Folder names.
    pub mounts: Vec<String>,
    /// Folder name to path inside.
    pub mount_map: Vec<(String, String)>,
    /// Environment.
    pub environ: Vec<(String, String)>,
    /// Resource group; the first allowed one by name unless given.
    pub scaling_group: Option<String>,
    /// Slot name to amount, as sent.
    pub resources: Map<String, Value>,
    /// `shmem` and whatever else.
    pub resource_opts: Map<String, Value>,
    /// Agents by id; superadmins alone. Empty counts as not given.
    pub agent_list: Vec<String>,
}

/// A session after `create`.
#[derive(Clone, Debug)]
pub struct Created {
    /// As stored.
    pub session: Session,
    /// Whether it was made now; `false` is the reuse of a live one.
    pub fresh: bool,
}

/// How a wait for a creation ended.
#[derive(Clone, Debug)]
pub enum WaitOutcome {
    /// It left the queue and the preparation: RUNNING, or ended (`status` tells).
    Settled(Session),
    /// The time was over first; as it is now.
    TimedOut(Session),
    /// No such session.
    Gone,
}

/// What an end that was asked for came to.
#[derive(Clone, Debug)]
pub enum Destroyed {
    /// It had not left the queue.
    Cancelled,
    /// It is ended or on its way, with the last known use of its main kernel.
    Terminated(Option<KernelStats>),
}

/// How long things may take. [`Settings::default`] suits a program; tests shorten it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Resource group that this engine's agent joins.
    pub scaling_group: String,
    /// Version that the agent reports.
    pub version: String,
    /// Kernels started at the same time.
    pub parallel_starts: usize,
    /// A start that takes longer has failed.
    pub start_timeout: Duration,
    /// How long an end may go on before the engine is asked to kill.
    pub end_patience: Duration,
    /// How long a request to end or restart waits for the outcome before it answers without it.
    pub answer_patience: Duration,
    /// Another agent silent for this long is lost.
    pub heartbeat_timeout: Duration,
    /// Longest rest of the loop while something is unsettled.
    pub busy_tick: Duration,
    /// Longest rest of the loop otherwise.
    pub idle_tick: Duration,
    /// Idle and lifetime limits.
    pub limits: LimitSettings,
    /// What is kept of what is over.
    pub retention: Retention,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            scaling_group: "default".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            parallel_starts: 8,
            start_timeout: Duration::from_secs(60),
            end_patience: Duration::from_secs(6),
            answer_patience: Duration::from_secs(10),
            heartbeat_timeout: Duration::from_secs(5),
            busy_tick: Duration::from_secs(1),
            idle_tick: Duration::from_secs(10),
            limits: LimitSettings::default(),
            retention: Retention::default(),
        }
    }
}
