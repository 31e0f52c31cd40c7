//! People, their keys, and what they belong to.

pub mod auth;
pub mod belongings;
pub mod dotfiles;
pub mod equipment;
pub mod error_logs;
pub mod lists;
pub mod manage;
pub mod own;
pub mod people;
pub mod preferences;
pub mod seen;
pub mod templates;
pub mod together;
pub mod uses;
