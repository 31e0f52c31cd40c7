//! An answer that goes on: its head and body, and the hand that writes it.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderName, HeaderValue};
use hyper::body::{Body as HttpBody, Frame};
use rollcall_model::access::Caller;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::frames::PING;
use crate::auth::credential::Credential;
use crate::manager::App;
use crate::seats::Seat;

/// Frames that are kept for a reader.
const FRAMES: usize = 16;

/// Ends the connection of a request at once: one whose reader does not read would never end by itself.
#[derive(Clone, Debug)]
pub(crate) struct Cut(pub(crate) CancellationToken);

/// The stream has ended, for whatever reason.
#[derive(Debug)]
pub(super) struct Ended;

/// Writes a stream.
#[derive(Debug)]
pub(super) struct Writer {
    frames: mpsc::Sender<Bytes>,
    cut: Option<Cut>,
    patience: Duration,
    /// Time between two comments.
    pub(super) ping: Duration,
}

impl Writer {
    /// Writes a frame; cuts off a reader who does not take it in time.
    pub(super) async fn send(&self, frame: Bytes) -> Result<(), Ended> {
        match tokio::time::timeout(self.patience, self.frames.send(frame)).await {
            Ok(sent) => sent.map_err(|_| Ended),
            Err(_) => {
                tracing::info!("an event stream was cut off: nobody reads it");
                if let Some(Cut(connection)) = &self.cut {
                    connection.cancel();
                }
                Err(Ended)
            }
        }
    }

    /// Writes the comment.
    pub(super) async fn ping(&self) -> Result<(), Ended> {
        self.send(PING).await
    }

    /// Returns when nobody is there to read.
    async fn left(&self) {
        self.frames.closed().await;
    }
}

/// The answer, and a task that writes it with `write` until that ends, the reader leaves, or the
/// server is about to end.
pub(super) fn answer<F>(app: &App, seat: Seat, cut: Option<Cut>, write: impl FnOnce(Writer) -> F) -> Response
where
    F: Future<Output = Result<(), Ended>> + Send + 'static,
{
    let (frames, taken) = mpsc::channel(FRAMES);
    let settings = app.settings();
    let writer = Writer { frames: frames.clone(), cut, patience: settings.event_patience, ping: settings.event_ping };
    let reader = Writer { frames, cut: None, ..writer };
    let stopping = app.stopping().clone();
    let writing = write(writer);
    tokio::spawn(async move {
        tokio::select! {
            _ = writing => {}
            () = reader.left() => {}
            () = stopping.cancelled() => {}
        }
    });
    let mut response = Response::new(Body::new(Frames { taken, _seat: seat }));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    // Proxies that collect an answer would keep events back.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

/// Who listens: what the request proved itself with, and what that was worth when it was looked at last.
pub(super) struct Audience {
    app: App,
    credential: Credential,
    caller: Caller,
    accounts: watch::Receiver<u64>,
}

impl Audience {
    pub(super) fn new(app: &App, credential: Credential, caller: Caller) -> Self {
        Self { app: app.clone(), credential, caller, accounts: app.store().watch_accounts() }
    }

    /// The caller as they were last known.
    pub(super) fn known(&self) -> &Caller {
        &self.caller
    }

    /// The caller as the store knows them at this moment. The stream ends for who may no longer be here,
    /// and when the store fails: it comes back, and so do clients.
    pub(super) async fn now(&mut self) -> Result<&Caller, Ended> {
        let found = self.credential.caller(&self.app).await.map_err(|error| {
            tracing::warn!(error = error.in_words(), "an event stream ends: its caller could not be looked up");
            Ended
        })?;
        let person = self.caller.identity().user_id;
        self.caller = found.filter(|caller| caller.identity().user_id == person).ok_or(Ended)?;
        Ok(&self.caller)
    }

    /// Returns when accounts have changed, so that rights may be others now.
    pub(super) async fn changed(&mut self) {
        if self.accounts.changed().await.is_err() {
            // Ends with the store alone, and so will everything else.
            std::future::pending::<()>().await;
        }
    }
}

struct Frames {
    taken: mpsc::Receiver<Bytes>,
    _seat: Seat,
}

impl HttpBody for Frames {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::convert::Infallible>>> {
        self.taken.poll_recv(cx).map(|frame| frame.map(|frame| Ok(Frame::data(frame))))
    }
}
