//! The web part: cookie logins and the gateway before a manager.
//!
//! It is a client like any other: it knows nothing of the store, and presents to the manager what the
//! browser's cookie stands for. Logins are the manager's; this part keeps no secret key, save sealed in
//! memory before a foreign manager.
#![forbid(unsafe_code)]

mod assets;
mod cookie;
mod gateway;
mod logins;
mod look;
mod origin;
mod pages;
mod pass;
mod problem;
mod server;
mod settings;
mod site;
mod upstream;
mod vault;
pub mod webui;
mod words;

pub use assets::missing;
pub use gateway::{Gateway, GatewayError};
pub use origin::{NoOrigin, Origin};
pub use pages::pages;
pub use settings::Settings;
pub use upstream::UpstreamError;
