//! The SDK on the gateway's own way to the manager.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};

use axum::body::Body;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderValue, Request, Response, StatusCode};
use rollcall_client::{Client, Error};
use tokio_util::sync::CancellationToken;

use crate::upstream::{Upstream, target};

/// A client whose requests take the way of `upstream`.
pub(super) fn client(upstream: Upstream) -> Result<Client, Error> {
    // What the manager knows as its host, which signatures name. In this process nothing is looked up.
    let host = Some(upstream.host()).filter(|host| !host.is_empty()).unwrap_or_else(|| "manager.invalid".to_owned());
    let endpoint = format!("http://{host}");
    let service = tower::service_fn(move |request: Request<reqwest::Body>| {
        let (upstream, host) = (upstream.clone(), host.clone());
        async move { Ok::<_, Infallible>(carry(&upstream, &host, request).await) }
    });
    Client::builder(&endpoint)?.service(service).build()
}

async fn carry(upstream: &Upstream, host: &str, request: Request<reqwest::Body>) -> Response<reqwest::Body> {
    let (mut head, body) = request.into_parts();
    let said = head.headers.remove("x-forwarded-for");
    let client = said.as_ref().and_then(|line| line.to_str().ok()?.parse().ok());
    if let Ok(host) = HeaderValue::try_from(host) {
        head.headers.insert(HOST, host);
    }
    let Some(uri) = target(head.uri.path(), head.uri.query()) else { return failed("the address is none") };
    head.uri = uri;
    let request = Request::from_parts(head, Body::new(body));
    let client = client.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    match upstream.send(request, client, CancellationToken::new()).await {
        Ok(answer) => answer.map(|body| reqwest::Body::wrap_stream(body.into_data_stream())),
        Err(error) => failed(&error.to_string()),
    }
}

/// As a proxy says it: the SDK knows that the manager may be there again later.
fn failed(reason: &str) -> Response<reqwest::Body> {
    let document = serde_json::json!({
        "type": format!("{}bad-gateway", rollcall_wire::problem::TYPE_PREFIX),
        "title": "The manager is not reached.",
        "msg": reason,
    });
    let mut response = Response::new(reqwest::Body::from(document.to_string()));
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}
