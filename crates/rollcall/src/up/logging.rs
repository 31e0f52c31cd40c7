//! The log: standard error, warnings and worse unless `RUST_LOG` says otherwise, so that what is
//! printed for people stays readable.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use super::arguments::LogFormat;

/// Starts the log. A second start in one process changes nothing.
pub(super) fn start(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match format {
        LogFormat::Text => builder.with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    drop(started);
}
