//! Signed requests (`signing.md` §2), in the order and with the words of the contract.
//!
//! The middleware stands before every route that is not public. Keys and people are looked up for
//! each request: whoever is switched off is refused at once.

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderName, HeaderValue};
use rollcall_model::access::Caller;
use rollcall_model::ids::AccessKey;
use rollcall_wire::problem::{Problem, ProblemType};
use rollcall_wire::signing::{self, Received, SigningError, SigningPolicy};

use crate::auth::rate::{Standing, WINDOW_SECONDS};
use crate::error::ApiError;
use crate::manager::{App, now};

/// The caller of a route behind [`require`]. Anywhere else it refuses.
#[derive(Clone, Debug)]
pub(crate) struct Signed(pub(crate) Caller);

impl<S: Send + Sync> FromRequestParts<S> for Signed {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<Self>().cloned().ok_or_else(unauthorized)
    }
}

/// The middleware: verifies, counts, and lets through.
pub(crate) async fn require(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let verified = match read(&request) {
        Ok(received) => verify(&app, &received).await,
        Err(error) => Err(error),
    };
    let (signed, limit) = match verified {
        Ok(verified) => verified,
        Err(error) => return error.into_response(),
    };
    let key = signed.0.access_key().clone();
    tracing::debug!(access_key = %key, "signed by {key}");
    let Some(standing) = app.rates().count(&key, limit) else {
        return ApiError::of(ProblemType::RateLimitExceeded).into_response();
    };
    app.store().note_use(&key, now());
    request.extensions_mut().insert(signed);
    with_standing(next.run(request).await, standing)
}

/// The middleware of public routes: the same headers with a fixed standing.
pub(crate) async fn public(request: Request, next: Next) -> Response {
    with_standing(next.run(request).await, Standing { limit: 1000, remaining: 1000 })
}

fn with_standing(mut response: Response, standing: Standing) -> Response {
    static LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
    static REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
    static WINDOW: HeaderName = HeaderName::from_static("x-ratelimit-window");
    if response.status().is_success() {
        let headers = response.headers_mut();
        headers.insert(LIMIT.clone(), HeaderValue::from(standing.limit));
        headers.insert(REMAINING.clone(), HeaderValue::from(standing.remaining));
        headers.insert(WINDOW.clone(), HeaderValue::from(WINDOW_SECONDS));
    }
    response
}

fn read(request: &Request) -> Result<Received, ApiError> {
    // The target as it came: decoding and encoding again would be another text. An overriding method
    // is ignored: the method of the request line is the one that counts and that was signed.
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let received = signing::read(request.method().as_str(), target, request.headers(), now());
    received.map_err(Problem::from)?.ok_or_else(unauthorized)
}

async fn verify(app: &App, received: &Received) -> Result<(Signed, u64), ApiError> {
    let key = app.store().signing_key(&AccessKey::from(received.access_key())).await?;
    let key = key.ok_or_else(|| Problem::from(SigningError::UnknownKey))?;
    let policy = SigningPolicy { allow_sha1: app.settings().accept_sha1 };
    received.verify(&key.secret, policy).map_err(Problem::from)?;
    let limit = u64::try_from(key.rate_limit).unwrap_or(0);
    Ok((Signed(Caller::authenticated(key.identity)), limit))
}

fn unauthorized() -> ApiError {
    Problem::from(SigningError::Unsigned).into()
}
