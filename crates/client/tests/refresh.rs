//! The refresh loop on tokio's own clock: nothing here waits for real time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rollcall_client::refresh::{Pace, Refresh, State};
use rollcall_client::{Error, Problem};
use rollcall_model::list::tab::Tab;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

/// A server in memory: what it was asked and when, how long it takes, what it answers.
#[derive(Default)]
struct Script {
    asked: Mutex<Vec<(Tab, u64)>>,
    on_the_way: AtomicUsize,
    most_on_the_way: AtomicUsize,
    takes: Mutex<Duration>,
    fails: Mutex<Vec<Error>>,
}

struct OnTheWay(Arc<Script>);

impl Drop for OnTheWay {
    fn drop(&mut self) {
        self.0.on_the_way.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Script {
    /// Milliseconds since the start at which it was asked.
    fn times(&self) -> Vec<u64> {
        self.asked.lock().unwrap().iter().map(|(_, at)| *at).collect()
    }

    fn begin(self: &Arc<Self>, tab: Tab) -> Refresh<usize> {
        let script = Arc::clone(self);
        let start = Instant::now();
        Refresh::start(tab, Pace::default(), move |tab| {
            let script = Arc::clone(&script);
            async move {
                let now = script.on_the_way.fetch_add(1, Ordering::SeqCst) + 1;
                let guard = OnTheWay(Arc::clone(&script));
                script.most_on_the_way.fetch_max(now, Ordering::SeqCst);
                let at = u64::try_from(start.elapsed().as_millis()).unwrap();
                script.asked.lock().unwrap().push((tab, at));
                let takes = *script.takes.lock().unwrap();
                sleep(takes).await;
                drop(guard);
                let number = script.asked.lock().unwrap().len();
                let mut fails = script.fails.lock().unwrap();
                if fails.is_empty() { Ok(number) } else { Err(fails.remove(0)) }
            }
        })
    }
}

async fn until(listener: &mut watch::Receiver<State<usize>>, mut reached: impl FnMut(&State<usize>) -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(3600), listener.wait_for(|state| reached(state)));
    waited.await.expect("a state that never came").unwrap();
}

fn away() -> Error {
    Error::Timeout { act: "test", after: Duration::ZERO }
}

fn busy(seconds: u64) -> Error {
    let retry_after = Some(Duration::from_secs(seconds));
    Error::Server { act: "test", status: 429, problem: Box::new(Problem::default()), retry_after }
}

#[tokio::test(start_paused = true)]
async fn five_seconds_on_the_running_tab_and_thirty_elsewhere() {
    for (tab, times) in [
        (Tab::Running, [0, 5000, 10_000, 15_000]),
        (Tab::Finished, [0, 30_000, 60_000, 90_000]),
        (Tab::Others, [0, 30_000, 60_000, 90_000]),
    ] {
        let script = Arc::new(Script::default());
        let refresh = script.begin(tab);
        until(&mut refresh.listen(), |state| state.refreshed == 4).await;
        assert_eq!(script.times(), times, "{tab}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_late_server_is_waited_for() {
    let script = Arc::new(Script::default());
    script.fails.lock().unwrap().extend([away(), away(), away(), away(), away()]);
    let refresh = script.begin(Tab::Running);
    let mut listener = refresh.listen();
    until(&mut listener, |state| state.failure.is_some()).await;
    assert!(listener.borrow().is_connecting && listener.borrow().content.is_none());
    until(&mut listener, |state| state.refreshed == 2).await;
    // Ever more slowly, but never more slowly than the tab's own pace.
    assert_eq!(script.times(), [0, 500, 1500, 3500, 7500, 12_500, 17_500]);
    let state = listener.borrow().clone();
    assert!(!state.is_connecting && state.failure.is_none());
}

#[tokio::test(start_paused = true)]
async fn once_connected_a_failure_keeps_the_pace_and_the_content() {
    let script = Arc::new(Script::default());
    let refresh = script.begin(Tab::Running);
    let mut listener = refresh.listen();
    until(&mut listener, |state| state.refreshed == 1).await;
    script.fails.lock().unwrap().extend([away(), busy(20)]);
    until(&mut listener, |state| state.failure.is_some()).await;
    let state = listener.borrow().clone();
    assert_eq!((state.refreshed, state.content.as_deref(), state.is_connecting), (1, Some(&1), false));
    until(&mut listener, |state| state.refreshed == 2).await;
    assert_eq!(script.times(), [0, 5000, 10_000, 30_000], "the server asked for twenty seconds");
}

#[tokio::test(start_paused = true)]
async fn never_two_at_once_and_a_demand_meanwhile_is_met_after() {
    let script = Arc::new(Script::default());
    *script.takes.lock().unwrap() = Duration::from_secs(2);
    let refresh = script.begin(Tab::Running);
    let mut listener = refresh.listen();
    sleep(Duration::from_secs(1)).await;
    for _ in 0..5 {
        refresh.now();
        sleep(Duration::from_millis(10)).await;
    }
    until(&mut listener, |state| state.refreshed == 3).await;
    assert_eq!(script.times(), [0, 2000, 9000], "five demands are one question, and the pause begins at its end");
    assert_eq!(script.most_on_the_way.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn on_demand_at_once() {
    let script = Arc::new(Script::default());
    let refresh = script.begin(Tab::Finished);
    let mut listener = refresh.listen();
    sleep(Duration::from_secs(3)).await;
    refresh.now();
    until(&mut listener, |state| state.refreshed == 3).await;
    assert_eq!(script.times(), [0, 3000, 33_000]);
}

#[tokio::test(start_paused = true)]
async fn nobody_looking_is_nothing_asked() {
    let script = Arc::new(Script::default());
    let refresh = script.begin(Tab::Running);
    let mut listener = refresh.listen();
    sleep(Duration::from_secs(1)).await;
    refresh.set_active(false);
    sleep(Duration::from_secs(600)).await;
    assert_eq!(script.times(), [0]);
    refresh.now();
    sleep(Duration::from_secs(60)).await;
    assert_eq!(script.times(), [0, 601_000], "a demand is met all the same, once");
    refresh.set_active(true);
    until(&mut listener, |state| state.refreshed == 3).await;
    assert_eq!(script.times(), [0, 601_000, 661_000], "a question was due");
    refresh.set_active(false);
    refresh.set_active(true);
    until(&mut listener, |state| state.refreshed == 4).await;
    assert_eq!(script.times()[3], 666_000, "none was due");
}

#[tokio::test(start_paused = true)]
async fn another_tab_is_asked_for_at_once_and_the_old_one_no_longer() {
    let script = Arc::new(Script::default());
    *script.takes.lock().unwrap() = Duration::from_secs(2);
    let refresh = script.begin(Tab::Running);
    let mut listener = refresh.listen();
    sleep(Duration::from_secs(1)).await;
    refresh.show(Tab::Finished);
    until(&mut listener, |state| state.refreshed == 1).await;
    assert_eq!(*script.asked.lock().unwrap(), [(Tab::Running, 0), (Tab::Finished, 1000)]);
    assert_eq!(script.most_on_the_way.load(Ordering::SeqCst), 1);
    refresh.show(Tab::Others);
    until(&mut listener, |state| state.content.is_none()).await;
    until(&mut listener, |state| state.refreshed == 2).await;
    assert_eq!(script.times(), [0, 1000, 3000], "what is shown of the old tab goes, and the new one is asked for");
    refresh.show(Tab::Others);
    until(&mut listener, |state| state.refreshed == 3).await;
    assert_eq!(script.times()[3], 35_000, "the same tab again is no change");
}

#[tokio::test(start_paused = true)]
async fn dropping_ends_the_question_on_its_way() {
    let script = Arc::new(Script::default());
    *script.takes.lock().unwrap() = Duration::from_secs(100);
    let refresh = script.begin(Tab::Running);
    let mut listener = refresh.listen();
    sleep(Duration::from_secs(1)).await;
    assert_eq!(script.on_the_way.load(Ordering::SeqCst), 1);
    drop(refresh);
    assert!(listener.changed().await.is_err(), "listeners learn that it is over");
    assert_eq!(script.on_the_way.load(Ordering::SeqCst), 0);
}
