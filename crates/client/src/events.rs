//! What happens to sessions, as it happens: a stream that goes on over lost connections.
//!
//! ```no_run
//! # async fn example(client: rollcall_client::Client) -> Result<(), rollcall_client::Error> {
//! use rollcall_client::events::{EventOptions, Heard};
//!
//! let mut events = client.events(EventOptions::default());
//! loop {
//!     match events.next().await? {
//!         Heard::Listening { again: true } => println!("something may have been missed: look again"),
//!         Heard::Listening { again: false } => println!("listening"),
//!         Heard::Event(event) => println!("{}: {}", event.session_name, event.name),
//!     }
//! }
//! # }
//! ```

use std::time::Duration;

use http::Method;
use rollcall_model::ids::{KernelId, SessionId};
use serde::{Deserialize, Serialize};

use crate::backoff::Backoff;
use crate::error::Error;
use crate::sse::{Frame, Frames};
use crate::transport::{Call, Client};

const ACT: &str = "listening to events";
/// The server speaks every 15 seconds, if only to say that it is there.
const SILENCE: Duration = Duration::from_secs(60);
/// The longest pause before a lost connection is made again.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// Of one event at most.
const MOST_BYTES: usize = 1 << 20;

/// Which events. The server tells only of sessions that the caller may hear of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventOptions {
    /// Of this session alone.
    pub session: Option<SessionId>,
    /// Of sessions of this project alone: its name, or its id.
    pub group: Option<String>,
    /// Of one kind alone.
    pub kind: Option<EventKind>,
    /// Also `session_ending_soon`, before a limit ends one, `session_extended` and `session_error`, where the
    /// server tells them.
    pub notices: bool,
}

/// Kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// Of sessions as a whole.
    Session,
    /// Of their kernels.
    Kernel,
}

/// Something that happened to a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionEvent {
    /// What, such as `session_started` or `kernel_terminated`; newer servers may know more.
    #[serde(rename = "event", default)]
    pub name: String,
    /// Why; may be empty.
    #[serde(default)]
    pub reason: String,
    /// The session's name at that moment.
    pub session_name: String,
    /// Whose.
    pub owner_access_key: String,
    /// Session.
    pub session_id: SessionId,
    /// Kernel; the main one for events of sessions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel_id: Option<KernelId>,
    /// `main` or `sub`, for events of kernels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster_role: Option<String>,
    /// Index in the session, for events of kernels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster_idx: Option<i32>,
}

/// What a stream tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// From here on nothing is missed. `again`: the connection was lost before, and what happened
    /// meanwhile is not told.
    Listening {
        /// Not for the first time.
        again: bool,
    },
    /// Something happened.
    Event(SessionEvent),
}

/// A stream of events. Dropping it ends it.
#[derive(Debug)]
pub struct Events {
    client: Client,
    options: EventOptions,
    connection: Option<reqwest::Response>,
    frames: Frames,
    /// Whether it was listening before.
    again: bool,
    backoff: Backoff,
}

impl Client {
    /// Events from the first call of [`Events::next`] on. Nothing is sent yet.
    #[must_use]
    pub fn events(&self, options: EventOptions) -> Events {
        Events {
            client: self.clone(),
            options,
            connection: None,
            frames: Frames::new(MOST_BYTES),
            again: false,
            backoff: Backoff::new(LONGEST_PAUSE),
        }
    }
}

impl Events {
    /// The next that is heard. A lost connection is made again, as often as need be; dropping the
    /// future loses nothing.
    ///
    /// # Errors
    /// When the first connection cannot be made, when the server refuses, and when its answer is no
    /// stream of events. The stream may be asked again after that.
    pub async fn next(&mut self) -> Result<Heard, Error> {
        let cancel = self.client.cancel().clone();
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(Error::Cancelled { act: ACT }),
            heard = self.heard() => heard,
        }
    }

    async fn heard(&mut self) -> Result<Heard, Error> {
        loop {
            while let Some(frame) = self.frames.pop() {
                if let Some(event) = event(&frame)? {
                    return Ok(Heard::Event(event));
                }
            }
            let Some(connection) = &mut self.connection else {
                if let Some(heard) = self.connect().await? {
                    return Ok(heard);
                }
                continue;
            };
            match tokio::time::timeout(SILENCE, connection.chunk()).await {
                Ok(Ok(Some(bytes))) => {
                    self.backoff.works();
                    if let Err(reason) = self.frames.push(&bytes) {
                        self.lost(None);
                        return Err(Error::strange(ACT, reason));
                    }
                }
                // Ended, broken, or silent for too long.
                _ => self.lost(None),
            }
        }
    }

    /// `None` when it failed in a way that may pass.
    async fn connect(&mut self) -> Result<Option<Heard>, Error> {
        self.backoff.wait().await;
        match self.open().await {
            Ok(connection) => {
                self.connection = Some(connection);
                Ok(Some(Heard::Listening { again: std::mem::replace(&mut self.again, true) }))
            }
            Err(error) if self.again && error.may_pass() => {
                self.lost(error.retry_after());
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn open(&self) -> Result<reqwest::Response, Error> {
        if !self.client.server().await?.has_events_of_sessions() {
            return Err(Error::Usage("this server tells no events in a way that this client reads".to_owned()));
        }
        let session = self.options.session.map(|session| session.to_string());
        let mut query = Vec::new();
        query.extend(session.as_deref().map(|session| ("sessionId", session)));
        query.extend(self.options.group.as_deref().map(|group| ("group", group)));
        query.extend(self.options.kind.map(|kind| ("scope", kind.as_str())));
        if self.options.notices && self.client.tells("ComputeSession", "remaining").await? {
            query.push(("notices", "true"));
        }
        let call = Call::new(ACT, Method::GET, &["events", "session"]).query(&query);
        self.client.stream(&call, "text/event-stream").await
    }

    fn lost(&mut self, asked: Option<Duration>) {
        self.connection = None;
        self.frames.clear();
        self.backoff.failed(asked);
    }
}

impl EventKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Kernel => "kernel",
        }
    }
}

/// `None` for what is said of the stream itself.
fn event(frame: &Frame) -> Result<Option<SessionEvent>, Error> {
    if !frame.event.starts_with("session_") && !frame.event.starts_with("kernel_") {
        return Ok(None);
    }
    let event: SessionEvent =
        serde_json::from_str(&frame.data).map_err(|error| Error::strange(ACT, error.to_string()))?;
    Ok(Some(SessionEvent { name: frame.event.clone(), ..event }))
}
