//! GET `/stream/session/{s}/pty` and `/v1/terminal`: a terminal on a websocket, in text frames of JSON.

use axum::extract::State;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::response::Response;
use rollcall_model::access::Inspect;
use rollcall_store::Dead;
use rollcall_wire::parameters::missing;
use rollcall_wire::problem::ProblemType;

use super::ticket;
use super::viewer::{Viewer, Visit};
use crate::auth::credential::Credential;
use crate::auth::signed::Signed;
use crate::error::ApiError;
use crate::http::params::{Input, SessionRef};
use crate::manager::App;
use crate::rest::owner::{one, permit};

/// The largest message (`rest.md` §4).
const LARGEST: usize = 16 << 20;

/// For who signs: a session of the signing key. Where administrators may open terminals, theirs is the
/// one of `owner_access_key`; else that is not looked at.
pub(super) async fn signed(
    State(app): State<App>,
    Signed(caller): Signed,
    credential: Credential,
    SessionRef(reference): SessionRef,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
    input: Input,
) -> Result<Response, ApiError> {
    let owner = input.owner.filter(|_| app.settings().terminal_for_admins);
    let permit = permit::<Inspect>(&app, &caller, owner.as_deref()).await?;
    let session = one(&app, &permit, &reference, Dead::Skip).await?;
    let visit = Visit { credential, owner: session.access_key, session: session.id };
    open(app, visit, upgrade.map_err(|_| no_websocket())?).await
}

/// For who brings a ticket.
pub(super) async fn by_ticket(
    State(app): State<App>,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
    mut input: Input,
) -> Result<Response, ApiError> {
    // Before the ticket is spent.
    let upgrade = upgrade.map_err(|_| no_websocket())?;
    let text = input.parameters.text(&["ticket"]).ok_or_else(|| missing("ticket"))?;
    let visit = ticket::spend(&app, &text).await?;
    open(app, visit, upgrade).await
}

fn no_websocket() -> ApiError {
    ApiError::msg(ProblemType::GenericBadRequest, "This address speaks websocket: ask for an upgrade.")
}

/// What is refused is refused before the upgrade, as any other request.
async fn open(app: App, visit: Visit, upgrade: WebSocketUpgrade) -> Result<Response, ApiError> {
    let viewer = Viewer::open(app, visit).await?;
    let upgrade = upgrade.max_message_size(LARGEST).max_frame_size(LARGEST);
    Ok(upgrade.on_upgrade(move |socket: WebSocket| viewer.serve(socket)))
}
