//! Logins: tokens that stand for a person, seen and ended.

use http::Method;
use rollcall_wire::v1::{LoginAnswer, LoginRow};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use uuid::Uuid;

use super::V1;
use crate::error::Error;
use crate::transport::Call;

const LOGINS: &[&str] = &["v1", "logins"];

impl V1<'_> {
    /// Signs in with an e-mail address and a password: a token that stands for the person. Needs no credentials.
    ///
    /// # Errors
    /// `auth-failed` when they don't match, `rate-limit-exceeded` after too many tries.
    pub async fn login(&self, email: &str, password: &SecretString, agent: Option<&str>) -> Result<LoginAnswer, Error> {
        let body = json!({"email": email, "password": password.expose_secret(), "agent": agent});
        self.client.call_unsigned(Call::new("signing in", Method::POST, LOGINS).body(body)).await
    }

    /// Signs in with the client's own keys: a token that acts as the key, as long as that may sign. A client
    /// that holds no more than a token cannot.
    ///
    /// # Errors
    /// `auth-failed` when the keys don't sign; else as the server answers.
    pub async fn login_with_keys(&self, agent: Option<&str>) -> Result<LoginAnswer, Error> {
        let call = Call::new("signing in with keys", Method::POST, LOGINS).body(json!({ "agent": agent }));
        self.client.call(call).await
    }

    /// The caller's logins, or with `all` those of everybody that an administrator reaches.
    ///
    /// # Errors
    /// As the server answers.
    pub async fn logins(&self, all: bool) -> Result<Vec<LoginRow>, Error> {
        let path: &[&str] = if all { &["v1", "logins", "all"] } else { LOGINS };
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
