//! Where the server is and who asks.

use std::convert::Infallible;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use secrecy::SecretString;
use tower::Service;
use tower::util::BoxCloneSyncService;
use url::Url;

use crate::error::Error;
use crate::repeat::Retries;
use crate::request_log::RequestLog;
use crate::transport::Client;

/// What carries requests in place of a connection, see [`ClientBuilder::service`].
#[derive(Clone)]
pub(crate) struct Carrier(
    pub(crate) BoxCloneSyncService<http::Request<reqwest::Body>, http::Response<reqwest::Body>, Infallible>,
);

impl fmt::Debug for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Carrier")
    }
}

/// Somebody who is signed in: the token stands in place of a signature at a server of Rollcall's.
#[derive(Clone, Debug)]
pub struct Login {
    pub(crate) token: SecretString,
    pub(crate) address: Option<IpAddr>,
}

impl Login {
    /// By its token, see `POST /v1/logins`.
    #[must_use]
    pub fn new(token: SecretString) -> Self {
        Self { token, address: None }
    }

    /// The address that the person's own client has, for a server that trusts this one to tell it.
    #[must_use]
    pub fn at(mut self, address: IpAddr) -> Self {
        self.address = Some(address);
        self
    }
}

/// A keypair. The secret half cannot be printed.
#[derive(Clone, Debug)]
pub struct Credentials {
    pub(crate) access_key: String,
    pub(crate) secret_key: SecretString,
}

impl Credentials {
    /// From both halves.
    #[must_use]
    pub fn new(access_key: impl Into<String>, secret_key: SecretString) -> Self {
        Self { access_key: access_key.into(), secret_key }
    }
}

/// Makes a [`Client`].
#[derive(Clone, Debug)]
pub struct ClientBuilder {
    pub(crate) endpoint: Url,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) login: Option<Login>,
    /// Where requests come from, if not from here.
    pub(crate) address: Option<IpAddr>,
    pub(crate) carrier: Option<Carrier>,
    pub(crate) domain: String,
    pub(crate) timeout: Duration,
    pub(crate) retries: Retries,
    pub(crate) log: Option<RequestLog>,
    pub(crate) authorities: Vec<reqwest::Certificate>,
}

impl ClientBuilder {
    pub(crate) fn new(endpoint: &str) -> Result<Self, Error> {
        let url = Url::parse(endpoint).map_err(|error| {
            Error::Usage(format!("`{endpoint}` is no address such as http://127.0.0.1:8091: {error}"))
        })?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(Error::Usage(format!("`{endpoint}` must begin with http:// or https:// and name a host")));
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
            return Err(Error::Usage(format!(
                "the address of {} must hold neither a user nor a query",
                url.host_str().unwrap_or_default()
            )));
        }
        Ok(Self {
            endpoint: url,
            credentials: None,
            login: None,
            address: None,
            carrier: None,
            domain: "default".to_owned(),
            timeout: Duration::from_secs(30),
            retries: Retries::default(),
            log: None,
            authorities: Vec::new(),
        })
    }

    /// Signs requests with this keypair.
    #[must_use]
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Sends requests to this service and makes no connection of its own: for who has the server in the same
    /// process, or a way of its own to it. Other protocols than HTTP are not to be had through it.
    #[must_use]
    pub fn service<S>(mut self, service: S) -> Self
    where
        S: Service<http::Request<reqwest::Body>, Response = http::Response<reqwest::Body>, Error = Infallible>
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.carrier = Some(Carrier(BoxCloneSyncService::new(service)));
        self
    }

    /// The domain of the caller; `default` unless told.
    #[must_use]
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = domain.into();
        self
    }

    /// How long a call may take where it names no time of its own, with all its repetitions and
    /// the pauses between them; 30 s unless told.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How often, and after which pauses, a request is repeated where that is safe.
    #[must_use]
    pub fn retries(mut self, retries: Retries) -> Self {
        self.retries = retries;
        self
    }

    /// Keeps a line of each request in a file; off unless told.
    #[must_use]
    pub fn request_log(mut self, log: RequestLog) -> Self {
        self.log = Some(log);
        self
    }

    /// Trusts servers of these authorities (certificates in PEM form), and no others; those that the
    /// system trusts unless told. There is no way to trust just anybody.
    ///
    /// # Errors
    /// [`Error::Usage`] when there is no certificate in it.
    pub fn trust(mut self, pem: &[u8]) -> Result<Self, Error> {
        let missing = || Error::Usage("the file of the authority holds no certificate in PEM form".to_owned());
        self.authorities = reqwest::Certificate::from_pem_bundle(pem).map_err(|_| missing())?;
        if self.authorities.is_empty() { Err(missing()) } else { Ok(self) }
    }

    /// Makes the client. Nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::Usage`] when the system's certificates cannot be used.
    pub fn build(self) -> Result<Client, Error> {
        Client::from_builder(self)
    }
}
