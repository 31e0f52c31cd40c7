//! What is durable: accounts, agents, images, sessions with kernels and history, counters and the
//! event feed, on SQLite and on PostgreSQL.
//!
//! This crate never decides who may do what: every reading function takes a `Scope` (or another
//! proof made by `rollcall_model::access`), every changing one a `Permit`. It never speaks HTTP,
//! never runs anything, and has no clock of its own. No statement is put together from text: all
//! are `'static`, but for the list's filter and order, which come from an expression tree.
#![forbid(unsafe_code)]

pub mod accounts;
pub mod agent_list;
pub mod agents;
pub mod change;
mod codec;
pub mod config;
pub mod counters;
mod engine;
mod error;
pub mod events;
pub mod failures;
pub mod figures;
pub mod founding;
pub mod images;
mod keyring;
mod logins;
pub mod occupancy;
pub mod passwords;
mod refusal;
pub mod secrets;
pub mod server;
pub mod sessions;
mod settings;
pub mod snapshot;
pub mod ssh_keys;
mod store;
mod tickets;

pub use accounts::auth::{LoginCandidate, SigningKey};
pub use accounts::dotfiles::Shelved;
pub use accounts::equipment::{ResourceGroupFilter, UsableBy};
pub use accounts::manage::domains::DomainChange;
pub use accounts::manage::groups::{GroupChange, MemberChange};
pub use accounts::manage::keypairs::{KeypairChange, NewKeypair};
pub use accounts::manage::policies::PolicyChange;
pub use accounts::manage::resource_groups::{ResourceGroupChange, Usage};
pub use accounts::manage::users::{NewUser, UserChange};
pub use accounts::own::Applicant;
pub use accounts::seen::{GroupFilter, UserFilter, UserStatuses};
pub use accounts::templates::{NewTemplate, Templated};
pub use accounts::together::GroupName;
pub use agents::{AgentFilter, NewAgent};
pub use change::Change;
pub use counters::Mismatch;
pub use error::StoreError;
pub use failures::{Failure, failures};
pub use figures::{Figures, PoolUse, Waiting};
pub use founding::{Founding, HistoryEntry, NewDomain, NewPerson, PastSession};
pub use keyring::Keyring;
pub use logins::{Login, LoginHolder, LoginLife, LoginProof, NewLogin, token_hash};
pub use occupancy::Occupancy;
pub use refusal::{Integrity, Refusal};
pub use sessions::advance::{Advance, Advanced, KernelChange, Placement};
pub use sessions::create::{CreateOutcome, NewSession, RENAMED, RenameOutcome};
pub use sessions::find::Dead;
pub use sessions::list::{KernelPage, ListPage, SessionPage};
pub use sessions::queue::{FailedTry, PendingNote};
pub use sessions::retention::Keep;
pub use sessions::sign::Sign;
pub use sessions::times::{Announcement, Due, ENDING_SOON, ExtendOutcome, Extension, Limited};
pub use sessions::together::StatusTimes;
pub use sessions::usage::{UsageWalk, UsedProject};
pub use settings::Settings;
pub use store::Store;
