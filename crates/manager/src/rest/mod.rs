//! The REST routes, by subject.

pub(crate) mod auth;
pub(crate) mod create;
mod owner;
pub(crate) mod server;
pub(crate) mod session;
