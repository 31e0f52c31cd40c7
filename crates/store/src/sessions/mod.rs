//! Sessions and their kernels.

pub mod advance;
mod announce;
mod bars;
pub(crate) mod condition;
pub mod course;
pub mod create;
pub mod find;
pub mod list;
#[cfg(test)]
mod plans;
pub(crate) mod query;
pub mod queue;
mod quota;
pub mod read;
pub mod retention;
mod room;
pub(crate) mod rows;
pub mod sign;
pub mod times;
pub mod together;
pub mod usage;
#[cfg(test)]
mod usage_plans;
pub mod visits;
pub(crate) mod write;

pub(crate) use room::sum as sum_slots;
