//! Logins: who may make one without a password, and whose may be seen and ended by whom.

use crate::access::{Caller, Denied};
use crate::ids::{AccessKey, DomainName, UserId};

/// What a request that wants a login came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CameWith {
    /// The signature of a key.
    Signature,
    /// The token of a login.
    Token,
}

/// A proof that a login may be made that acts as the caller's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyLogin {
    user: UserId,
    access_key: AccessKey,
}

impl KeyLogin {
    /// Of the key that signed: everybody, of whatever role, for it gives them no more than they have.
    ///
    /// # Errors
    /// [`Denied::Insufficient`] for who came with a login: one could be prolonged without an end.
    pub fn of(caller: &Caller, came_with: CameWith) -> Result<Self, Denied> {
        match came_with {
            CameWith::Signature => {
                Ok(Self { user: caller.identity().user_id, access_key: caller.access_key().clone() })
            }
            CameWith::Token => Err(Denied::Insufficient),
        }
    }

    /// Person.
    #[must_use]
    pub fn user(&self) -> UserId {
        self.user
    }

    /// The key that signed.
    #[must_use]
    pub fn access_key(&self) -> &AccessKey {
        &self.access_key
    }
}

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
