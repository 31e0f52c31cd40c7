//! The API server: authentication, GraphQL, REST.
//!
//! Handlers here are short: extract, authorize, one call of the layer below, wrap the answer. This
//! crate never decides who may do what (`rollcall_model::access` does), never writes SQL and never
//! starts a process. Every refusal leaves through [`error`], in one shape.
#![forbid(unsafe_code)]

mod auth;
mod error;
mod events;
mod graphql;
mod http;
mod manager;
mod metrics;
mod places;
mod rest;
mod routes;
mod seats;
mod serve;
mod settings;
mod stream;
mod tasks;
mod tls;
mod v1;

pub use manager::{Manager, ManagerParts};
pub use routes::{Access, Guard, Route};
pub use serve::{ServeError, serve_web};
pub use settings::Settings;
pub use tls::{Certificates, TlsError};
