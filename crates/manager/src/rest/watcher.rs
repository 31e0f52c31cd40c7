//! `/resource/watcher` (`rest.md` §7): agents are part of this program and have no watcher beside
//! them, which is said to those who may know of the agent.

use axum::extract::State;
use http::Method;
use rollcall_model::access::see_agents;
use rollcall_wire::manager::WatcherRequest;
use rollcall_wire::problem::ProblemType;

use crate::auth::signed::Signed;
use crate::error::ApiError;
use crate::http::params::Input;
use crate::manager::App;
use crate::routes::{Access, Guard, Routes};

/// The routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    let mut routes = routes.get(Access::Superadmin, "/resource/watcher", watcher);
    for path in ["/resource/watcher/agent/start", "/resource/watcher/agent/stop", "/resource/watcher/agent/restart"] {
        routes = routes.on(Access::Superadmin, Guard::Reads, Method::POST, path, watcher);
    }
    routes
}

/// All of them: an unknown agent, or one without a watcher.
pub(crate) async fn watcher(State(app): State<App>, Signed(caller): Signed, input: Input) -> Result<(), ApiError> {
    let request = WatcherRequest::of(input.parameters)?;
    match app.store().agent(&see_agents(&caller)?, &request.agent).await? {
        None => Err(ApiError::of(ProblemType::InstanceNotFound)),
        Some(agent) => Err(ApiError::msg(
            ProblemType::ServiceUnavailable,
            format!("The agent {} has no watcher: it starts and ends with the server that it is part of.", agent.id),
        )),
    }
}
