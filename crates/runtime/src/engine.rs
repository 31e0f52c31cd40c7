//! The trait that every engine fulfils, and its words.

use std::fmt;

use async_trait::async_trait;
use rollcall_model::Timestamp;
use rollcall_model::ids::{AgentId, KernelId, SessionId};
use rollcall_model::image::Image;
use rollcall_model::machine::MachineStats;
use rollcall_model::stats::KernelStats;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::{RuntimeError, Terminal};

/// Runs kernels. Every call carries the kernel's id, so that doing it twice is doing it once.
#[async_trait]
pub trait Engine: Send + Sync + 'static {
    /// What this engine is and has.
    fn about(&self) -> &About;

    /// What can be started now: what was found when the engine was opened, or by the last look since.
    fn images(&self) -> Vec<Image> {
        self.about().images.clone()
    }

    /// Looks again at what can be started, and tells it.
    async fn look_for_images(&self) -> Result<Vec<Image>, RuntimeError> {
        Ok(self.images())
    }

    /// Starts a kernel. Idempotent by kernel and generation; an older generation is ended first, its
    /// home is kept.
    async fn start(&self, spec: &KernelSpec) -> Result<Started, RuntimeError>;

    /// Every kernel this engine knows.
    async fn list(&self) -> Result<Vec<Observed>, RuntimeError>;

    /// Asks a kernel to end: HUP and TERM at once, KILL after 3 s. Returns at once; an unknown
    /// kernel is fine.
    async fn terminate(&self, kernel: KernelId) -> Result<(), RuntimeError>;

    /// Kills a kernel at once.
    async fn kill(&self, kernel: KernelId) -> Result<(), RuntimeError>;

    /// The latest output, bounded; `None` for an unknown kernel.
    async fn logs(&self, kernel: KernelId) -> Result<Option<Vec<u8>>, RuntimeError>;

    /// The latest sample, at most about a second old while the kernel runs, the last one afterwards.
    async fn stats(&self, kernel: KernelId) -> Option<KernelStats>;

    /// How the machine as a whole was used lately; `None` where nobody looks.
    async fn machine(&self) -> Option<MachineStats> {
        None
    }

    /// Opens the terminal of a running kernel, beginning with the latest that was printed on it. `None`
    /// for a kernel that does not run, or has none.
    async fn attach(&self, _kernel: KernelId) -> Result<Option<Terminal>, RuntimeError> {
        Ok(None)
    }

    /// Removes all traces of an ended kernel, its home too. One that still runs is killed first.
    async fn forget(&self, kernel: KernelId) -> Result<(), RuntimeError>;

    /// Changes whenever a kernel's state changed.
    fn changes(&self) -> watch::Receiver<u64>;
}

/// What an engine is and has.
#[derive(Clone, Debug)]
pub struct About {
    /// Id of the agent it is.
    pub agent: AgentId,
    /// Cores to give, in thousandths, after over-commitment.
    pub cpu_milli: i64,
    /// Memory to give in bytes.
    pub mem_bytes: i64,
    /// What keeps kernels apart.
    pub fence: Fence,
    /// Which fence holds and what it leaves open, for people.
    pub fence_text: String,
    /// How memory, processor and processes are limited, for people.
    pub limits_text: String,
    /// Whether `start` will run anything at all.
    pub starts_sessions: bool,
    /// Network of sessions, for people.
    pub network_text: String,
    /// What could be started when the engine was opened.
    pub images: Vec<Image>,
}

impl About {
    /// The same as a document, for `compute_plugins` of the agent and for `info`.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "local": {
                "fence": self.fence.to_string(),
                "fence_text": self.fence_text,
                "limits": self.limits_text,
                "network": self.network_text,
                "starts_sessions": self.starts_sessions,
            }
        })
    }
}

/// What keeps a kernel from everything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fence {
    /// Namespaces of its own, by bubblewrap.
    Bubblewrap,
    /// Landlock rules on an ordinary process.
    Landlock,
    /// Nothing.
    None,
}

impl Fence {
    /// Its name as people read it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bubblewrap => "bubblewrap",
            Self::Landlock => "Landlock",
            Self::None => "none",
        }
    }
}

impl fmt::Display for Fence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A kernel's place in its session (`session-lifecycle.md` §6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cluster {
    /// `main` or `sub`.
    pub role: String,
    /// 1 for main, 1.. for the others.
    pub idx: i32,
    /// All hosts, main first: `main1`, `sub1`, ….
    pub hosts: Vec<String>,
}

impl Cluster {
    /// A session of one kernel.
    #[must_use]
    pub fn single() -> Self {
        Self { role: "main".to_owned(), idx: 1, hosts: vec!["main1".to_owned()] }
    }
}

/// What to run.
#[derive(Clone, Debug, PartialEq)]
pub struct KernelSpec {
    /// Kernel.
    pub kernel: KernelId,
    /// Its session.
    pub session: SessionId,
    /// The session's name when it was made.
    pub session_name: String,
    /// 0 at first, one more with each restart.
    pub generation: i32,
    /// Canonical reference or alias.
    pub image: String,
    /// Host name inside, such as `main1`.
    pub hostname: String,
    /// Place in the session.
    pub cluster: Cluster,
    /// Cores.
    pub cpu: Decimal,
    /// Memory in bytes.
    pub mem_bytes: i64,
    /// Size of /dev/shm in bytes; part of the memory.
    pub shmem_bytes: i64,
    /// The creator's environment. Names that begin with `BACKENDAI_` are the system's and are left out.
    pub environ: Vec<(String, String)>,
    /// Batch command, run by `/bin/sh -c`; `None` starts the image's interactive program.
    pub startup_command: Option<String>,
    /// Decoded script, run once in the home before the program.
    pub bootstrap_script: Option<String>,
    /// Files written into the home before anything runs in it; none when it is kept from an earlier
    /// generation.
    pub files: Vec<HomeFile>,
}

/// A file for a kernel's home.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HomeFile {
    /// Relative to the home, going down only.
    pub path: String,
    /// What is in it.
    pub content: String,
    /// The lower nine bits of its mode.
    pub mode: u32,
}

/// A kernel that runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Started {
    /// The engine's own name for it.
    pub container_id: String,
    /// List of service ports (`graphql.md` §3.7).
    pub service_ports: serde_json::Value,
}

/// A kernel as the engine sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// Kernel.
    pub kernel: KernelId,
    /// Its session.
    pub session: SessionId,
    /// Which start of it.
    pub generation: i32,
    /// The engine's own name for it.
    pub container_id: String,
    /// How it is.
    pub state: KernelState,
}

/// How a kernel is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KernelState {
    /// Prepared or being started.
    Starting,
    /// Runs.
    Running,
    /// Ended by itself or on request.
    Exited {
        /// Exit code; 128 + signal where a signal ended it.
        code: i32,
        /// The signal that ended it.
        signal: Option<i32>,
        /// When.
        at: Timestamp,
        /// Whether the memory limit ended one of its processes.
        oom: bool,
    },
    /// Its shim is gone without a record of its end (killed, or the machine was restarted).
    Lost,
}
