//! Who may open the terminal of a session (`rest.md` §4, and Rollcall's own setting for administrators).

use serde_json::{Value, json};

use crate::access::Inspect;
use crate::access::{Caller, Denied, KeyOwner, Scope, ScopeArguments, act_for, person_scope};

/// What clients know the terminal as among the services of a session.
pub const SERVICE: &str = "ttyd";

/// The terminal as a service of a session (`webui-calls.md` §9). It is reached through the manager and has
/// no port.
#[must_use]
pub fn service() -> Value {
    json!({ "name": SERVICE, "protocol": "http", "container_ports": [], "host_ports": [] })
}

/// A proof that the caller may open the terminals of one key's sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenTerminal {
    scope: Scope,
    as_administrator: bool,
}

impl OpenTerminal {
    /// Which sessions.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Whether it is somebody else's, so that the session's history is to say who opened it.
    #[must_use]
    pub fn as_administrator(&self) -> bool {
        self.as_administrator
    }
}

/// The owner, with whichever of their keys. Administrators only where the server lets them
/// (`admins_may`), and then those who may act for the owner. A key that there is not is refused as one
/// that one may not use.
///
/// # Errors
/// [`Denied::Forbidden`] otherwise.
pub fn open_terminal(caller: &Caller, owner: Option<KeyOwner>, admins_may: bool) -> Result<OpenTerminal, Denied> {
    let owner = owner.ok_or(Denied::Forbidden)?;
    if owner.user_id == caller.identity().user_id {
        let asked = ScopeArguments { access_key: Some(owner.access_key.as_str()), ..ScopeArguments::default() };
        // Monitors have sessions of their own too, and no list by the person.
        let scope = match person_scope(caller, asked) {
            Ok(scope) => scope,
            Err(_) => act_for::<Inspect>(caller, owner)?.scope(),
        };
        return Ok(OpenTerminal { scope, as_administrator: false });
    }
    if !admins_may {
        return Err(Denied::Forbidden);
    }
    Ok(OpenTerminal { scope: act_for::<Inspect>(caller, owner)?.scope(), as_administrator: true })
}
