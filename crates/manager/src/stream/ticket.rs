//! One-time tickets: a browser cannot sign a websocket, and no secret belongs into an address. A ticket
//! lives a minute, is bound to a person and a session, and is worth nothing once it was brought.

use axum::Json;
use axum::extract::{Path, State};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use rollcall_model::access::{self, ScopeArguments};
use rollcall_model::ids::{AccessKey, SessionId};
use rollcall_model::time::{from_micros, to_micros};
use rollcall_wire::problem::ProblemType;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::viewer::Visit;
use crate::auth::credential::Credential;
use crate::auth::signed::Signed;
use crate::error::ApiError;
use crate::http::params::Input;
use crate::manager::{App, now};

/// How long a ticket lives.
const LIFE: TimeDelta = TimeDelta::seconds(60);
/// What tickets are sealed for.
const PURPOSE: &str = "terminal ticket";
/// Longer ones are none of ours.
const LONGEST: usize = 1024;

#[derive(Debug, Serialize, Deserialize)]
struct Ticket {
    holder: Holder,
    owner: String,
    session: Uuid,
    expires_at: i64,
    nonce: Uuid,
}

/// With what it was drawn.
#[derive(Debug, Serialize, Deserialize)]
enum Holder {
    Key(String),
    Login(Vec<u8>),
}

impl From<&Credential> for Holder {
    fn from(credential: &Credential) -> Self {
        match credential {
            Credential::Key(key) => Self::Key(key.as_str().to_owned()),
            Credential::Login(token) => Self::Login(token.clone()),
        }
    }
}

impl From<Holder> for Credential {
    fn from(holder: Holder) -> Self {
        match holder {
            Holder::Key(key) => Self::Key(AccessKey(key)),
            Holder::Login(token) => Self::Login(token),
        }
    }
}

/// POST `/v1/sessions/{id}/terminal`: a ticket for the terminal of a session that runs.
pub(super) async fn draw(
    State(app): State<App>,
    Signed(caller): Signed,
    credential: Credential,
    Path(id): Path<String>,
    _input: Input,
) -> Result<Json<Value>, ApiError> {
    let none = || ApiError::of(ProblemType::SessionNotFound);
    let id = Uuid::parse_str(&id).map_err(|_| none())?;
    let scope = access::person_scope(&caller, ScopeArguments::default())?;
    let session = app.store().session(&scope, SessionId(id)).await?.ok_or_else(none)?;
    let visit = Visit { credential, owner: session.access_key.clone(), session: session.id };
    let sealed = seal(&app, &visit).await?;
    Ok(Json(json!({ "ticket": sealed, "expires_in": LIFE.num_seconds() })))
}

/// A ticket for this visit, if there is a right to it.
pub(super) async fn seal(app: &App, visit: &Visit) -> Result<String, ApiError> {
    visit.judge(app).await?.ok_or_else(|| ApiError::of(ProblemType::GenericForbidden))?;
    let ticket = Ticket {
        holder: Holder::from(&visit.credential),
        owner: visit.owner.as_str().to_owned(),
        session: visit.session.0,
        expires_at: to_micros(now() + LIFE),
        nonce: Uuid::new_v4(),
    };
    let text = serde_json::to_vec(&ticket).map_err(|_| ApiError::Internal("a ticket has no text"))?;
    Ok(URL_SAFE_NO_PAD.encode(app.store().seal_token(PURPOSE, &text)?))
}

/// Spends a ticket. One that is forged, too old, or spent already is refused in the same words.
pub(super) async fn spend(app: &App, text: &str) -> Result<Visit, ApiError> {
    let refused = || ApiError::msg(ProblemType::AuthFailed, "This ticket is none, too old, or was used before.");
    let sealed = URL_SAFE_NO_PAD.decode(text).ok().filter(|sealed| sealed.len() <= LONGEST).ok_or_else(refused)?;
    let opened = app.store().open_token(PURPOSE, &sealed).ok_or_else(refused)?;
    let ticket: Ticket = serde_json::from_slice(&opened).map_err(|_| refused())?;
    let (expires_at, now) = (from_micros(ticket.expires_at), now());
    if expires_at <= now || !app.store().spend_ticket(ticket.nonce.as_bytes(), expires_at, now).await? {
        return Err(refused());
    }
    Ok(Visit { credential: ticket.holder.into(), owner: AccessKey(ticket.owner), session: SessionId(ticket.session) })
}
