//! Who may stay connected when there is no place left: a connection on which nothing is asked gives
//! way to one that has just come, the longest idle first. So idle connections, however many, never
//! keep anyone out, and memory stays bounded.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use http::Response;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::metrics::Connections;

/// All places, and the connections that could give theirs up.
#[derive(Debug)]
pub(crate) struct Places {
    free: Arc<Semaphore>,
    idle: Mutex<Idle>,
    counted: Connections,
}

/// By the moment in which they became idle.
#[derive(Debug, Default)]
struct Idle {
    next: u64,
    connections: BTreeMap<u64, CancellationToken>,
}

/// A connection's hold on its place.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    places: Arc<Places>,
    state: Arc<Mutex<State>>,
    /// Cancelled when the place is needed for somebody else.
    pub(crate) taken: CancellationToken,
}

#[derive(Debug, Default)]
struct State {
    /// Requests that are being answered.
    busy: usize,
    /// Key among the idle ones.
    idle: Option<u64>,
}

impl Places {
    pub(crate) fn new(count: usize, counted: Connections) -> Arc<Self> {
        Arc::new(Self { free: Arc::new(Semaphore::new(count)), idle: Mutex::default(), counted })
    }

    /// Waits for a place; asks the longest idle connection for its own if there is none. `None`
    /// only when the server has ended.
    pub(crate) async fn take(self: &Arc<Self>) -> Option<OwnedSemaphorePermit> {
        if let Ok(permit) = Arc::clone(&self.free).try_acquire_owned() {
            return Some(permit);
        }
        let longest = self.idle.lock().unwrap_or_else(PoisonError::into_inner).connections.pop_first();
        if let Some((_, connection)) = longest {
            self.counted.gave_way.inc();
            connection.cancel();
        }
        Arc::clone(&self.free).acquire_owned().await.ok()
    }

    /// A connection that has just come: idle until it asks for something.
    pub(crate) fn connected(self: &Arc<Self>) -> Place {
        self.counted.accepted.inc();
        self.counted.open.inc();
        let place = Place { places: Arc::clone(self), state: Arc::default(), taken: CancellationToken::new() };
        place.rest();
        place
    }

    fn join(&self, taken: &CancellationToken) -> u64 {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let key = idle.next;
        idle.next += 1;
        idle.connections.insert(key, taken.clone());
        key
    }

    fn leave(&self, key: u64) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).connections.remove(&key);
    }
}

impl Place {
    /// A request begins; it ends when the answer's last byte was taken or the guard is dropped.
    pub(crate) fn work(&self) -> Working {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.busy += 1;
        self.places.counted.busy.inc();
        if let Some(key) = state.idle.take() {
            self.places.leave(key);
        }
        Working(self.clone())
    }

    fn rest(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.busy == 0 && state.idle.is_none() {
            state.idle = Some(self.places.join(&self.taken));
        }
    }

    /// Whether a request is being answered.
    pub(crate) fn is_busy(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).busy > 0
    }

    /// The connection has ended.
    pub(crate) fn left(&self) {
        self.places.counted.open.dec();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // Never idle again, whatever is dropped later.
        state.busy += 1;
        if let Some(key) = state.idle.take() {
            self.places.leave(key);
        }
    }
}

/// One request being answered.
#[derive(Debug)]
pub(crate) struct Working(Place);

impl Drop for Working {
    fn drop(&mut self) {
        self.0.places.counted.busy.dec();
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner).busy -= 1;
        self.0.rest();
    }
}

impl Working {
    /// Ties the request's end to the end of its answer's body.
    pub(crate) fn until_sent(self, response: Response<Body>) -> Response<Body> {
        response.map(|body| Body::new(Sent { body, _working: self }))
    }
}

struct Sent {
    body: Body,
    _working: Working,
}

impl HttpBody for Sent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use http_body_util::BodyExt as _;

    use super::*;

    #[tokio::test]
    async fn the_longest_idle_gives_way_and_the_busy_stay() {
        let places = Places::new(3, Connections::default());
        let mut permits = Vec::new();
        let mut connections = Vec::new();
        for _ in 0..3 {
            permits.push(places.take().await.unwrap());
            connections.push(places.connected());
        }
        let working = connections[0].work();
        let taking = tokio::spawn({
            let places = Arc::clone(&places);
            async move { places.take().await.unwrap() }
        });
        connections[1].taken.cancelled().await;
        assert!(!connections[0].taken.is_cancelled() && !connections[2].taken.is_cancelled());
        connections[1].left();
        drop(permits.remove(1));
        permits.push(taking.await.unwrap());
        // Idle again, and now for a shorter time than the third.
        drop(working);
        let taking = tokio::spawn({
            let places = Arc::clone(&places);
            async move { places.take().await.unwrap() }
        });
        connections[2].taken.cancelled().await;
        assert!(!connections[0].taken.is_cancelled());
        taking.abort();
    }

    #[tokio::test]
    async fn an_answer_counts_until_its_last_byte() {
        let places = Places::new(1, Connections::default());
        let place = places.connected();
        let answer = place.work().until_sent(Response::new(Body::from("text")));
        assert!(places.idle.lock().unwrap().connections.is_empty());
        assert_eq!(answer.body().size_hint().exact(), Some(4));
        answer.into_body().collect().await.unwrap();
        assert_eq!(places.idle.lock().unwrap().connections.len(), 1);
        place.left();
        assert!(places.idle.lock().unwrap().connections.is_empty());
    }
}
