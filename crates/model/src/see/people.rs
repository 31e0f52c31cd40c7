//! Which people and keys may be read.

use super::{SeeAccount, see_account};
use crate::access::{Caller, Denied};
use crate::ids::{DomainName, UserId};
use crate::role::Role;

/// The people that may be listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeeUsers {
    domain: Option<DomainName>,
}

impl SeeUsers {
    /// The only domain that is shown; `None` is any.
    #[must_use]
    pub fn domain(&self) -> Option<&DomainName> {
        self.domain.as_ref()
    }
}

/// Who `users` and `user_list` show: all to superadmins, the own domain to admins.
///
/// # Errors
/// [`Denied::Insufficient`] for users and for admins asking another domain, [`Denied::UnknownRole`]
/// for monitors.
pub fn see_users(caller: &Caller, domain: Option<&str>) -> Result<SeeUsers, Denied> {
    match caller.role() {
        Role::Superadmin => Ok(SeeUsers { domain: domain.map(DomainName::from) }),
        Role::Admin if domain.is_none_or(|domain| domain == caller.domain().as_str()) => {
            Ok(SeeUsers { domain: Some(caller.domain().clone()) })
        }
        Role::Admin | Role::User => Err(Denied::Insufficient),
        Role::Monitor => Err(Denied::UnknownRole),
    }
}

/// Access class S+(user_id): like [`see_account`], with the id in its canonical form as subject, so
/// that one's own is known in whatever form it was written.
///
/// # Errors
/// Those of [`see_account`].
pub fn see_user_by_id(caller: &Caller, domain: Option<&str>, asked: Option<UserId>) -> Result<SeeAccount, Denied> {
    let asked = asked.map(|id| id.to_string());
    see_account(caller, domain, asked.as_deref(), &caller.identity().user_id.to_string())
}

/// The keys that may be listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeeKeypairs {
    domain: Option<DomainName>,
    email: Option<String>,
}

impl SeeKeypairs {
    /// The only domain whose people's keys are shown; `None` is any.
    #[must_use]
    pub fn domain(&self) -> Option<&DomainName> {
        self.domain.as_ref()
    }

    /// The only person whose keys are shown; `None` is anyone.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }
}

/// Access class S(email) of `keypairs` and `keypair_list`.
///
/// # Errors
/// [`Denied::Forbidden`] for another domain or somebody else, [`Denied::UnknownRole`] for monitors.
pub fn see_keypairs(caller: &Caller, domain: Option<&str>, email: Option<&str>) -> Result<SeeKeypairs, Denied> {
    let foreign = domain.is_some_and(|domain| domain != caller.domain().as_str());
    let own = caller.identity().email.as_str();
    let asked = email.map(str::to_owned);
    match caller.role() {
        Role::Superadmin => Ok(SeeKeypairs { domain: domain.map(DomainName::from), email: asked }),
        Role::Admin if !foreign => Ok(SeeKeypairs { domain: Some(caller.domain().clone()), email: asked }),
        Role::User if !foreign && email.is_none_or(|email| email == own) => {
            Ok(SeeKeypairs { domain: Some(caller.domain().clone()), email: Some(own.to_owned()) })
        }
        Role::Admin | Role::User => Err(Denied::Forbidden),
        Role::Monitor => Err(Denied::UnknownRole),
    }
}

/// A proof that the caller may read the secret half of a key.
#[derive(Clone, Copy, Debug)]
pub struct SeeSecret(());

/// The secret half is told to its person alone, stricter than the contract. That of an administrative key
/// takes one: a plain key, which may do little and lies about the more, must not become the other by reading
/// it.
///
/// # Errors
/// [`Denied::Forbidden`] otherwise.
pub fn see_secret(caller: &Caller, owner: UserId, is_admin: bool) -> Result<SeeSecret, Denied> {
    let own = caller.identity().user_id == owner;
    if own && (caller.identity().key_is_admin || !is_admin) { Ok(SeeSecret(())) } else { Err(Denied::Forbidden) }
}
