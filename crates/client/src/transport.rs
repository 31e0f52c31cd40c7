//! One signed request and its answer.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Method, header};
use rollcall_model::time::print_iso;
use rollcall_wire::signing::{self, Hash, ToSign, VersionHeader};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::OnceCell;
use url::Url;

use crate::builder::{ClientBuilder, Credentials};
use crate::error::Error;
use crate::version::{self, Server};

/// The most of an answer that is read; a longer one is an error.
const MAX_ANSWER_BYTES: usize = 64 << 20;

/// A connection to one server as one caller. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    http: reqwest::Client,
    settings: ClientBuilder,
    server: OnceCell<Server>,
}

/// What is asked of the server.
pub(crate) struct Call<'a> {
    /// The act in words, for errors.
    pub(crate) act: &'static str,
    pub(crate) method: Method,
    /// Path segments, not yet percent-encoded.
    pub(crate) path: &'a [&'a str],
    pub(crate) query: &'a [(&'a str, &'a str)],
    pub(crate) body: Option<Value>,
    pub(crate) timeout: Option<Duration>,
}

impl<'a> Call<'a> {
    pub(crate) fn new(act: &'static str, method: Method, path: &'a [&'a str]) -> Self {
        Self { act, method, path, query: &[], body: None, timeout: None }
    }

    pub(crate) fn query(mut self, query: &'a [(&'a str, &'a str)]) -> Self {
        self.query = query;
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
        let http = http.build().map_err(|error| Error::Usage(format!("setting up the client failed: {error}")))?;
        Ok(Self { inner: Arc::new(Inner { http, settings, server: OnceCell::new() }) })
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
        let answer = self.exchange(&call, None, None).await?;
        version::read(call.act, &answer)
    }

    /// A signed request whose answer is read as `T`.
    pub(crate) async fn call<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T, Error> {
        let bytes = self.call_bytes(&call).await?;
        serde_json::from_slice(&bytes).map_err(|error| Error::Response { act: call.act, reason: error.to_string() })
    }

    /// A signed request whose answer has no content of interest.
    pub(crate) async fn call_empty(&self, call: Call<'_>) -> Result<(), Error> {
        self.call_bytes(&call).await.map(drop)
    }

    async fn call_bytes(&self, call: &Call<'_>) -> Result<Vec<u8>, Error> {
        let version = self.server().await?.spoken().to_string();
        let keys = self
            .inner
            .settings
            .credentials
            .as_ref()
            .ok_or_else(|| Error::Usage(format!("{} needs an access key and a secret key", call.act)))?;
        self.exchange(call, Some(keys), Some(&version)).await
    }

    /// A request without a signature whose answer is read as `T`: signing in.
    pub(crate) async fn call_unsigned<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T, Error> {
        let version = self.server().await?.spoken().to_string();
        let bytes = self.exchange(&call, None, Some(&version)).await?;
        serde_json::from_slice(&bytes).map_err(|error| Error::Response { act: call.act, reason: error.to_string() })
    }

    async fn exchange(
        &self,
        call: &Call<'_>,
        keys: Option<&Credentials>,
        version: Option<&str>,
    ) -> Result<Vec<u8>, Error> {
        let settings = &self.inner.settings;
        let timeout = call.timeout.unwrap_or(settings.timeout);
        let url = address(&settings.endpoint, call);
        let content_type = if call.body.is_some() { "application/json" } else { "text/plain" };
        let mut request = self.inner.http.request(call.method.clone(), url.clone()).timeout(timeout);
        if let Some(version) = version {
            request = request
                .header("X-BackendAI-Version", version)
                .header("X-BackendAI-Domain", settings.domain.as_str())
                .header(header::CONTENT_TYPE, content_type);
        }
        if let (Some(keys), Some(version)) = (keys, version) {
            let (date, authorization) = sign(keys, &call.method, &url, content_type, version)?;
            request = request.header(header::DATE, date).header(header::AUTHORIZATION, authorization);
        }
        if let Some(body) = &call.body {
            request = request.body(body.to_string());
        }
        let failed = |error| self.failed(call.act, timeout, error);
        let answer = request.send().await.map_err(failed)?;
        let status = answer.status();
        let body = read(call.act, answer).await?.map_err(failed)?;
        if status.is_success() { Ok(body) } else { Err(refused(call.act, status, &body)) }
    }

    fn failed(&self, act: &'static str, after: Duration, source: reqwest::Error) -> Error {
        if source.is_timeout() && !source.is_connect() {
            return Error::Timeout { act, after };
        }
        Error::Connection { act, endpoint: self.endpoint().to_owned(), source: source.without_url() }
    }
}

/// The whole body, as long as it stays under the bound.
async fn read(act: &'static str, mut answer: reqwest::Response) -> Result<Result<Vec<u8>, reqwest::Error>, Error> {
    let mut body = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= MAX_ANSWER_BYTES => body.extend_from_slice(&chunk),
            Ok(Some(_)) => return Err(Error::Response { act, reason: format!("it is over {MAX_ANSWER_BYTES} bytes") }),
            Ok(None) => return Ok(Ok(body)),
            Err(error) => return Ok(Err(error)),
        }
    }
}

fn refused(act: &'static str, status: http::StatusCode, body: &[u8]) -> Error {
    match serde_json::from_slice(body) {
        Ok(problem) => Error::Server { act, status: status.as_u16(), problem: Box::new(problem) },
        Err(_) => Error::Response { act, reason: format!("HTTP status {status} without a problem document") },
    }
}

fn address(endpoint: &Url, call: &Call<'_>) -> Url {
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
fn sign(
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
