//! `/config`: what this server offers, and the superadmin's free configuration (`rest.md` §2).

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use http::Method;
use rollcall_model::resources::superintend;
use rollcall_wire::config::{ConfigEntries, ConfigKey, done, nested, one};
use rollcall_wire::folders;
use serde_json::{Map, Value};

use crate::auth::signed::Signed;
use crate::error::ApiError;
use crate::http::params::Input;
use crate::manager::App;
use crate::routes::{Access, Guard, Routes};

/// The routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    use Access::{Public, Superadmin};
    routes
        .on(Public, Guard::Always, Method::GET, "/config/resource-slots", resource_slots)
        .on(Public, Guard::Always, Method::GET, "/config/vfolder-types", vfolder_types)
        .on(Superadmin, Guard::Always, Method::GET, "/config/docker-registries", docker_registries)
        .on(Superadmin, Guard::Always, Method::POST, "/config/get", get)
        .on(Superadmin, Guard::Always, Method::POST, "/config/set", set)
        .on(Superadmin, Guard::Always, Method::POST, "/config/delete", delete)
}

/// GET `/config/resource-slots`: each slot and its unit.
pub(crate) async fn resource_slots(State(app): State<App>) -> Result<Json<BTreeMap<String, String>>, ApiError> {
    Ok(Json(app.store().slot_units().await?))
}

/// GET `/config/vfolder-types`: the kinds that there could be; no storage is attached.
pub(crate) async fn vfolder_types() -> Json<Value> {
    Json(folders::types())
}

/// GET `/config/docker-registries`.
pub(crate) async fn docker_registries(
    State(app): State<App>,
    Signed(caller): Signed,
) -> Result<Json<Map<String, Value>>, ApiError> {
    let registries = app.store().registries(superintend(&caller)?).await?;
    Ok(Json(registries.into_iter().map(|(name, url)| (name, url.into())).collect()))
}

/// POST `/config/get`.
pub(crate) async fn get(State(app): State<App>, Signed(caller): Signed, input: Input) -> Result<Json<Value>, ApiError> {
    let ConfigKey { key, prefix } = ConfigKey::of(input.parameters)?;
    let may = superintend(&caller)?;
    Ok(Json(match prefix {
        true => nested(&key, app.store().config_below(may, &key).await?),
        false => one(app.store().config_entry(may, &key).await?),
    }))
}

/// POST `/config/set`: adds to what is there.
pub(crate) async fn set(State(app): State<App>, Signed(caller): Signed, input: Input) -> Result<Json<Value>, ApiError> {
    let entries = ConfigEntries::of(input.parameters)?;
    app.store().set_config(superintend(&caller)?, &entries.0).await?;
    Ok(Json(done()))
}

/// POST `/config/delete`.
pub(crate) async fn delete(
    State(app): State<App>,
    Signed(caller): Signed,
    input: Input,
) -> Result<Json<Value>, ApiError> {
    let ConfigKey { key, prefix } = ConfigKey::of(input.parameters)?;
    app.store().delete_config(superintend(&caller)?, &key, prefix).await?;
    Ok(Json(done()))
}
