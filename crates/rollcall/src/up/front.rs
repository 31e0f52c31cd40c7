//! What is served and where: the listener of the API with its certificates, and that of the metrics.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use rollcall_manager::{Certificates, Manager, ServeError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::error::UpError;
use crate::config::Config;

/// Both listeners, open.
#[derive(Debug)]
pub(super) struct Front {
    listener: TcpListener,
    pub(super) address: SocketAddr,
    pub(super) certificates: Option<Certificates>,
    metrics: Metrics,
}

#[derive(Debug)]
enum Metrics {
    Off,
    Open(TcpListener, SocketAddr),
    /// Why not.
    Unserved(String),
}

impl Front {
    /// Opens them. Metrics that cannot be served are no reason not to start.
    pub(super) async fn open(config: &Config) -> Result<Self, UpError> {
        let certificates = certificates(config.api.tls_certificate.as_deref(), config.api.tls_key.as_deref())?;
        let (listener, address) = listen(config.api.listen, "--api").await?;
        let metrics = match config.metrics.listen.0 {
            Some(address) => open_metrics(address).await,
            None => Metrics::Off,
        };
        Ok(Self { listener, address, certificates, metrics })
    }

    /// The address of the API for clients.
    pub(super) fn api(&self) -> String {
        let scheme = if self.certificates.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Where the metrics are, for people.
    pub(super) fn metrics_text(&self) -> String {
        match &self.metrics {
            Metrics::Off => "off".to_owned(),
            Metrics::Open(_, address) => format!("http://{address}/metrics"),
            Metrics::Unserved(reason) => format!("not served: {reason}"),
        }
    }

    /// Serves both until told to end.
    pub(super) async fn serve(self, manager: Manager, stop: CancellationToken) -> Result<(), ServeError> {
        let metrics = async {
            if let Metrics::Open(listener, _) = self.metrics
                && let Err(error) = manager.serve_metrics(listener, stop.clone()).await
            {
                tracing::error!(%error, "serving the metrics failed: {error}");
            }
        };
        let (served, ()) = tokio::join!(manager.serve_over(self.listener, self.certificates, stop.clone()), metrics);
        served
    }
}

async fn open_metrics(address: SocketAddr) -> Metrics {
    let opened = async {
        let listener = TcpListener::bind(address).await?;
        let bound = listener.local_addr()?;
        Ok::<_, std::io::Error>(Metrics::Open(listener, bound))
    };
    opened.await.unwrap_or_else(|error| {
        let what = match error.kind() {
            std::io::ErrorKind::AddrInUse => format!("{address} is in use by another program; stop it, or set"),
            _ => format!("listening on {address} failed ({error}); set"),
        };
        let reason = format!("{what} metrics.listen ($ROLLCALL_METRICS_LISTEN) to another address, or to off");
        tracing::warn!("metrics are not served: {reason}");
        Metrics::Unserved(reason)
    })
}

/// The certificates of a listener, if it is to have some.
pub(super) fn certificates(certificate: Option<&Path>, key: Option<&Path>) -> Result<Option<Certificates>, UpError> {
    let pair = certificate.zip(key);
    pair.map(|(certificate, key)| Certificates::load(certificate, key).map_err(UpError::Certificates)).transpose()
}

/// Opens a listener; the flag is the one that names another address.
pub(super) async fn listen(address: SocketAddr, flag: &'static str) -> Result<(TcpListener, SocketAddr), UpError> {
    let failed = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::AddrInUse => UpError::AddressInUse { address, flag },
        _ => UpError::Listen { address, source },
    };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

/// Waits until the API answers. Over TLS it is the refusal of plain HTTP that shows it: whether the
/// certificate is right for any name is the clients' to judge.
pub(super) async fn answering(address: SocketAddr) -> Result<(), UpError> {
    let probe = async {
        let mut stream = TcpStream::connect(reachable(address)).await?;
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
        let mut head = [0_u8; 12];
        stream.read_exact(&mut head).await.map(|_| ())
    };
    let late = || std::io::Error::from(std::io::ErrorKind::TimedOut);
    tokio::time::timeout(Duration::from_secs(10), probe)
        .await
        .unwrap_or_else(|_| Err(late()))
        .map_err(|source| UpError::NotAnswering { address, source })
}

/// An address to connect to for one that is served: every interface is reached by loopback.
pub(super) fn reachable(address: SocketAddr) -> SocketAddr {
    let loopback = match address {
        SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
        SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
    };
    if address.ip().is_unspecified() { SocketAddr::new(loopback, address.port()) } else { address }
}
