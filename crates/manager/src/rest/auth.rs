//! `/auth`: who one is, and how one gets a key.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::Json;
use axum::extract::{ConnectInfo, State};
use rollcall_model::ids::GroupId;
use rollcall_wire::problem::ProblemType;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::auth::password;
use crate::auth::signed::Signed;
use crate::auth::throttle::Attempt;
use crate::error::ApiError;
use crate::http::params::{Params, invalid};
use crate::manager::App;

/// GET and POST `/auth`, `/auth/test`: repeats a word to whoever signs rightly.
pub(crate) async fn test(_signed: Signed, params: Params) -> Result<Json<Value>, ApiError> {
    let echo = params.required_text("echo", &["echo"])?;
    Ok(Json(json!({ "authorized": "yes", "echo": echo })))
}

/// POST `/auth/authorize`: a keypair for a password.
pub(crate) async fn authorize(
    State(app): State<App>,
    peer: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    params: Params,
) -> Result<Json<Value>, ApiError> {
    match params.required_text("type", &["type"])? {
        "keypair" => {}
        _ => return Err(invalid(&["type"], "only keypair is supported")),
    }
    let domain = params.required_text("domain", &["domain"])?;
    let email = params.required_text("username", &["username"])?;
    let password = SecretString::from(params.required_text("password", &["password"])?);
    let address = peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.0.0.ip());
    let attempt = Attempt::new(domain, email, address);
    let (access_key, secret_key) = password::login(&app, domain, email, password, &attempt).await?;
    // The one answer besides a key's own that holds a secret: the password has just proved its owner.
    Ok(Json(json!({ "data": {
        "access_key": access_key.as_str(),
        "secret_key": secret_key.expose_secret(),
        "role": "user",
        "status": "active",
    } })))
}

/// GET `/auth/role`: rights in words, by the rules that REST itself follows.
pub(crate) async fn role(
    State(app): State<App>,
    Signed(caller): Signed,
    params: Params,
) -> Result<Json<Value>, ApiError> {
    let group_role = match params.uuid(&["group"])? {
        None => None,
        Some(group) if app.store().is_member(GroupId(group), caller.identity().user_id).await? => Some("user"),
        Some(_) => return Err(ApiError::msg(ProblemType::GenericNotFound, "No such project or you are not in it.")),
    };
    Ok(Json(json!({
        "global_role": if caller.is_rest_superadmin() { "superadmin" } else { "user" },
        "domain_role": if caller.is_rest_admin() { "admin" } else { "user" },
        "group_role": group_role,
    })))
}
