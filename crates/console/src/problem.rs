//! Refusals in the gateway's own words (`signing.md` §5), in the one shape that clients read.

use axum::body::Body;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use rollcall_wire::problem::TYPE_PREFIX;
use serde_json::{Map, Value, json};

const PROBLEM: &str = "application/problem+json; charset=utf-8";

/// A document of this type and title.
pub(crate) fn refusal(status: StatusCode, slug: &str, title: &str) -> Response<Body> {
    answer(status, &json!({ "type": format!("{TYPE_PREFIX}{slug}"), "title": title }))
}

/// The same with more beside.
pub(crate) fn refusal_with(status: StatusCode, slug: &str, title: &str, key: &str, value: &str) -> Response<Body> {
    answer(status, &json!({ "type": format!("{TYPE_PREFIX}{slug}"), "title": title, key: value }))
}

/// Any document.
pub(crate) fn answer(status: StatusCode, document: &Value) -> Response<Body> {
    with_type(status, document, PROBLEM)
}

/// An answer that is no refusal.
pub(crate) fn plain(document: &Value) -> Response<Body> {
    with_type(StatusCode::OK, document, "application/json; charset=utf-8")
}

fn with_type(status: StatusCode, document: &Value, content_type: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(document.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// The manager's own document anew; what is none becomes one.
pub(crate) fn again(status: StatusCode, body: &[u8]) -> Response<Body> {
    match serde_json::from_slice::<Map<String, Value>>(body) {
        Ok(document) => answer(status, &Value::Object(document)),
        Err(_) => {
            let title = "Generic Error (could not parse error string)";
            refusal_with(status, "generic-error", title, "content", &String::from_utf8_lossy(body))
        }
    }
}

/// 401 as the gateway says it.
pub(crate) fn unauthorized() -> Response<Body> {
    refusal(StatusCode::UNAUTHORIZED, "auth-failed", "Unauthorized access")
}

/// 403 for pages of other origins.
pub(crate) fn foreign() -> Response<Body> {
    let msg =
        "This page's origin may not use the server with your login. An administrator may allow it (console.origins).";
    refusal_with(StatusCode::FORBIDDEN, "generic-forbidden", "This operation is not allowed.", "msg", msg)
}

/// 502.
pub(crate) fn unreachable(details: &str) -> Response<Body> {
    let title = "The proxy target server is inaccessible.";
    refusal_with(StatusCode::BAD_GATEWAY, "bad-gateway", title, "details", details)
}

/// 500.
pub(crate) fn broken() -> Response<Body> {
    refusal(StatusCode::INTERNAL_SERVER_ERROR, "internal-server-error", "Something has gone wrong.")
}
