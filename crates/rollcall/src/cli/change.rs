//! `rollcall rename`, `restart` and `rm`.

use std::time::Duration;

use rollcall_client::sessions::Which;
use rollcall_client::{Client, Error};
use rollcall_model::status::{Ending, Status};

use super::connect::connect;
use super::failure::Failure;
use super::prompt;
use super::target::{Target, find};
use super::text::{self, clean};
use crate::out;

/// How long `rm` waits for the end before it says that it is on its way.
const END_WITHIN: Duration = Duration::from_secs(15);

/// Arguments of `rollcall rename`.
#[derive(Debug, clap::Args)]
pub(crate) struct RenameArguments {
    /// Its exact name, or its id
    session: String,
    /// The new name: 4 to 64 letters, digits, `_`, `-`, `.`
    name: String,
    /// Of this access key (administrators)
    #[arg(long, value_name = "KEY")]
    owner: Option<String>,
}

/// Arguments of `rollcall restart`.
#[derive(Debug, clap::Args)]
pub(crate) struct RestartArguments {
    /// Its exact name, or its id
    session: String,
    /// Of this access key (administrators)
    #[arg(long, value_name = "KEY")]
    owner: Option<String>,
}

/// Arguments of `rollcall rm`.
#[derive(Debug, clap::Args)]
pub(crate) struct RmArguments {
    /// Their exact names, or ids
    #[arg(required = true)]
    sessions: Vec<String>,
    /// End at once what cannot be ended in order (administrators)
    #[arg(long, short)]
    force: bool,
    /// Don't ask before ending somebody else's session
    #[arg(long, short)]
    yes: bool,
    /// Of this access key (administrators)
    #[arg(long, value_name = "KEY")]
    owner: Option<String>,
}

/// Gives a session another name.
pub(super) async fn rename(profile: Option<&str>, arguments: RenameArguments) -> Result<(), Failure> {
    let client = connect(profile)?.client;
    let target = find(&client, &arguments.session, Which::Live, arguments.owner.as_deref()).await?;
    client.sessions().rename(target.id, &arguments.name, target.owner.as_deref()).await?;
    out::line(format_args!("{} is now {}", target.name(), clean(&arguments.name)));
    Ok(())
}

/// Replaces the process of a session.
pub(super) async fn restart(profile: Option<&str>, arguments: RestartArguments) -> Result<(), Failure> {
    let client = connect(profile)?.client;
    let target = find(&client, &arguments.session, Which::Live, arguments.owner.as_deref()).await?;
    client.sessions().restart(target.id, target.owner.as_deref()).await?;
    out::line(format_args!("{} restarted", target.name()));
    Ok(())
}

/// Ends sessions, one after another; the first failure does not keep the rest.
pub(super) async fn rm(profile: Option<&str>, arguments: RmArguments) -> Result<(), Failure> {
    let client = connect(profile)?.client;
    let mut failed = 0;
    for reference in &arguments.sessions {
        match remove(&client, reference, &arguments).await {
            Ok(told) => out::line(told),
            Err(failure) => {
                failure.about(reference).tell();
                failed += 1;
            }
        }
    }
    match failed {
        0 => Ok(()),
        _ => Err(Failure::new(format!("{failed} of {} not ended", arguments.sessions.len()))),
    }
}

async fn remove(client: &Client, reference: &str, arguments: &RmArguments) -> Result<String, Failure> {
    let target = find(client, reference, Which::Live, arguments.owner.as_deref()).await?;
    let name = target.name();
    if target.owner.is_some() && !arguments.yes && !agreed(&target)? {
        return Ok(format!("{name} left alone"));
    }
    match client.sessions().destroy(target.id, arguments.force, target.owner.as_deref()).await {
        Ok(_) => {}
        // It went by itself in between: what was wanted is the case.
        Err(error) if error.slug() == Some("session-not-found") => return Ok(format!("{name} had ended already")),
        Err(error) => return Err(refused(error, &target)),
    }
    confirmed(client, &target).await
}

/// Says what the server has confirmed, and no more.
async fn confirmed(client: &Client, target: &Target) -> Result<String, Failure> {
    let mut last = String::new();
    let sessions = client.sessions();
    let watched = sessions.wait(target.id, |row| {
        last = text::status(row.status.as_deref().unwrap_or_default()).0;
        row.is_dead()
    });
    match tokio::time::timeout(END_WITHIN, watched).await {
        Ok(row) => {
            row?;
            Ok(format!("{} {last}", target.name()))
        }
        Err(_) => Ok(format!("{} is on its way out ({last})", target.name())),
    }
}

fn agreed(target: &Target) -> Result<bool, Failure> {
    let owner = target.row.user_email.as_deref().or(target.owner.as_deref()).map(clean).unwrap_or_default();
    let name = target.name();
    if !prompt::possible() {
        return Err(Failure::usage(format!("{name} belongs to {owner}, and there is no terminal to ask on"))
            .next("Type --yes to end it all the same."));
    }
    prompt::confirm(&format!("{name} belongs to {owner}; what it holds is lost. End it?"))
}

/// A refusal by status says what that status needs.
fn refused(error: Error, target: &Target) -> Failure {
    let Some(status) = target.row.known_status().filter(|_| error.status() == Some(403)) else { return error.into() };
    let name = target.name();
    let next = match status.ending() {
        Ending::Forced if status == Status::Error => {
            format!("{name} has failed: an administrator ends it, with --force.")
        }
        Ending::Forced => {
            format!("{name} is being started: wait until it runs, or have an administrator end it with --force.")
        }
        Ending::Underway => format!("{name} is ending already; an administrator ends it at once with --force."),
        Ending::NotYet => format!("{name} gets its image: nothing ends it before that is there."),
        Ending::Orderly | Ending::Over => return error.into(),
    };
    Failure::from(error).next(next)
}
