//! What an operator watches: counted where it happens, read when somebody asks for `/metrics`.
//!
//! Labels are of few values and name nobody: routes as templates, methods and statuses of the
//! standard, states, resource groups, agents and slots. Never a person, a key, a session or a path.

mod process;
mod scrape;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, Method};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use rollcall_lifecycle::Meters;

use crate::manager::App;

/// Everything counted by the API server.
pub(crate) struct Metrics {
    registry: Registry,
    pub(crate) requests: Requests,
    pub(crate) admission: Admission,
    pub(crate) connections: Connections,
    /// One look at the database at a time, however many ask.
    looking: tokio::sync::Mutex<()>,
}

impl Metrics {
    /// With what the life of sessions counts.
    pub(crate) fn new(lifecycle: &Meters) -> Self {
        process::started();
        let mut registry = Registry::with_prefix("rollcall");
        let requests = Requests::registered(&mut registry);
        let admission = Admission::registered(&mut registry);
        let connections = Connections::registered(&mut registry);
        registry.register("session_steps", "Steps of sessions through their states", lifecycle.steps.clone());
        registry.register_with_unit(
            "session_start",
            "Time from the request (or the time it was to start at) to RUNNING",
            Unit::Seconds,
            lifecycle.seconds_to_running.clone(),
        );
        Self { registry, requests, admission, connections, looking: tokio::sync::Mutex::default() }
    }
}

/// The routes of the listener of its own that operators ask.
pub(crate) fn router(app: App) -> Router {
    Router::new().route("/metrics", get(answer)).with_state(app)
}

async fn answer(State(app): State<App>, headers: HeaderMap) -> impl IntoResponse {
    let accepted = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let format =
        if accepted.contains("application/openmetrics-text") { scrape::Format::Open } else { scrape::Format::Plain };
    ([(CONTENT_TYPE, format.content_type())], scrape::text(&app, format).await)
}

/// A request as far as it is counted apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: Arc<str>,
    method: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: Arc<str>,
    method: &'static str,
}

/// Requests to the API.
#[derive(Clone, Debug)]
pub(crate) struct Requests {
    answered: Family<RequestLabels, Counter>,
    seconds: Family<RouteLabels, Histogram>,
}

/// From a list out of memory to one that waits for a session to start.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

impl Default for Requests {
    fn default() -> Self {
        Self { answered: Family::default(), seconds: Family::new_with_constructor(|| Histogram::new(SECONDS)) }
    }
}

impl Requests {
    fn registered(registry: &mut Registry) -> Self {
        let requests = Self::default();
        registry.register("requests", "Requests answered, by the route's template", requests.answered.clone());
        let help = "Time until the head of the answer was there";
        registry.register_with_unit("request_duration", help, Unit::Seconds, requests.seconds.clone());
        requests
    }

    /// Counts an answer; `route` is the template, none for what no route has.
    pub(crate) fn answered(&self, route: Option<&str>, method: &Method, status: u16, took: Duration) {
        let route: Arc<str> = Arc::from(route.unwrap_or("none"));
        let method = method_label(method);
        self.seconds.get_or_create(&RouteLabels { route: Arc::clone(&route), method }).observe(took.as_secs_f64());
        self.answered.get_or_create(&RequestLabels { route, method, status }).inc();
    }
}

/// Anybody may invent methods; those are one.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Bound {
    bound: &'static str,
}

/// Who was let in, and who was not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Admission {
    signatures: Family<Outcome, Counter>,
    logins: Family<Outcome, Counter>,
    limited: Family<Bound, Counter>,
}

impl Admission {
    fn registered(registry: &mut Registry) -> Self {
        let admission = Self::default();
        registry.register("signatures", "Signed requests, by what came of the signature", admission.signatures.clone());
        registry.register("logins", "Sign-ins with a password, by what came of them", admission.logins.clone());
        let help = "Requests refused for being too many: of a key, of wrong signatures from an address, of logins";
        registry.register("rate_limited_requests", help, admission.limited.clone());
        for outcome in ["accepted", "refused", "throttled", "busy"] {
            admission.logins.get_or_create_owned(&Outcome { outcome });
        }
        for bound in ["key", "address", "login"] {
            admission.limited.get_or_create_owned(&Bound { bound });
        }
        admission
    }

    pub(crate) fn signature(&self, outcome: &'static str) {
        self.signatures.get_or_create(&Outcome { outcome }).inc();
    }

    pub(crate) fn login(&self, outcome: &'static str) {
        self.logins.get_or_create(&Outcome { outcome }).inc();
    }

    pub(crate) fn limited(&self, bound: &'static str) {
        self.limited.get_or_create(&Bound { bound }).inc();
    }
}

/// Connections to the API.
#[derive(Clone, Debug, Default)]
pub(crate) struct Connections {
    pub(crate) open: Gauge,
    pub(crate) busy: Gauge,
    pub(crate) accepted: Counter,
    pub(crate) gave_way: Counter,
    handshakes: Family<Outcome, Counter>,
}

impl Connections {
    fn registered(registry: &mut Registry) -> Self {
        let connections = Self::default();
        registry.register("connections_open", "Connections to the API", connections.open.clone());
        registry.register("connections_busy", "Connections on which a request is answered", connections.busy.clone());
        registry.register("connections", "Connections that were taken", connections.accepted.clone());
        let help = "Idle connections that were closed because all places were taken";
        registry.register("connections_gave_way", help, connections.gave_way.clone());
        registry.register("tls_handshakes", "TLS handshakes, by what came of them", connections.handshakes.clone());
        connections
    }

    pub(crate) fn handshake(&self, outcome: &'static str) {
        self.handshakes.get_or_create(&Outcome { outcome }).inc();
    }
}
