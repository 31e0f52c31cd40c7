//! The log: standard error, warnings and worse unless the configuration (`RUST_LOG`) says otherwise, so that what is
//! printed for people stays readable.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use super::arguments::LogFormat;
use crate::config::Log;

/// Starts the log. A second start in one process changes nothing.
pub(crate) fn start(settings: &Log) {
    let filter = EnvFilter::new(&settings.filter.0);
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match settings.format {
        LogFormat::Text => builder.with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    drop(started);
}
