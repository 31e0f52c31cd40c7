//! What goes on beside the loop: the agent's heartbeat, totals, uses, limits, retention. Each has its own pace, and
//! none ends because the database fails.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::core::Core;
use crate::course;
use crate::error::LifecycleError;
use crate::feed;
use crate::limits::{self, signs};
use crate::retention;
use crate::run::describe;

const FOLD_EVERY: Duration = Duration::from_secs(5);
const FLUSH_EVERY: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A failure that may repeat: told once, with growing pauses until it is over.
#[derive(Debug)]
pub(crate) struct Trouble {
    act: &'static str,
    pause: Option<Duration>,
}

impl Trouble {
    /// None so far with `act`.
    pub(crate) fn new(act: &'static str) -> Self {
        Self { act, pause: None }
    }

    /// It happened (again); how long to rest.
    pub(crate) fn again(&mut self, error: &LifecycleError) -> Duration {
        if self.pause.is_none() {
            tracing::error!(error = describe(error), "failed {}, trying on", self.act);
        }
        let pause = self.pause.map_or(FIRST_PAUSE, |pause| (pause * 2).min(LONGEST_PAUSE));
        self.pause = Some(pause);
        pause
    }

    /// It went well.
    pub(crate) fn over(&mut self) {
        if self.pause.take().is_some() {
            tracing::info!("{} works again", self.act);
        }
    }
}

/// One thing to do again and again.
#[derive(Clone, Copy, Debug)]
enum Duty {
    Heartbeat,
    Fold,
    Flush,
    Signs,
    Courses,
}

impl Duty {
    fn name(self) -> &'static str {
        match self {
            Self::Heartbeat => "the agent's heartbeat",
            Self::Fold => "folding counters",
            Self::Flush => "flushing uses",
            Self::Signs => "writing down signs of life",
            Self::Courses => "writing down use",
        }
    }

    async fn once(self, core: &Core) -> Result<(), LifecycleError> {
        match self {
            Self::Heartbeat => heartbeat(core).await?,
            Self::Fold => core.store.fold_counters(core.system).await?,
            Self::Flush => core.store.flush_uses().await?,
            Self::Signs => signs::flush(core).await?,
            Self::Courses => course::flush(core).await?,
        }
        Ok(())
    }

    async fn every(self, core: &Core, pace: Duration) {
        let mut trouble = Trouble::new(self.name());
        loop {
            let rest = match self.once(core).await {
                Ok(()) => {
                    trouble.over();
                    pace
                }
                Err(error) => trouble.again(&error),
            };
            tokio::time::sleep(rest).await;
        }
    }
}

/// Says that this agent answers, and notes which others no longer do.
async fn heartbeat(core: &Core) -> Result<(), LifecycleError> {
    let now = clock::now();
    core.store.heartbeat(core.system, core.agent(), now).await?;
    let silent_since = now - core.settings.heartbeat_timeout;
    let lost = core.store.lose_silent_agents(core.system, core.agent(), silent_since, now).await?;
    if lost > 0 {
        tracing::warn!(lost, "{lost} agents no longer answer; their sessions keep their status");
    }
    Ok(())
}

/// Runs everything until `stop`, then flushes once more.
pub(crate) async fn run(core: &Core, stop: &CancellationToken) {
    let work = async {
        tokio::join!(
            serve(core),
            feed::run(core),
            Duty::Fold.every(core, FOLD_EVERY),
            Duty::Flush.every(core, FLUSH_EVERY),
            Duty::Signs.every(core, FLUSH_EVERY),
            limits::duty::run(core),
            course::run(core),
            retention::run(core),
        )
    };
    tokio::select! {
        () = stop.cancelled() => {}
        _ = work => {}
    }
    for duty in [Duty::Flush, Duty::Signs, Duty::Courses] {
        if let Err(error) = duty.once(core).await {
            tracing::warn!(error = describe(&error), "failed {} at the end", duty.name());
        }
    }
}

/// Registers the agent, then lets it answer from time to time.
async fn serve(core: &Core) {
    let mut trouble = Trouble::new("registering the agent");
    while let Err(error) = core.register().await {
        tokio::time::sleep(trouble.again(&error)).await;
    }
    trouble.over();
    core.wake.notify_one();
    Duty::Heartbeat.every(core, core.settings.heartbeat_timeout / 3).await;
}
