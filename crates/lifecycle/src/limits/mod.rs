//! Idle and lifetime limits (`session-lifecycle.md` §9, and Rollcall's own lifetime and extension):
//! what ends sessions, what keeps them, and how long they have left.

pub(crate) mod duty;
pub(crate) mod reprieves;
pub(crate) mod signs;
mod uses;

use std::time::Duration;

use chrono::TimeDelta;
use rollcall_model::access::{Extend, Permit};
use rollcall_model::ids::SessionId;
use rollcall_model::limits::{self, End, Limits, NotExtended, Remaining, Rules};
use rollcall_model::session::Session;
use rollcall_model::status::Status;
use rollcall_store::{ExtendOutcome, Extension};

use crate::{Lifecycle, LifecycleError, clock};

/// How limits are looked after. The limits themselves are those of each key's policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitSettings {
    /// Stands for a negative idle timeout of a policy.
    pub idle_default: Duration,
    /// How long before its end a session's owner is told; a tenth of the limit where that is shorter.
    pub end_warning: Duration,
    /// Processor use of a session, in thousandths of a percent of one core, from which on it counts as
    /// used; `None` never does.
    pub idle_cpu_milli_pct: Option<i64>,
    /// Between two looks at which nothing is due.
    pub pace: Duration,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            idle_default: Duration::from_secs(600),
            end_warning: Duration::from_secs(300),
            idle_cpu_milli_pct: Some(5_000),
            pace: Duration::from_secs(10),
        }
    }
}

impl LimitSettings {
    fn default_idle(&self) -> TimeDelta {
        TimeDelta::from_std(self.idle_default).unwrap_or(TimeDelta::MAX)
    }

    fn lead(&self) -> TimeDelta {
        TimeDelta::from_std(self.end_warning).unwrap_or(TimeDelta::MAX)
    }
}

impl Lifecycle {
    /// A sign of life of a session: what people type and read in it, and connections to its
    /// applications. Cheap: it is written down later, with others.
    pub fn touch(&self, session: SessionId) {
        self.core.signs.touch(session, clock::now());
    }

    /// Writes down the signs of life that are in memory alone. [`Lifecycle::run`] does it from time to
    /// time and at its end; a program does it once more when nobody can give signs any longer.
    ///
    /// # Errors
    /// [`LifecycleError::Store`].
    pub async fn flush_signs(&self) -> Result<(), LifecycleError> {
        signs::flush(&self.core).await
    }

    /// What a running session under these limits has left; `None` where nothing ends it.
    #[must_use]
    pub fn remaining(&self, session: &Session, limits: Limits) -> Option<Remaining> {
        let rules = self.rules(session, limits)?;
        let (active, reprieve) = (self.core.signs.last(session.id), self.core.reprieves.of(session.id));
        limits::remaining(session.session_type, &session.times, &rules, active, reprieve, clock::now())
    }

    /// The ends that lifetime and idleness would bring a running session, each by itself.
    #[must_use]
    pub fn ends(&self, session: &Session, limits: Limits) -> Vec<End> {
        let Some(rules) = self.rules(session, limits) else { return Vec::new() };
        let active = self.core.signs.last(session.id);
        limits::ends(session.session_type, &session.times, &rules, active).into_iter().flatten().collect()
    }

    fn rules(&self, session: &Session, limits: Limits) -> Option<Rules> {
        (session.status == Status::Running).then(|| Rules::of(limits, self.core.settings.limits.default_idle()))
    }

    /// Pushes the end of a running session out by `seconds`, within the policy of its key. What is left
    /// then is the answer.
    ///
    /// # Errors
    /// [`LifecycleError::NotRunning`], [`LifecycleError::NothingEnds`], [`LifecycleError::OverExtension`],
    /// [`LifecycleError::ExtensionInVain`].
    pub async fn extend(
        &self,
        permit: &Permit<Extend>,
        session: &Session,
        seconds: i64,
    ) -> Result<Option<Remaining>, LifecycleError> {
        let asked = Extension {
            session: session.id,
            seconds,
            active: self.core.signs.last(session.id),
            default_idle: self.core.settings.limits.default_idle(),
            at: clock::now(),
        };
        match self.core.store.extend_session(permit, &asked).await? {
            ExtendOutcome::Extended(session, limits) => Ok(self.remaining(&session, limits)),
            ExtendOutcome::Refused(NotExtended::NoLimit) => Err(LifecycleError::NothingEnds),
            ExtendOutcome::Refused(NotExtended::OverLimit { left }) => {
                Err(LifecycleError::OverExtension { asked: seconds, left })
            }
            ExtendOutcome::Refused(NotExtended::InVain { least, left }) => {
                Err(LifecycleError::ExtensionInVain { least, left })
            }
            ExtendOutcome::NotRunning(status) if !status.is_dead() => Err(LifecycleError::NotRunning { status }),
            ExtendOutcome::NotRunning(_) | ExtendOutcome::Gone => Err(LifecycleError::SessionNotFound),
        }
    }
}
