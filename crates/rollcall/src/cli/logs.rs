//! `rollcall logs`.

use std::time::Duration;

use rollcall_client::sessions::Which;
use rollcall_client::{Client, Error};

use super::connect::connect;
use super::failure::Failure;
use super::target::{Target, find};
use super::text::clean_output;
use crate::out;

/// `-f` looks again after this while something is printed, and ever more slowly while nothing is.
const FIRST_LOOK: Duration = Duration::from_millis(300);
/// The longest pause between two looks.
const LAST_LOOK: Duration = Duration::from_secs(3);

/// As much of the end of the last log is looked for in the next one, which may have lost its
/// beginning.
const ANCHOR_BYTES: usize = 4096;

/// Arguments of `rollcall logs`.
#[derive(Debug, clap::Args)]
pub(crate) struct LogsArguments {
    /// Its exact name, or its id
    session: String,
    /// Go on until the session is over
    #[arg(long, short)]
    follow: bool,
    /// On a terminal too, print control characters as they are
    #[arg(long)]
    raw: bool,
    /// Of this access key (administrators)
    #[arg(long, value_name = "KEY")]
    owner: Option<String>,
}

/// Prints what a session printed.
pub(super) async fn logs(profile: Option<&str>, arguments: LogsArguments) -> Result<(), Failure> {
    let client = connect(profile)?.client;
    let target = find(&client, &arguments.session, Which::Any, arguments.owner.as_deref()).await?;
    let print = |text: &str| {
        if arguments.raw || !out::is_terminal() { out::print(text) } else { out::print(clean_output(text)) }
    };
    if !arguments.follow {
        print(
            &client
                .sessions()
                .logs(target.id, target.owner.as_deref())
                .await
                .map_err(|error| missing(error, &target))?,
        );
        return Ok(());
    }
    follow(&client, &target, print).await
}

async fn follow(client: &Client, target: &Target, print: impl Fn(&str)) -> Result<(), Failure> {
    let mut shown = String::new();
    let mut pause = FIRST_LOOK;
    loop {
        if print_fresh(client, target, &mut shown, &print).await? {
            pause = FIRST_LOOK;
        } else if client.sessions().get(target.id).await?.is_none_or(|row| row.is_dead()) {
            // What came between the log and the end.
            print_fresh(client, target, &mut shown, &print).await?;
            return Ok(());
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LAST_LOOK);
    }
}

/// Prints what is new, and whether anything was.
async fn print_fresh(
    client: &Client,
    target: &Target,
    shown: &mut String,
    print: &impl Fn(&str),
) -> Result<bool, Failure> {
    match client.sessions().logs(target.id, target.owner.as_deref()).await {
        Ok(log) => {
            let new = fresh(shown, &log);
            let is_new = !new.is_empty();
            print(new);
            *shown = log;
            Ok(is_new)
        }
        // Nothing is kept before it ran, and of one that never ran.
        Err(error) if error.status() == Some(404) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// What is new in a log of which only the end is kept.
fn fresh<'a>(shown: &str, log: &'a str) -> &'a str {
    if let Some(new) = log.strip_prefix(shown) {
        return new;
    }
    let mut start = shown.len().saturating_sub(ANCHOR_BYTES);
    while !shown.is_char_boundary(start) {
        start += 1;
    }
    let anchor = &shown[start..];
    log.rfind(anchor).map_or(log, |at| &log[at + anchor.len()..])
}

fn missing(error: Error, target: &Target) -> Failure {
    match error.status() {
        Some(404) => Failure::new(format!("no log of {} is kept", target.name()))
            .next("A session that has not run yet, or never ran, printed nothing."),
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_new_comes() {
        assert_eq!(fresh("", "one\n"), "one\n");
        assert_eq!(fresh("one\n", "one\ntwo\n"), "two\n");
        assert_eq!(fresh("one\n", "one\n"), "");
    }

    #[test]
    fn a_log_that_lost_its_beginning_goes_on() {
        let old: String = (0..2000).map(|line| format!("line {line}\n")).collect();
        let whole: String = (0..2005).map(|line| format!("line {line}\n")).collect();
        let cut = &whole[6000..];
        let expected: String = (2000..2005).map(|line| format!("line {line}\n")).collect();
        assert_eq!(fresh(&old, cut), expected);
    }

    #[test]
    fn a_restarted_log_comes_whole() {
        assert_eq!(fresh("old words\n", "new words\n"), "new words\n");
        assert_eq!(fresh("é", "x"), "x");
    }
}
