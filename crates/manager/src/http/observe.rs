//! Around every request: an id, one log line at its end, the headers of every answer, and an
//! answer even when a handler panics.
//!
//! The log line names method, path and outcome. Never the query, a header, a body or an address of
//! a person: names of keys and sessions are all that a path holds.

use std::any::Any;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::SERVER;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use rollcall_wire::problem::ProblemType;
use rollcall_wire::version;
use tracing::Instrument;
use uuid::Uuid;

use crate::error::ApiError;
use crate::metrics::Requests;

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The middleware.
pub(crate) async fn observe(State(requests): State<Requests>, request: Request, next: Next) -> Response {
    let id = request_id(request.headers());
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let span = tracing::info_span!("request", request_id = %id, %method, %path);
    let route = request.extensions().get::<MatchedPath>().cloned();
    let started = Instant::now();
    let response = answer(request, next, &method, &path, &id).instrument(span).await;
    let route = route.as_ref().map(MatchedPath::as_str);
    requests.answered(route, &method, response.status().as_u16(), started.elapsed());
    response
}

async fn answer(request: Request, next: Next, method: &Method, path: &str, id: &str) -> Response {
    let started = Instant::now();
    // A version that is not served is refused on every route, public ones too.
    let mut response = match version::of_request(request.headers()) {
        Err(problem) => ApiError::from(problem).into_response(),
        Ok(_) => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.insert(SERVER, HeaderValue::from_static("BackendAI"));
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID.clone(), value);
    }
    let status = response.status().as_u16();
    let duration_ms = started.elapsed().as_secs_f64() * 1000.0;
    tracing::info!(status, duration_ms, request_id = %id, "{method} {path} answered {status}");
    response
}

/// The caller's own id where it is harmless to repeat, else a new one.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get(&REQUEST_ID).and_then(|value| value.to_str().ok());
    let harmless = |id: &&str| {
        (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    given.filter(harmless).map_or_else(|| Uuid::new_v4().to_string(), str::to_owned)
}

/// 404 for paths that no route has.
pub(crate) async fn unknown_path(uri: Uri) -> ApiError {
    ApiError::msg(ProblemType::GenericNotFound, format!("Unknown URL path: {}", uri.path()))
}

/// 405 for known paths.
pub(crate) async fn wrong_method() -> ApiError {
    ApiError::of(ProblemType::MethodNotAllowed)
}

/// 500 without detail for a handler that panicked. The panic's text goes to the log alone.
pub(crate) fn panicked(payload: Box<dyn Any + Send + 'static>) -> Response {
    let text = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("no text");
    tracing::error!(panic = text, "a handler panicked: {text}");
    ApiError::Internal("a handler panicked").into_response()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use http_body_util::BodyExt;
    use tower::ServiceExt;
    use tower_http::catch_panic::CatchPanicLayer;

    use super::*;

    async fn breaks() {
        panic!("with a detail");
    }

    #[tokio::test]
    async fn a_panic_is_answered_without_detail() {
        let router = Router::new()
            .route("/", get(breaks))
            .layer(CatchPanicLayer::custom(panicked))
            .layer(from_fn_with_state(Requests::default(), observe));
        let response = router.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(response.status(), 500);
        assert_eq!(response.headers()[SERVER], "BackendAI");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let document =
            r#"{"type":"https://api.backend.ai/probs/internal-server-error","title":"Internal server error."}"#;
        assert_eq!(body, document);
    }
}
