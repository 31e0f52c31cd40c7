//! `/scaling-groups`: which resource groups one may use, and how their applications are reached
//! (`rest.md` §5).

use axum::Json;
use axum::extract::{Path, State};
use rollcall_model::account::ResourceGroup;
use rollcall_model::ids::GroupId;
use rollcall_wire::problem::ProblemType;
use rollcall_wire::resources::{GroupRequest, ScalingGroupName, ScalingGroupsAnswer};
use serde_json::{Value, json};

use super::groups::group;
use crate::auth::signed::Signed;
use crate::error::ApiError;
use crate::http::params::Input;
use crate::manager::App;
use crate::routes::{Access, Routes};

/// What the console speaks (`webui-calls.md` §9).
const CONSOLE: &str = "v2";

/// The routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get(Access::Signed, "/scaling-groups", list).get(
        Access::Signed,
        "/scaling-groups/{name}/wsproxy-version",
        wsproxy_version,
    )
}

/// GET `/scaling-groups`: active ones of the caller's domain, of the project and of the signing key.
pub(crate) async fn list(
    State(app): State<App>,
    Signed(caller): Signed,
    input: Input,
) -> Result<Json<ScalingGroupsAnswer>, ApiError> {
    let request = GroupRequest::required(input.parameters)?;
    let group = group(&app, &caller, request.group.as_deref().unwrap_or_default()).await?;
    let allowed = app.store().resource_groups_for(caller.domain(), group.id, caller.access_key()).await?;
    let scaling_groups = allowed.into_iter().map(|group| ScalingGroupName { name: group.name }).collect();
    Ok(Json(ScalingGroupsAnswer { scaling_groups }))
}

/// GET `/scaling-groups/{name}/wsproxy-version`.
pub(crate) async fn wsproxy_version(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(name): Path<String>,
    input: Input,
) -> Result<Json<Value>, ApiError> {
    let request = GroupRequest::optional(input.parameters)?;
    let group = match request.group {
        Some(reference) => group(&app, &caller, &reference).await?.id,
        // No project has it.
        None => GroupId(uuid::Uuid::nil()),
    };
    let allowed = app.store().resource_groups_for(caller.domain(), group, caller.access_key()).await?;
    let found = allowed.into_iter().find(|group| group.name == name);
    let none = || ApiError::msg(ProblemType::GenericNotFound, "No such scaling group.");
    let ResourceGroup { wsproxy_addr, .. } = found.ok_or_else(none)?;
    let version = match wsproxy_addr.filter(|address| !address.is_empty()) {
        None if app.settings().console.is_some() => CONSOLE.to_owned(),
        None => "v1".to_owned(),
        Some(address) if Some(&address) == app.settings().console.as_ref() => CONSOLE.to_owned(),
        Some(address) => app.proxies().version(&address).await?,
    };
    // One WebUI reads the one, clients of newer servers the other.
    Ok(Json(json!({ "version": version, "wsproxy_version": version })))
}
