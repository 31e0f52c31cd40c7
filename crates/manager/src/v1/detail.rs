//! One session, and why one sees it or not.

use axum::Json;
use axum::extract::{Path, State};
use rollcall_model::access::{self, Caller, Scope, ScopeArguments};
use rollcall_model::course::Line;
use rollcall_model::ids::SessionId;
use rollcall_model::list::tab::Tab;
use rollcall_model::role::Role;
use rollcall_model::session::Session;
use rollcall_model::time::print_iso;
use rollcall_store::HistoryEntry;
use rollcall_wire::problem::ProblemType;
use rollcall_wire::v1::{Detail, Explanation, HistoryLine, UsageAnswer, UsageLine};
use uuid::Uuid;

use super::rows::{Recent, courses, rows, until};
use crate::auth::signed::Signed;
use crate::error::ApiError;
use crate::manager::App;

/// GET `/v1/sessions/{id}`.
pub(super) async fn one(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(id): Path<String>,
) -> Result<Json<Detail>, ApiError> {
    let (scope, found) = find(&app, &caller, &id).await?;
    let session = found.ok_or_else(|| ApiError::of(ProblemType::SessionNotFound))?;
    let history = app.store().history(&scope, session.id).await?;
    let row = rows(&app, &caller, &scope, std::slice::from_ref(&session), Recent::Told).await?.pop();
    let row = row.ok_or(ApiError::Internal("a session has a row"))?;
    let own = session.user_id == caller.identity().user_id;
    Ok(Json(Detail {
        session: row,
        history: history.iter().map(line).collect(),
        environ: own.then(|| session.environ.clone()),
        fence: session.agent.as_ref().and_then(|agent| app.lifecycle().fence(agent)),
    }))
}

/// GET `/v1/sessions/{id}/usage`: what it used over time.
pub(super) async fn usage(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(id): Path<String>,
) -> Result<Json<UsageAnswer>, ApiError> {
    let (scope, found) = find(&app, &caller, &id).await?;
    let session = found.ok_or_else(|| ApiError::of(ProblemType::SessionNotFound))?;
    let kernels = app.store().kernels_of(&scope, &[session.id]).await?;
    let kept = app.store().courses_of(&scope, &[session.id]).await?;
    let courses = courses(&app, kernels.get(&session.id), &kept);
    Ok(Json(UsageAnswer {
        recent: Line::recent(&courses, until(&session)).as_ref().map(UsageLine::from),
        whole: Line::whole(&courses).as_ref().map(UsageLine::from),
    }))
}

/// GET `/v1/sessions/{id}/explain`: no more than a list would tell.
pub(super) async fn explain(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(id): Path<String>,
) -> Result<Json<Explanation>, ApiError> {
    let (_, found) = find(&app, &caller, &id).await?;
    Ok(Json(match found {
        Some(session) => seen(&caller, &session),
        None => unseen(&caller),
    }))
}

async fn find(app: &App, caller: &Caller, id: &str) -> Result<(Scope, Option<Session>), ApiError> {
    let scope = access::person_scope(caller, ScopeArguments::default())?;
    // What is no id is the id of nothing.
    let Ok(id) = Uuid::parse_str(id) else { return Ok((scope, None)) };
    let found = app.store().session(&scope, SessionId(id)).await?;
    Ok((scope, found))
}

fn line(entry: &HistoryEntry) -> HistoryLine {
    HistoryLine {
        at: print_iso(entry.at),
        step: entry.step.map(|step| step.as_str().to_owned()),
        from: entry.from.map(|status| status.as_str().to_owned()),
        to: entry.to.as_str().to_owned(),
        reason: entry.reason.clone(),
    }
}

fn seen(caller: &Caller, session: &Session) -> Explanation {
    let mut reasons = Vec::new();
    if session.user_id == caller.identity().user_id {
        reasons.push("It is yours.".to_owned());
    }
    match caller.role() {
        Role::Superadmin => reasons.push("You are a superadmin, who sees all sessions.".to_owned()),
        Role::Admin => reasons.push("You are an administrator of its domain.".to_owned()),
        Role::User | Role::Monitor => {}
    }
    let tabs = Tab::of(session.status);
    reasons.push(match tabs.as_slice() {
        [] => format!("It is {}, which is in no tab.", session.status.as_str()),
        tabs => format!("It is {}, which is in {}.", session.status.as_str(), words(tabs)),
    });
    Explanation { visible: true, reasons, tabs: tabs.iter().map(|tab| tab.as_str().to_owned()).collect() }
}

fn words(tabs: &[Tab]) -> String {
    let names: Vec<_> = tabs.iter().map(|tab| tab.as_str()).collect();
    format!("the tab{} {}", if names.len() == 1 { "" } else { "s" }, names.join(" and "))
}

/// The same words whether there is such a session or not.
fn unseen(caller: &Caller) -> Explanation {
    let reach = match caller.role() {
        Role::Superadmin => "There is no such session; those that are long over are removed.",
        Role::Admin => "There is no such session in your domain.",
        Role::User | Role::Monitor => "None of your sessions in your domain is that one.",
    };
    Explanation { visible: false, reasons: vec![reach.to_owned()], tabs: Vec::new() }
}
