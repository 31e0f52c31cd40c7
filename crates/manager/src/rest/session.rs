//! `/session`: find, look at, rename, restart, extend, end, read the logs (`rest.md` §3.3).

use axum::Json;
use axum::extract::State;
use http::{Method, StatusCode};
use rollcall_lifecycle::Destroyed;
use rollcall_model::access::{self, Destroy, Extend, Inspect, Rename, Restart};
use rollcall_store::Dead;
use rollcall_wire::problem::ProblemType;
use rollcall_wire::session::{
    DestroyAnswer, DestroyRequest, ExtendAnswer, ExtendRequest, LogsAnswer, MatchAnswer, MatchRequest, RenameRequest,
    SessionInfo, TaskLogsRequest,
};

use super::owner::{one, permit};
use crate::auth::signed::Signed;
use crate::error::ApiError;
use crate::http::params::{Input, SessionRef};
use crate::manager::{App, now};
use crate::routes::{Access, Guard, Routes};

/// Operating a session.
pub(crate) fn routes(routes: Routes) -> Routes {
    use Access::Signed;
    routes
        .get(Signed, "/session/_/match", find)
        .get(Signed, "/session/_/logs", task_logs)
        .get(Signed, "/session/{s}", info)
        .on(Signed, Guard::Reads, Method::PATCH, "/session/{s}", restart)
        .on(Signed, Guard::Reads, Method::DELETE, "/session/{s}", destroy)
        .on(Signed, Guard::Writes, Method::POST, "/session/{s}/rename", rename)
        .on(Signed, Guard::Writes, Method::POST, "/session/{s}/extend", extend)
        .get(Signed, "/session/{s}/logs", logs)
}

/// GET `/session/_/match`: dead ones too.
pub(crate) async fn find(
    State(app): State<App>,
    Signed(caller): Signed,
    input: Input,
) -> Result<Json<MatchAnswer>, ApiError> {
    let permit = permit::<Inspect>(&app, &caller, input.owner.as_deref()).await?;
    let MatchRequest { id } = MatchRequest::of(input.parameters)?;
    Ok(Json(MatchAnswer::of(&app.store().find_sessions(&permit, &id, Dead::Include).await?)))
}

/// GET and HEAD `/session/_/logs`: the log of a batch task in the caller's folder `.logs`, which nobody
/// has on a server without storage.
pub(crate) async fn task_logs(_signed: Signed, input: Input) -> Result<StatusCode, ApiError> {
    TaskLogsRequest::of(input.parameters)?;
    Err(ApiError::msg(ProblemType::GenericNotFound, "There is no folder for logs."))
}

/// GET `/session/{s}`.
pub(crate) async fn info(
    State(app): State<App>,
    Signed(caller): Signed,
    SessionRef(reference): SessionRef,
    input: Input,
) -> Result<Json<SessionInfo>, ApiError> {
    let permit = permit::<Inspect>(&app, &caller, input.owner.as_deref()).await?;
    let session = one(&app, &permit, &reference, Dead::Skip).await?;
    let main = app.store().kernel(&permit.scope(), session.id.main_kernel()).await?;
    Ok(Json(SessionInfo::of(&session, main.as_ref(), now())))
}

/// PATCH `/session/{s}`: restart.
pub(crate) async fn restart(
    State(app): State<App>,
    Signed(caller): Signed,
    SessionRef(reference): SessionRef,
    input: Input,
) -> Result<StatusCode, ApiError> {
    let permit = permit::<Restart>(&app, &caller, input.owner.as_deref()).await?;
    let session = one(&app, &permit, &reference, Dead::Skip).await?;
    app.lifecycle().restart(&permit, &session).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// DELETE `/session/{s}`: the orderly end, or with `forced` the immediate one.
pub(crate) async fn destroy(
    State(app): State<App>,
    Signed(caller): Signed,
    SessionRef(reference): SessionRef,
    input: Input,
) -> Result<Json<DestroyAnswer>, ApiError> {
    let permit = permit::<Destroy>(&app, &caller, input.owner.as_deref()).await?;
    let DestroyRequest { forced, .. } = DestroyRequest::of(input.parameters)?;
    let destroyed = if forced {
        let permit = access::force(&caller, permit)?;
        let session = one(&app, &permit, &reference, Dead::Skip).await?;
        app.lifecycle().force_destroy(&permit, &session).await?
    } else {
        let session = one(&app, &permit, &reference, Dead::Skip).await?;
        app.lifecycle().destroy(&permit, &session).await?
    };
    Ok(Json(match destroyed {
        Destroyed::Cancelled => DestroyAnswer::cancelled(),
        Destroyed::Terminated(last) => DestroyAnswer::terminated(last.as_ref()),
    }))
}

/// POST `/session/{s}/rename`.
pub(crate) async fn rename(
    State(app): State<App>,
    Signed(caller): Signed,
    SessionRef(reference): SessionRef,
    input: Input,
) -> Result<StatusCode, ApiError> {
    let permit = permit::<Rename>(&app, &caller, input.owner.as_deref()).await?;
    let RenameRequest { name } = RenameRequest::of(input.parameters)?;
    let session = one(&app, &permit, &reference, Dead::AfterLive).await?;
    app.lifecycle().rename(&permit, &session, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// POST `/session/{s}/extend`: Rollcall's own. Pushes the end of a running session out, within the policy
/// of its key.
pub(crate) async fn extend(
    State(app): State<App>,
    Signed(caller): Signed,
    SessionRef(reference): SessionRef,
    input: Input,
) -> Result<Json<ExtendAnswer>, ApiError> {
    let permit = permit::<Extend>(&app, &caller, input.owner.as_deref()).await?;
    let ExtendRequest { seconds } = ExtendRequest::of(input.parameters)?;
    let session = one(&app, &permit, &reference, Dead::Skip).await?;
    let remaining = app.lifecycle().extend(&permit, &session, seconds).await?;
    Ok(Json(ExtendAnswer::of(remaining.as_ref())))
}

/// GET `/session/{s}/logs`: of the living, and of the dead whose log was kept.
pub(crate) async fn logs(
    State(app): State<App>,
    Signed(caller): Signed,
    SessionRef(reference): SessionRef,
    input: Input,
) -> Result<Json<LogsAnswer>, ApiError> {
    let permit = permit::<Inspect>(&app, &caller, input.owner.as_deref()).await?;
    let session = one(&app, &permit, &reference, Dead::AfterLive).await?;
    let logs = app.lifecycle().logs(&permit, &session).await?;
    let logs = logs.ok_or_else(|| ApiError::of(ProblemType::SessionNotFound))?;
    Ok(Json(LogsAnswer::of(logs)))
}
