//! What can fail here: a variant names the act and its subject.

use std::path::PathBuf;

use rollcall_model::ids::KernelId;

/// A failed act of an engine.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// The state directory cannot be used.
    #[error("failed opening the runtime's directory `{path}`")]
    Open {
        /// The directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// No fence holds on this machine and running without one was not allowed.
    #[error(
        "refused to start kernel {kernel}: neither bubblewrap nor Landlock works here; install bubblewrap, or allow unsandboxed sessions"
    )]
    NoFence {
        /// The kernel.
        kernel: KernelId,
    },
    /// A fence that was asked for by name does not work here.
    #[error("the fence {fence} does not work on this machine: {reason}")]
    FenceMissing {
        /// Its name.
        fence: &'static str,
        /// What was found.
        reason: String,
    },
    /// The image is not on this machine.
    #[error("no image `{image}` on this machine")]
    NoImage {
        /// The reference.
        image: String,
    },
    /// A kernel did not start.
    #[error("failed starting kernel {kernel}: {reason}")]
    Start {
        /// The kernel.
        kernel: KernelId,
        /// What the shim or the system said.
        reason: String,
    },
    /// A file of a kernel cannot be read or written.
    #[error("failed {act} of kernel {kernel}")]
    Kernel {
        /// The kernel.
        kernel: KernelId,
        /// What was tried, such as `reading the log`.
        act: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A start was asked for with an older generation than the one that is known.
    #[error("kernel {kernel} is already at generation {known}, not {asked}")]
    OldGeneration {
        /// The kernel.
        kernel: KernelId,
        /// The generation that runs or ran.
        known: i32,
        /// The one asked for.
        asked: i32,
    },
    /// Background work of the engine was cut off.
    #[error("the engine is shutting down")]
    Closed,
}
