//! The store's events for many who follow them: read once for all, the latest kept in memory.
//!
//! Whoever follows remembers a number, waits for a higher one, and takes what came after theirs. What
//! is no longer kept here is read from the store by who needs it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rollcall_model::event::Event;
use tokio::sync::watch;

use crate::LifecycleError;
use crate::core::Core;
use crate::upkeep::Trouble;

/// Events kept in memory.
const KEPT: usize = 4096;
/// Read from the store at once.
const BATCH: u32 = 1000;
/// Events of other managers wake nobody here: look for them this often.
const OTHERS: Duration = Duration::from_millis(500);

/// The feed of one process.
#[derive(Debug)]
pub struct Feed {
    number: watch::Sender<i64>,
    recent: Mutex<VecDeque<Arc<Event>>>,
}

impl Default for Feed {
    fn default() -> Self {
        Self { number: watch::Sender::new(0), recent: Mutex::default() }
    }
}

impl Feed {
    /// Tells the number of the newest event that was read, and each later one.
    #[must_use]
    pub fn follow(&self) -> watch::Receiver<i64> {
        self.number.subscribe()
    }

    /// What came after `number`, the oldest first; `None` where some of it is no longer kept here.
    #[must_use]
    pub fn after(&self, number: i64) -> Option<Vec<Arc<Event>>> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = *self.number.borrow();
        if number >= newest {
            return Some(Vec::new());
        }
        let first = recent.front()?.number;
        if first > number + 1 {
            return None;
        }
        let from = recent.partition_point(|event| event.number <= number);
        Some(recent.iter().skip(from).cloned().collect())
    }

    fn add(&self, events: Vec<Event>) {
        let Some(newest) = events.last().map(|event| event.number) else { return };
        {
            let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
            recent.extend(events.into_iter().map(Arc::new));
            let surplus = recent.len().saturating_sub(KEPT);
            recent.drain(..surplus);
        }
        self.number.send_replace(newest);
    }

    fn begin(&self, number: i64) {
        self.number.send_if_modified(|known| {
            let later = number > *known;
            *known = (*known).max(number);
            later
        });
    }
}

/// Reads for as long as it is polled.
pub(crate) async fn run(core: &Core) {
    let mut news = core.store.watch();
    let mut trouble = Trouble::new("reading events");
    let mut accounts = None;
    loop {
        news.mark_unchanged();
        match look(core, &mut accounts).await {
            Ok(()) => trouble.over(),
            Err(error) => {
                tokio::time::sleep(trouble.again(&error)).await;
                continue;
            }
        }
        tokio::select! {
            _ = news.changed() => {}
            () = tokio::time::sleep(OTHERS) => {}
        }
    }
}

/// Events, and whether accounts were changed: by other managers too, whose changes wake nobody here.
async fn look(core: &Core, accounts: &mut Option<String>) -> Result<(), LifecycleError> {
    let change = core.store.accounts_change(core.system).await?;
    if change != *accounts {
        *accounts = change;
        core.store.accounts_changed();
    }
    read(core).await
}

async fn read(core: &Core) -> Result<(), LifecycleError> {
    let mut number = *core.feed.number.borrow();
    if number == 0 {
        // Nobody has followed from before this process began.
        core.feed.begin(core.store.last_event(core.system).await?);
        return Ok(());
    }
    loop {
        let events = match core.store.events_after(core.system, number, BATCH).await {
            // Who follows is told by the gap.
            Err(rollcall_store::StoreError::EventsPruned { first, .. }) => {
                number = first - 1;
                continue;
            }
            events => events?,
        };
        let whole = events.len() == BATCH as usize;
        number = events.last().map_or(number, |event| event.number);
        core.feed.add(events);
        if !whole {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::clock;
    use crate::sample;
    use rollcall_model::status::Status;

    fn event(number: i64) -> Event {
        let session = sample::session(Status::Running);
        Event {
            number,
            name: "session_started".to_owned(),
            reason: String::new(),
            session_id: session.id,
            session_name: session.name,
            kernel_id: session.id.main_kernel(),
            cluster_role: None,
            cluster_idx: None,
            access_key: session.access_key,
            user_id: session.user_id,
            domain: session.domain,
            group_id: session.group_id,
            at: clock::now(),
        }
    }

    fn numbers(feed: &Feed, after: i64) -> Option<Vec<i64>> {
        feed.after(after).map(|events| events.iter().map(|event| event.number).collect())
    }

    #[test]
    fn tells_what_came_after_a_number_or_that_it_does_not_know() {
        let feed = Feed::default();
        assert_eq!(numbers(&feed, 0), Some(vec![]));
        feed.begin(7);
        assert_eq!((numbers(&feed, 7), numbers(&feed, 6)), (Some(vec![]), None));
        feed.add(vec![event(8), event(9)]);
        assert_eq!((numbers(&feed, 7), numbers(&feed, 8)), (Some(vec![8, 9]), Some(vec![9])));
        assert_eq!((numbers(&feed, 9), numbers(&feed, 20), numbers(&feed, 6)), (Some(vec![]), Some(vec![]), None));
        feed.add((10..10 + KEPT as i64).map(event).collect());
        assert_eq!(numbers(&feed, 8), None);
        assert_eq!(numbers(&feed, 9).unwrap().len(), KEPT);
    }
}
