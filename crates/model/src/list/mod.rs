//! The session-list request: which tab, which columns, which rows, in which order, which page.

pub mod filter;
pub mod order;
pub mod page;
pub mod request;
