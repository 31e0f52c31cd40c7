//! For tests alone: outside peers started for them, and the loud skipping of tests whose peer is
//! missing. No crate depends on it outside `[dev-dependencies]`.
#![forbid(unsafe_code)]

pub mod authority;
pub mod browser;
pub mod fuzz;
pub mod postgres;
pub mod skip;
