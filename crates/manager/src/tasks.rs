//! What goes on after the request that started it was answered (`rest.md` §6.2): each task can be
//! followed while it runs, and its end is told for a day. Tasks belong to this process, and there are
//! never more than a bounded number of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rollcall_model::ids::UserId;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// At once.
const MOST_RUNNING: usize = 16;
/// Running and ended ones together; the longest ended go first.
const MOST_KEPT: usize = 1000;
const KEPT: Duration = Duration::from_secs(24 * 3600);

/// All tasks of this process.
#[derive(Debug, Default)]
pub(crate) struct Tasks {
    all: Arc<Mutex<HashMap<Uuid, Task>>>,
}

/// One of them.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    /// The person who started it.
    pub(crate) starter: UserId,
    /// How it is, and is going on to be.
    pub(crate) state: watch::Receiver<State>,
}

/// How a task is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct State {
    /// What it did last, or why it failed.
    pub(crate) message: String,
    /// Steps done.
    pub(crate) current: u64,
    /// Steps in all.
    pub(crate) total: u64,
    /// Its end, and when that was.
    pub(crate) ended: Option<(Outcome, Instant)>,
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Done.
    Done,
    /// Cut off.
    Cancelled,
    /// Not done.
    Failed,
}

impl Outcome {
    /// The word of the API.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }
}

/// There are too many tasks already; nothing was started.
#[derive(Debug, thiserror::Error)]
#[error("Too many background tasks are running. Try again when one has ended.")]
pub(crate) struct TooMany;

/// What a task tells of itself.
#[derive(Debug)]
pub(crate) struct Progress(watch::Sender<State>);

impl Progress {
    /// So many steps there will be.
    pub(crate) fn of(&self, total: u64) {
        self.0.send_modify(|state| state.total = total);
    }

    /// One more step is done.
    pub(crate) fn step(&self, message: impl Into<String>) {
        self.0.send_modify(|state| {
            state.current += 1;
            state.message = message.into();
        });
    }

    fn end(&self, outcome: Outcome, message: Option<String>) {
        self.0.send_modify(|state| {
            state.ended = Some((outcome, Instant::now()));
            if let Some(message) = message {
                state.message = message;
            }
        });
    }
}

/// A task whose work panicked or was dropped has ended all the same.
impl Drop for Progress {
    fn drop(&mut self) {
        if self.0.borrow().ended.is_none() {
            self.end(Outcome::Failed, Some("The task was cut off.".to_owned()));
        }
    }
}

impl Tasks {
    /// Starts a task for a person. An error of `work` is told as its text, to those who may follow.
    pub(crate) fn start<F>(
        &self,
        starter: UserId,
        stopping: &CancellationToken,
        work: impl FnOnce(Arc<Progress>) -> F,
    ) -> Result<Uuid, TooMany>
    where
        F: Future<Output = Result<(), String>> + Send + 'static,
    {
        let (sender, state) = watch::channel(State::default());
        let id = Uuid::new_v4();
        {
            let mut all = self.swept();
            if all.values().filter(|task| task.state.borrow().ended.is_none()).count() >= MOST_RUNNING {
                return Err(TooMany);
            }
            all.insert(id, Task { starter, state });
        }
        let progress = Arc::new(Progress(sender));
        let working = work(Arc::clone(&progress));
        let stopping = stopping.clone();
        tokio::spawn(async move {
            tokio::select! {
                done = working => match done {
                    Ok(()) => progress.end(Outcome::Done, None),
                    Err(reason) => progress.end(Outcome::Failed, Some(reason)),
                },
                () = stopping.cancelled() => progress.end(Outcome::Cancelled, Some("The server ends.".to_owned())),
            }
        });
        Ok(id)
    }

    /// A task of this process that runs, or ended within a day.
    pub(crate) fn find(&self, id: Uuid) -> Option<Task> {
        self.swept().get(&id).cloned()
    }

    /// All, without what need not be kept.
    fn swept(&self) -> MutexGuard<'_, HashMap<Uuid, Task>> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let ended = |task: &Task| task.state.borrow().ended.map(|(_, at)| at);
        all.retain(|_, task| ended(task).is_none_or(|at| at.elapsed() < KEPT));
        while all.len() >= MOST_KEPT {
            let longest = all.iter().filter_map(|(id, task)| Some((ended(task)?, *id))).min();
            let Some((_, id)) = longest else { break };
            all.remove(&id);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn person() -> UserId {
        UserId::random()
    }

    async fn ended(tasks: &Tasks, id: Uuid) -> State {
        let mut task = tasks.find(id).unwrap();
        task.state.wait_for(|state| state.ended.is_some()).await.unwrap().clone()
    }

    #[tokio::test(start_paused = true)]
    async fn ends_are_told_for_a_day() {
        let (tasks, stop) = (Tasks::default(), CancellationToken::new());
        let done = tasks.start(person(), &stop, |progress| async move {
            progress.of(1);
            progress.step("one");
            Ok(())
        });
        let failed = tasks.start(person(), &stop, |_| async { Err("no luck".to_owned()) }).unwrap();
        let broken = tasks.start(person(), &stop, |_| async { std::panic::resume_unwind(Box::new(())) }).unwrap();
        let state = ended(&tasks, done.unwrap()).await;
        assert_eq!((state.message.as_str(), state.current, state.total), ("one", 1, 1));
        assert_eq!(state.ended.unwrap().0, Outcome::Done);
        let state = ended(&tasks, failed).await;
        assert_eq!((state.message.as_str(), state.ended.unwrap().0), ("no luck", Outcome::Failed));
        assert_eq!(ended(&tasks, broken).await.ended.unwrap().0, Outcome::Failed);
        tokio::time::advance(KEPT - Duration::from_secs(1)).await;
        assert!(tasks.find(failed).is_some());
        tokio::time::advance(Duration::from_secs(2)).await;
        assert!(tasks.find(failed).is_none());
    }

    #[tokio::test]
    async fn there_are_never_too_many() {
        let (tasks, stop) = (Tasks::default(), CancellationToken::new());
        let mut first = None;
        for _ in 0..MOST_KEPT + 10 {
            let id = tasks.start(person(), &stop, |_| async { Ok(()) }).unwrap();
            ended(&tasks, id).await;
            first.get_or_insert(id);
        }
        assert!(tasks.swept().len() < MOST_KEPT);
        assert!(tasks.find(first.unwrap()).is_none());
        let running: Vec<Uuid> =
            (0..MOST_RUNNING).map(|_| tasks.start(person(), &stop, |_| std::future::pending()).unwrap()).collect();
        assert!(tasks.start(person(), &stop, |_| async { Ok(()) }).is_err());
        stop.cancel();
        for id in running {
            assert_eq!(ended(&tasks, id).await.ended.unwrap().0, Outcome::Cancelled);
        }
    }
}
