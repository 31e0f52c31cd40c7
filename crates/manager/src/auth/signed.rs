//! Signed requests (`signing.md` §2), in the order and with the words of the contract.
//!
//! The middleware stands before every route that is not public. Keys and people are looked up for
//! each request: whoever is switched off is refused at once.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderName, HeaderValue};
use rollcall_model::access::Caller;
use rollcall_model::ids::AccessKey;
use rollcall_wire::problem::{Problem, ProblemType};
use rollcall_wire::signing::{self, Received, SigningError, SigningPolicy};

use crate::auth::credential::Credential;
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

/// The caller of a route behind [`offered`], if they signed.
#[derive(Clone, Debug)]
pub(crate) struct MaybeSigned(pub(crate) Option<(Caller, Credential)>);

impl<S: Send + Sync> FromRequestParts<S> for MaybeSigned {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let signed = parts.extensions.get::<Signed>().cloned();
        Ok(Self(signed.map(|signed| signed.0).zip(parts.extensions.get::<Credential>().cloned())))
    }
}

/// The middleware: verifies, counts, and lets through.
pub(crate) async fn require(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let verified = match login_token(&request).map(rollcall_store::token_hash) {
        Some(token) => verify_login(&app, token, peer(&request)).await,
        None => match read(&request) {
            Ok(received) => verify(&app, &received, peer(&request)).await,
            Err(error) => Err(Refusal::Signature(error)),
        },
    };
    app.metrics().admission.signature(verified.as_ref().map_or_else(Refusal::outcome, |_| "accepted"));
    let (signed, credential, limit) = match verified {
        Ok(verified) => verified,
        Err(refusal) => return refusal.into_response(&app),
    };
    let key = signed.0.access_key().clone();
    tracing::debug!(access_key = %key, "signed by {key}");
    let Some(standing) = app.rates().count(&key, limit) else {
        app.metrics().admission.limited("key");
        return ApiError::of(ProblemType::RateLimitExceeded).into_response();
    };
    app.store().note_use(&key, now());
    request.extensions_mut().insert(credential);
    request.extensions_mut().insert(signed);
    with_standing(next.run(request).await, standing)
}

/// The middleware of public routes: the same headers with a fixed standing.
pub(crate) async fn public(request: Request, next: Next) -> Response {
    with_standing(next.run(request).await, Standing { limit: 1000, remaining: 1000 })
}

/// The middleware of routes that anyone may use and that know who signs.
pub(crate) async fn offered(State(app): State<App>, request: Request, next: Next) -> Response {
    // The token of a login proves nothing here, and what others put into this header is not for us.
    let values = request.headers().get_all(AUTHORIZATION);
    let is_signed = values.iter().filter_map(|value| value.to_str().ok()).any(signing::is_signature);
    if is_signed { require(State(app), request, next).await } else { public(request, next).await }
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

/// Why a request was not let in.
enum Refusal {
    Signature(SigningError),
    /// Too many wrong signatures from this address; how long to wait.
    Blocked(Duration),
    Failed(ApiError),
}

impl Refusal {
    /// One word for who watches.
    fn outcome(&self) -> &'static str {
        match self {
            Self::Blocked(_) => "blocked",
            Self::Failed(_) => "failed",
            Self::Signature(SigningError::DateSync) => "stale",
            Self::Signature(SigningError::Unsigned) => "unsigned",
            Self::Signature(SigningError::UnknownKey) => "unknown-key",
            Self::Signature(SigningError::Mismatch) => "mismatch",
            Self::Signature(_) => "malformed",
        }
    }

    fn into_response(self, app: &App) -> Response {
        match self {
            Self::Signature(error) => ApiError::from(Problem::from(error)).into_response(),
            Self::Failed(error) => error.into_response(),
            Self::Blocked(left) => {
                app.metrics().admission.limited("address");
                let seconds = left.as_secs() + 1;
                let msg = format!("Too many wrong signatures from this address. Try again in {seconds} seconds.");
                let mut response = ApiError::msg(ProblemType::RateLimitExceeded, msg).into_response();
                response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
                response
            }
        }
    }
}

/// The connection's own address; a request without a connection is of this machine.
pub(crate) fn peer(request: &Request) -> IpAddr {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.0.ip())
}

fn read(request: &Request) -> Result<Received, SigningError> {
    // The target as it came: decoding and encoding again would be another text. An overriding method
    // is ignored: the method of the request line is the one that counts and that was signed.
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let received = signing::read(request.method().as_str(), target, request.headers(), now());
    received?.ok_or(SigningError::Unsigned)
}

/// The token of a login, which stands in place of a signature: `Authorization: Rollcall-Login TOKEN`.
fn login_token(request: &Request) -> Option<&str> {
    request.headers().get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Rollcall-Login ")
}

async fn verify_login(app: &App, token: Vec<u8>, from: IpAddr) -> Result<(Signed, Credential, u64), Refusal> {
    let nobody = AccessKey::from("");
    if let Some(left) = app.strangers().blocked(from, &nobody) {
        return Err(Refusal::Blocked(left));
    }
    let found = app.store().login_of(&token, app.settings().login_life(), now()).await;
    match found.map_err(|error| Refusal::Failed(error.into()))? {
        Some(holder) => {
            let signed = Signed(Caller::authenticated(holder.identity));
            Ok((signed, Credential::Login(token), u64::try_from(holder.rate_limit).unwrap_or(0)))
        }
        None => {
            app.strangers().failed(from);
            Err(Refusal::Signature(SigningError::Unsigned))
        }
    }
}

async fn verify(app: &App, received: &Received, from: IpAddr) -> Result<(Signed, Credential, u64), Refusal> {
    let claimed = AccessKey::from(received.access_key());
    if let Some(left) = app.strangers().blocked(from, &claimed) {
        return Err(Refusal::Blocked(left));
    }
    let verified = check(app, received, &claimed).await;
    match &verified {
        Ok(_) => app.strangers().signed(from, &claimed),
        Err(Refusal::Signature(_)) => app.strangers().failed(from),
        Err(_) => {}
    }
    verified
}

async fn check(app: &App, received: &Received, claimed: &AccessKey) -> Result<(Signed, Credential, u64), Refusal> {
    let key = app.store().signing_key(claimed).await.map_err(|error| Refusal::Failed(error.into()))?;
    let key = key.ok_or(Refusal::Signature(SigningError::UnknownKey))?;
    let policy = SigningPolicy { allow_sha1: app.settings().accept_sha1 };
    received.verify(&key.secret, policy).map_err(Refusal::Signature)?;
    // None and fewer cannot be set; found in an old database they let nothing through.
    let limit = u64::try_from(key.rate_limit).unwrap_or(0);
    Ok((Signed(Caller::authenticated(key.identity)), Credential::Key(claimed.clone()), limit))
}

fn unauthorized() -> ApiError {
    Problem::from(SigningError::Unsigned).into()
}
