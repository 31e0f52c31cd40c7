//! `rollcall logs`.

use rollcall_client::sessions::Which;
use rollcall_client::{Client, Error};

use super::connect::connect;
use super::failure::Failure;
use super::target::{Target, find};
use super::text::clean_output;
use crate::out;

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
    let mut log = client.sessions().follow_logs(target.id, target.owner.as_deref());
    while let Some(new) = log.next().await? {
        print(&new);
    }
    Ok(())
}

fn missing(error: Error, target: &Target) -> Failure {
    match error.status() {
        Some(404) => Failure::new(format!("no log of {} is kept", target.name()))
            .next("A session that has not run yet, or never ran, printed nothing."),
        _ => error.into(),
    }
}
