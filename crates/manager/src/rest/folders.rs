//! `/folders` (`rest.md` §11) of a server without storage: lists are empty, nothing is found, and what
//! would make something says why it cannot.

use axum::Json;
use http::Method;
use rollcall_model::resources::superintend;
use rollcall_wire::folders::{self, ListRequest};
use rollcall_wire::problem::ProblemType;
use serde_json::{Value, json};

use crate::auth::signed::Signed;
use crate::error::ApiError;
use crate::http::params::Input;
use crate::routes::{Access, Guard, Routes};

const NO_STORAGE: &str = "This server has no storage.";

/// The routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes.with(lists).with(single).with(changes).with(administration)
}

/// What everybody may list, and find empty.
fn lists(routes: Routes) -> Routes {
    use Access::Signed;
    routes
        .get(Signed, "/folders", list)
        .get(Signed, "/folders/_/hosts", hosts)
        .get(Signed, "/folders/_/allowed-types", types)
        .get(Signed, "/folders/_/allowed_types", types)
        .get(Signed, "/folders/_/shared", shared)
        .get(Signed, "/folders/invitations/list", invitations)
        .get(Signed, "/folders/invitations/list-sent", invitations)
        .get(Signed, "/folders/invitations/list_sent", invitations)
}

/// What is asked of one folder, and of one that nobody has.
fn single(routes: Routes) -> Routes {
    use Access::Signed;
    let post = |routes: Routes, path| routes.on(Signed, Guard::Reads, Method::POST, path, missing);
    let delete = |routes: Routes, path| routes.on(Signed, Guard::Reads, Method::DELETE, path, missing);
    let routes = routes.get(Signed, "/folders/_/quota", of_host_and_id).get(Signed, "/folders/{name}", missing).get(
        Signed,
        "/folders/{name}/files",
        missing,
    );
    let routes = [
        "/folders/_/shared",
        "/folders/_/quota",
        "/folders/{name}/mkdir",
        "/folders/{name}/request-upload",
        "/folders/{name}/request-download",
        "/folders/{name}/rename-file",
        "/folders/{name}/rename_file",
    ]
    .into_iter()
    .fold(routes, post);
    ["/folders/{name}/delete-files", "/folders/{name}/delete_files"].into_iter().fold(routes, delete)
}

/// What would change a folder or an invitation.
fn changes(routes: Routes) -> Routes {
    use Access::{Admin, Signed};
    let post = |routes: Routes, path| routes.on(Signed, Guard::Writes, Method::POST, path, missing);
    let routes = [
        "/folders/{name}/rename",
        "/folders/{name}/update-options",
        "/folders/{name}/invite",
        "/folders/{name}/leave",
        "/folders/{name}/clone",
        "/folders/invitations/accept",
        "/folders/invitations/update/{id}",
    ]
    .into_iter()
    .fold(routes, post);
    routes
        .on(Signed, Guard::Writes, Method::POST, "/folders", create)
        .on(Signed, Guard::Writes, Method::DELETE, "/folders/{name}", delete)
        .on(Signed, Guard::Writes, Method::DELETE, "/folders/invitations/delete", missing)
        .on(Admin, Guard::Writes, Method::POST, "/folders/{name}/share", missing)
        .on(Admin, Guard::Writes, Method::DELETE, "/folders/{name}/unshare", missing)
}

/// Superadmins' view of hosts and mounts.
fn administration(routes: Routes) -> Routes {
    use Access::Superadmin;
    routes
        .on(Superadmin, Guard::Writes, Method::DELETE, "/folders", missing)
        .get(Superadmin, "/folders/_/all-hosts", all_hosts)
        .get(Superadmin, "/folders/_/all_hosts", all_hosts)
        .get(Superadmin, "/folders/_/perf-metric", of_host)
        .get(Superadmin, "/folders/_/usage", of_host_and_id)
        .get(Superadmin, "/folders/_/fstab", fstab)
        .get(Superadmin, "/folders/_/mounts", mounts)
        .on(Superadmin, Guard::Always, Method::POST, "/folders/_/mounts", mount)
        .on(Superadmin, Guard::Always, Method::DELETE, "/folders/_/mounts", mount)
}

/// GET `/folders`. Everybody's are for superadmins to see.
pub(crate) async fn list(Signed(caller): Signed, input: Input) -> Result<Json<Value>, ApiError> {
    if ListRequest::of(input.parameters)?.all {
        superintend(&caller)?;
    }
    Ok(Json(json!([])))
}

/// POST `/folders`.
pub(crate) async fn create(_signed: Signed, input: Input) -> Result<Json<Value>, ApiError> {
    folders::new_folder(input.parameters)?;
    Err(ApiError::msg(ProblemType::VfolderCreationFailed, NO_STORAGE))
}

/// DELETE `/folders/{name}`: the one place where the contract has another word for what is not there.
pub(crate) async fn delete(_signed: Signed) -> ApiError {
    ApiError::msg(ProblemType::InvalidApiParams, "No such vfolder.")
}

/// Whatever is done to one folder or invitation.
pub(crate) async fn missing(_signed: Signed) -> ApiError {
    ApiError::of(ProblemType::VfolderNotFound)
}

/// GET `/folders/_/quota` and `/folders/_/usage`.
pub(crate) async fn of_host_and_id(_signed: Signed, input: Input) -> Result<Json<Value>, ApiError> {
    folders::host_and_id(input.parameters)?;
    Err(ApiError::of(ProblemType::VfolderNotFound))
}

/// GET `/folders/_/perf-metric`.
pub(crate) async fn of_host(_signed: Signed, input: Input) -> Result<Json<Value>, ApiError> {
    folders::host(input.parameters)?;
    Err(ApiError::msg(ProblemType::GenericNotFound, "No such folder host."))
}

/// POST and DELETE `/folders/_/mounts`.
pub(crate) async fn mount(_signed: Signed) -> ApiError {
    ApiError::msg(ProblemType::VfolderOperationFailed, NO_STORAGE)
}

async fn hosts(_signed: Signed) -> Json<Value> {
    Json(folders::hosts())
}

async fn all_hosts(_signed: Signed) -> Json<Value> {
    Json(folders::all_hosts())
}

async fn types(_signed: Signed) -> Json<Value> {
    Json(folders::types())
}

async fn shared(_signed: Signed) -> Json<Value> {
    Json(folders::shared())
}

async fn invitations(_signed: Signed) -> Json<Value> {
    Json(folders::invitations())
}

async fn mounts(_signed: Signed) -> Json<Value> {
    Json(folders::mounts())
}

async fn fstab(_signed: Signed) -> Json<Value> {
    Json(folders::fstab())
}
