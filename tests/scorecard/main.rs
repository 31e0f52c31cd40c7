//! The scorecard of the Python client 21.9.5: every session and administration command of it, run
//! unmodified against the real program and judged by what it did, not by how it ended.
//!
//! `docs/python-cli.md` is the card to read. To write it anew:
//! `ROLLCALL_WRITE_DOCS=1 cargo test -p rollcall --test scorecard the_document`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod card;
mod document;
#[path = "../harness/mod.rs"]
mod harness;
mod stage;
mod stories;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::thread;

use card::{Instead, Standing, Try};
use harness::{Up, python};
use stage::Stage;

/// Commands that run at the same time.
const AT_ONCE: usize = 4;

type Job<'a> = (String, Box<dyn FnOnce() + Send + 'a>);

#[test]
fn every_command_stands_as_the_card_says() {
    let test = "scorecard::every_command_stands_as_the_card_says";
    let Some(python) = python::OF_2021.interpreter(test) else { return };
    let up = Up::start(&["--demo"]);
    let stage = &Stage::new(python::Cli { python, up: &up });
    stage.start_session(&stage.alice, "waits");
    let mut jobs: Vec<Job<'_>> = Vec::new();
    for (name, story) in stories::ALL {
        jobs.push((name.to_owned(), Box::new(move || story(stage))));
    }
    for (command, standing) in card::rows().chain(card::FORMS) {
        if let Standing::NotYet(_, tried) | Standing::Never(_, tried) = standing {
            jobs.push((command.to_owned(), Box::new(move || stays(stage, command, tried))));
        }
    }
    let failed = in_parallel(jobs);
    assert!(failed.is_empty(), "these failed, see above: {failed:?}");
    let shown = stage.shown();
    let promised: BTreeSet<(&str, &str)> = card::rows()
        .filter_map(|(command, standing)| match standing {
            Standing::Works(story) => Some((story, command)),
            Standing::NotYet(..) | Standing::Never(..) => None,
        })
        .collect();
    assert_eq!(shown, promised, "what the stories showed, and what the card says");
}

/// A command that does not work is answered as the card says; one that changed wants its story.
fn stays(stage: &Stage<'_>, command: &str, tried: Try) {
    let account = if command.starts_with("admin ") { &stage.root } else { &stage.alice };
    let arguments: Vec<&str> = tried.arguments.iter().map(|argument| stage.real(argument)).collect();
    match tried.instead {
        Instead::Says(words) => {
            let said = stage.says(account, command, &arguments);
            assert!(said.contains(words), "`{command}` does no longer say {words:?}: give it its story.\n{said}");
        }
        Instead::SaysOfWhoConnects(words) => stage.says_of_who_connects(account, command, &arguments, words),
    }
}

/// Runs all of them, and names those that failed.
fn in_parallel(jobs: Vec<Job<'_>>) -> Vec<String> {
    let failed = Mutex::new(Vec::new());
    let jobs = Mutex::new(jobs.into_iter());
    let next = || jobs.lock().unwrap().next();
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((name, job)) = next() {
                    if catch_unwind(AssertUnwindSafe(job)).is_err() {
                        failed.lock().unwrap().push(name);
                    }
                }
            });
        }
    });
    failed.into_inner().unwrap()
}

/// The client itself says what commands it has.
#[test]
fn the_card_has_every_command_of_the_client() {
    let test = "scorecard::the_card_has_every_command_of_the_client";
    let Some(python) = python::OF_2021.interpreter(test) else { return };
    let output = std::process::Command::new(python).arg(python::script("commands.py")).output().unwrap();
    let text = harness::succeeded("commands.py", &output);
    let of_the_client: BTreeSet<&str> = text.lines().collect();
    let of_the_card: Vec<&str> = card::rows().map(|(command, _)| command).chain(card::ELSEWHERE).collect();
    assert_eq!(of_the_card.len(), of_the_client.len(), "each once");
    assert_eq!(of_the_card.into_iter().collect::<BTreeSet<_>>(), of_the_client);
}
