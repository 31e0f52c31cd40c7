//! The client, and what it asks; how a request travels is in `exchange`.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Method};
use rollcall_model::time::print_iso;
use rollcall_wire::signing::{self, Hash, ToSign, VersionHeader};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use url::Url;

use crate::answer::{Answer, Received};
use crate::builder::{ClientBuilder, Credentials, Login};
use crate::error::Error;
use crate::repeat::Repeat;
use crate::version::{self, Server};

/// A connection to one server as one caller. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    inner: Arc<Inner>,
    cancel: CancellationToken,
}

#[derive(Debug)]
struct Inner {
    http: reqwest::Client,
    settings: ClientBuilder,
    /// Of the server, whoever asks.
    server: Arc<OnceCell<Server>>,
    has_v1: Arc<OnceCell<bool>>,
}

/// What says who asks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Proof<'a> {
    /// A signature by these.
    Keys(&'a Credentials),
    /// The token of a login.
    Login(&'a Login),
}

/// What is asked of the server.
pub(crate) struct Call<'a> {
    /// The act in words, for errors.
    pub(crate) act: &'static str,
    pub(crate) method: Method,
    /// Path segments, not yet percent-encoded.
    pub(crate) path: &'a [&'a str],
    pub(crate) query: &'a [(&'a str, &'a str)],
    /// Beside those that every request has.
    pub(crate) headers: &'a [(&'static str, &'a str)],
    pub(crate) body: Option<Value>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) repeat: Repeat,
}

impl<'a> Call<'a> {
    pub(crate) fn new(act: &'static str, method: Method, path: &'a [&'a str]) -> Self {
        let repeat = if method.is_safe() { Repeat::Safe } else { Repeat::UnlessSent };
        Self { act, method, path, query: &[], headers: &[], body: None, timeout: None, repeat }
    }

    pub(crate) fn query(mut self, query: &'a [(&'a str, &'a str)]) -> Self {
        self.query = query;
        self
    }

    pub(crate) fn headers(mut self, headers: &'a [(&'static str, &'a str)]) -> Self {
        self.headers = headers;
        self
    }

    pub(crate) fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    pub(crate) fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

impl Client {
    /// Begins with the server's address.
    ///
    /// # Errors
    /// [`Error::Usage`] when it is no address.
    pub fn builder(endpoint: &str) -> Result<ClientBuilder, Error> {
        ClientBuilder::new(endpoint)
    }

    pub(crate) fn from_builder(settings: ClientBuilder) -> Result<Self, Error> {
        // Fails only when another provider was chosen first, which then serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("rollcall/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(5))
            // A signature holds for one address; following elsewhere would only leak it.
            .redirect(reqwest::redirect::Policy::none());
        if is_loopback(&settings.endpoint) {
            http = http.no_proxy();
        }
        if !settings.authorities.is_empty() {
            http = http.tls_certs_only(settings.authorities.iter().cloned());
        }
        let http = http.build().map_err(|error| Error::Usage(format!("setting up the client failed: {error}")))?;
        let inner = Inner { http, settings, server: Arc::default(), has_v1: Arc::default() };
        Ok(Self { inner: Arc::new(inner), cancel: CancellationToken::new() })
    }

    /// The server's address.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        self.inner.settings.endpoint.as_str().trim_end_matches('/')
    }

    /// The caller's domain.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.inner.settings.domain
    }

    /// The signing access key.
    #[must_use]
    pub fn access_key(&self) -> Option<&str> {
        self.inner.settings.credentials.as_ref().map(|keys| keys.access_key.as_str())
    }

    /// What the server says of itself; asked once.
    ///
    /// # Errors
    /// When it cannot be reached or answers something else.
    pub async fn server(&self) -> Result<&Server, Error> {
        self.inner.server.get_or_try_init(|| self.ask_version()).await
    }

    async fn ask_version(&self) -> Result<Server, Error> {
        let call = Call::new("asking for the version", Method::GET, &[]);
        self.bounded(
            &call,
            self.repeated(&call, None, None, &|received: Received| version::read(call.act, &received.bytes)),
        )
        .await
    }

    /// A signed request whose answer is read as `T`.
    pub(crate) async fn call<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T, Error> {
        self.call_reading(&call, |received| received.json(call.act)).await
    }

    /// A signed request whose answer has no content of interest.
    pub(crate) async fn call_empty(&self, call: Call<'_>) -> Result<(), Error> {
        self.call_reading(&call, |_| Ok(())).await
    }

    /// A signed request whose answer `read` turns into what is wanted.
    pub(crate) async fn call_reading<T>(
        &self,
        call: &Call<'_>,
        read: impl Fn(Received) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.bounded(call, async {
            let version = self.server().await?.spoken().to_string();
            let proof = self.proof(call)?;
            self.repeated(call, Some(proof), Some(&version), &read).await
        })
        .await
    }

    /// The login, or the keys that sign.
    pub(crate) fn proof(&self, call: &Call<'_>) -> Result<Proof<'_>, Error> {
        let settings = &self.inner.settings;
        let login = settings.login.as_ref().map(Proof::Login);
        let proof = login.or_else(|| settings.credentials.as_ref().map(Proof::Keys));
        proof.ok_or_else(|| Error::Usage(format!("{} needs an access key and a secret key", call.act)))
    }

    /// A request without a signature whose answer is read as `T`: signing in.
    pub(crate) async fn call_unsigned<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T, Error> {
        self.bounded(&call, async {
            let version = self.server().await?.spoken().to_string();
            self.repeated(&call, None, Some(&version), &|received: Received| received.json(call.act)).await
        })
        .await
    }

    /// A signed request that this crate has no function for. It is repeated only where `method` is
    /// one that changes nothing.
    ///
    /// # Errors
    /// As the server answers.
    pub async fn raw(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<Value>,
    ) -> Result<Answer, Error> {
        let mut call = Call::new("the request", method, path).query(query);
        call.body = body;
        self.call_reading(&call, |received| received.answer(call.act)).await
    }

    /// The same client, whose calls end with [`Error::Cancelled`] as soon as the token is
    /// cancelled. Dropping a call's future cancels that call alone.
    #[must_use]
    pub fn cancelled_by(&self, token: CancellationToken) -> Self {
        Self { inner: Arc::clone(&self.inner), cancel: token }
    }

    fn changed(&self, change: impl FnOnce(&mut ClientBuilder)) -> Self {
        let Inner { http, settings, server, has_v1 } = &*self.inner;
        let mut settings = settings.clone();
        change(&mut settings);
        let inner = Inner { http: http.clone(), settings, server: Arc::clone(server), has_v1: Arc::clone(has_v1) };
        Self { inner: Arc::new(inner), cancel: self.cancel.clone() }
    }

    /// The same client for somebody who is signed in. What it knows of the server, both know.
    #[must_use]
    pub fn signed_in(&self, login: Login) -> Self {
        self.changed(|settings| {
            settings.address = login.address;
            settings.login = Some(login);
        })
    }

    /// The same client with these keys, for somebody whose own client has this address.
    #[must_use]
    pub fn asking_for(&self, keys: Option<Credentials>, address: std::net::IpAddr) -> Self {
        self.changed(|settings| {
            settings.login = None;
            settings.credentials = keys;
            settings.address = Some(address);
        })
    }

    /// The same client for a caller of this domain.
    #[must_use]
    pub fn in_domain(&self, domain: &str) -> Self {
        self.changed(|settings| domain.clone_into(&mut settings.domain))
    }

    /// Sends a request over the connection, or to the service that stands for it.
    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Result<reqwest::Response, reqwest::Error> {
        let Some(carrier) = &self.inner.settings.carrier else { return request.send().await };
        let request = http::Request::<reqwest::Body>::try_from(request.build()?)?;
        let answer = carrier.0.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
        Ok(answer.into())
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.inner.http
    }

    pub(crate) fn settings(&self) -> &ClientBuilder {
        &self.inner.settings
    }

    /// Whether the server has Rollcall's own API, once that is known.
    pub(crate) fn has_v1(&self) -> &OnceCell<bool> {
        &self.inner.has_v1
    }

    pub(crate) fn cancel(&self) -> &CancellationToken {
        &self.cancel
    }
}

pub(crate) fn address(endpoint: &Url, call: &Call<'_>) -> Url {
    let mut url = endpoint.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(call.path);
    }
    if !call.query.is_empty() {
        url.query_pairs_mut().extend_pairs(call.query);
    }
    url
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The date of now and the `Authorization` that goes with it.
pub(crate) fn sign(
    keys: &Credentials,
    method: &Method,
    url: &Url,
    content_type: &str,
    version: &str,
) -> Result<(String, HeaderValue), Error> {
    let date = print_iso(chrono::Utc::now());
    let target = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let host = host(url);
    let to_sign = ToSign {
        method: method.as_str(),
        target: &target,
        date: &date,
        host: &host,
        content_type,
        version,
        version_header: VersionHeader::Current,
    };
    let strange = |_| Error::Usage("the access key holds characters that cannot be sent".to_owned());
    let authorization = signing::sign(&to_sign, Hash::Sha256, &keys.access_key, &keys.secret_key)
        .map_err(|error| Error::Usage(format!("signing failed: {error}")))?;
    let mut authorization = HeaderValue::try_from(authorization).map_err(strange)?;
    authorization.set_sensitive(true);
    Ok((date, authorization))
}

/// The `Host` header as it will travel: without a port where the scheme implies it.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}
