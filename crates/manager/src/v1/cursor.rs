//! Cursors: where a page ended, with the order and the conditions it was asked with. Sealed, so that
//! nobody can make one or read one, and bound to person, role and domain: another's opens nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rollcall_model::access::Caller;
use rollcall_model::list::after::After;
use rollcall_store::{Store, StoreError};
use rollcall_wire::parameters;
use rollcall_wire::v1::ListAsked;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::ApiError;

/// Raised when what is inside changes its meaning; older ones are refused then.
const VERSION: u8 = 1;
/// Longer ones are none of ours: filters are bounded, and so are names.
const LONGEST: usize = 64 << 10;

/// What a cursor carries.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Cursor {
    version: u8,
    status: Option<String>,
    filter: Option<String>,
    order: Option<String>,
    domain_name: Option<String>,
    group_id: Option<Uuid>,
    access_key: Option<String>,
    pub(super) after: After,
}

impl Cursor {
    /// The place after `after` in the list that was asked for.
    pub(super) fn of(asked: &ListAsked, after: After) -> Self {
        Self {
            version: VERSION,
            status: asked.status.clone(),
            filter: asked.filter.clone(),
            order: asked.order.clone(),
            domain_name: asked.domain_name.clone(),
            group_id: asked.group_id,
            access_key: asked.access_key.clone(),
            after,
        }
    }

    /// As it travels.
    pub(super) fn seal(&self, store: &Store, caller: &Caller) -> Result<String, StoreError> {
        let text = serde_json::to_vec(self).map_err(|_| StoreError::Token)?;
        Ok(URL_SAFE_NO_PAD.encode(store.seal_token(&bound_to(caller), &text)?))
    }

    /// Reads one, and fills what it carries into `asked`. What was asked for beside it must be the same.
    pub(super) fn open(store: &Store, caller: &Caller, text: &str, asked: &mut ListAsked) -> Result<Self, ApiError> {
        let sealed = URL_SAFE_NO_PAD.decode(text).ok().filter(|sealed| sealed.len() <= LONGEST);
        let opened = sealed.and_then(|sealed| store.open_token(&bound_to(caller), &sealed));
        let cursor = opened.and_then(|text| serde_json::from_slice::<Self>(&text).ok());
        let cursor = cursor.filter(|cursor| cursor.version == VERSION).ok_or_else(|| wrong("cursor", NOT_YOURS))?;
        same("status", &cursor.status, &mut asked.status)?;
        same("filter", &cursor.filter, &mut asked.filter)?;
        same("order", &cursor.order, &mut asked.order)?;
        same("domain_name", &cursor.domain_name, &mut asked.domain_name)?;
        same("group_id", &cursor.group_id, &mut asked.group_id)?;
        same("access_key", &cursor.access_key, &mut asked.access_key)?;
        Ok(cursor)
    }
}

const NOT_YOURS: &str = "is no cursor of yours, or of an older server: begin without one";

fn same<T: Clone + PartialEq>(name: &str, carried: &Option<T>, asked: &mut Option<T>) -> Result<(), ApiError> {
    if asked.is_some() && asked != carried {
        return Err(wrong(name, "differs from what the cursor was made with: leave it out, or begin without a cursor"));
    }
    asked.clone_from(carried);
    Ok(())
}

fn bound_to(caller: &Caller) -> String {
    let identity = caller.identity();
    format!("cursor:{}:{}:{}", identity.user_id, identity.role.as_str(), identity.domain)
}

/// One wrong parameter.
pub(super) fn wrong(name: &str, reason: &str) -> ApiError {
    let mut given = parameters::Parameters::default();
    given.wrong(name, reason);
    match given.finish(()) {
        Err(problem) => problem.into(),
        Ok(()) => ApiError::Internal("a wrong parameter is one"),
    }
}
