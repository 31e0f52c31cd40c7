//! `rollcall events`: what happens to sessions, as it happens.

use chrono::Local;
use rollcall_client::Client;
use rollcall_client::events::{EventKind, EventOptions, Heard, SessionEvent};
use rollcall_client::sessions::Which;

use super::connect::connect;
use super::failure::Failure;
use super::target::find;
use super::text::{clean, reason, short_of_remaining};
use crate::out;

/// Arguments of `rollcall events`.
#[derive(Debug, clap::Args)]
pub(crate) struct EventsArguments {
    /// Of this session alone: its exact name, or its id
    session: Option<String>,
    /// Of sessions of this project alone
    #[arg(long, value_name = "NAME")]
    group: Option<String>,
    /// Of sessions as a whole alone, or of their kernels
    #[arg(long, value_name = "WHICH")]
    scope: Option<Kind>,
    /// Print each event as JSON, on a line
    #[arg(long)]
    json: bool,
    /// The session is of this access key (administrators)
    #[arg(long, value_name = "KEY", requires = "session")]
    owner: Option<String>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Kind {
    Session,
    Kernel,
}

impl From<Kind> for EventKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Session => Self::Session,
            Kind::Kernel => Self::Kernel,
        }
    }
}

/// Prints events until it is interrupted.
pub(super) async fn events(profile: Option<&str>, arguments: EventsArguments) -> Result<(), Failure> {
    let client = connect(profile)?.client;
    let session = match &arguments.session {
        Some(reference) => Some(find(&client, reference, Which::Live, arguments.owner.as_deref()).await?.id),
        None => None,
    };
    let kind = arguments.scope.map(EventKind::from);
    let options = EventOptions { session, group: arguments.group, kind, notices: true };
    let mut events = client.events(options);
    loop {
        match events.next().await? {
            Heard::Listening { again: false } => out::note("Listening; Ctrl-C ends it."),
            Heard::Listening { again: true } => {
                out::note("The connection was lost and is there again. What happened meanwhile is not told.");
            }
            Heard::Event(event) if arguments.json => out::line(serde_json::json!(event)),
            Heard::Event(event) => {
                let more = match event.name.as_str() {
                    "session_ending_soon" => what_is_left(&client, &event).await,
                    _ => None,
                };
                out::line(line(&client, &event, more));
            }
        }
    }
}

/// How long a session has left, and what its owner can do; nothing when that cannot be told any more.
async fn what_is_left(client: &Client, event: &SessionEvent) -> Option<String> {
    let mut row = client.sessions().get(event.session_id).await.ok()??;
    client.sessions().add_remaining_to(&mut row).await.ok()?;
    let left = row.remaining?;
    let mut words = short_of_remaining(&left);
    if left.extendable_seconds > 0 && is_own(client, event) {
        words.push_str(&format!("; `rollcall extend {} TIME` gives it more", clean(&event.session_name)));
    }
    Some(words)
}

fn is_own(client: &Client, event: &SessionEvent) -> bool {
    client.access_key() == Some(&event.owner_access_key)
}

/// Time, what happened, to which session, whose it is where it is not one's own, and why or what `more`
/// says.
fn line(client: &Client, event: &SessionEvent, more: Option<String>) -> String {
    let mut line = format!(
        "{}  {:<20} {}",
        Local::now().format("%H:%M:%S"),
        clean(&event.name.replace('_', " ")),
        clean(&event.session_name)
    );
    if !is_own(client, event) {
        line.push_str(&format!(" of {}", clean(&event.owner_access_key)));
    }
    if let Some(more) = more.or_else(|| (!event.reason.is_empty()).then(|| reason(&event.reason))) {
        line.push_str(&format!(", {more}"));
    }
    line
}
