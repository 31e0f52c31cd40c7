//! The words of Rollcall's domain: roles and access rules, session states, resource slots, the
//! session-list request, and how a row is told to people.
//!
//! This crate never does I/O: no async, no database, no HTTP, no clock of its own.
#![forbid(unsafe_code)]

pub mod access;
pub mod account;
pub mod agent;
pub mod bar;
pub mod course;
pub mod date;
pub mod dotfile;
pub mod error_log;
pub mod event;
pub mod features;
pub mod human;
pub mod ids;
pub mod image;
pub mod known_slots;
pub mod limits;
pub mod list;
pub mod logins;
pub mod machine;
pub mod manage;
pub mod naming;
pub mod own;
pub mod quota;
pub mod resources;
pub mod role;
pub mod see;
pub mod session;
pub mod slots;
pub mod stats;
pub mod status;
pub mod template;
pub mod terminal;
pub mod throttle;
pub mod time;
pub mod usage;

/// A moment, always in UTC. Stored with microseconds, as the API prints it (`graphql.md` §1).
pub type Timestamp = chrono::DateTime<chrono::Utc>;
