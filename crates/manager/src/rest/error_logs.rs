//! `/logs/error`: what clients report of what went wrong (`rest.md` §9).

use axum::Json;
use axum::extract::State;
use http::Method;
use rollcall_model::own::{OwnAccount, SeeErrorLogs};
use rollcall_wire::error_logs::{ErrorLogPage, listed, report};
use rollcall_wire::problem::ProblemType;
use serde_json::{Value, json};

use crate::auth::signed::Signed;
use crate::error::ApiError;
use crate::http::params::{Input, PathId};
use crate::manager::{App, now};
use crate::routes::{Access, Guard, Routes};

/// The routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    use Access::Signed;
    routes.on(Signed, Guard::Reads, Method::POST, "/logs/error", add).get(Signed, "/logs/error", list).on(
        Signed,
        Guard::Reads,
        Method::POST,
        "/logs/error/{id}/clear",
        clear,
    )
}

type Answer = Result<Json<Value>, ApiError>;

async fn add(State(app): State<App>, Signed(caller): Signed, input: Input) -> Answer {
    let report = report(input.parameters)?;
    app.store().add_error_log(&OwnAccount::of(&caller), &report, now()).await?;
    Ok(Json(json!({ "success": true })))
}

async fn list(State(app): State<App>, Signed(caller): Signed, input: Input) -> Answer {
    let page = ErrorLogPage::of(input.parameters)?;
    let see = SeeErrorLogs::of(&caller);
    let (logs, count) = app.store().error_logs(&see, page.limit, page.offset, page.mark_read).await?;
    Ok(Json(listed(&logs, count, see.shows_cleared())))
}

/// Another's entry and none are one answer.
async fn clear(State(app): State<App>, Signed(caller): Signed, PathId(id): PathId) -> Answer {
    let see = SeeErrorLogs::of(&caller);
    match id {
        Some(id) if app.store().clear_error_log(&see, id).await? => Ok(Json(json!({ "success": true }))),
        _ => Err(ApiError::msg(ProblemType::GenericNotFound, "No such log.")),
    }
}
