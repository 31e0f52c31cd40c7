//! The session-list request: which tab, which columns, which rows, in which order, which page.

pub mod after;
pub mod columns;
pub mod controls;
pub mod filter;
pub mod keys;
pub mod order;
pub mod page;
pub mod request;
pub mod tab;
