//! The API as its clients meet it: signed requests against the whole router, over a real store and
//! a real life cycle, with a machine in memory under them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod account;
mod contract;
mod details;
mod dotfiles;
mod encrypted;
mod error_logs;
mod events;
mod graphql;
mod limits;
mod login;
mod logins;
mod machine;
mod mutations;
mod people;
mod preferences;
mod raising;
mod refusals;
mod remaining;
mod reports;
mod resources;
mod rights;
mod server;
mod server_rights;
mod serving;
mod sessions;
mod signing;
mod templates;
mod terminal;
mod v1;
mod v1_stream;
mod waiting;
mod world;
