//! What goes on beside sessions: the agent's heartbeat, totals, uses. Each has its own pace, and
//! none ends because the database fails.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::core::Core;
use crate::error::LifecycleError;
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

/// Runs everything until `stop`, then flushes once more.
pub(crate) async fn run(core: &Core, stop: &CancellationToken) {
    let heartbeat = core.settings.heartbeat_timeout / 3;
    let work = async {
        tokio::join!(
            duty(core, heartbeat),
            every(FOLD_EVERY, "folding counters", async || Ok(core.store.fold_counters(core.system).await?)),
            every(FLUSH_EVERY, "flushing uses", async || Ok(core.store.flush_uses().await?)),
        )
    };
    tokio::select! {
        () = stop.cancelled() => {}
        _ = work => {}
    }
    if let Err(error) = core.store.flush_uses().await {
        tracing::warn!(error = describe(&error), "failed flushing uses at the end");
    }
}

/// Registers the agent, then lets it answer from time to time.
async fn duty(core: &Core, pace: Duration) {
    let mut trouble = Trouble::new("registering the agent");
    while let Err(error) = core.register().await {
        tokio::time::sleep(trouble.again(&error)).await;
    }
    trouble.over();
    core.wake.notify_one();
    every(pace, "the agent's heartbeat", async || {
        core.store.heartbeat(core.system, core.agent(), clock::now()).await?;
        Ok(())
    })
    .await;
}

async fn every(pace: Duration, act: &'static str, work: impl AsyncFn() -> Result<(), LifecycleError>) {
    let mut trouble = Trouble::new(act);
    loop {
        let rest = match work().await {
            Ok(()) => {
                trouble.over();
                pace
            }
            Err(error) => trouble.again(&error),
        };
        tokio::time::sleep(rest).await;
    }
}
