//! Sessions and their kernels.

pub mod advance;
pub mod create;
pub mod find;
pub mod list;
pub mod queue;
pub mod read;
