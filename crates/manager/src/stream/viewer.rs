//! One viewer of a terminal: judged with each message and whenever accounts change, and taken along when
//! the session is restarted.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use rollcall_lifecycle::LifecycleError;
use rollcall_model::access::{Caller, Restart, act_for_found};
use rollcall_model::ids::{AccessKey, SessionId};
use rollcall_model::status::Status;
use rollcall_model::terminal::{OpenTerminal, open_terminal};
use rollcall_runtime::{Terminal, Typed};
use rollcall_wire::problem::ProblemType;
use rollcall_wire::terminal::{Said, Told};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::auth::credential::Credential;
use crate::error::ApiError;
use crate::manager::{App, now};
use crate::seats::Seat;

/// A verdict holds so long, unless accounts change: other managers' changes are heard of a little later.
const VERDICT: Duration = Duration::from_secs(1);
/// Going away: the server ends, and a new one will have the terminal.
const AWAY: u16 = 1001;
/// Policy: the right to it is gone.
const POLICY: u16 = 1008;
const NORMAL: u16 = 1000;

/// Who wants to see which terminal.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    pub(super) credential: Credential,
    /// The key that the session belongs to.
    pub(super) owner: AccessKey,
    pub(super) session: SessionId,
}

impl Visit {
    /// The right at this moment; `None` when there is none any more.
    pub(super) async fn judge(&self, app: &App) -> Result<Option<(Caller, OpenTerminal)>, ApiError> {
        let Some(caller) = self.credential.caller(app).await? else { return Ok(None) };
        let owner = app.store().key_owner(&self.owner).await?;
        let may = open_terminal(&caller, owner, app.settings().terminal_for_admins);
        Ok(may.ok().map(|may| (caller, may)))
    }
}

/// A viewer on its way.
pub(super) struct Viewer {
    app: App,
    visit: Visit,
    may: OpenTerminal,
    terminal: Terminal,
    accounts: watch::Receiver<u64>,
    judged: Instant,
    _seat: Seat,
}

/// Why a viewer leaves.
enum End {
    /// The other side left, or cannot be reached.
    Left,
    /// With a word to the other side.
    Closed(u16, &'static str),
}

impl Viewer {
    pub(super) async fn open(app: App, visit: Visit) -> Result<Self, ApiError> {
        let accounts = app.store().watch_accounts();
        let judged = visit.judge(&app).await?;
        let (caller, may) = judged.ok_or_else(|| ApiError::of(ProblemType::GenericForbidden))?;
        let seat = app.seats().take_for(caller.identity().user_id)?;
        let terminal = app.lifecycle().terminal(&may, visit.session).await?;
        let terminal = terminal.ok_or_else(|| {
            ApiError::msg(ProblemType::ServiceUnavailable, "The terminal of this session cannot be reached from here.")
        })?;
        if may.as_administrator() {
            app.store().note_visit(&may, visit.session, &caller.identity().email, now()).await?;
        }
        Ok(Self { app, visit, may, terminal, accounts, judged: Instant::now(), _seat: seat })
    }

    pub(super) async fn serve(mut self, mut socket: WebSocket) {
        let end = loop {
            match self.carry(&mut socket).await {
                // The processes have ended; a restart brings new ones.
                None => match self.again().await {
                    Ok(true) => {}
                    // Not the session ends here: the next server will have its terminal.
                    Ok(false) if self.app.stopping().is_cancelled() => break End::Closed(AWAY, "the server ends"),
                    Ok(false) => break End::Closed(NORMAL, "the session has ended"),
                    Err(error) => break failed(&error),
                },
                Some(end) => break end,
            }
        };
        if let End::Closed(code, reason) = end {
            let _ = socket.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await;
        }
    }

    /// Carries both ways until an end; `None` is the terminal's.
    async fn carry(&mut self, socket: &mut WebSocket) -> Option<End> {
        loop {
            tokio::select! {
                printed = self.terminal.next() => {
                    let text = Told::Out(&printed?).to_text();
                    // Who does not read holds up nobody else: the shim lets such a viewer go.
                    if socket.send(Message::Text(text.into())).await.is_err() {
                        return Some(End::Left);
                    }
                }
                message = socket.recv() => {
                    if let Err(end) = self.hear(message).await {
                        return Some(end);
                    }
                }
                // At once, also for who only watches.
                changed = self.accounts.changed() => {
                    if changed.is_err() {
                        return Some(End::Closed(AWAY, "the server ends"));
                    }
                    if let Err(end) = self.judge_now().await {
                        return Some(end);
                    }
                }
                () = self.app.stopping().cancelled() => return Some(End::Closed(AWAY, "the server ends")),
            }
        }
    }

    async fn hear(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        let text = match message {
            Some(Ok(Message::Text(text))) => text,
            // Pongs are the library's business, and nothing is said in binary.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Binary(_))) => return Ok(()),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(End::Left),
        };
        self.judge().await?;
        match Said::of_text(&text) {
            Some(Said::Input(bytes)) => {
                self.app.lifecycle().touch(self.visit.session);
                self.terminal.send(Typed::Input(bytes)).await;
            }
            Some(Said::Resize { rows, cols }) => {
                self.terminal.send(Typed::Size { rows, cols }).await;
            }
            Some(Said::Restart) => self.restart().await,
            // What is not understood is for a newer server.
            Some(Said::Ping) | None => {}
        }
        Ok(())
    }

    /// Each message is judged: anew when the last verdict is old, or accounts have changed since.
    async fn judge(&mut self) -> Result<(), End> {
        let changed = self.accounts.has_changed().unwrap_or(true);
        if changed || self.judged.elapsed() >= VERDICT { self.judge_now().await } else { Ok(()) }
    }

    async fn judge_now(&mut self) -> Result<(), End> {
        self.accounts.mark_unchanged();
        match self.visit.judge(&self.app).await {
            Ok(Some((_, may))) => {
                self.may = may;
                self.judged = Instant::now();
                Ok(())
            }
            Ok(None) => Err(End::Closed(POLICY, "you may no longer open this terminal")),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn restart(&self) {
        let restarted = async {
            let caller = self.visit.credential.caller(&self.app).await?;
            let caller = caller.ok_or_else(|| ApiError::of(ProblemType::GenericForbidden))?;
            let owner = self.app.store().key_owner(&self.visit.owner).await?;
            let permit = act_for_found::<Restart>(&caller, owner)?;
            let session = self.app.store().session(&permit.scope(), self.visit.session).await?;
            if let Some(session) = session {
                self.app.lifecycle().restart(&permit, &session).await?;
            }
            Ok::<_, ApiError>(())
        };
        if let Err(error) = restarted.await {
            tracing::debug!(%error, "a restart from a terminal was not done: {error}");
        }
    }

    /// Waits for the processes of a restart; `false` when the session is over.
    async fn again(&mut self) -> Result<bool, ApiError> {
        loop {
            match self.app.lifecycle().terminal(&self.may, self.visit.session).await {
                Ok(Some(terminal)) => {
                    self.terminal = terminal;
                    return Ok(true);
                }
                Ok(None) | Err(LifecycleError::NotRunning { status: Status::Restarting | Status::Running }) => {}
                Err(LifecycleError::SessionNotFound | LifecycleError::NotRunning { .. }) => return Ok(false),
                Err(error) => return Err(error.into()),
            }
            tokio::select! {
                () = self.app.lifecycle().touched(self.visit.session) => {}
                () = self.app.stopping().cancelled() => return Ok(false),
            }
        }
    }
}

fn failed(error: &ApiError) -> End {
    tracing::warn!(%error, "a terminal ended early: {error}");
    End::Closed(1011, "the server failed")
}
