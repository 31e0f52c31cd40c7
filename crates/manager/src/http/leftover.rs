//! An answer that is given before the whole request has arrived: what is still to come is read and
//! thrown away first, within bounds.
//!
//! Else the connection would be closed while the client still writes, and what it sees is a broken
//! pipe in place of the refusal.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Frame, SizeHint};
use tokio::sync::oneshot;

/// More than that is not read for a request that is answered already.
const MOST: usize = 1 << 20;
/// Nor is longer waited.
const LONGEST: Duration = Duration::from_secs(2);

/// The middleware.
pub(crate) async fn read_the_rest(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (sender, mut left) = oneshot::channel();
    let request = request.map(|body| Body::new(Lent { body, sender: Some(sender) }));
    let response = next.run(request).await;
    if let Ok(body) = left.try_recv() {
        // However it ends: the answer stands.
        let _ = tokio::time::timeout(LONGEST, Limited::new(body, MOST).collect()).await;
    }
    response
}

/// A request's body, given back when its reader lets it go before its end.
struct Lent {
    body: Body,
    sender: Option<oneshot::Sender<Body>>,
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Err(_))) = polled {
            self.sender = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(sender) = self.sender.take().filter(|_| !self.body.is_end_stream()) {
            let _ = sender.send(std::mem::take(&mut self.body));
        }
    }
}
