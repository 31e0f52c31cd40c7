//! Sessions: listing, looking up, starting, operating.

mod create;
mod fence;
mod fields;
mod list;
mod logs;
mod lookup;
mod operate;
mod remaining;
mod rows;
mod waiting;

pub use create::{CreateOptions, Created};
pub use fence::Fence;
pub use fields::{ContainerField, SessionField};
pub use list::{ListOptions, PAGE};
pub use logs::FollowedLog;
pub use lookup::{Which, live};
pub(crate) use lookup::{choose, name_filter};
pub use rows::{ContainerRow, RemainingTime, SessionPage, SessionRow};

use crate::transport::Client;

/// The calls about sessions, see [`Client::sessions`].
#[derive(Clone, Copy, Debug)]
pub struct Sessions<'a> {
    client: &'a Client,
}

impl Client {
    /// The calls about sessions.
    #[must_use]
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions { client: self }
    }
}
