//! POST `/session/{s}/start-service`: the way of a browser to an application of a session
//! (`webui-calls.md` §9). The one there is so far is the terminal.

use axum::Json;
use axum::extract::State;
use rollcall_model::access::Inspect;
use rollcall_model::status::Status;
use rollcall_model::terminal;
use rollcall_store::Dead;
use rollcall_wire::problem::ProblemType;
use serde_json::{Value, json};

use super::ticket;
use super::viewer::Visit;
use crate::auth::credential::Credential;
use crate::auth::signed::Signed;
use crate::error::ApiError;
use crate::http::params::{Input, SessionRef};
use crate::manager::App;
use crate::rest::owner::{one, permit};

/// A ticket, and where it is taken. Sessions of the signing key alone.
pub(super) async fn start(
    State(app): State<App>,
    Signed(caller): Signed,
    credential: Credential,
    SessionRef(reference): SessionRef,
    mut input: Input,
) -> Result<Json<Value>, ApiError> {
    let service = input.parameters.required_text(&["app", "service"], "app");
    let port = input.parameters.maybe_integer(&["port"], 1024);
    let service = input.parameters.finish(service)?;
    let permit = permit::<Inspect>(&app, &caller, None).await?;
    let session = one(&app, &permit, &reference, Dead::Skip).await?;
    if service != terminal::SERVICE || session.status != Status::Running {
        return Err(ApiError::of(ProblemType::AppNotFound));
    }
    if port.is_some() {
        let msg = "The terminal has no port of its own: leave `port` out.";
        return Err(ApiError::msg(ProblemType::InvalidApiParams, msg));
    }
    let groups = app.store().resource_groups_for(caller.domain(), session.group_id, caller.access_key()).await?;
    let group = groups.into_iter().find(|group| Some(&group.name) == session.scaling_group.as_ref());
    let other = group.and_then(|group| group.wsproxy_addr).filter(|address| !address.is_empty());
    let console = app.settings().console.clone();
    let address = match (other, console) {
        (None, Some(console)) => console,
        (Some(other), Some(console)) if other == console => console,
        _ => {
            let msg =
                "Terminals open at the console of this server: it is off, or the resource group names another proxy.";
            return Err(ApiError::msg(ProblemType::ServiceUnavailable, msg));
        }
    };
    let visit = Visit { credential, owner: session.access_key.clone(), session: session.id };
    let token = ticket::seal(&app, &visit).await?;
    Ok(Json(json!({ "token": token, "wsproxy_addr": address })))
}
