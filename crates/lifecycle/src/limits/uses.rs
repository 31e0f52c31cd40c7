//! Processor use as a sign of life.
//!
//! Whoever starts a long computation and goes home uses the session, although nobody types: ending it
//! as idle would throw the work away. Of the figures that the engine samples, processor time is the one
//! that waiting does not grow: memory stays taken, and files are written by what merely sits there. It
//! counts as an average over a while, not as a moment, so that an editor's timers and a shell's prompt
//! stay below the threshold, and over all kernels of a session together.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use rollcall_model::ids::{KernelId, SessionId};
use rollcall_model::session::SessionType;
use rollcall_runtime::KernelState;
use rollcall_store::Limited;
use tokio::time::Instant;

use crate::clock;
use crate::core::Core;
use crate::error::LifecycleError;

/// Samples are taken every second: a shorter while says nothing.
const SHORTEST: Duration = Duration::from_secs(1);

/// Processor time of kernels, at the beginning of the while.
#[derive(Debug)]
pub(super) struct Uses {
    since: Instant,
    used_us: HashMap<KernelId, i64>,
}

impl Uses {
    pub(super) fn new() -> Self {
        Self { since: Instant::now(), used_us: HashMap::new() }
    }

    /// Notes a sign of life for each session that used more than the threshold since the last time.
    /// The answer is when to ask again; `None` where nobody's use matters.
    pub(super) async fn note(&mut self, core: &Core, limited: &[Limited]) -> Result<Option<Duration>, LifecycleError> {
        let settings = &core.settings.limits;
        let sessions: HashSet<SessionId> = limited.iter().filter(|one| may_idle(one)).map(|one| one.session).collect();
        let Some(threshold) = settings.idle_cpu_milli_pct.filter(|_| !sessions.is_empty()) else { return Ok(None) };
        let pace = pace(limited, settings.pace);
        let elapsed = self.since.elapsed();
        if elapsed < pace {
            return Ok(Some(pace - elapsed));
        }
        let mut now_used = HashMap::new();
        let mut grown: HashMap<SessionId, i64> = HashMap::new();
        for kernel in core.engine.list().await? {
            if !sessions.contains(&kernel.session) || kernel.state != KernelState::Running {
                continue;
            }
            let Some(stats) = core.engine.stats(kernel.kernel).await else { continue };
            now_used.insert(kernel.kernel, stats.cpu_used_us);
            // A kernel seen for the first time, or again from its start, tells nothing yet.
            let before = self.used_us.get(&kernel.kernel).copied().unwrap_or(stats.cpu_used_us);
            *grown.entry(kernel.session).or_default() += (stats.cpu_used_us - before).max(0);
        }
        let elapsed_us = i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX).max(1);
        for (session, used_us) in grown {
            if used_us.saturating_mul(100_000) / elapsed_us >= threshold {
                core.signs.touch(session, clock::now());
            }
        }
        *self = Self { since: Instant::now(), used_us: now_used };
        Ok(Some(pace))
    }
}

/// Often enough to see a session at work before it counts as idle.
fn pace(limited: &[Limited], calm: Duration) -> Duration {
    let idle = limited.iter().filter(|one| may_idle(one));
    let shortest = idle.filter_map(|one| u64::try_from(one.limits.idle_timeout).ok()).min();
    // Seen for the first time, and then at work: two looks, and time to spare.
    let quarter = shortest.map_or(calm, |seconds| Duration::from_millis(seconds.saturating_mul(250)));
    calm.min(quarter).max(SHORTEST)
}

fn may_idle(one: &Limited) -> bool {
    one.session_type == SessionType::Interactive && one.limits.idle_timeout != 0
}
