//! What stands between browsers and a manager (`signing.md` §5): whose page asks, who is signed in, and
//! what is passed on. Everything else is a page.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use rollcall_wire::forwarded;
use tower::ServiceExt as _;
use url::Url;

use crate::logins::{LoginError, Logins};
use crate::origin::{self, From, Origin};
use crate::settings::Settings;
use crate::upstream::{Upstream, UpstreamError};
use crate::{pass, problem, server};

/// The gateway before one manager.
#[derive(Clone)]
pub struct Gateway(Arc<Inner>);

struct Inner {
    settings: Settings,
    upstream: Upstream,
    logins: Logins,
}

/// The gateway cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// Of the manager's address.
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    /// The machine has no randomness.
    #[error("there are no random bytes for the keys of logins")]
    Random,
    /// The pages have no way to the manager.
    #[error("the way from the pages to the manager cannot be made")]
    Client(#[source] rollcall_client::Error),
}

/// One request's circumstances.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Circumstances {
    /// Where the browser is.
    pub(crate) client: IpAddr,
    /// Whether this request came over TLS, to us or to a proxy.
    pub(crate) https: bool,
    /// Whether browsers reach us over TLS alone, so that the cookie may say so.
    pub(crate) secure: bool,
}

impl Gateway {
    /// Before the manager of this process: its service is called as it is, without a socket.
    ///
    /// # Errors
    /// [`GatewayError::Random`].
    pub fn before_own(manager: Router, settings: Settings) -> Result<Self, GatewayError> {
        Self::new(Upstream::Here(manager), settings)
    }

    /// Before any manager behind an address. `authority` holds certificates (PEM) to trust instead of the
    /// system's.
    ///
    /// # Errors
    /// [`GatewayError`] for an address that is none.
    pub fn before(manager: Url, authority: Option<&[u8]>, settings: Settings) -> Result<Self, GatewayError> {
        Self::new(Upstream::at(manager, authority)?, settings)
    }

    fn new(upstream: Upstream, settings: Settings) -> Result<Self, GatewayError> {
        let logins = Logins::new(upstream.clone(), &settings).map_err(|_| GatewayError::Random)?;
        Ok(Self(Arc::new(Inner { settings, upstream, logins })))
    }

    /// The service: `/server` and `/func`, and `pages` for everything else.
    pub fn around(&self, pages: Router) -> Router {
        let gateway = self.clone();
        // No route with a pattern: what it noted on the request would confuse the manager's own routes.
        Router::new().fallback_service(tower::service_fn(move |request: Request<Body>| {
            let (gateway, pages) = (gateway.clone(), pages.clone());
            async move {
                let mut answer = gateway.answer(request, pages).await;
                // What an answer is, it says itself.
                answer.headers_mut().entry(X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
                Ok::<_, Infallible>(answer)
            }
        }))
    }

    async fn answer(&self, request: Request<Body>, pages: Router) -> Response<Body> {
        let path = request.uri().path();
        let ours = path == "/server" || path.starts_with("/server/") || path.starts_with("/func/");
        let circumstances = self.circumstances(&request);
        if !ours {
            return self.page(request, circumstances, pages).await;
        }
        let from = self.judge(&request, circumstances, &self.0.settings.origins);
        let allowed = match from {
            From::Here => None,
            From::Allowed(origin) => Some(origin),
            From::Foreign => return problem::foreign(),
        };
        let preflight = request.method() == Method::OPTIONS
            && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
            && request.headers().contains_key(http::header::ORIGIN);
        let asked = request.headers().clone();
        let mut response = if preflight {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NO_CONTENT;
            response
        } else if request.uri().path().starts_with("/func/") {
            pass::answer(self, request, circumstances).await
        } else {
            server::answer(self, request, circumstances).await
        };
        if let Some(origin) = allowed {
            share(response.headers_mut(), &origin, preflight.then_some(&asked));
        }
        response.headers_mut().append(VARY, HeaderValue::from_static("Origin"));
        response
    }

    fn judge(&self, request: &Request<Body>, at: Circumstances, allowed: &[Origin]) -> From {
        let public = self.0.settings.public.clone();
        let own: Vec<Origin> = origin::of_host(request.headers(), at.https).into_iter().chain(public).collect();
        origin::judge(request.method(), request.headers(), &own, allowed)
    }

    /// A page. What changes something comes from a page of ours, whoever else may use the gateway.
    async fn page(&self, mut request: Request<Body>, at: Circumstances, pages: Router) -> Response<Body> {
        if !request.method().is_safe() && self.judge(&request, at, &[]) != From::Here {
            return problem::foreign();
        }
        request.extensions_mut().insert(at);
        pages.oneshot(request).await.unwrap_or_else(|never| match never {})
    }

    fn circumstances(&self, request: &Request<Body>) -> Circumstances {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let connection = peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.0.ip());
        let settings = &self.0.settings;
        let proxies = &settings.trusted_proxies;
        let https = settings.encrypted || forwarded::says_https(connection, request.headers(), proxies);
        Circumstances {
            client: forwarded::client_address(connection, request.headers(), proxies),
            https,
            secure: https || settings.public.as_ref().is_some_and(Origin::is_https),
        }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(crate) fn upstream(&self) -> &Upstream {
        &self.0.upstream
    }

    pub(crate) fn logins(&self) -> &Logins {
        &self.0.logins
    }
}

/// Lets the pages of a configured origin read the answer.
fn share(headers: &mut HeaderMap, origin: &str, preflight: Option<&HeaderMap>) {
    let Ok(origin) = HeaderValue::from_str(origin) else { return };
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("ETag, X-Request-Id"));
    let Some(asked) = preflight else { return };
    for (asks, answers) in [
        (ACCESS_CONTROL_REQUEST_METHOD, ACCESS_CONTROL_ALLOW_METHODS),
        (ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_ALLOW_HEADERS),
    ] {
        if let Some(value) = asked.get(asks) {
            headers.insert(answers, value.clone());
        }
    }
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
}

/// A failure of the way to the manager as an answer.
pub(crate) fn failed(error: &LoginError) -> Response<Body> {
    match error {
        LoginError::Unreachable(error) => {
            tracing::warn!(%error, "the manager was not reached: {error}");
            problem::unreachable(&error.to_string())
        }
        LoginError::Unsafe(_) | LoginError::Request => {
            tracing::error!(%error, "a login failed: {error}");
            problem::broken()
        }
    }
}
