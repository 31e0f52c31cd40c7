//! Connections: how many, how long a head may take to arrive and an answer to be taken, and how they
//! end. Who gives way when there are too many is [`crate::places`]' business.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::OwnedSemaphorePermit;
use tokio_io_timeout::TimeoutWriter;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::events::Cut;
use crate::metrics::Connections;
use crate::places::{Place, Places};
use crate::settings::Settings;
use crate::tls::{Certificates, Handshake};

/// The listener cannot be used any more.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The operating system refuses to say which address is served.
    #[error("reading the address of the listener failed")]
    Address(#[source] std::io::Error),
}

/// What is served, and its bounds.
pub(crate) struct Service {
    /// For the log.
    pub(crate) name: &'static str,
    pub(crate) router: Router,
    /// Over TLS where there are some.
    pub(crate) certificates: Option<Certificates>,
    pub(crate) max_connections: usize,
    /// For a TLS handshake, and for the head of each request.
    pub(crate) header_timeout: Duration,
    /// For some more of an answer to be taken.
    pub(crate) answer_timeout: Duration,
    pub(crate) shutdown_grace: Duration,
    pub(crate) connections: Connections,
}

/// Serves any router within the bounds of the settings, until `shutdown`: the pages of a console, for one.
///
/// # Errors
/// [`ServeError`] if the listener is unusable.
pub async fn serve_web(
    name: &'static str,
    listener: TcpListener,
    router: Router,
    certificates: Option<Certificates>,
    settings: &Settings,
    shutdown: CancellationToken,
) -> Result<(), ServeError> {
    let service = Service::within(settings, name, router, certificates, Connections::default());
    serve(listener, service, shutdown).await
}

impl Service {
    /// A router within the bounds of the settings.
    pub(crate) fn within(
        settings: &Settings,
        name: &'static str,
        router: Router,
        certificates: Option<Certificates>,
        connections: Connections,
    ) -> Self {
        Self {
            name,
            router,
            certificates,
            max_connections: settings.max_connections,
            header_timeout: settings.header_timeout,
            answer_timeout: settings.body_timeout,
            shutdown_grace: settings.shutdown_grace,
            connections,
        }
    }
}

/// Serves until `shutdown`, then lets running requests end for `shutdown_grace`.
pub(crate) async fn serve(
    listener: TcpListener,
    service: Service,
    shutdown: CancellationToken,
) -> Result<(), ServeError> {
    let address = listener.local_addr().map_err(ServeError::Address)?;
    let places = Places::new(service.max_connections, service.connections.clone());
    let service = Arc::new(service);
    let mut connections = tokio::task::JoinSet::new();
    tracing::info!(%address, "{} serves on {address}", service.name);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = shutdown.cancelled() => break,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, peer, permit)) => {
                let place = places.connected();
                let (service, shutdown) = (Arc::clone(&service), shutdown.clone());
                connections.spawn(async move {
                    connection(stream, peer, &service, &place, shutdown).await;
                    place.left();
                    drop(permit);
                });
            }
            Err(error) => {
                // Out of descriptors, most likely: waiting is all that helps, and it must not spin.
                tracing::warn!(%error, "accepting a connection failed: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    let ended =
        tokio::time::timeout(service.shutdown_grace, async { while connections.join_next().await.is_some() {} });
    if ended.await.is_err() {
        tracing::warn!(open = connections.len(), "{} stops with requests still running", service.name);
        connections.shutdown().await;
    }
    Ok(())
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Places>,
) -> std::io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    // First the newcomer, then the place: nobody gives way before somebody is there.
    let (stream, peer) = listener.accept().await?;
    let permit = places.take().await.ok_or_else(|| std::io::Error::other("no more places"))?;
    Ok((stream, peer, permit))
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    service: &Service,
    place: &Place,
    shutdown: CancellationToken,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "setting TCP_NODELAY failed: {error}");
    }
    let Some(certificates) = &service.certificates else {
        return converse(stream, peer, service, place, shutdown).await;
    };
    // Until it is done the connection counts as idle, and gives way like one.
    let shaken = tokio::select! {
        shaken = tokio::time::timeout(service.header_timeout, certificates.handshake(stream)) => shaken,
        () = place.taken.cancelled() => return,
        () = shutdown.cancelled() => return,
    };
    match shaken {
        Ok(Handshake::Done(stream)) => {
            service.connections.handshake("done");
            converse(stream, peer, service, place, shutdown).await;
        }
        Ok(Handshake::Plain) => service.connections.handshake("plain-http"),
        Ok(Handshake::Failed(error)) => {
            service.connections.handshake("failed");
            tracing::debug!(%error, "a TLS handshake failed: {error}");
        }
        Err(_) => service.connections.handshake("too-slow"),
    }
}

/// Requests and answers on an open connection.
async fn converse<S>(stream: S, peer: SocketAddr, service: &Service, place: &Place, shutdown: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let cut = Cut(CancellationToken::new());
    let answers = {
        let (place, router, cut) = (place.clone(), service.router.clone(), cut.clone());
        tower::service_fn(move |request: Request<Incoming>| {
            let working = place.work();
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            request.extensions_mut().insert(cut.clone());
            let answering = router.clone().oneshot(request);
            async move { answering.await.map(|response| working.until_sent(response)) }
        })
    };
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(service.header_timeout);
    // A connection is busy until its answer is taken: one that takes nothing must not keep its place.
    let mut stream = TimeoutWriter::new(stream);
    stream.set_timeout(Some(service.answer_timeout));
    let stream = TokioIo::new(Box::pin(stream));
    let mut serving = pin!(builder.serve_connection(stream, TowerToHyperService::new(answers)).with_upgrades());
    let asked = async {
        tokio::select! {
            // Where a request came in the very moment, it is answered first.
            () = place.taken.cancelled() => place.is_busy(),
            () = shutdown.cancelled() => true,
        }
    };
    let ended = tokio::select! {
        ended = serving.as_mut() => ended,
        () = cut.0.cancelled() => return,
        in_order = asked => {
            if !in_order {
                return;
            }
            serving.as_mut().graceful_shutdown();
            tokio::select! {
                ended = serving => ended,
                () = cut.0.cancelled() => return,
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early: {error}");
    }
}
