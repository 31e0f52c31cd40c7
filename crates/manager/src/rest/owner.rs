//! Whose sessions a request is about (`rest.md` §0, `owner_access_key`), and which one.

use rollcall_model::access::{self, Caller, KeyOwner, Operation, Permit};
use rollcall_model::ids::AccessKey;
use rollcall_model::session::Session;
use rollcall_store::Dead;
use rollcall_wire::problem::ProblemType;
use rollcall_wire::session::too_many_matched;

use crate::error::ApiError;
use crate::manager::App;

/// The right to do `O` to the sessions of the key that the request is about. A key that one may not
/// use and one that doesn't exist answer the same, for everybody.
pub(crate) async fn permit<O: Operation>(
    app: &App,
    caller: &Caller,
    owner: Option<&str>,
) -> Result<Permit<O>, ApiError> {
    let owner = match owner.filter(|key| *key != caller.access_key().as_str()) {
        None => Some(own(caller)),
        Some(key) => app.store().key_owner(&AccessKey::from(key)).await?,
    };
    Ok(access::act_for_found(caller, owner)?)
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
        _ => Err(too_many_matched(&found).into()),
    }
}

fn own(caller: &Caller) -> KeyOwner {
    let identity = caller.identity();
    KeyOwner {
        access_key: identity.access_key.clone(),
        user_id: identity.user_id,
        role: identity.role,
        domain: identity.domain.clone(),
        resource_policy: identity.resource_policy.clone(),
        active: true,
    }
}
