//! What a route is given: parameters (`rest.md` §0), a body within limits, the `{s}` of its path.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::body::{Body, HttpBody};
use axum::extract::{ConnectInfo, FromRef, FromRequest, FromRequestParts, Path, Request};
use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http_body_util::{BodyExt, Limited};
use rollcall_wire::parameters::Parameters;
use rollcall_wire::problem::{Problem, ProblemType};
use rollcall_wire::session::owner_in_query;
use uuid::Uuid;

use crate::error::ApiError;
use crate::manager::App;

/// The parameters of a request, and whose sessions it is about.
#[derive(Debug)]
pub(crate) struct Input {
    /// All other parameters: the JSON body if there is one, else the query string.
    pub(crate) parameters: Parameters,
    /// `owner_access_key`: the query string comes first, then the parameters.
    pub(crate) owner: Option<String>,
}

impl<S> FromRequest<S> for Input
where
    S: Send + Sync,
    App: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let (head, body) = request.into_parts();
        let body = read_body(body, &App::from_ref(state)).await?;
        let query = head.uri.query();
        let mut parameters = parameters_of(&head.headers, query, &body)?;
        let owner = match owner_in_query(query)? {
            Some(owner) => Some(owner),
            None => parameters.text(&["owner_access_key"]),
        };
        // Some routes read nothing else: theirs must not be taken for one's own.
        if parameters.is_wrong("owner_access_key") {
            parameters.finish(())?;
            return Err(ApiError::of(ProblemType::InvalidApiParams));
        }
        Ok(Self { parameters, owner })
    }
}

/// The parameters of a body alone: the query string is not looked at.
#[derive(Debug)]
pub(crate) struct Posted(pub(crate) Parameters);

impl<S> FromRequest<S> for Posted
where
    S: Send + Sync,
    App: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let (head, body) = request.into_parts();
        let body = read_body(body, &App::from_ref(state)).await?;
        Ok(Self(parameters_of(&head.headers, None, &body)?))
    }
}

/// Reads a body by its content type, or the query where there is no body.
fn parameters_of(headers: &HeaderMap, query: Option<&str>, body: &[u8]) -> Result<Parameters, Problem> {
    if is_yaml(headers) { Parameters::of_yaml_request(query, body) } else { Parameters::of_request(query, body) }
}

/// Whether a body is YAML: anything else is taken for JSON.
fn is_yaml(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|line| line.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/yaml")
}

/// Reads a body within the limits of size and time.
pub(crate) async fn read_body(body: Body, app: &App) -> Result<Bytes, ApiError> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let settings = app.settings();
    let refuse = |text: &str| ApiError::msg(ProblemType::GenericBadRequest, text);
    let collected = Limited::new(body, settings.body_limit).collect();
    match tokio::time::timeout(settings.body_timeout, collected).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(_)) => Err(refuse("The request body could not be read or is too large.")),
        Err(_) => Err(refuse("The request body did not arrive in time.")),
    }
}

/// The `{s}` of a path, percent-decoded: a name, a UUID, or the beginning of either.
#[derive(Debug)]
pub(crate) struct SessionRef(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for SessionRef {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(reference) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiError::of(ProblemType::SessionNotFound))?;
        Ok(Self(reference))
    }
}

/// The address of the connection; of this machine where there is none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

impl<S: Send + Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self(peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.0.ip())))
    }
}

/// The one id of a path; `None` if it is none, which is then as unknown as any other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PathId(pub(crate) Option<Uuid>);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let text = Path::<String>::from_request_parts(parts, state).await;
        Ok(Self(text.ok().and_then(|Path(text)| Uuid::parse_str(&text).ok())))
    }
}
