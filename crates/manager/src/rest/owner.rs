//! Whose sessions a request is about (`rest.md` §0, `owner_access_key`), and which one.

use rollcall_model::access::{self, Caller, KeyOwner, Operation, Permit};
use rollcall_model::ids::AccessKey;
use rollcall_model::session::Session;
use rollcall_store::Dead;
use rollcall_wire::problem::ProblemType;
use serde_json::{Value, json};

use crate::error::ApiError;
use crate::http::params::Params;
use crate::manager::App;

/// The right to do `O` to the sessions of the key that the request is about.
pub(crate) async fn permit<O: Operation>(app: &App, caller: &Caller, params: &Params) -> Result<Permit<O>, ApiError> {
    let asked = params.owner_access_key()?.filter(|key| *key != caller.access_key().as_str());
    let owner = match asked {
        None => own(caller),
        Some(key) => app.store().key_owner(&AccessKey::from(key)).await?.ok_or_else(unknown_owner)?,
    };
    Ok(access::act_for(caller, owner)?)
}

/// The one session that `reference` means.
pub(crate) async fn one<O: Operation>(
    app: &App,
    permit: &Permit<O>,
    reference: &str,
    dead: Dead,
) -> Result<Session, ApiError> {
    let mut found = app.store().find_sessions(permit, reference, dead).await?;
    match found.len() {
        0 => Err(ApiError::of(ProblemType::SessionNotFound)),
        1 => Ok(found.remove(0)),
        _ => Err(ApiError::data(ProblemType::TooManySessionsMatched, json!({ "matches": matches(&found) }))),
    }
}

fn matches(found: &[Session]) -> Vec<Value> {
    let one = |session: &Session| {
        json!({
            "id": session.id.to_string(),
            "name": session.name,
            "status": session.status.as_str(),
            "created_at": rollcall_model::time::print_iso(session.created_at),
        })
    };
    found.iter().take(10).map(one).collect()
}

fn own(caller: &Caller) -> KeyOwner {
    let identity = caller.identity();
    KeyOwner {
        access_key: identity.access_key.clone(),
        user_id: identity.user_id,
        role: identity.role,
        domain: identity.domain.clone(),
        resource_policy: identity.resource_policy.clone(),
    }
}

fn unknown_owner() -> ApiError {
    ApiError::msg(ProblemType::InvalidApiParams, "Unknown or inactive owner access key")
}
