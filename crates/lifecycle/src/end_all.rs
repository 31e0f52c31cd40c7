//! Ending every session, for a server that is going to stand still.

use rollcall_model::resources::Superintend;
use rollcall_model::session::Session;
use rollcall_model::status::{Status, Step};
use tokio::time::Instant;

use crate::operations::OTHERS;
use crate::{Lifecycle, LifecycleError};

const REASON: &str = "force-terminated";

impl Lifecycle {
    /// Ends whatever is not over, and waits a while for the end. What has just come, or moved
    /// meanwhile, is looked at again.
    ///
    /// # Errors
    /// [`LifecycleError::Unavailable`] when some could not even be asked to end in that time.
    pub async fn end_all(&self, may: Superintend) -> Result<(), LifecycleError> {
        let deadline = Instant::now() + self.core.settings.answer_patience;
        let mut news = self.core.store.watch();
        loop {
            news.mark_unchanged();
            for session in self.core.store.live_sessions(may).await? {
                if let Some(step) = step(session.status) {
                    self.take(may, &session, step).await?;
                }
            }
            let left = self.core.store.live_sessions(may).await?;
            let unasked = left.iter().filter(|session| session.status != Status::Terminating).count();
            if left.is_empty() || Instant::now() >= deadline && unasked == 0 {
                return Ok(());
            }
            if Instant::now() >= deadline {
                return Err(LifecycleError::Unavailable {
                    reason: format!("{unasked} sessions could not be ended yet"),
                });
            }
            let again = (Instant::now() + OTHERS).min(deadline);
            let _ = tokio::time::timeout_at(again, news.changed()).await;
        }
    }

    /// Stale or gone is for the next look.
    async fn take(&self, may: Superintend, session: &Session, step: Step) -> Result<(), LifecycleError> {
        let advance = self.ending(session, step, REASON).await?;
        self.core.advance(&may, &advance).await.map(|_| ())
    }
}

/// The shortest way to its end; nothing while it is on that way, or an image is pulled.
fn step(status: Status) -> Option<Step> {
    status.end_step().filter(|_| status != Status::Terminating)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_alive_has_a_way_to_its_end() {
        for status in Status::ALL {
            let passing = matches!(status, Status::Terminating | Status::Pulling) || status.is_dead();
            assert_eq!(step(status).is_none(), passing, "{status}");
        }
        assert_eq!(step(Status::Running), Some(Step::Terminate));
        assert_eq!(step(Status::Preparing), Some(Step::ForceTerminate));
    }
}
