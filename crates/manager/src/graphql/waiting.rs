//! `SessionWaiting`: Rollcall's own field of a session, why it waits in words for people.

use async_graphql::Object;
use rollcall_model::session::Waiting;

/// Why a session waits.
pub(crate) struct SessionWaiting<'a>(pub(crate) &'a Waiting);

#[Object(rename_fields = "snake_case")]
impl SessionWaiting<'_> {
    /// Why, in one plain sentence.
    async fn sentence(&self) -> &str {
        &self.0.sentence
    }

    /// How many sessions of its resource group are considered before it.
    async fn ahead(&self) -> i32 {
        i32::try_from(self.0.ahead).unwrap_or(i32::MAX)
    }

    /// What would let it start.
    async fn unblock(&self) -> &str {
        &self.0.unblock
    }
}
