//! Settings of the local engine.

use std::path::PathBuf;

use rollcall_model::ids::AgentId;
use rust_decimal::Decimal;

/// Settings of the local engine.
#[derive(Clone, Debug)]
pub struct LocalSettings {
    /// Its directory; made with mode 0700.
    pub state_dir: PathBuf,
    /// The program whose hidden subcommands `_shim` and `_enter` are [`crate::shim::main`] and [`super::fence::enter_main`].
    pub shim_program: PathBuf,
    /// Id of this machine as an agent.
    pub agent_id: AgentId,
    /// Cores are given out so many times.
    pub cpu_overcommit: Decimal,
    /// Memory that is not given out.
    pub mem_reserve_bytes: i64,
    /// Network of sessions.
    pub session_network: SessionNetwork,
    /// Which fence to use.
    pub fence: FenceChoice,
    /// Run sessions without any fence if none works.
    pub unsandboxed: bool,
    /// First of the unprivileged user ids that kernels get when this runs as root.
    pub first_uid: u32,
    /// How many there are.
    pub uid_count: u32,
}

impl LocalSettings {
    /// The usual settings; the caller changes what differs.
    #[must_use]
    pub fn new(state_dir: PathBuf, shim_program: PathBuf, agent_id: AgentId) -> Self {
        Self {
            state_dir,
            shim_program,
            agent_id,
            cpu_overcommit: Decimal::ONE,
            mem_reserve_bytes: 512 << 20,
            session_network: SessionNetwork::Isolated,
            fence: FenceChoice::Auto,
            unsandboxed: false,
            first_uid: 200_000,
            uid_count: 50_000,
        }
    }
}

/// Network of sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionNetwork {
    /// Loopback of its own only (under Landlock: no TCP at all).
    Isolated,
    /// The machine's network.
    Host,
}

/// Which fence to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FenceChoice {
    /// The best that works.
    Auto,
    /// Bubblewrap or refuse.
    Bubblewrap,
    /// Landlock or refuse.
    Landlock,
    /// Behave as if there were neither.
    None,
}
