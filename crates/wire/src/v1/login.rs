//! Logins: a token in place of a signature.

use std::fmt;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::parameters::Parameters;
use crate::problem::Problem;

/// What `POST /v1/logins` is given.
#[derive(Debug)]
pub struct LoginAsked {
    /// `email`.
    pub email: String,
    /// `password`.
    pub password: SecretString,
    /// `agent`: what the client is, for the list of logins.
    pub agent: Option<String>,
}

impl LoginAsked {
    /// Reads it.
    ///
    /// # Errors
    /// `invalid-api-params`, each wrong parameter with its reason.
    pub fn of(mut given: Parameters) -> Result<Self, Problem> {
        let asked = Self {
            email: given.required_text(&["email"], "email"),
            password: given.required_text(&["password"], "password").into(),
            agent: given.text(&["agent"]),
        };
        given.finish(asked)
    }
}

/// What a signed `POST /v1/logins` is given: who signs has proved enough.
#[derive(Debug)]
pub struct KeyLoginAsked {
    /// `agent`: what the client is, for the list of logins.
    pub agent: Option<String>,
}

impl KeyLoginAsked {
    /// Reads it.
    ///
    /// # Errors
    /// `invalid-api-params`, each wrong parameter with its reason.
    pub fn of(mut given: Parameters) -> Result<Self, Problem> {
        for name in ["email", "password"] {
            if given.has(&[name]) {
                given.wrong(name, "is not for a request that is signed");
            }
        }
        let asked = Self { agent: given.text(&["agent"]) };
        given.finish(asked)
    }
}

/// A login that was made, or the one that asks.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct LoginAnswer {
    /// Public id, which authenticates nothing.
    pub id: Uuid,
    /// Goes into `Authorization: Rollcall-Login TOKEN`; told once, later empty.
    pub token: String,
    /// The person.
    pub email: String,
    /// Whether a key gave it, and not a password.
    pub with_key: bool,
    /// The key that it acts as.
    pub access_key: String,
    /// The person's role.
    pub role: String,
    /// `active`.
    pub status: String,
    /// Seconds that it lasts at most.
    pub expires_in: u64,
}

impl fmt::Debug for LoginAnswer {
    /// Without the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("LoginAnswer");
        debug.field("id", &self.id).field("access_key", &self.access_key).field("role", &self.role);
        debug.field("status", &self.status).field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

/// A login as its person sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LoginRow {
    /// Public id.
    pub id: Uuid,
    /// Whose.
    pub email: String,
    /// Where from.
    pub address: String,
    /// What with.
    pub agent: String,
    /// The key that it was got with and acts as; null when it was a password.
    #[serde(default)]
    pub access_key: Option<String>,
    /// When it was made.
    pub created_at: String,
    /// When it was used last, to half a minute.
    pub last_seen: String,
    /// Whether it is the one that asks.
    pub current: bool,
}
