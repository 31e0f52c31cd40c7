//! Logins: a token in place of a signature.

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

/// A login that was made, or the one that asks.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct LoginAnswer {
    /// Public id, which authenticates nothing.
    pub id: Uuid,
    /// Goes into `Authorization: Rollcall-Login TOKEN`; told once, later empty.
    pub token: String,
    /// The key that it acts as.
    pub access_key: String,
    /// The person's role.
    pub role: String,
    /// `active`.
    pub status: String,
    /// Seconds that it lasts at most.
    pub expires_in: u64,
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
    /// When it was made.
    pub created_at: String,
    /// When it was used last, to half a minute.
    pub last_seen: String,
    /// Whether it is the one that asks.
    pub current: bool,
}
