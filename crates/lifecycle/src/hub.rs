//! Wakes those who wait for a session to change.
//!
//! Every advance of this process touches the hub, so that waiting costs nothing while nothing
//! happens and one read when something does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rollcall_model::ids::SessionId;
use tokio::sync::watch;

/// Who waits for which session.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hub {
    waiting: Arc<Mutex<HashMap<SessionId, watch::Sender<()>>>>,
}

/// A place in the hub; leaving it is dropping it.
pub(crate) struct Follower {
    hub: Hub,
    session: SessionId,
    news: watch::Receiver<()>,
}

impl Hub {
    /// Says that `session` changed.
    pub(crate) fn touch(&self, session: SessionId) {
        if let Some(waiters) = self.lock().get(&session) {
            waiters.send_replace(());
        }
    }

    /// Starts to listen; every touch from now on is heard.
    pub(crate) fn follow(&self, session: SessionId) -> Follower {
        let news = self.lock().entry(session).or_insert_with(|| watch::Sender::new(())).subscribe();
        Follower { hub: self.clone(), session, news }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, watch::Sender<()>>> {
        // Nothing inside can be left half done, so a panic elsewhere does not spoil it.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Follower {
    /// Returns at the first touch since the last call (or since [`Hub::follow`]).
    pub(crate) async fn touched(&mut self) {
        // The sender lives in the hub for as long as this follower does.
        let _ = self.news.changed().await;
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let mut waiting = self.hub.lock();
        if waiting.get(&self.session).is_some_and(|waiters| waiters.receiver_count() <= 1) {
            waiting.remove(&self.session);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn touches_between_reading_and_waiting_are_not_missed() {
        let hub = Hub::default();
        let session = SessionId::random();
        let (mut one, mut two) = (hub.follow(session), hub.follow(session));
        hub.touch(session);
        one.touched().await;
        two.touched().await;
        drop(one);
        hub.touch(session);
        two.touched().await;
        drop(two);
        assert!(hub.lock().is_empty());
    }
}
