//! The words of the API: request signing, problem documents, bodies of requests and answers, and
//! the printed forms that clients expect.
//!
//! This crate never does I/O and decides nothing: it reads and writes what travels.
#![forbid(unsafe_code)]

pub mod account;
pub mod auth;
pub mod config;
pub mod dotfiles;
pub mod error_logs;
pub mod events;
pub mod folders;
pub mod forwarded;
pub mod json_string;
pub mod machine_stats;
pub mod manager;
pub mod parameters;
pub mod printed;
pub mod problem;
pub mod resources;
pub mod session;
pub mod signing;
pub mod stats;
pub mod templates;
pub mod terminal;
pub mod usage;
pub mod v1;
pub mod version;
pub mod yaml;

pub use problem::{Problem, ProblemType};
