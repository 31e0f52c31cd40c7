//! What the server says of itself: version, health, announcement.

use axum::Json;
use axum::extract::State;
use http::Method;
use rollcall_wire::manager::Announcement;
use rollcall_wire::problem::ProblemType;
use rollcall_wire::version::Versions;
use serde_json::{Value, json};

use crate::error::ApiError;
use crate::manager::App;
use crate::routes::{Access, Guard, Routes};

/// What anyone may ask.
pub(crate) fn routes(routes: Routes) -> Routes {
    use Access::Public;
    routes
        .on(Public, Guard::Always, Method::GET, "/", about)
        .on(Public, Guard::Always, Method::GET, "/healthz", healthy)
        .on(Public, Guard::Always, Method::GET, "/readyz", ready)
        .on(Public, Guard::Always, Method::GET, "/manager/announcement", announcement)
}

/// GET `/`: the versions that clients choose their behaviour by.
pub(crate) async fn about() -> Json<Versions> {
    Json(Versions::ours())
}

/// GET `/healthz`: the process answers.
pub(crate) async fn healthy() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// GET `/readyz`: the store answers too.
pub(crate) async fn ready(State(app): State<App>) -> Result<Json<Value>, ApiError> {
    if app.stopping().is_cancelled() {
        return Err(ApiError::msg(ProblemType::ServiceUnavailable, "The server is about to end."));
    }
    if let Err(error) = app.store().ping().await {
        tracing::warn!(%error, "the store does not answer: {error}");
        return Err(ApiError::msg(ProblemType::ServiceUnavailable, "The store does not answer."));
    }
    Ok(Json(json!({ "status": "ready" })))
}

/// GET `/manager/announcement`.
pub(crate) async fn announcement(State(app): State<App>) -> Result<Json<Announcement>, ApiError> {
    Ok(Json(Announcement::of(app.store().announcement().await?)))
}
