//! Removes what is over for long, in small batches with pauses between them, so that nobody else waits
//! for the database.

use std::time::Duration;

use rollcall_model::Timestamp;
use rollcall_store::{Keep, StoreError};
use tokio::time::Instant;

use crate::clock;
use crate::core::Core;
use crate::error::LifecycleError;
use crate::upkeep::Trouble;

/// Sessions bring their kernels, histories and logs along; events are small.
const SESSIONS: u32 = 50;
const EVENTS: u32 = 1000;
/// After a batch the database is left to others nine times as long as it took, within these bounds.
const PAUSES: [Duration; 2] = [Duration::from_millis(20), Duration::from_secs(2)];
/// The first sweep leaves the start of the program alone.
const FIRST: Duration = Duration::from_secs(30);

/// What is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Finished sessions as long as this; `None` for ever. That is the default, since they are what
    /// people look back at and what use is reckoned from, and a thousand of them take a few megabytes:
    /// to throw them away is a decision.
    pub finished_age: Option<Duration>,
    /// The newest finished sessions of each key; `None` all of them.
    pub finished_per_key: Option<u32>,
    /// Events as long as this; `None` for ever. They are for those who follow: whoever was away for
    /// longer reads the sessions themselves.
    pub events_age: Option<Duration>,
    /// Between two sweeps.
    pub pace: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            finished_age: None,
            finished_per_key: None,
            events_age: Some(Duration::from_secs(30 * 86_400)),
            pace: Duration::from_secs(600),
        }
    }
}

/// Goes on for ever.
pub(crate) async fn run(core: &Core) {
    let pace = core.settings.retention.pace;
    let mut trouble = Trouble::new("removing what is over for long");
    let mut rest = pace.min(FIRST);
    loop {
        tokio::time::sleep(rest).await;
        rest = match sweep(core).await {
            Ok(()) => {
                trouble.over();
                pace
            }
            Err(error) => trouble.again(&error),
        };
    }
}

/// Removes everything that need not be kept.
async fn sweep(core: &Core) -> Result<(), LifecycleError> {
    let retention = &core.settings.retention;
    let keep = Keep { since: retention.finished_age.and_then(before), newest_per_key: retention.finished_per_key };
    if keep != Keep::default() {
        let gone = Over::Sessions(keep).remove(core).await?;
        if gone > 0 {
            tracing::info!(gone, "removed {gone} finished sessions that need not be kept");
        }
    }
    if let Some(before) = retention.events_age.and_then(before) {
        Over::Events(before).remove(core).await?;
    }
    Ok(())
}

/// The moment that long ago; `None` before there was time.
fn before(age: Duration) -> Option<Timestamp> {
    clock::now().checked_sub_signed(chrono::TimeDelta::from_std(age).ok()?)
}

/// What is over, but for what is to be kept.
#[derive(Clone, Copy)]
enum Over {
    Sessions(Keep),
    Events(Timestamp),
}

impl Over {
    async fn batch(self, core: &Core) -> Result<u64, StoreError> {
        match self {
            Self::Sessions(keep) => core.store.prune_sessions(core.system, keep, SESSIONS).await,
            Self::Events(before) => core.store.prune_events(core.system, before, EVENTS).await,
        }
    }

    /// How many went.
    async fn remove(self, core: &Core) -> Result<u64, LifecycleError> {
        let mut gone = 0;
        loop {
            let began = Instant::now();
            match self.batch(core).await? {
                // Nothing is left, or another manager is at it.
                0 => return Ok(gone),
                more => gone += more,
            }
            tokio::time::sleep((began.elapsed() * 9).clamp(PAUSES[0], PAUSES[1])).await;
        }
    }
}
