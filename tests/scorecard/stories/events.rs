//! What happens to a session, told while it happens.

use crate::harness::signed;
use crate::stage::Stage;

pub(crate) fn story(stage: &Stage<'_>) {
    let alice = &stage.alice;
    let life = |name: &str| {
        let id = stage.start_session(alice, name);
        let ended = signed::request(stage.cli.up, alice, "DELETE", &format!("/session/{id}"), None).unwrap();
        assert!(ended.succeeded(), "{}", ended.json);
        stage.session_becomes(alice, &id, "TERMINATED");
    };
    let both = || ["card-watched", "card-unwatched"].into_iter().for_each(life);
    let whole = |text: &str| {
        let told = |event: &str| text.lines().any(|line| line.contains(event) && line.contains(&alice.access_key));
        assert!(!text.contains("card-unwatched"), "{text}");
        ["session_started", "kernel_terminated", "session_terminated"].into_iter().all(told)
    };
    stage.shows_meanwhile(alice, "events", &["card-watched"], both, whole);
    let sessions = |text: &str| {
        assert!(!text.contains("kernel_") && !text.contains("card-unwatched"), "{text}");
        text.contains("session_started") && text.contains("session_terminated")
    };
    stage.shows_meanwhile(alice, "session events", &["--scope", "session", "card-watched"], both, sessions);
}
