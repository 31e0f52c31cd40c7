//! Logins: tokens that stand for a person, seen and ended.

use http::Method;
use rollcall_wire::v1::LoginRow;
use uuid::Uuid;

use super::V1;
use crate::error::Error;
use crate::transport::Call;

impl V1<'_> {
    /// The caller's logins, or with `all` those of everybody that an administrator reaches.
    ///
    /// # Errors
    /// As the server answers.
    pub async fn logins(&self, all: bool) -> Result<Vec<LoginRow>, Error> {
        let path: &[&str] = if all { &["v1", "logins", "all"] } else { &["v1", "logins"] };
        self.client.call(Call::new("listing logins", Method::GET, path)).await
    }

    /// Ends a login of the caller, or of whom an administrator reaches.
    ///
    /// # Errors
    /// `generic-not-found` where there is none of that id; else as the server answers.
    pub async fn end_login(&self, id: Uuid) -> Result<(), Error> {
        let id = id.to_string();
        self.client.call_empty(Call::new("ending the login", Method::DELETE, &["v1", "logins", &id])).await
    }
}
