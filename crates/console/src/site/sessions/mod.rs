//! The list of sessions: the page after signing in, and everything that is done from it.

mod acts;
mod ask;
mod columns;
mod detail;
mod export;
mod launch;
mod list;
mod live;
mod logs;
mod quotas;
mod row;
mod search;
mod standing;
mod suggest;
mod views;

use axum::Router;
use axum::routing::{get, post};

use super::Site;

pub(super) use quotas::{Quotas, meters, slot_name, told};
pub(super) use standing::{failures, of as standing_of, sentence, word as status_word};

/// The pages of sessions.
pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/sessions", get(list::page))
        .route("/sessions/{id}", get(detail::page))
        .route("/sessions/{id}/usage", get(detail::usage))
        .route("/sessions/{id}/restart", get(acts::restart_preview).post(acts::restart))
        .route("/sessions/{id}/extend", post(acts::extend))
        .route("/sessions/{id}/rename", post(acts::rename))
        .route("/sessions/{id}/logs", get(logs::page))
        .route("/sessions/{id}/logs.txt", get(logs::whole))
        .route("/sessions/{id}/logs/stream", get(logs::stream))
        .route("/terminate", get(acts::terminate_preview).post(acts::terminate))
        .route("/launch", get(launch::form).post(launch::launch))
        .route("/launch/form", post(launch::again))
        .route("/export.{format}", get(export::export))
        .route("/suggest", get(suggest::suggest))
        .route("/quotas", get(quotas::fragment))
        .route("/views", post(views::change))
        .route("/live", get(live::stream))
        .route("/terminals", get(logs::terminals))
}
