//! Keeps a terminal open, in a task of its own: whoever types must not hold up who connects.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use rollcall_model::ids::SessionId;
use rollcall_model::status::Status;
use rollcall_wire::terminal::{Said, Told};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::Heard;
use super::socket::{Socket, open};
use crate::backoff::Backoff;
use crate::error::Error;
use crate::transport::Client;

/// The longest pause before a lost connection is made again: somebody sits before it.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// So that both sides, and what stands in between, know that the other lives.
const PING: Duration = Duration::from_secs(15);
/// Who takes nothing for so long is not there either.
const PATIENCE: Duration = Duration::from_secs(10);
/// Who answers nothing for so long is not there.
const SILENCE: Duration = Duration::from_secs(45);

pub(super) struct Keeper {
    client: Client,
    session: SessionId,
    owner: Option<String>,
    said: mpsc::Receiver<Said>,
    tell: mpsc::Sender<Result<Heard, Error>>,
    /// The size of the window.
    size: Option<Said>,
    backoff: Backoff,
    /// Whether it was open before.
    again: bool,
}

/// Why a connection, or all of it, is over.
enum End {
    /// Nobody listens any more.
    Left,
    /// The connection is gone; `orderly` when the server said that there is nothing more to see.
    Lost { orderly: bool },
    /// For good.
    Failed(Error),
    /// The session is over.
    Over,
}

/// How it stands with a session whose terminal is not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// It has ended, or is about to.
    Over,
    /// Its processes are replaced: there will be a terminal again.
    Coming,
    /// As it should, or failed.
    Other,
}

impl Standing {
    fn of(status: Status) -> Self {
        match status {
            Status::Terminating | Status::Terminated | Status::Cancelled => Self::Over,
            Status::Running | Status::Error => Self::Other,
            _ => Self::Coming,
        }
    }
}

impl Keeper {
    pub(super) fn new(
        client: Client,
        session: SessionId,
        owner: Option<String>,
        said: mpsc::Receiver<Said>,
        tell: mpsc::Sender<Result<Heard, Error>>,
    ) -> Self {
        let backoff = Backoff::new(LONGEST_PAUSE);
        Self { client, session, owner, said, tell, size: None, backoff, again: false }
    }

    pub(super) async fn run(mut self) {
        let last = match self.keep().await {
            End::Failed(error) => Err(error),
            End::Over => Ok(Heard::Ended),
            End::Left | End::Lost { .. } => return,
        };
        // Who left meanwhile needs no word.
        let _ = self.tell.send(last).await;
    }

    /// Until the end, over as many connections as need be.
    async fn keep(&mut self) -> End {
        loop {
            let socket = match self.connect().await {
                Ok(socket) => socket,
                Err(end) => return end,
            };
            match self.carry(socket).await {
                End::Lost { orderly: true } if self.is_over().await => return End::Over,
                End::Lost { .. } => {}
                end => return end,
            }
            self.backoff.failed(None);
            if self.tell(Heard::Lost).await.is_err() {
                return End::Left;
            }
        }
    }

    async fn connect(&mut self) -> Result<Socket, End> {
        loop {
            match self.attempt().await? {
                Ok(socket) => return Ok(socket),
                Err(error) if self.again && error.may_pass() => self.backoff.failed(error.retry_after()),
                Err(error) if self.again && error.status().is_some() => match self.standing().await {
                    Some(Standing::Over) => return Err(End::Over),
                    Some(Standing::Coming) => self.backoff.failed(None),
                    _ => return Err(End::Failed(error)),
                },
                Err(error) => return Err(End::Failed(error)),
            }
        }
    }

    /// One attempt when it is time. What is said before the first connection waits for it; later,
    /// nobody hears what is said into nothing.
    async fn attempt(&mut self) -> Result<Result<Socket, Error>, End> {
        let opened = async {
            self.backoff.wait().await;
            open(&self.client, self.session, self.owner.as_deref()).await
        };
        tokio::pin!(opened);
        loop {
            tokio::select! {
                opened = &mut opened => return Ok(opened),
                said = self.said.recv(), if self.again => match said {
                    Some(size @ Said::Resize { .. }) => self.size = Some(size),
                    Some(_) => {}
                    None => return Err(End::Left),
                },
            }
        }
    }

    async fn carry(&mut self, mut socket: Socket) -> End {
        let again = std::mem::replace(&mut self.again, true);
        if self.tell(Heard::Open { again }).await.is_err() {
            return End::Left;
        }
        if let Some(size) = &self.size
            && send(&mut socket, text(size)).await.is_err()
        {
            return End::Lost { orderly: false };
        }
        let mut ping = interval_at(Instant::now() + PING, PING);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = Instant::now();
        loop {
            tokio::select! {
                message = socket.next() => {
                    heard = Instant::now();
                    self.backoff.works();
                    match message {
                        Some(Ok(Message::Text(text))) => {
                            // What is not understood is of a newer server.
                            let Some(printed) = Told::of_text(&text) else { continue };
                            if self.tell(Heard::Printed(printed)).await.is_err() {
                                return End::Left;
                            }
                        }
                        Some(Ok(Message::Close(frame))) => {
                            let orderly = frame.is_none_or(|frame| frame.code == CloseCode::Normal);
                            return End::Lost { orderly };
                        }
                        Some(Ok(_)) => {}
                        Some(Err(_)) | None => return End::Lost { orderly: false },
                    }
                }
                said = self.said.recv() => {
                    let Some(said) = said else { return End::Left };
                    let sent = send(&mut socket, text(&said)).await;
                    if matches!(said, Said::Resize { .. }) {
                        self.size = Some(said);
                    }
                    if sent.is_err() {
                        return End::Lost { orderly: false };
                    }
                }
                _ = ping.tick() => {
                    if heard.elapsed() >= SILENCE || send(&mut socket, Message::Ping(Vec::new().into())).await.is_err() {
                        return End::Lost { orderly: false };
                    }
                }
            }
        }
    }

    async fn is_over(&self) -> bool {
        self.standing().await == Some(Standing::Over)
    }

    /// How it stands with the session; `None` where nobody can be asked.
    async fn standing(&self) -> Option<Standing> {
        let status = if self.client.v1().is_there().await.ok()? {
            match self.client.v1().session(self.session).await {
                Ok(detail) => Some(detail.session.status),
                Err(error) if error.status() == Some(404) => return Some(Standing::Over),
                Err(_) => return None,
            }
        } else {
            match self.client.sessions().get(self.session).await.ok()? {
                Some(row) => row.status,
                None => return Some(Standing::Over),
            }
        };
        status?.parse().ok().map(Standing::of)
    }

    async fn tell(&self, heard: Heard) -> Result<(), ()> {
        self.tell.send(Ok(heard)).await.map_err(|_| ())
    }
}

async fn send(socket: &mut Socket, message: Message) -> Result<(), ()> {
    let sent = tokio::time::timeout(PATIENCE, socket.send(message)).await;
    sent.ok().and_then(Result::ok).ok_or(())
}

fn text(said: &Said) -> Message {
    Message::Text(said.to_text().into())
}
