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
}
