//! Hearing what happens from a moment on: in order, once, through a scope. Whoever cannot keep up goes
//! back to the store for what was missed, so that a slow listener costs no memory and loses nothing.

use std::collections::VecDeque;
use std::sync::Arc;

use rollcall_model::event::Event;
use rollcall_model::resources::EventScope;
use tokio::sync::watch;

use crate::core::Core;
use crate::{Lifecycle, LifecycleError};

/// Events taken at once.
const BATCH: usize = 128;

/// Something that happened. It is shown to those who may hear of it, and to nobody else.
#[derive(Clone, Debug)]
pub struct Occurrence(Arc<Event>);

impl Occurrence {
    /// The event, if the scope admits it.
    #[must_use]
    pub fn shown_to(&self, scope: &EventScope) -> Option<&Event> {
        scope.admits(&self.0).then_some(&*self.0)
    }
}

/// Hears every event after the moment in which it was made.
pub struct Listener {
    core: Arc<Core>,
    news: watch::Receiver<i64>,
    /// The last event that was heard.
    last: i64,
    next: VecDeque<Arc<Event>>,
}

impl Lifecycle {
    /// Listens from now on.
    ///
    /// # Errors
    /// [`LifecycleError::Store`].
    pub async fn listen(&self) -> Result<Listener, LifecycleError> {
        let last = self.core.store.last_event(self.core.system).await?;
        let news = self.core.feed.follow();
        Ok(Listener { core: Arc::clone(&self.core), news, last, next: VecDeque::new() })
    }
}

impl Listener {
    /// The next event. Dropping the future loses nothing.
    ///
    /// # Errors
    /// [`LifecycleError::Store`], also when what comes next is no longer kept.
    pub async fn next(&mut self) -> Result<Occurrence, LifecycleError> {
        loop {
            if let Some(event) = self.next.pop_front() {
                self.last = event.number;
                return Ok(Occurrence(event));
            }
            self.news.mark_unchanged();
            self.next = self.more().await?;
            if self.next.is_empty() && self.news.changed().await.is_err() {
                // The feed lives as long as the core does.
                std::future::pending::<()>().await;
            }
        }
    }

    async fn more(&self) -> Result<VecDeque<Arc<Event>>, LifecycleError> {
        if let Some(mut events) = self.core.feed.after(self.last) {
            events.truncate(BATCH);
            return Ok(events.into());
        }
        let events = self.core.store.events_after(self.core.system, self.last, BATCH as u32).await?;
        Ok(events.into_iter().map(Arc::new).collect())
    }
}
