//! The server put together: what it stands on, its routes, and what stands around them.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use http::header::AUTHORIZATION;
use rollcall_lifecycle::Lifecycle;
use rollcall_model::Timestamp;
use rollcall_store::Store;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowHeaders, AllowMethods, Any, CorsLayer};
use tower_http::sensitive_headers::SetSensitiveRequestHeadersLayer;

use crate::auth::password::PasswordGate;
use crate::auth::rate::RateLimits;
use crate::auth::strangers::Strangers;
use crate::error::ApiError;
use crate::events;
use crate::graphql::{self, Schema};
use crate::http::{forwarded, leftover, observe};
use crate::metrics::{self, Metrics};
use crate::rest;
use crate::rest::proxies::Proxies;
use crate::routes::{Route, Routes};
use crate::seats::Seats;
use crate::serve::{ServeError, Service, serve};
use crate::settings::Settings;
use crate::stream;
use crate::tasks::Tasks;
use crate::tls::Certificates;
use crate::v1;
use crate::v1::SharedPages;

/// What the API server stands on.
#[derive(Clone)]
pub struct ManagerParts {
    /// What is durable.
    pub store: Store,
    /// What happens to sessions.
    pub lifecycle: Lifecycle,
    /// Limits and choices.
    pub settings: Settings,
}

/// The API server.
#[derive(Clone)]
pub struct Manager {
    app: App,
}

/// What handlers share.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

struct Inner {
    parts: ManagerParts,
    rates: RateLimits,
    strangers: Strangers,
    metrics: Metrics,
    passwords: PasswordGate,
    schema: Schema,
    proxies: Proxies,
    tasks: Tasks,
    seats: Seats,
    shared_pages: SharedPages,
    stopping: CancellationToken,
    /// Where it is served, once it is, and whether over TLS.
    served: OnceLock<(SocketAddr, bool)>,
}

impl Manager {
    /// Puts the server together. Opens nothing.
    #[must_use]
    pub fn new(parts: ManagerParts) -> Self {
        let inner = Inner {
            rates: RateLimits::default(),
            strangers: Strangers::new(parts.settings.signature_failures, parts.settings.signature_window),
            metrics: Metrics::new(parts.lifecycle.meters()),
            passwords: PasswordGate::new(&parts.settings),
            schema: graphql::schema(),
            proxies: Proxies::default(),
            tasks: Tasks::default(),
            seats: Seats::new(&parts.settings),
            shared_pages: SharedPages::default(),
            stopping: CancellationToken::new(),
            served: OnceLock::new(),
            parts,
        };
        Self { app: App(Arc::new(inner)) }
    }

    /// The service without a socket. Requests without a peer address count as from this machine.
    pub fn router(&self) -> Router {
        let (router, _) = routes(&self.app).finish();
        router
            .fallback(observe::unknown_path)
            .method_not_allowed_fallback(observe::wrong_method)
            .with_state(self.app.clone())
            .layer(CatchPanicLayer::custom(observe::panicked))
            .layer(from_fn_with_state(self.app.metrics().requests.clone(), observe::observe))
            .layer(from_fn(leftover::read_the_rest))
            .layer(from_fn_with_state(self.app.clone(), forwarded::forwarded))
            .layer(shared())
            .layer(SetSensitiveRequestHeadersLayer::new([AUTHORIZATION]))
    }

    /// Every route with its access class and guard.
    #[must_use]
    pub fn routes(&self) -> Vec<Route> {
        routes(&self.app).finish().1
    }

    /// Serves until `shutdown`, then lets running requests end within the set time. Requests that
    /// wait for a session are answered at once.
    ///
    /// # Errors
    /// [`ServeError`] if the listener is unusable.
    pub async fn serve(&self, listener: TcpListener, shutdown: CancellationToken) -> Result<(), ServeError> {
        self.serve_over(listener, None, shutdown).await
    }

    /// The same over TLS where there are certificates.
    ///
    /// # Errors
    /// [`ServeError`] if the listener is unusable.
    pub async fn serve_over(
        &self,
        listener: TcpListener,
        certificates: Option<Certificates>,
        shutdown: CancellationToken,
    ) -> Result<(), ServeError> {
        if let Ok(address) = listener.local_addr() {
            self.app.0.served.get_or_init(|| (address, certificates.is_some()));
        }
        let stopping = self.app.0.stopping.clone();
        let counted = self.app.metrics().connections.clone();
        let service = Service::within(self.app.settings(), "api", self.router(), certificates, counted);
        let ended = serve(listener, service, shutdown.clone());
        let told = async {
            shutdown.cancelled().await;
            stopping.cancel();
            std::future::pending::<()>().await;
        };
        // Those who wait are told before the connections are judged to have ended.
        tokio::select! {
            biased;
            () = told => Ok(()),
            ended = ended => ended,
        }
    }
}

impl Manager {
    /// Serves `/metrics` until `shutdown`, on a listener of its own: whoever reaches it may read it.
    ///
    /// # Errors
    /// [`ServeError`] if the listener is unusable.
    pub async fn serve_metrics(&self, listener: TcpListener, shutdown: CancellationToken) -> Result<(), ServeError> {
        let service = Service {
            name: "metrics",
            router: metrics::router(self.app.clone()),
            certificates: None,
            max_connections: 16,
            header_timeout: self.app.settings().header_timeout,
            answer_timeout: self.app.settings().body_timeout,
            shutdown_grace: Duration::from_secs(1),
            connections: metrics::Connections::default(),
        };
        serve(listener, service, shutdown).await
    }
}

impl App {
    pub(crate) fn store(&self) -> &Store {
        &self.0.parts.store
    }

    pub(crate) fn lifecycle(&self) -> &Lifecycle {
        &self.0.parts.lifecycle
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.parts.settings
    }

    pub(crate) fn rates(&self) -> &RateLimits {
        &self.0.rates
    }

    /// How often an address signed wrongly.
    pub(crate) fn strangers(&self) -> &Strangers {
        &self.0.strangers
    }

    /// What is counted.
    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    pub(crate) fn passwords(&self) -> &PasswordGate {
        &self.0.passwords
    }

    pub(crate) fn schema(&self) -> &Schema {
        &self.0.schema
    }

    /// The proxies for applications.
    pub(crate) fn proxies(&self) -> &Proxies {
        &self.0.proxies
    }

    /// What goes on in the background.
    pub(crate) fn tasks(&self) -> &Tasks {
        &self.0.tasks
    }

    /// Seats of those who listen.
    pub(crate) fn shared_pages(&self) -> &SharedPages {
        &self.0.shared_pages
    }

    pub(crate) fn seats(&self) -> &Seats {
        &self.0.seats
    }

    /// Whether the server is frozen: reads go on, changes are refused.
    pub(crate) async fn frozen(&self) -> Result<bool, ApiError> {
        Ok(self.store().frozen().await?)
    }

    /// `host:port` of the listener, empty where there is none, and whether it speaks TLS.
    pub(crate) fn served(&self) -> (String, bool) {
        self.0.served.get().map(|(address, encrypted)| (address.to_string(), *encrypted)).unwrap_or_default()
    }

    /// Cancelled when the server is about to end.
    pub(crate) fn stopping(&self) -> &CancellationToken {
        &self.0.stopping
    }
}

/// This moment, as precise as it is stored.
pub(crate) fn now() -> Timestamp {
    rollcall_model::time::truncate(chrono::Utc::now())
}

/// Pages of any origin may ask (`versions-and-features.md`): nothing that a browser adds by itself proves
/// anything here.
fn shared() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods(AllowMethods::mirror_request())
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(Any)
}

/// Every route of the server.
fn routes(app: &App) -> Routes {
    Routes::new(app)
        .with(rest::server::routes)
        .with(rest::auth::routes)
        .with(rest::account::routes)
        .with(graphql::endpoint::routes)
        .with(rest::create::routes)
        .with(rest::session::routes)
        .with(rest::scaling_groups::routes)
        .with(rest::presets::routes)
        .with(rest::config::routes)
        .with(rest::dotfiles::routes)
        .with(rest::error_logs::routes)
        .with(rest::templates::routes)
        .with(rest::from_template::routes)
        .with(rest::direct::routes)
        .with(rest::watcher::routes)
        .with(rest::usage::routes)
        .with(rest::folders::routes)
        .with(rest::image_import::routes)
        .with(v1::routes)
        .with(stream::routes)
        .with(events::sessions::routes)
        .with(events::tasks::routes)
}
