//! The way to the manager: a call in this process, or a request over the network. Bodies stream both
//! ways, and a websocket passes as the bytes that it is.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Uri};
use http_body_util::BodyExt as _;
use hyper::body::Body as _;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use url::Url;

static FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// A manager.
#[derive(Clone, Debug)]
pub(crate) enum Upstream {
    /// The manager of this process.
    Here(Router),
    /// One behind an address.
    There(reqwest::Client, Url),
}

/// The manager did not answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreachable {
    #[error("the manager is not reached: {0}")]
    Connection(#[source] reqwest::Error),
    #[error("the manager's answer could not be read")]
    Answer,
    #[error("the request has a target that no manager has")]
    Target,
}

/// The address of a manager is none.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// Not http or https.
    #[error("the manager's address must begin with http:// or https://")]
    Scheme,
    /// The file of the authority holds no certificate.
    #[error("the file of the authority holds no certificate in PEM form")]
    Authority,
    /// No client can be made.
    #[error("preparing the way to the manager failed")]
    Client(#[source] reqwest::Error),
}

impl Upstream {
    /// The one behind this address.
    pub(crate) fn at(address: Url, authority: Option<&[u8]>) -> Result<Self, UpstreamError> {
        if !matches!(address.scheme(), "http" | "https") || address.host_str().is_none() {
            return Err(UpstreamError::Scheme);
        }
        // Fails only when another provider was chosen first, which then serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(10))
            .referer(false)
            .no_proxy();
        let client = match authority {
            None => client,
            Some(pem) => {
                let certificates = reqwest::Certificate::from_pem_bundle(pem).map_err(|_| UpstreamError::Authority)?;
                client.tls_certs_only(certificates)
            }
        };
        Ok(Self::There(client.build().map_err(UpstreamError::Client)?, address))
    }

    /// What a signature must name as the host; empty in this process.
    pub(crate) fn host(&self) -> String {
        match self {
            Self::Here(_) => String::new(),
            Self::There(_, address) => authority(address),
        }
    }

    /// Sends a request whose target is the manager's own, for a client at `client`. A websocket that it
    /// opens ends with `cut`.
    pub(crate) async fn send(
        &self,
        mut request: Request<Body>,
        client: IpAddr,
        cut: CancellationToken,
    ) -> Result<Response<Body>, Unreachable> {
        match self {
            Self::Here(router) => {
                request.extensions_mut().insert(ConnectInfo(SocketAddr::new(client, 0)));
                let answer = router.clone().oneshot(request).await;
                Ok(answer.unwrap_or_else(|never| match never {}))
            }
            Self::There(reqwest, address) => send(reqwest, address, request, client, cut).await,
        }
    }
}

async fn send(
    reqwest: &reqwest::Client,
    address: &Url,
    mut request: Request<Body>,
    client: IpAddr,
    cut: CancellationToken,
) -> Result<Response<Body>, Unreachable> {
    let upgrade = request.extensions_mut().remove::<OnUpgrade>();
    let (head, body) = request.into_parts();
    let target = head.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let whole = format!("{}{target}", address.as_str().trim_end_matches('/'));
    let url = Url::parse(&whole).map_err(|_| Unreachable::Target)?;
    let mut headers = head.headers;
    headers.remove(HOST);
    headers.remove(TRANSFER_ENCODING);
    if !headers.contains_key(UPGRADE) {
        headers.remove(CONNECTION);
    }
    if let Ok(client) = HeaderValue::try_from(client.to_string()) {
        headers.insert(FORWARDED_FOR.clone(), client);
    }
    let mut sent = reqwest.request(head.method, url).headers(headers);
    // No empty chunked body: some managers answer those at random with an error.
    if !body.is_end_stream() {
        sent = sent.body(reqwest::Body::wrap_stream(body.into_data_stream()));
    }
    let answer = sent.send().await.map_err(Unreachable::Connection)?;
    if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
        return tunnel(answer, upgrade, cut).await;
    }
    let mut answer = Response::<reqwest::Body>::from(answer).map(Body::new);
    forget_the_hop(answer.headers_mut());
    Ok(answer)
}

/// Headers that speak of the connection and not of the answer.
fn forget_the_hop(headers: &mut HeaderMap) {
    for name in [CONNECTION, TRANSFER_ENCODING, HeaderName::from_static("keep-alive")] {
        headers.remove(name);
    }
    // The body is measured anew by who sends it on.
    if headers.contains_key(CONTENT_LENGTH) && headers.get_all(CONTENT_LENGTH).iter().count() > 1 {
        headers.remove(CONTENT_LENGTH);
    }
}

/// Joins both ends of a websocket until one of them ends or it is cut.
async fn tunnel(
    answer: reqwest::Response,
    browser: Option<OnUpgrade>,
    cut: CancellationToken,
) -> Result<Response<Body>, Unreachable> {
    let browser = browser.ok_or(Unreachable::Answer)?;
    let mut switched = Response::new(Body::empty());
    *switched.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    *switched.headers_mut() = answer.headers().clone();
    let mut manager = answer.upgrade().await.map_err(Unreachable::Connection)?;
    tokio::spawn(async move {
        let Ok(browser) = browser.await else { return };
        let mut browser = TokioIo::new(browser);
        tokio::select! {
            _ = tokio::io::copy_bidirectional(&mut browser, &mut manager) => {}
            () = cut.cancelled() => {}
        }
    });
    Ok(switched)
}

/// `host` and perhaps `:port`, as the `Host` header has it.
fn authority(address: &Url) -> String {
    let host = address.host_str().unwrap_or_default();
    address.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// The target of a request to the manager: path and query, without steps up that would leave it.
pub(crate) fn target(path: &str, query: Option<&str>) -> Option<Uri> {
    let lowered = path.to_ascii_lowercase().replace("%2e", ".");
    if lowered.split(['/', '\\']).any(|segment| matches!(segment, "." | "..")) {
        return None;
    }
    let path = if path.is_empty() { "/" } else { path };
    let text = query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    text.parse().ok().filter(|uri: &Uri| uri.authority().is_none())
}

/// A whole answer, as far as it is no larger than `most`.
pub(crate) async fn whole(body: Body, most: usize) -> Result<bytes::Bytes, Unreachable> {
    let collected = http_body_util::Limited::new(body, most).collect().await;
    collected.map(http_body_util::Collected::to_bytes).map_err(|_| Unreachable::Answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_do_not_climb() {
        assert!(target("/session", Some("a=..")).is_some_and(|uri| uri == "/session?a=.."));
        assert!(target("", None).is_some_and(|uri| uri == "/"));
        assert!(target("/a..b", None).is_some());
        for path in ["/..", "/a/../b", "/%2e%2E/x", "/.", "/a/.%2e", "/a\\..\\b"] {
            assert!(target(path, None).is_none(), "{path}");
        }
    }
}
