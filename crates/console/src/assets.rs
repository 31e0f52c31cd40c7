//! What the browser needs beside the pages: embedded, compressed beforehand, under names that change
//! with the content.

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::routing::get;
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

/// One file.
#[derive(Debug)]
pub(crate) struct Asset {
    name: &'static str,
    hashed: &'static str,
    kind: &'static str,
    plain: &'static [u8],
    packed: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// Why the terminal page lacks what it needs, if it does: a step of the build that could not be done.
#[must_use]
pub fn missing() -> Option<&'static str> {
    MISSING
}

/// The address of a file; `None` if it was not to be had when this was built.
pub(crate) fn address(name: &str) -> Option<String> {
    ASSETS.iter().find(|asset| asset.name == name).map(|asset| format!("/assets/{}", asset.hashed))
}

/// Serves them.
pub(crate) fn routes() -> Router {
    Router::new().route("/assets/{name}", get(asset))
}

async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response<Body> {
    let Some(asset) = ASSETS.iter().find(|asset| asset.hashed == name) else {
        let mut response = Response::new(Body::from("There is no such file."));
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    };
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let packed = accepted.split(',').any(|coding| {
        let mut parts = coding.trim().split(';');
        parts.next() == Some("gzip") && !parts.any(|part| matches!(part.trim(), "q=0" | "q=0.0"))
    });
    let mut response = Response::new(Body::from(if packed { asset.packed } else { asset.plain }));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if packed {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use http::Request;
    use tower::ServiceExt as _;

    use super::*;

    async fn get(path: &str, accept: &str) -> Response<Body> {
        let request = Request::builder().uri(path).header(ACCEPT_ENCODING, accept).body(Body::empty()).unwrap();
        routes().oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn what_npm_brings_is_embedded() {
        if let Some(reason) = missing() {
            rollcall_testkit::skip::missing("console::assets", reason, "install Node.js with npm, and build again");
            return;
        }
        for name in ["xterm.js", "xterm.css", "addon-fit.js", "terminal.js", "terminal.css"] {
            let address = address(name).unwrap();
            let packed = get(&address, "gzip, deflate, br").await;
            assert_eq!(packed.status(), StatusCode::OK, "{name}");
            assert_eq!(packed.headers()[CONTENT_ENCODING], "gzip", "{name}");
            let plain = get(&address, "br, gzip;q=0").await;
            assert!(!plain.headers().contains_key(CONTENT_ENCODING), "{name}");
            let text = crate::upstream::whole(plain.into_body(), 1 << 20).await.unwrap();
            assert!(!String::from_utf8_lossy(&text).contains("sourceMappingURL"), "{name}");
        }
        assert_eq!(get("/assets/terminal.js", "").await.status(), StatusCode::NOT_FOUND);
    }
}
