//! Asking people: only on a terminal, and passwords without echo.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::os::fd::AsFd as _;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use secrecy::SecretString;

use super::failure::Failure;

/// Whether somebody is there to answer.
pub(super) fn possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a line; an empty answer takes the default where there is one.
pub(super) fn line(question: &str, default: Option<&str>, flag: &str) -> Result<String, Failure> {
    demand(question, flag)?;
    match default {
        Some(default) => ask(&format!("{question} [{default}]: ")),
        None => ask(&format!("{question}: ")),
    }
    let answer = read_line()?;
    match (answer.is_empty(), default) {
        (false, _) => Ok(answer),
        (true, Some(default)) => Ok(default.to_owned()),
        (true, None) => Err(Failure::usage(format!("{question} is needed"))),
    }
}

/// Asks for a secret, which is not shown.
pub(super) fn secret(question: &str, flag: &str) -> Result<SecretString, Failure> {
    demand(question, flag)?;
    ask(&format!("{question}: "));
    let hidden = Hidden::begin();
    let answer = read_line();
    drop(hidden);
    ask("\n");
    answer.map(SecretString::from)
}

/// The first line of standard input, for scripts.
pub(super) fn secret_from_stdin() -> Result<SecretString, Failure> {
    read_line().map(SecretString::from)
}

/// Asks yes or no; anything but yes is no.
pub(super) fn confirm(question: &str) -> Result<bool, Failure> {
    ask(&format!("{question} [y/N] "));
    Ok(matches!(read_line()?.to_lowercase().as_str(), "y" | "yes"))
}

fn demand(question: &str, flag: &str) -> Result<(), Failure> {
    if possible() {
        return Ok(());
    }
    Err(Failure::usage(format!("{question} is needed and there is no terminal to ask on"))
        .next(format!("Give it with {flag}.")))
}

fn ask(text: &str) {
    let mut stderr = io::stderr().lock();
    // Nothing can be told when standard error itself is gone.
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

fn read_line() -> Result<String, Failure> {
    let mut line = String::new();
    io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|error| Failure::usage(format!("reading standard input failed: {error}")))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Switches echo off until dropped.
struct Hidden {
    before: Option<Termios>,
}

impl Hidden {
    fn begin() -> Self {
        let stdin = io::stdin();
        let before = tcgetattr(stdin.as_fd()).ok();
        if let Some(before) = &before {
            let mut silent = before.clone();
            silent.local_modes.remove(LocalModes::ECHO);
            // A terminal that refuses echoes; typing still works.
            let _ = tcsetattr(stdin.as_fd(), OptionalActions::Flush, &silent);
        }
        Self { before }
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            let _ = tcsetattr(io::stdin().as_fd(), OptionalActions::Flush, before);
        }
    }
}
