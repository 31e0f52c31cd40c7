//! The Rust SDK: everything a client of the API needs, one signed request at a time.
//!
//! ```no_run
//! # async fn example() -> Result<(), rollcall_client::Error> {
//! use rollcall_client::{Client, Credentials, ListOptions};
//!
//! let keys = Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret".into());
//! let client = Client::builder("http://127.0.0.1:8091")?.credentials(keys).build()?;
//! let page = client.sessions().list(&ListOptions::default()).await?;
//! println!("{} of {}", page.items.len(), page.total_count);
//! # Ok(())
//! # }
//! ```
//!
//! This crate never touches the store or the runtime: it knows the API alone, and works against
//! every server that speaks it.
#![forbid(unsafe_code)]

mod accounts;
pub mod admin;
mod answer;
mod auth;
mod backoff;
mod builder;
mod error;
pub mod events;
mod exchange;
mod graphql;
mod json_string;
mod problem;
mod quotas;
pub mod refresh;
mod repeat;
pub mod request_log;
mod resources;
mod schema;
pub mod sessions;
mod sse;
pub mod terminal;
mod transport;
pub mod v1;
mod version;

pub use accounts::{GroupRow, KeypairRow, OwnRoom, UserRow};
pub use answer::Answer;
pub use auth::{Keys, Roles};
pub use builder::{ClientBuilder, Credentials, Login};
pub use error::{Candidate, Error};
pub use problem::Problem;
pub use quotas::{PresetRow, Quotas, ResourceGroupUse};
pub use repeat::Retries;
pub use request_log::RequestLog;
pub use resources::{AgentRow, ImageRow, LimitRow};
pub use rollcall_model::features::Feature;
pub use sessions::{ListOptions, SessionPage, SessionRow, Sessions};
pub use tokio_util::sync::CancellationToken;
pub use transport::Client;
pub use version::Server;
