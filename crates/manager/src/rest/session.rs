//! `/session`: find, look at, rename, restart, end, read the logs (`rest.md` §3.3).

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use rollcall_lifecycle::Destroyed;
use rollcall_model::access::{self, Destroy, Inspect, Rename, Restart};
use rollcall_model::session::Session;
use rollcall_model::slots::Slots;
use rollcall_model::time::print_spaced;
use rollcall_store::Dead;
use rollcall_wire::stats;
use serde_json::{Value, json};

use super::owner::{one, permit};
use crate::auth::signed::Signed;
use crate::error::ApiError;
use crate::http::params::{Params, SessionRef};
use crate::manager::{App, now};

/// GET `/session/_/match`: dead ones too.
pub(crate) async fn find(
    State(app): State<App>,
    Signed(caller): Signed,
    params: Params,
) -> Result<Json<Value>, ApiError> {
    let permit = permit::<Inspect>(&app, &caller, &params).await?;
    let reference = params.required_text("id", &["id"])?;
    let found = app.store().find_sessions(&permit, reference, Dead::Include).await?;
    let one = |session: &Session| json!({ "id": session.id.to_string(), "name": session.name, "status": session.status.as_str() });
    Ok(Json(json!({ "matches": found.iter().take(10).map(one).collect::<Vec<_>>() })))
}

/// GET `/session/{s}`.
pub(crate) async fn info(
    State(app): State<App>,
    Signed(caller): Signed,
    SessionRef(reference): SessionRef,
    params: Params,
) -> Result<Json<Value>, ApiError> {
    let permit = permit::<Inspect>(&app, &caller, &params).await?;
    let session = one(&app, &permit, &reference, Dead::Skip).await?;
    let kernel = app.store().kernel(&permit.scope(), session.id.main_kernel()).await?;
    let container = kernel.as_ref().and_then(|kernel| kernel.container_id.clone());
    let last = kernel.as_ref().and_then(|kernel| kernel.last_stat.as_ref()).map(stats::print);
    Ok(Json(described(&session, container, last)))
}

/// PATCH `/session/{s}`: restart.
pub(crate) async fn restart(
    State(app): State<App>,
    Signed(caller): Signed,
    SessionRef(reference): SessionRef,
    params: Params,
) -> Result<StatusCode, ApiError> {
    let permit = permit::<Restart>(&app, &caller, &params).await?;
    let session = one(&app, &permit, &reference, Dead::Skip).await?;
    app.lifecycle().restart(&permit, &session).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// DELETE `/session/{s}`: the orderly end, or with `forced` the immediate one.
pub(crate) async fn destroy(
    State(app): State<App>,
    Signed(caller): Signed,
    SessionRef(reference): SessionRef,
    params: Params,
) -> Result<Json<Value>, ApiError> {
    let permit = permit::<Destroy>(&app, &caller, &params).await?;
    let destroyed = if params.flag(&["forced"], false)? {
        let forced = access::force(&caller, permit.clone())?;
        let session = one(&app, &permit, &reference, Dead::Skip).await?;
        app.lifecycle().force_destroy(&forced, &session).await?
    } else {
        let session = one(&app, &permit, &reference, Dead::Skip).await?;
        app.lifecycle().destroy(&permit, &session).await?
    };
    Ok(Json(json!({ "stats": ended(&destroyed) })))
}

/// POST `/session/{s}/rename`.
pub(crate) async fn rename(
    State(app): State<App>,
    Signed(caller): Signed,
    SessionRef(reference): SessionRef,
    params: Params,
) -> Result<StatusCode, ApiError> {
    let permit = permit::<Rename>(&app, &caller, &params).await?;
    let name = params.required_text("session_name", &["name", "clientSessionToken"])?;
    let session = one(&app, &permit, &reference, Dead::Include).await?;
    app.lifecycle().rename(&permit, &session, name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// GET `/session/{s}/logs`: of the living and of the dead.
pub(crate) async fn logs(
    State(app): State<App>,
    Signed(caller): Signed,
    SessionRef(reference): SessionRef,
    params: Params,
) -> Result<Json<Value>, ApiError> {
    let permit = permit::<Inspect>(&app, &caller, &params).await?;
    let session = one(&app, &permit, &reference, Dead::Include).await?;
    let logs = match app.lifecycle().logs(&permit, &session).await? {
        Some(logs) => logs,
        None if session.status.is_dead() => {
            return Err(ApiError::of(rollcall_wire::problem::ProblemType::SessionNotFound));
        }
        None => String::new(),
    };
    Ok(Json(json!({ "result": { "logs": logs } })))
}

fn ended(destroyed: &Destroyed) -> Value {
    match destroyed {
        Destroyed::Cancelled => json!({ "status": "cancelled" }),
        Destroyed::Terminated(last) => {
            let mut stats = json!({ "status": "terminated" });
            if let (Some(Value::Object(last)), Some(stats)) = (last.as_ref().map(stats::print), stats.as_object_mut()) {
                stats.extend(last);
                stats.insert("version".to_owned(), json!(2));
            }
            stats
        }
    }
}

/// The answer of `info`. Some values are the printed forms of another language, as always.
fn described(session: &Session, container: Option<String>, last: Option<Value>) -> Value {
    let none = || "None".to_owned();
    json!({
        "domainName": session.domain.as_str(),
        "groupId": session.group_id.to_string(),
        "userId": session.user_id.to_string(),
        "lang": session.image,
        "image": session.image,
        "registry": session.registry,
        "tag": session.tag,
        "containerId": container.unwrap_or_else(none),
        "occupiedSlots": printed_slots(&session.occupied_slots),
        "occupiedShares": "{}",
        "environ": printed_environ(&session.environ),
        "status": session.status.as_str(),
        "statusInfo": session.status_info.clone().unwrap_or_else(none),
        "statusData": session.status_data,
        "age": (now() - session.created_at).num_milliseconds().max(0),
        "creationTime": print_spaced(session.created_at),
        "terminationTime": session.terminated_at.map(print_spaced),
        "numQueriesExecuted": 0,
        "lastStat": last,
    })
}

fn printed_slots(slots: &Slots) -> String {
    let pairs: Vec<String> = slots.0.iter().map(|(name, amount)| format!("'{name}': Decimal('{amount}')")).collect();
    format!("{{{}}}", pairs.join(", "))
}

fn printed_environ(environ: &[(String, String)]) -> String {
    let escape = |text: &str| text.replace('\\', "\\\\").replace('\'', "\\'");
    let pairs: Vec<String> =
        environ.iter().map(|(name, value)| format!("'{}={}'", escape(name), escape(value))).collect();
    format!("[{}]", pairs.join(", "))
}
