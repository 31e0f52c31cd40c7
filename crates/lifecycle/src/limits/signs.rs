//! Signs of life of sessions. They come often, so they are kept here and written down in batches;
//! whoever judges a session takes the one here along.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rollcall_model::Timestamp;
use rollcall_model::ids::SessionId;
use rollcall_store::Sign;

use crate::core::Core;
use crate::error::LifecycleError;

/// The last sign of each session that is not written down yet, or was lately.
#[derive(Debug, Default)]
pub(crate) struct Signs(Mutex<HashMap<SessionId, Entry>>);

#[derive(Debug, Default)]
struct Entry {
    sign: Sign,
    noted: Option<Timestamp>,
}

impl Signs {
    /// A sign of life of a session.
    pub(crate) fn touch(&self, session: SessionId, at: Timestamp) {
        self.lock().entry(session).or_default().sign.note(at);
    }

    /// The last one that may not be written down yet.
    pub(crate) fn last(&self, session: SessionId) -> Option<Timestamp> {
        self.lock().get(&session).and_then(|entry| entry.sign.last())
    }

    /// The same for who judges: what comes later is seen there too, for as long as it is held.
    pub(crate) fn of(&self, session: SessionId) -> Sign {
        self.lock().entry(session).or_default().sign.clone()
    }

    /// What is to be written down.
    fn news(&self) -> Vec<(SessionId, Timestamp)> {
        let seen = self.lock();
        let fresh = |(id, entry): (&SessionId, &Entry)| Some((*id, entry.sign.last().max(entry.noted)?));
        seen.iter().filter(|(_, entry)| entry.sign.last() > entry.noted).filter_map(fresh).collect()
    }

    /// Forgets what is written down, unless somebody judges by it just now.
    fn noted(&self, written: &[(SessionId, Timestamp)]) {
        let mut seen = self.lock();
        for (id, at) in written {
            if let Some(entry) = seen.get_mut(id) {
                entry.noted = Some(*at);
            }
        }
        seen.retain(|_, entry| entry.sign.is_shared() || entry.sign.last() > entry.noted);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, Entry>> {
        // Nothing inside can be left half done, so a panic elsewhere does not spoil it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes down what came since the last time.
pub(crate) async fn flush(core: &Core) -> Result<(), LifecycleError> {
    let news = core.signs.news();
    core.store.note_access(core.system, &news).await?;
    core.signs.noted(&news);
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rollcall_model::time::from_micros;

    use super::*;

    #[test]
    fn what_is_written_down_is_forgotten_unless_somebody_judges_by_it() {
        let (signs, session) = (Signs::default(), SessionId::random());
        let [early, late] = [1, 2].map(from_micros);
        signs.touch(session, late);
        signs.touch(session, early);
        assert_eq!(signs.news(), [(session, late)]);
        signs.touch(session, from_micros(3));
        signs.noted(&[(session, late)]);
        assert_eq!(signs.news(), [(session, from_micros(3))], "what came meanwhile is news still");
        let judge = signs.of(session);
        signs.noted(&signs.news());
        assert_eq!(signs.news(), []);
        signs.touch(session, from_micros(4));
        assert_eq!(judge.last(), Some(from_micros(4)));
        drop(judge);
        signs.noted(&signs.news());
        assert_eq!(signs.last(session), None);
        // One that never came leaves nothing either.
        drop(signs.of(session));
        signs.noted(&[]);
        assert!(signs.lock().is_empty());
    }
}
