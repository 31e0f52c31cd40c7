//! What can end a measurement.

use std::path::PathBuf;
use std::time::Duration;

/// A measurement that could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BenchError {
    /// The program is not where the build puts it.
    #[error("{} is missing: run `cargo build --release -p rollcall` first", .0.display())]
    NoProgram(PathBuf),
    /// The system refused something.
    #[error("{act} failed")]
    System {
        /// What was tried.
        act: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The program ended by itself.
    #[error("`rollcall up` ended early: {0}")]
    Ended(String),
    /// Something did not happen in time.
    #[error("waited {} s in vain for {what}", .after.as_secs())]
    Late {
        /// What.
        what: String,
        /// The bound.
        after: Duration,
    },
    /// A request was refused or got lost.
    #[error(transparent)]
    Client(#[from] rollcall_client::Error),
    /// What came back is not what the measurement is about.
    #[error("{0}")]
    Wrong(String),
}

impl BenchError {
    /// For `map_err`.
    pub(crate) fn system(act: &'static str) -> impl Fn(std::io::Error) -> Self {
        move |source| Self::System { act, source }
    }

    /// With all causes, on one line.
    pub(crate) fn with_causes(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(next) = cause {
            text.push_str(&format!(": {next}"));
            cause = next.source();
        }
        text
    }
}
