//! POST `/session` and `/session/_/create` (`rest.md` §3.1): reads the parameters, lets the life
//! cycle decide, and waits for the session if the caller wants that.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use rollcall_lifecycle::{CreateConfig, CreateRequest, WaitOutcome};
use rollcall_model::access::Create;
use rollcall_model::session::{ClusterMode, Session, SessionType};
use rollcall_model::status::Status;
use serde_json::{Map, Value, json};

use super::owner::permit;
use crate::auth::signed::Signed;
use crate::error::ApiError;
use crate::http::params::{Params, invalid};
use crate::manager::App;

/// The route.
pub(crate) async fn create(
    State(app): State<App>,
    Signed(caller): Signed,
    params: Params,
) -> Result<Response, ApiError> {
    let permit = permit::<Create>(&app, &caller, &params).await?;
    let enqueue_only = params.flag(&["enqueueOnly"], false)?;
    let patience = patience(&params)?;
    let created = app.lifecycle().create(&caller, &permit, read(&params)?).await?;
    if !created.fresh {
        return Ok((StatusCode::OK, Json(reused(&created.session))).into_response());
    }
    if enqueue_only {
        return Ok(answer(&created.session, Status::Pending.as_str()));
    }
    let waited = app.lifecycle().wait_started(created.session.id, patience);
    let outcome = tokio::select! {
        outcome = waited => outcome?,
        // The server ends: the session goes on, and the caller asks again for what became of it.
        () = app.stopping().cancelled() => WaitOutcome::TimedOut(created.session),
    };
    match outcome {
        WaitOutcome::Settled(session) => Ok(answer(&session, session.status.as_str())),
        WaitOutcome::TimedOut(session) => Ok(answer(&session, "TIMEOUT")),
        WaitOutcome::Gone => Err(ApiError::of(rollcall_wire::problem::ProblemType::SessionNotFound)),
    }
}

fn answer(session: &Session, status: &str) -> Response {
    let ports = if session.status == Status::Running { service_ports(session) } else { Vec::new() };
    let body = json!({
        "sessionId": session.id.to_string(),
        "sessionName": session.name,
        "status": status,
        "servicePorts": ports,
        "created": true,
    });
    (StatusCode::CREATED, Json(body)).into_response()
}

/// The answer for a session that was there: `service_ports`, not `servicePorts`, and as stored.
fn reused(session: &Session) -> Value {
    json!({
        "sessionId": session.id.to_string(),
        "sessionName": session.name,
        "status": session.status.as_str(),
        "service_ports": session.service_ports,
        "created": false,
    })
}

/// Ports by the names of this route: inside ones alone, under `ports`.
fn service_ports(session: &Session) -> Vec<Value> {
    let stored = session.service_ports.as_ref().and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let one = |port: &Value| {
        let mut out = Map::new();
        for (name, from) in [
            ("name", "name"),
            ("protocol", "protocol"),
            ("ports", "container_ports"),
            ("url_template", "url_template"),
            ("allowed_arguments", "allowed_arguments"),
            ("allowed_envs", "allowed_envs"),
        ] {
            if let Some(value) = port.get(from) {
                out.insert(name.to_owned(), value.clone());
            }
        }
        Value::Object(out)
    };
    stored.iter().map(one).collect()
}

/// How long to wait; zero is for ever.
fn patience(params: &Params) -> Result<Option<Duration>, ApiError> {
    let seconds = params.integer(&["maxWaitSeconds"], 0, 0)?;
    Ok(u64::try_from(seconds).ok().filter(|seconds| *seconds > 0).map(Duration::from_secs))
}

fn read(params: &Params) -> Result<CreateRequest, ApiError> {
    let owned = |names: &[&str]| params.text(names).map(|text| text.map(str::to_owned));
    let cluster_size = params.integer(&["cluster_size", "clusterSize"], 1, 1)?;
    Ok(CreateRequest {
        name: params.required_text("session_name", &["name", "clientSessionToken"])?.to_owned(),
        image: params.required_text("image", &["image", "lang"])?.to_owned(),
        session_type: session_type(params)?,
        group: owned(&["group", "groupName", "group_name"])?.unwrap_or_else(|| "default".to_owned()),
        domain: owned(&["domain", "domainName", "domain_name"])?.unwrap_or_else(|| "default".to_owned()),
        cluster_size: i32::try_from(cluster_size).map_err(|_| invalid(&["cluster_size"], "value is too large"))?,
        cluster_mode: cluster_mode(params)?,
        tag: owned_or_blank(params, "tag")?,
        starts_at: owned(&["starts_at", "startsAt"])?,
        reuse: params.flag(&["reuseIfExists"], true)?,
        startup_command: owned_or_blank(params, "startupCommand")?,
        bootstrap_script: owned(&["bootstrap_script", "bootstrapScript"])?,
        config: config(&params.object(&["config"])?)?,
    })
}

/// An empty text counts as not given: clients fill unset options with it.
fn owned_or_blank(params: &Params, name: &str) -> Result<Option<String>, ApiError> {
    match params.get(&[name]) {
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        _ => Ok(params.text(&[name])?.map(str::to_owned)),
    }
}

fn session_type(params: &Params) -> Result<SessionType, ApiError> {
    const NAMES: &[&str] = &["type", "sessionType"];
    match params.text(NAMES)?.map(str::to_lowercase).as_deref() {
        None | Some("interactive") => Ok(SessionType::Interactive),
        Some("batch") => Ok(SessionType::Batch),
        Some(_) => Err(invalid(NAMES, "value is not a valid member of SessionTypes")),
    }
}

fn cluster_mode(params: &Params) -> Result<ClusterMode, ApiError> {
    const NAMES: &[&str] = &["cluster_mode", "clusterMode"];
    match params.text(NAMES)? {
        None | Some("single-node") => Ok(ClusterMode::SingleNode),
        Some("multi-node") => Ok(ClusterMode::MultiNode),
        Some(_) => Err(invalid(NAMES, "value is not a valid member of ClusterMode")),
    }
}

fn config(config: &Params) -> Result<CreateConfig, ApiError> {
    Ok(CreateConfig {
        mounts: texts(config, &["mounts"])?,
        mount_map: text_map(config, &["mount_map", "mountMap"])?,
        environ: text_map(config, &["environ"])?,
        scaling_group: config.text(&["scaling_group", "scalingGroup"])?.map(str::to_owned),
        resources: config.object(&["resources"])?.into_values(),
        resource_opts: config.object(&["resource_opts", "resourceOpts"])?.into_values(),
        agent_list: texts(config, &["agent_list", "agentList"])?,
    })
}

fn texts(config: &Params, names: &[&str]) -> Result<Vec<String>, ApiError> {
    let wrong = || invalid(names, "value is not a list of strings");
    match config.get(names) {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => {
            items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
        }
        Some(_) => Err(wrong()),
    }
}

fn text_map(config: &Params, names: &[&str]) -> Result<Vec<(String, String)>, ApiError> {
    let wrong = || invalid(names, "value is not a dictionary of strings");
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let entries = config.object(names)?.into_values();
    entries.into_iter().map(|(name, value)| Ok((name, text(&value).ok_or_else(wrong)?))).collect()
}
