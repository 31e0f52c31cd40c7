//! GET `/stream/session/{s}/apps`: the applications of a session (`rest.md` §4).

use axum::Json;
use axum::extract::State;
use rollcall_model::access::Inspect;
use rollcall_store::Dead;
use rollcall_wire::session::{ServicePort, service_ports};

use crate::auth::signed::Signed;
use crate::error::ApiError;
use crate::http::params::{Input, SessionRef};
use crate::manager::App;
use crate::rest::owner::{one, permit};

/// None before the session runs. Sessions of the signing key alone: another owner is not looked at.
pub(super) async fn apps(
    State(app): State<App>,
    Signed(caller): Signed,
    SessionRef(reference): SessionRef,
    _parameters: Input,
) -> Result<Json<Vec<ServicePort>>, ApiError> {
    let permit = permit::<Inspect>(&app, &caller, None).await?;
    let session = one(&app, &permit, &reference, Dead::Skip).await?;
    Ok(Json(service_ports(session.service_ports.as_ref())))
}
