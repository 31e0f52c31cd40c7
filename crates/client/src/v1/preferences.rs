//! What a person's clients keep for them.

use http::Method;
use serde_json::{Map, Value};

use super::V1;
use crate::error::Error;
use crate::transport::Call;

const PATH: &[&str] = &["v1", "preferences"];

impl V1<'_> {
    /// The caller's own preferences, of all their keys and logins; empty until some are set.
    ///
    /// # Errors
    /// As the server answers.
    pub async fn preferences(&self) -> Result<Map<String, Value>, Error> {
        self.client.call(Call::new("reading the preferences", Method::GET, PATH)).await
    }

    /// Sets the caller's own preferences in place of those that were: at most
    /// [`rollcall_wire::v1::MAX_PREFERENCES_BYTES`] and [`rollcall_wire::v1::MAX_PREFERENCES_DEPTH`] levels.
    ///
    /// # Errors
    /// `invalid-api-params` for what is larger or deeper; else as the server answers.
    pub async fn set_preferences(&self, document: &Map<String, Value>) -> Result<(), Error> {
        let body = Value::Object(document.clone());
        self.client.call_empty(Call::new("setting the preferences", Method::PUT, PATH).body(body)).await
    }

    /// Changes parts of the caller's own preferences by a merge patch (RFC 7396): what another client changes at the
    /// same time in other parts stays. The bounds are those of [`V1::set_preferences`].
    ///
    /// # Errors
    /// `invalid-api-params` for what would be larger or deeper; else as the server answers.
    pub async fn change_preferences(&self, patch: &Value) -> Result<(), Error> {
        let call = Call::new("changing the preferences", Method::PATCH, PATH).body(patch.clone());
        self.client.call_empty(call).await
    }
}
