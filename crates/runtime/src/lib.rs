//! What runs: one trait, [`Engine`], and the local engine of sandboxed processes, each held by a
//! small process of its own, the shim.
//!
//! This crate never touches the database and knows no accounts: a kernel is told by its id and its
//! [`KernelSpec`]. The shim starts no async runtime.

mod engine;
mod error;
pub mod local;
pub mod shim;
mod terminal;

pub use engine::{About, Cluster, Engine, Fence, HomeFile, KernelSpec, KernelState, Observed, Started};
pub use error::RuntimeError;
pub use terminal::{Terminal, TerminalServer, Typed};
