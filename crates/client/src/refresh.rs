//! The refresh loop: keeps what a person looks at fresh, as a component of its own.
//!
//! It waits for a server that is not up yet, asks every 5 seconds for the running tab and every 30
//! elsewhere, never has two questions on the way, rests while nobody looks, asks at once on demand,
//! and tells its listeners.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use rollcall_model::list::tab::Tab;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::error::Error;

/// The pauses of the loop, each from the end of one question to the beginning of the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// On the running tab.
    pub running: Duration,
    /// On other tabs.
    pub elsewhere: Duration,
    /// The first one while the server has not been reached yet; it doubles up to that of the tab.
    pub connecting: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            running: Duration::from_secs(5),
            elsewhere: Duration::from_secs(30),
            connecting: Duration::from_millis(500),
        }
    }
}

impl Pace {
    /// The pause on a tab.
    #[must_use]
    pub fn of(&self, tab: Tab) -> Duration {
        if tab == Tab::Running { self.running } else { self.elsewhere }
    }
}

/// What listeners are told. Only the newest is kept: a slow listener misses some, never the last.
#[derive(Debug)]
pub struct State<T> {
    /// How often something fresh came; a listener that sees it grow has new content.
    pub refreshed: u64,
    /// The newest content of the tab, and `None` before there is any.
    pub content: Option<Arc<T>>,
    /// Why the last question failed; `None` when it did not.
    pub failure: Option<Arc<Error>>,
    /// The server has not been reached once.
    pub is_connecting: bool,
}

impl<T> Clone for State<T> {
    fn clone(&self) -> Self {
        Self {
            refreshed: self.refreshed,
            content: self.content.clone(),
            failure: self.failure.clone(),
            is_connecting: self.is_connecting,
        }
    }
}

/// What the person does, as far as the loop must know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wish {
    tab: Tab,
    is_active: bool,
    demands: u64,
}

/// A running refresh loop. Dropping it ends the loop, and the question that is on its way.
#[derive(Debug)]
pub struct Refresh<T> {
    wish: watch::Sender<Wish>,
    state: watch::Receiver<State<T>>,
    task: JoinHandle<()>,
}

impl<T> Drop for Refresh<T> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl<T: Send + Sync + 'static> Refresh<T> {
    /// Starts with a question at once. `ask` is given the tab; its future is dropped when another
    /// tab is chosen meanwhile.
    ///
    /// Must be called inside a tokio runtime.
    pub fn start<A, F>(tab: Tab, pace: Pace, ask: A) -> Self
    where
        A: FnMut(Tab) -> F + Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let (wish, wishes) = watch::channel(Wish { tab, is_active: true, demands: 0 });
        let (told, state) = watch::channel(State { refreshed: 0, content: None, failure: None, is_connecting: true });
        let task = tokio::spawn(Loop { ask, pace, wishes, told, seen: 0, failures: 0, next: None }.run());
        Self { wish, state, task }
    }

    /// Listens.
    #[must_use]
    pub fn listen(&self) -> watch::Receiver<State<T>> {
        self.state.clone()
    }

    /// Shows another tab: its content is asked for at once, and that of the old one no longer.
    pub fn show(&self, tab: Tab) {
        self.wish.send_if_modified(|wish| std::mem::replace(&mut wish.tab, tab) != tab);
    }

    /// Rests while nobody looks, and goes on: at once when a question would have been due.
    pub fn set_active(&self, is_active: bool) {
        self.wish.send_if_modified(|wish| std::mem::replace(&mut wish.is_active, is_active) != is_active);
    }

    /// Asks at once, though the loop rests. A question that is on its way is waited for and then
    /// asked again: what it was about may have changed since it was sent.
    pub fn now(&self) {
        self.wish.send_modify(|wish| wish.demands += 1);
    }
}

struct Loop<T, A> {
    ask: A,
    pace: Pace,
    wishes: watch::Receiver<Wish>,
    told: watch::Sender<State<T>>,
    /// Demands that were met.
    seen: u64,
    /// In a row.
    failures: u32,
    /// When the next question is due; `None` is at once.
    next: Option<Instant>,
}

impl<T, A, F> Loop<T, A>
where
    T: Send + Sync + 'static,
    A: FnMut(Tab) -> F + Send,
    F: Future<Output = Result<T, Error>> + Send + 'static,
{
    async fn run(mut self) {
        loop {
            let wish = *self.wishes.borrow_and_update();
            if self.is_due(wish) {
                self.seen = wish.demands;
                if self.question(wish.tab).await.is_none() {
                    return;
                }
                continue;
            }
            let changed = match self.next.filter(|_| wish.is_active) {
                Some(next) => {
                    tokio::select! {
                        changed = self.wishes.changed() => changed,
                        () = tokio::time::sleep_until(next) => continue,
                    }
                }
                None => self.wishes.changed().await,
            };
            if changed.is_err() {
                return;
            }
            self.follow(wish);
        }
    }

    fn is_due(&self, wish: Wish) -> bool {
        wish.demands != self.seen || wish.is_active && self.next.is_none_or(|next| next <= Instant::now())
    }

    /// Another tab is asked for at once; what was shown belongs to the old one.
    fn follow(&mut self, before: Wish) {
        if self.wishes.borrow().tab != before.tab {
            self.next = None;
            self.told.send_modify(|state| state.content = None);
        }
    }

    /// Asks once, to the end or until another tab is chosen. `None` ends the loop.
    async fn question(&mut self, tab: Tab) -> Option<()> {
        let mut answer: Pin<Box<F>> = Box::pin((self.ask)(tab));
        let before = *self.wishes.borrow();
        loop {
            tokio::select! {
                biased;
                done = &mut answer => {
                    self.tell(tab, done);
                    return Some(());
                }
                changed = self.wishes.changed() => {
                    changed.ok()?;
                    if self.wishes.borrow_and_update().tab != tab {
                        self.follow(Wish { tab, ..before });
                        return Some(());
                    }
                }
            }
        }
    }

    fn tell(&mut self, tab: Tab, done: Result<T, Error>) {
        let usual = self.pace.of(tab);
        let pause = match &done {
            Ok(_) => {
                self.failures = 0;
                usual
            }
            Err(error) => {
                let connecting = self.told.borrow().is_connecting && is_away(error);
                let growing = self.pace.connecting.saturating_mul(1 << self.failures.min(16));
                self.failures = self.failures.saturating_add(1);
                if connecting { growing.min(usual) } else { usual.max(error.retry_after().unwrap_or_default()) }
            }
        };
        self.next = Some(Instant::now() + pause);
        self.told.send_modify(|state| match done {
            Ok(content) => {
                *state = State {
                    refreshed: state.refreshed + 1,
                    content: Some(Arc::new(content)),
                    failure: None,
                    is_connecting: false,
                };
            }
            Err(error) => {
                state.is_connecting &= is_away(&error);
                state.failure = Some(Arc::new(error));
            }
        });
    }
}

/// Whether nobody was there to answer.
fn is_away(error: &Error) -> bool {
    matches!(error, Error::Connection { .. } | Error::Timeout { .. })
}
