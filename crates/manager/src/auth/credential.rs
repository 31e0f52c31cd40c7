//! What a request proved itself with. Answers that take long ask again and again what it is worth now,
//! so that who is switched off, removed or given another role is treated so at once.

use axum::extract::FromRequestParts;
use http::request::Parts;
use rollcall_model::access::Caller;
use rollcall_model::ids::AccessKey;
use rollcall_model::logins::CameWith;

use crate::error::ApiError;
use crate::manager::{App, now};

/// A proof that was good when the request came.
#[derive(Clone, Debug)]
pub(crate) enum Credential {
    /// A signature by this key.
    Key(AccessKey),
    /// The token of a login, by its digest.
    Login(Vec<u8>),
}

impl Credential {
    /// What kind of proof it is.
    pub(crate) fn came_with(&self) -> CameWith {
        match self {
            Self::Key(_) => CameWith::Signature,
            Self::Login(_) => CameWith::Token,
        }
    }

    /// Who it stands for at this moment; `None` when for nobody any more.
    pub(crate) async fn caller(&self, app: &App) -> Result<Option<Caller>, ApiError> {
        match self {
            Self::Key(key) => {
                let identity = app.store().active_identity(key).await?;
                Ok(identity.map(Caller::authenticated))
            }
            Self::Login(token) => {
                let holder = app.store().login_of(token, app.settings().login_life(), now()).await?;
                Ok(holder.map(|holder| Caller::authenticated(holder.identity)))
            }
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Credential {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<Self>().cloned().ok_or(ApiError::Internal("a route without a signature asks for one"))
    }
}
