//! The REST routes, by subject.

pub(crate) mod account;
pub(crate) mod auth;
pub(crate) mod config;
pub(crate) mod create;
pub(crate) mod direct;
pub(crate) mod dotfiles;
pub(crate) mod error_logs;
pub(crate) mod folders;
pub(crate) mod from_template;
pub(crate) mod groups;
pub(crate) mod image_import;
pub(crate) mod owner;
pub(crate) mod presets;
pub(crate) mod proxies;
pub(crate) mod scaling_groups;
pub(crate) mod server;
pub(crate) mod session;
pub(crate) mod templates;
pub(crate) mod usage;
pub(crate) mod watcher;
