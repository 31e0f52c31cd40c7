//! The real program under hostile hands: sessions that look for what is not theirs, names that steer, and
//! clients that connect and never ask. At the end of each nothing has panicked.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod connections;
#[path = "../harness/mod.rs"]
mod harness;
mod inside;
mod secrets;
mod terminal;

use harness::Up;

/// The server is as it was: it answers, and no thread or handler of it panicked.
fn nothing_panicked(up: &Up) {
    let account = up.account("user", "default");
    let answer = harness::signed::request(up, account, "GET", "/auth?echo=still-here", None).expect("an answer");
    assert_eq!((answer.status, &answer.json["echo"]), (200, &"still-here".into()));
    let logged = up.logged();
    assert!(!logged.contains("panicked"), "{logged}");
}
