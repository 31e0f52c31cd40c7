//! A line of each request in a bounded file: when, what path, which outcome. Never a query, a
//! body, a header, a key or an address of a person.
//!
//! The log serves whoever asks "what did my client do"; it must never be the reason that a request
//! fails or waits. What cannot be written is left out.

mod file;
mod line;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use http::StatusCode;

use crate::error::Error;
pub(crate) use line::Line;
pub use line::Request;

/// The largest file unless told: some 7,000 requests.
const MAX_BYTES: u64 = 1 << 20;

/// The file that requests are recorded in. Cheap to clone; several processes may share a file.
#[derive(Clone, Debug)]
pub struct RequestLog {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    max_bytes: u64,
}

impl RequestLog {
    /// In this file, of one MiB at most. It is made, with its directory, by the first request, and
    /// only its owner can read it.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { inner: Arc::new(Inner { path: path.into(), max_bytes: MAX_BYTES }) }
    }

    /// With another bound. A file that reaches it drops its oldest third.
    #[must_use]
    pub fn max_bytes(self, max_bytes: u64) -> Self {
        Self { inner: Arc::new(Inner { path: self.inner.path.clone(), max_bytes }) }
    }

    /// Where people's logs belong: `rollcall/requests.log` under the XDG state directory. `None`
    /// when the environment names none.
    #[must_use]
    pub fn default_path() -> Option<PathBuf> {
        let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        absolute("XDG_STATE_HOME")
            .or_else(|| absolute("HOME").map(|home| home.join(".local/state")))
            .map(|directory| directory.join("rollcall").join("requests.log"))
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// The requests in the file, the oldest first. What is no line of this log is left out.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn read(&self) -> std::io::Result<Vec<Request>> {
        let text = file::read(&self.inner.path)?;
        Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
    }

    fn write(&self, request: &Request) {
        if let Ok(mut line) = serde_json::to_string(request) {
            line.push('\n');
            // A full disk, a directory that is gone: the request itself goes on.
            let _ = file::append(&self.inner.path, &line, self.inner.max_bytes);
        }
    }
}

/// A request on its way, which is recorded even when its caller drops it.
pub(crate) struct Recording {
    log: Option<RequestLog>,
    line: Option<Line>,
    end: Instant,
}

impl Recording {
    pub(crate) fn begin(log: Option<RequestLog>, line: Line, end: Instant) -> Self {
        let line = log.is_some().then_some(line);
        Self { log, line, end }
    }

    pub(crate) fn answered(&mut self, status: StatusCode) {
        if let Some(line) = &mut self.line {
            line.status = Some(status.as_u16());
        }
    }

    pub(crate) async fn end(mut self, error: Option<&Error>) {
        if let Some((log, request)) = self.take(error.map(Error::kind)) {
            // The disk may be slow. What fails here has nobody to be told.
            let _ = tokio::task::spawn_blocking(move || log.write(&request)).await;
        }
    }

    fn take(&mut self, error: Option<&str>) -> Option<(RequestLog, Request)> {
        let (log, line) = self.log.take().zip(self.line.take())?;
        Some((log, line.end(error)))
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        let why = if Instant::now() >= self.end { "timeout" } else { "cancelled" };
        if let Some((log, request)) = self.take(Some(why)) {
            match tokio::runtime::Handle::try_current() {
                Ok(runtime) => drop(runtime.spawn_blocking(move || log.write(&request))),
                Err(_) => log.write(&request),
            }
        }
    }
}
