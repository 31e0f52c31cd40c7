//! POST `/session` and `/session/_/create` (`rest.md` §3.1): lets the life cycle decide, and waits
//! for the session if the caller wants that.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use rollcall_lifecycle::{self as lifecycle, WaitOutcome};
use rollcall_model::access::{Caller, Create, Permit};
use rollcall_model::session::Session;
use rollcall_wire::problem::ProblemType;
use rollcall_wire::session::{CreateConfig, CreateRequest, Created, Reused};
use serde_json::Value;

use super::owner::permit;
use crate::auth::signed::Signed;
use crate::error::ApiError;
use crate::http::params::Input;
use crate::manager::App;
use crate::routes::{Access, Guard, Routes};

/// Making sessions.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes.on(Access::Signed, Guard::Writes, Method::POST, "/session", create).on(
        Access::Signed,
        Guard::Writes,
        Method::POST,
        "/session/_/create",
        create,
    )
}

/// The route.
pub(crate) async fn create(State(app): State<App>, Signed(caller): Signed, input: Input) -> Result<Response, ApiError> {
    let permit = permit::<Create>(&app, &caller, input.owner.as_deref()).await?;
    start(&app, &caller, &permit, CreateRequest::of(input.parameters)?).await
}

/// Makes the session and answers as the request wants: at once, or when it has started.
pub(crate) async fn start(
    app: &App,
    caller: &Caller,
    permit: &Permit<Create>,
    request: CreateRequest,
) -> Result<Response, ApiError> {
    // Zero is for ever.
    let patience = (request.max_wait_seconds > 0).then(|| Duration::from_secs(request.max_wait_seconds));
    let enqueue_only = request.enqueue_only;
    let created = app.lifecycle().create(caller, permit, asked(request)).await?;
    match created {
        lifecycle::Created { session, fresh: false } => Ok(Json(Reused::of(&session)).into_response()),
        lifecycle::Created { session, .. } if enqueue_only => Ok(answer(&session, false)),
        lifecycle::Created { session, .. } => wait(app, session, patience).await,
    }
}

async fn wait(app: &App, session: Session, patience: Option<Duration>) -> Result<Response, ApiError> {
    let outcome = tokio::select! {
        outcome = app.lifecycle().wait_started(session.id, patience) => outcome?,
        // The server ends; the session goes on, and the caller asks later what became of it.
        () = app.stopping().cancelled() => WaitOutcome::TimedOut(session),
    };
    match outcome {
        WaitOutcome::Settled(session) => Ok(answer(&session, false)),
        WaitOutcome::TimedOut(session) => Ok(answer(&session, true)),
        WaitOutcome::Gone => Err(ApiError::of(ProblemType::SessionNotFound)),
    }
}

fn answer(session: &Session, timed_out: bool) -> Response {
    (StatusCode::CREATED, Json(Created::of(session, timed_out))).into_response()
}

fn asked(request: CreateRequest) -> lifecycle::CreateRequest {
    lifecycle::CreateRequest {
        name: request.name,
        image: request.image,
        session_type: request.session_type,
        group: request.group,
        domain: request.domain,
        cluster_size: request.cluster_size,
        cluster_mode: request.cluster_mode,
        tag: request.tag,
        starts_at: request.starts_at,
        reuse: request.reuse_if_exists,
        startup_command: request.startup_command,
        bootstrap_script: request.bootstrap_script,
        config: config(request.config),
    }
}

fn config(config: CreateConfig) -> lifecycle::CreateConfig {
    lifecycle::CreateConfig {
        mounts: config.mounts,
        mount_map: config.mount_map,
        environ: config.environ,
        scaling_group: config.scaling_group,
        resources: match config.resources.to_json() {
            Value::Object(resources) => resources,
            _ => serde_json::Map::new(),
        },
        resource_opts: config.resource_opts,
        agent_list: config.agent_list,
    }
}
