//! The loop: level-triggered, so that start-up, recovery and normal work are one and the same look
//! at store and engine, and an act for each difference.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use rollcall_model::Timestamp;
use rollcall_model::ids::{KernelId, SessionId};
use rollcall_model::session::{Kernel, Session};
use rollcall_model::status::Status;
use rollcall_runtime::{KernelState, Observed};
use tokio::sync::watch;
use tokio::task::{Id, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::attend::Errand;
use crate::clock;
use crate::core::Core;
use crate::decide::{Act, Seen, Sight, decide};
use crate::error::LifecycleError;
use crate::queue::{self, explain::Explanations};
use crate::upkeep::Trouble;

/// How long errands may go on after the loop was told to stop.
const FAREWELL: Duration = Duration::from_secs(5);
/// After a failed errand the session is left alone this long, doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Longest rest between two looks for the sake of the rest of the program.
const LONGEST_BREATH: Duration = Duration::from_millis(250);

struct Loop {
    core: Arc<Core>,
    errands: JoinSet<Result<(), LifecycleError>>,
    sessions: HashMap<Id, SessionId>,
    /// Sessions with an errand: left alone by the look, which may have old news of them.
    busy: HashSet<SessionId>,
    /// Sessions whose last errand failed.
    paused: HashMap<SessionId, (Instant, Duration)>,
    /// Kernels whose end was asked for, and when.
    asked: HashMap<KernelId, Instant>,
    explanations: Explanations,
    trouble: Trouble,
}

/// Runs until `stop`.
pub(crate) async fn run(core: Arc<Core>, stop: CancellationToken) {
    let mut store_news = core.store.watch();
    let mut engine_news = core.engine.changes();
    let mut state = Loop::new(core);
    while !stop.is_cancelled() {
        store_news.mark_unchanged();
        engine_news.mark_unchanged();
        let began = Instant::now();
        let rest = state.look_and_rest().await;
        // At most half of the time is spent looking, however many sessions there are.
        tokio::time::sleep(began.elapsed().min(LONGEST_BREATH)).await;
        tokio::select! {
            () = stop.cancelled() => break,
            () = state.news(&mut store_news, &mut engine_news) => {}
            () = tokio::time::sleep(rest) => {}
        }
    }
    state.farewell().await;
}

impl Loop {
    fn new(core: Arc<Core>) -> Self {
        Self {
            core,
            errands: JoinSet::new(),
            sessions: HashMap::new(),
            busy: HashSet::new(),
            paused: HashMap::new(),
            asked: HashMap::new(),
            explanations: Explanations::default(),
            trouble: Trouble::new("looking at store and engine"),
        }
    }

    /// Returns when there is something new to look at.
    async fn news(&mut self, store_news: &mut watch::Receiver<u64>, engine_news: &mut watch::Receiver<u64>) {
        tokio::select! {
            () = self.core.wake.notified() => {}
            // Ends only with store or engine, and then there is no news either.
            Ok(()) = store_news.changed() => {}
            Ok(()) = engine_news.changed() => {}
            Some(done) = self.errands.join_next_with_id() => self.done(done),
            else => std::future::pending().await,
        }
    }

    fn done(&mut self, done: Result<(Id, Result<(), LifecycleError>), tokio::task::JoinError>) {
        let (id, problem) = match done {
            Ok((id, Ok(()))) => (id, None),
            Ok((id, Err(error))) => (id, Some(describe(&error))),
            Err(error) => (error.id(), Some(error.to_string())),
        };
        let Some(session) = self.sessions.remove(&id) else { return };
        self.busy.remove(&session);
        let Some(problem) = problem else {
            self.paused.remove(&session);
            return;
        };
        let last = self.paused.get(&session).map(|(_, pause)| *pause);
        if last.is_none() {
            tracing::warn!(session.id = %session, problem, "failed attending session {session}, trying again");
        }
        let pause = last.map_or(FIRST_PAUSE, |pause| (pause * 2).min(LONGEST_PAUSE));
        self.paused.insert(session, (Instant::now() + pause, pause));
    }

    /// Looks once; the answer is how long to rest without news.
    async fn look_and_rest(&mut self) -> Duration {
        while let Some(done) = self.errands.try_join_next_with_id() {
            self.done(done);
        }
        match self.look().await {
            Ok(next_start) => {
                self.trouble.over();
                self.rest(next_start)
            }
            Err(error) => self.trouble.again(&error),
        }
    }

    fn rest(&self, next_start: Option<Timestamp>) -> Duration {
        let settings = &self.core.settings;
        let unsettled = !self.busy.is_empty() || !self.asked.is_empty();
        let tick = if unsettled { settings.busy_tick } else { settings.idle_tick };
        let until_start = next_start.map(|at| (at - clock::now()).to_std().unwrap_or(Duration::ZERO));
        let now = Instant::now();
        let paused = self.paused.values().map(|(until, _)| until.saturating_duration_since(now));
        paused.chain(until_start).fold(tick, Duration::min).max(Duration::from_millis(5))
    }

    async fn look(&mut self) -> Result<Option<Timestamp>, LifecycleError> {
        // The engine first: a kernel seen here that the store then calls dead is an orphan. New
        // kernels come from errands alone, and sessions with an errand are left alone.
        let observed = self.core.engine.list().await?;
        let rows = self.core.store.unfinished_sessions(self.core.system).await?;
        self.orphans(&observed, &rows).await;
        self.reconcile(&observed, &rows);
        let walk = queue::walk(&self.core, &rows, &mut self.explanations).await?;
        for (session, kernels) in walk.scheduled {
            if session.agent.as_ref() == Some(self.core.agent()) {
                self.send(session, kernels, Act::Start, false);
            }
        }
        Ok(walk.next_start)
    }

    fn reconcile(&mut self, observed: &[Observed], rows: &[(Session, Vec<Kernel>)]) {
        let sight = sight(observed);
        let known: HashSet<SessionId> = rows.iter().map(|(session, _)| session.id).collect();
        self.paused.retain(|session, _| known.contains(session));
        self.asked.retain(|kernel, _| sight.of(*kernel) == Seen::Running);
        let now = Instant::now();
        for (session, kernels) in rows {
            let mine = session.status != Status::Pending && session.agent.as_ref() == Some(self.core.agent());
            let paused = self.paused.get(&session.id).is_some_and(|(until, _)| *until > now);
            if !mine || paused || self.busy.contains(&session.id) {
                continue;
            }
            let act = decide(session, kernels, &sight);
            if let Some(impatient) = self.due(act, kernels, &sight, now) {
                self.send(session.clone(), kernels.clone(), act, impatient);
            }
        }
    }

    /// Whether to do `act` now, and whether patience is over. An end is asked for once, and then
    /// again as a kill each time patience is over.
    fn due(&mut self, act: Act, kernels: &[Kernel], sight: &Sight, now: Instant) -> Option<bool> {
        if act == Act::Rest {
            return None;
        }
        if act != Act::Stop {
            return Some(false);
        }
        let patience = self.core.settings.end_patience;
        let running = || kernels.iter().filter(|kernel| sight.of(kernel.id) == Seen::Running);
        let since = running().filter_map(|kernel| self.asked.get(&kernel.id)).min().copied();
        let unasked = running().any(|kernel| !self.asked.contains_key(&kernel.id));
        let impatient = since.is_some_and(|since| now.duration_since(since) >= patience);
        if !unasked && !impatient {
            return None;
        }
        running().for_each(|kernel| {
            self.asked.insert(kernel.id, now);
        });
        Some(impatient)
    }

    fn send(&mut self, session: Session, kernels: Vec<Kernel>, act: Act, impatient: bool) {
        let id = session.id;
        if !self.busy.insert(id) {
            return;
        }
        let errand = Errand { session, kernels, act, impatient };
        let task = self.errands.spawn(errand.run(Arc::clone(&self.core)));
        self.sessions.insert(task.id(), id);
    }

    /// Kernels that the engine has and the store does not want: ended at once, without a trace.
    async fn orphans(&self, observed: &[Observed], rows: &[(Session, Vec<Kernel>)]) {
        let wanted: HashSet<SessionId> = rows.iter().map(|(session, _)| session.id).collect();
        let orphans: Vec<KernelId> = observed
            .iter()
            .filter(|seen| !wanted.contains(&seen.session) && !self.busy.contains(&seen.session))
            .map(|seen| seen.kernel)
            .collect();
        for kernel in orphans {
            if let Err(error) = self.core.engine.forget(kernel).await {
                tracing::warn!(kernel.id = %kernel, %error, "failed removing the orphan kernel {kernel}");
            }
        }
    }

    async fn farewell(mut self) {
        let all = async { while self.errands.join_next().await.is_some() {} };
        if tokio::time::timeout(FAREWELL, all).await.is_err() {
            tracing::warn!("cut off work on sessions; the next start goes on with it");
        }
    }
}

fn sight(observed: &[Observed]) -> Sight {
    let seen = |state: &KernelState| match state {
        KernelState::Starting | KernelState::Running => Seen::Running,
        KernelState::Exited { code, .. } => Seen::Ended(Some(*code)),
        KernelState::Lost => Seen::Missing,
    };
    Sight(observed.iter().map(|one| (one.kernel, seen(&one.state))).collect())
}

/// An error with its causes, for the log.
pub(crate) fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(one) = cause {
        text = format!("{text}: {one}");
        cause = one.source();
    }
    text
}
