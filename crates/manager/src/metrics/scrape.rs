//! The text of `/metrics`: what was counted, and the installation as it is at this moment.

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use chrono::Utc;
use prometheus_client::encoding::{prometheus_text, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use rollcall_model::agent::AgentStatus;
use rollcall_model::slots::Slots;
use rollcall_model::status::Status;
use rollcall_store::Figures;
use rollcall_wire::version;
use rust_decimal::prelude::ToPrimitive as _;

use super::process;
use crate::manager::App;

/// A database that is slower than this counts as one that does not answer: who asks for metrics
/// waits no longer, and wants to know just that.
const PATIENCE: Duration = Duration::from_secs(5);

/// How the text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Prometheus' own.
    Plain,
    /// OpenMetrics, for those who ask for it.
    Open,
}

impl Format {
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Plain => prometheus_text::CONTENT_TYPE,
            Self::Open => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// Everything.
pub(super) async fn text(app: &App, format: Format) -> String {
    let now = now(app).await;
    let process = process::registry();
    let mut written = String::new();
    // Writing to a String cannot fail.
    let _ = write(&mut written, format, &[&app.metrics().registry, &now, &process]);
    written
}

fn write(written: &mut String, format: Format, registries: &[&Registry]) -> fmt::Result {
    for registry in registries {
        match format {
            Format::Plain => prometheus_text::encode(written, registry)?,
            Format::Open => text::encode_registry(written, registry)?,
        }
    }
    if format == Format::Open { text::encode_eof(written) } else { Ok(()) }
}

/// What can be seen without having been counted.
async fn now(app: &App) -> Registry {
    let mut seen = Seen(Registry::with_prefix("rollcall"));
    seen.one(
        "build_info",
        "1, with what this program is",
        [("version", env!("CARGO_PKG_VERSION").to_owned()), ("api", version::API_VERSION.to_owned())],
        1.0,
    );
    let looked = {
        let _turn = app.metrics().looking.lock().await;
        tokio::time::timeout(PATIENCE, app.lifecycle().figures()).await
    };
    match &looked {
        Ok(Ok(figures)) => installation(&mut seen, figures),
        Ok(Err(error)) => tracing::warn!(%error, "reading the figures for the metrics failed: {error}"),
        Err(_) => tracing::warn!("the database gave no figures for the metrics in time"),
    }
    let up = matches!(looked, Ok(Ok(_)));
    seen.plain("database_up", "Whether the database answered this very question", if up { 1.0 } else { 0.0 });
    database(&mut seen, app);
    seen.0
}

fn installation(seen: &mut Seen, figures: &Figures) {
    let of = |counts: &[(Status, i64)], status| counts.iter().find(|(of, _)| *of == status).map_or(0, |(_, n)| *n);
    let by = |counts: &[(Status, i64)]| -> Vec<Row> {
        Status::ALL
            .into_iter()
            .map(|status| (labels([("status", status.as_str())]), number(of(counts, status))))
            .collect()
    };
    seen.many("sessions", "Sessions by status", by(&figures.sessions));
    let live: Vec<Row> =
        figures.kernels.iter().map(|(status, count)| (labels([("status", status.as_str())]), number(*count))).collect();
    seen.many("kernels", "Kernels that hold slots, by status", live);
    let group = |name: &str| labels([("resource_group", name)]);
    let waiting = figures.waiting.iter().map(|line| (group(&line.resource_group), number(line.sessions)));
    seen.many("queue_sessions", "Sessions that wait, by resource group", waiting);
    let oldest = figures.waiting.iter().map(|line| {
        let age = line.oldest.map_or(0.0, |since| (Utc::now() - since).to_std().unwrap_or_default().as_secs_f64());
        (group(&line.resource_group), age)
    });
    seen.many("queue_oldest_seconds", "How long the oldest waits of those whose time has come", oldest);
    let agents = AgentStatus::ALL.into_iter().map(|status| {
        let count = figures.agents.iter().filter(|agent| agent.status == status).count();
        (labels([("status", status.as_str())]), number(i64::try_from(count).unwrap_or(i64::MAX)))
    });
    seen.many("agents", "Agents by status", agents);
    let total = figures.agents.iter().flat_map(|agent| slots(agent.id.as_str(), &agent.available_slots));
    seen.many("agent_slots", "What an agent has: cores, bytes or pieces", total);
    let used = figures.agents.iter().flat_map(|agent| slots(agent.id.as_str(), &agent.occupied_slots));
    seen.many("agent_slots_used", "What is taken of an agent: cores, bytes or pieces", used);
    seen.plain("event_last_number", "Newest number of the event feed", number(figures.last_event));
    let help = "Events that are written but not numbered yet: what readers of the feed lag behind";
    seen.plain("events_unnumbered", help, number(figures.unnumbered_events));
}

fn slots<'a>(agent: &'a str, slots: &'a Slots) -> impl Iterator<Item = Row> + use<'a> {
    slots.iter().map(move |(name, amount)| {
        let amount = amount.finite().and_then(|amount| amount.to_f64()).unwrap_or(f64::INFINITY);
        (labels([("agent", agent), ("slot", name)]), amount)
    })
}

fn database(seen: &mut Seen, app: &App) {
    let failures: Family<Labels, Counter> = Family::default();
    for (failure, count) in rollcall_store::failures() {
        failures.get_or_create(&labels([("failure", failure.as_str())])).inc_by(count);
    }
    seen.0.register("database_failures", "Statements that failed, by what they met", failures);
    let pools = app.store().pools();
    let pool = |name: &str, state: &str| labels([("pool", name), ("state", state)]);
    let used = pools.iter().flat_map(|of| {
        let busy = of.open - of.idle;
        [(pool(of.name, "busy"), size(busy)), (pool(of.name, "idle"), size(of.idle))]
    });
    seen.many("database_connections", "Connections to the database", used);
    let most = pools.iter().map(|of| (labels([("pool", of.name)]), size(of.most)));
    seen.many("database_connections_most", "Connections to the database that there may be", most);
}

type Labels = Vec<(&'static str, String)>;
type Row = (Labels, f64);

fn labels<const N: usize>(labels: [(&'static str, &str); N]) -> Labels {
    labels.into_iter().map(|(name, value)| (name, value.to_owned())).collect()
}

/// Graphs are of floating point anyway.
fn number(count: i64) -> f64 {
    count as f64
}

fn size(count: usize) -> f64 {
    number(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Gauges as they are seen.
struct Seen(Registry);

impl Seen {
    fn many(&mut self, name: &str, help: &str, rows: impl IntoIterator<Item = Row>) {
        let family: Family<Labels, Gauge<f64, AtomicU64>> = Family::default();
        for (labels, value) in rows {
            family.get_or_create(&labels).set(value);
        }
        self.0.register(name, help, family);
    }

    fn one<const N: usize>(&mut self, name: &str, help: &str, labels: [(&'static str, String); N], value: f64) {
        self.many(name, help, [(labels.to_vec(), value)]);
    }

    fn plain(&mut self, name: &str, help: &str, value: f64) {
        self.one(name, help, [], value);
    }
}
