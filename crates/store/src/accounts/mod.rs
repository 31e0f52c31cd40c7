//! People, their keys, and what they belong to.

pub mod auth;
pub mod belongings;
pub mod people;
pub mod uses;
