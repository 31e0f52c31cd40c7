//! Answers that are no pages: numbers, files, streams of events.

use std::convert::Infallible;

use axum::body::Body;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderName, HeaderValue, Response};
use serde_json::Value;
use tokio::sync::mpsc;

/// Something of this type, which nobody keeps.
pub(super) fn data(body: Body, kind: &'static str) -> Response<Body> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Server-sent events, as they come in.
pub(super) fn events(events: mpsc::Receiver<Bytes>) -> Response<Body> {
    let body = futures_util::stream::unfold(events, |mut events| async {
        events.recv().await.map(|bytes| (Ok::<_, Infallible>(bytes), events))
    });
    let mut response = data(Body::from_stream(body), "text/event-stream");
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

/// One of them; JSON has no line ends of its own.
pub(super) fn event(kind: &str, data: &Value) -> Bytes {
    Bytes::from(format!("event: {kind}\ndata: {data}\n\n"))
}
