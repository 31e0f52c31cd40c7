//! Logins: whose may be seen and ended by whom.

use crate::access::{Caller, Denied};
use crate::ids::{DomainName, UserId};

/// A proof that the caller may see and end logins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeeLogins {
    user: Option<UserId>,
    domain: Option<DomainName>,
}

impl SeeLogins {
    /// One's own: everybody.
    #[must_use]
    pub fn own(caller: &Caller) -> Self {
        Self { user: Some(caller.identity().user_id), domain: None }
    }

    /// Those of everybody in reach: an admin's domain, and all for superadmins.
    ///
    /// # Errors
    /// [`Denied::Insufficient`] for everyone else.
    pub fn all(caller: &Caller) -> Result<Self, Denied> {
        if caller.is_rest_superadmin() {
            Ok(Self { user: None, domain: None })
        } else if caller.is_rest_admin() {
            Ok(Self { user: None, domain: Some(caller.domain().clone()) })
        } else {
            Err(Denied::Insufficient)
        }
    }

    /// Only of this person.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        self.user
    }

    /// Only of people of this domain, and of no superadmin there.
    #[must_use]
    pub fn domain(&self) -> Option<&DomainName> {
        self.domain.as_ref()
    }
}
