//! What superadmins do to the server as a whole: freeze it, announce something, choose agents, count
//! anew (`rest.md` §2, §7).

use axum::Json;
use axum::extract::State;
use http::{Method, StatusCode};
use rollcall_model::resources::superintend;
use rollcall_store::{Refusal, StoreError};
use rollcall_wire::manager::{AnnouncementRequest, ManagerStatus, SchedulerRequest, ServerStatus, StatusRequest};
use rollcall_wire::problem::ProblemType;
use serde_json::{Value, json};

use crate::auth::signed::Signed;
use crate::error::ApiError;
use crate::http::params::Input;
use crate::manager::App;
use crate::routes::{Access, Guard, Routes};

/// The routes. Thawing must work on a frozen server, and so does what a superadmin does meanwhile.
pub(crate) fn routes(routes: Routes) -> Routes {
    use Access::{Public, Superadmin};
    routes
        .on(Public, Guard::Always, Method::GET, "/manager/status", status)
        .on(Superadmin, Guard::Always, Method::PUT, "/manager/status", set_status)
        .on(Superadmin, Guard::Always, Method::POST, "/manager/announcement", announce)
        .on(Superadmin, Guard::Always, Method::POST, "/manager/scheduler/operation", operate_scheduler)
        .on(Superadmin, Guard::Reads, Method::POST, "/resource/recalculate-usage", recalculate)
}

/// GET `/manager/status`.
pub(crate) async fn status(State(app): State<App>) -> Result<Json<ManagerStatus>, ApiError> {
    let status = ServerStatus::of(app.frozen().await?);
    let active = app.store().active_sessions().await?;
    let timeout = app.lifecycle().heartbeat_timeout().as_secs_f64();
    let (address, encrypted) = app.served();
    Ok(Json(ManagerStatus::of_one(status, active, address, timeout, encrypted)))
}

/// PUT `/manager/status`. The freeze comes before the end of the sessions, so that none slips in
/// between.
pub(crate) async fn set_status(
    State(app): State<App>,
    Signed(caller): Signed,
    input: Input,
) -> Result<StatusCode, ApiError> {
    let request = StatusRequest::of(input.parameters)?;
    let may = superintend(&caller)?;
    let frozen = request.status == ServerStatus::Frozen;
    if frozen {
        app.store().set_frozen(may, true).await?;
    }
    if request.force_kill {
        // A task of its own: a client that goes away must not leave half of them.
        let lifecycle = app.lifecycle().clone();
        let ending = tokio::spawn(async move { lifecycle.end_all(may).await });
        ending.await.map_err(|_| ApiError::Internal("ending all sessions was cut off"))??;
    }
    if !frozen {
        app.store().set_frozen(may, false).await?;
    }
    tracing::warn!(access_key = %caller.access_key(), frozen, force_kill = request.force_kill, "the server's status was set");
    Ok(StatusCode::NO_CONTENT)
}

/// POST `/manager/announcement`.
pub(crate) async fn announce(
    State(app): State<App>,
    Signed(caller): Signed,
    input: Input,
) -> Result<StatusCode, ApiError> {
    let request = AnnouncementRequest::of(input.parameters)?;
    app.store().announce(superintend(&caller)?, request.message.as_deref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// POST `/manager/scheduler/operation`: for all agents that are named, or none.
pub(crate) async fn operate_scheduler(
    State(app): State<App>,
    Signed(caller): Signed,
    input: Input,
) -> Result<StatusCode, ApiError> {
    let request = SchedulerRequest::of(input.parameters)?;
    let may = superintend(&caller)?;
    match app.store().set_all_schedulable(may, &request.agents, request.schedulable).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(StoreError::Refused(Refusal::NoMatch)) => Err(ApiError::of(ProblemType::InstanceNotFound)),
        Err(error) => Err(error.into()),
    }
}

/// POST `/resource/recalculate-usage`. What sessions hold of machines and quotas is always summed up
/// from them; the totals of the lists are kept beside them, and are counted anew.
pub(crate) async fn recalculate(State(app): State<App>, Signed(caller): Signed) -> Result<Json<Value>, ApiError> {
    let wrong = app.store().recount(superintend(&caller)?).await?;
    for mismatch in &wrong {
        tracing::error!(
            counter = mismatch.counter,
            counted = mismatch.counted,
            "a total was wrong and was counted anew: {}",
            mismatch.subject
        );
    }
    Ok(Json(json!({})))
}
