//! `/func/*`: requests passed on to the manager with the proof of who is signed in (`signing.md` §5.6).

use axum::body::Body;
use http::header::{
    ACCEPT, ACCEPT_LANGUAGE, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, DATE, IF_NONE_MATCH, UPGRADE,
    USER_AGENT,
};
use http::{HeaderMap, HeaderName, Method, Request, Response, StatusCode};
use hyper::upgrade::OnUpgrade;
use rollcall_wire::signing::VERSION_HEADER;
use rollcall_wire::version::API_VERSION;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::gateway::{Circumstances, Gateway, failed};
use crate::logins::LoginError;
use crate::upstream::{target, whole};
use crate::{cookie, problem};

/// The largest error document that is read to be written anew, and the largest sign-up.
const MOST: usize = 1 << 20;

/// What of a browser's headers the manager sees. Its cookie, its claims of whence it comes and its own
/// proofs are not among them.
static PASSED: [HeaderName; 14] = [
    ACCEPT,
    ACCEPT_LANGUAGE,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    IF_NONE_MATCH,
    USER_AGENT,
    HeaderName::from_static("last-event-id"),
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("tus-resumable"),
    HeaderName::from_static("upload-length"),
    HeaderName::from_static("upload-offset"),
    HeaderName::from_static("upload-metadata"),
    HeaderName::from_static("x-backendai-version"),
    HeaderName::from_static("x-backendai-domain"),
];

/// Those that ask for a websocket.
static UPGRADING: [HeaderName; 6] = [
    CONNECTION,
    UPGRADE,
    HeaderName::from_static("sec-websocket-key"),
    HeaderName::from_static("sec-websocket-version"),
    HeaderName::from_static("sec-websocket-protocol"),
    HeaderName::from_static("sec-websocket-extensions"),
];

pub(crate) async fn answer(gateway: &Gateway, request: Request<Body>, at: Circumstances) -> Response<Body> {
    let (head, body) = request.into_parts();
    let path = head.uri.path().strip_prefix("/func").unwrap_or_default();
    let unknown = || problem::refusal(StatusCode::NOT_FOUND, "generic-not-found", "Unknown URL path.");
    let Some(uri) = target(path, head.uri.query()) else { return unknown() };
    match (&head.method, path) {
        (&Method::GET, "/ping") => {
            return problem::plain(&json!({ "version": env!("CARGO_PKG_VERSION"), "details": "Success" }));
        }
        (_, path) if path == "/hanati/user" || path.starts_with("/cloud/") => return unknown(),
        _ => {}
    }
    let unsigned = matches!((&head.method, path), (&Method::GET, "/") | (&Method::POST, "/auth/signup"))
        || path.starts_with("/folders/_/tus/upload/")
        // The ticket is the proof.
        || path == "/v1/terminal";
    let signup = head.method == Method::POST && path == "/auth/signup";
    let body = if signup { of_our_domain(body, &gateway.settings().domain).await } else { Some(body) };
    let Some(body) = body else {
        return problem::refusal(StatusCode::BAD_REQUEST, "invalid-api-params", "The body is no JSON object.");
    };
    let mut passed = Request::new(body);
    *passed.method_mut() = head.method.clone();
    *passed.uri_mut() = uri;
    *passed.extensions_mut() = head.extensions;
    let upgrades = head.headers.contains_key(UPGRADE) && passed.extensions().get::<OnUpgrade>().is_some();
    copy(&head.headers, passed.headers_mut(), upgrades);
    if signup {
        passed.headers_mut().remove(CONTENT_LENGTH);
    }
    let (passed, cut) = match proven(gateway, passed, &head.headers, at, unsigned).await {
        Ok(Some(passed)) => passed,
        Ok(None) => return problem::unauthorized(),
        Err(error) => return failed(&error),
    };
    match gateway.upstream().send(passed, at.client, cut).await {
        Ok(answer) => anew(answer).await,
        Err(error) => failed(&LoginError::Unreachable(error)),
    }
}

/// The request with its proof, and what ends a websocket that it opens; `None` for who is not signed in.
async fn proven(
    gateway: &Gateway,
    passed: Request<Body>,
    headers: &HeaderMap,
    at: Circumstances,
    unsigned: bool,
) -> Result<Option<(Request<Body>, CancellationToken)>, LoginError> {
    if unsigned {
        return Ok(Some((passed, CancellationToken::new())));
    }
    let Some(cookie) = cookie::brought(headers) else { return Ok(None) };
    let (mut head, body) = passed.into_parts();
    let Some(proof) = gateway.logins().prove(&cookie, &head, at.client).await? else { return Ok(None) };
    head.headers.insert(AUTHORIZATION, proof.authorization);
    if let Some(date) = proof.date {
        head.headers.insert(DATE, date);
    }
    Ok(Some((Request::from_parts(head, body), proof.ended)))
}

fn copy(from: &HeaderMap, to: &mut HeaderMap, upgrades: bool) {
    let upgrading = UPGRADING.iter().filter(|_| upgrades);
    for name in PASSED.iter().chain(upgrading) {
        for value in from.get_all(name) {
            to.append(name.clone(), value.clone());
        }
    }
    if !to.contains_key(VERSION_HEADER) {
        to.insert(HeaderName::from_static("x-backendai-version"), http::HeaderValue::from_static(API_VERSION));
    }
}

/// The body of a sign-up, whatever domain it names.
async fn of_our_domain(body: Body, domain: &str) -> Option<Body> {
    let body = whole(body, MOST).await.ok()?;
    let mut document: serde_json::Map<String, Value> = serde_json::from_slice(&body).ok()?;
    document.insert("domain".to_owned(), json!(domain));
    Some(Body::from(Value::Object(document).to_string()))
}

/// The manager's answer: what is no success is written anew, in the one shape that clients read.
async fn anew(mut answer: Response<Body>) -> Response<Body> {
    // Whose pages may read this is the gateway's to say.
    let shared: Vec<HeaderName> =
        answer.headers().keys().filter(|name| name.as_str().starts_with("access-control-")).cloned().collect();
    for name in shared {
        answer.headers_mut().remove(name);
    }
    let status = answer.status();
    if status.is_success() || matches!(status, StatusCode::SWITCHING_PROTOCOLS | StatusCode::NOT_MODIFIED) {
        return answer;
    }
    match whole(answer.into_body(), MOST).await {
        Ok(body) => problem::again(status, &body),
        Err(error) => failed(&LoginError::Unreachable(error)),
    }
}
