//! Which domains, projects, policies and equipment may be read.

use crate::access::{Caller, Denied};
use crate::ids::{DomainName, UserId};
use crate::role::Role;

/// A proof that the caller may read what superadmins alone may (access class P).
#[derive(Clone, Copy, Debug)]
pub struct Privileged(());

/// Access class P: all domains, resource groups, storage.
///
/// # Errors
/// [`Denied::SuperadminOnly`] for everyone else.
pub fn see_privileged(caller: &Caller) -> Result<Privileged, Denied> {
    match caller.role() {
        Role::Superadmin => Ok(Privileged(())),
        Role::Admin | Role::User | Role::Monitor => Err(Denied::SuperadminOnly),
    }
}

/// The one domain that may be looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeeDomain(DomainName);

impl SeeDomain {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &DomainName {
        &self.0
    }
}

/// `domain`: one's own for every role, any for superadmins.
///
/// # Errors
/// [`Denied::NoSuchDomain`] for another one, whether it exists or not.
pub fn see_domain(caller: &Caller, name: Option<&str>) -> Result<SeeDomain, Denied> {
    let own = caller.domain();
    match name {
        None => Ok(SeeDomain(own.clone())),
        Some(name) if caller.role() == Role::Superadmin || name == own.as_str() => {
            Ok(SeeDomain(DomainName::from(name)))
        }
        Some(_) => Err(Denied::NoSuchDomain),
    }
}

/// The projects that may be read: those of a domain, those that a person joined, or all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeeGroups {
    domain: Option<DomainName>,
    member: Option<UserId>,
}

impl SeeGroups {
    /// The only domain that is shown; `None` is any.
    #[must_use]
    pub fn domain(&self) -> Option<&DomainName> {
        self.domain.as_ref()
    }

    /// The person whose projects alone are shown; `None` is anyone.
    #[must_use]
    pub fn member(&self) -> Option<UserId> {
        self.member
    }

    fn joined_by(caller: &Caller) -> Self {
        Self { domain: None, member: Some(caller.identity().user_id) }
    }
}

/// Which projects `groups` lists: users see those they joined, whatever they ask for.
///
/// # Errors
/// [`Denied::Insufficient`] for an admin asking another domain, [`Denied::UnknownRole`] for monitors.
pub fn see_groups(caller: &Caller, domain: Option<&str>) -> Result<SeeGroups, Denied> {
    match caller.role() {
        Role::User => Ok(SeeGroups::joined_by(caller)),
        _ => see_group(caller, domain),
    }
}

/// Which projects `group` and `groups_by_name` may find. What is not among them is answered like
/// what does not exist; only the naming of another domain is refused, before anything is looked up.
///
/// # Errors
/// [`Denied::Insufficient`] for another domain, [`Denied::UnknownRole`] for monitors.
pub fn see_group(caller: &Caller, domain: Option<&str>) -> Result<SeeGroups, Denied> {
    let foreign = domain.is_some_and(|domain| domain != caller.domain().as_str());
    match caller.role() {
        Role::Superadmin => Ok(SeeGroups { domain: domain.map(DomainName::from), member: None }),
        Role::Monitor => Err(Denied::UnknownRole),
        Role::Admin | Role::User if foreign => Err(Denied::Insufficient),
        Role::Admin => Ok(SeeGroups { domain: Some(caller.domain().clone()), member: None }),
        Role::User => Ok(SeeGroups { domain: domain.map(DomainName::from), ..SeeGroups::joined_by(caller) }),
    }
}

/// The keypair policies that may be listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeePolicies {
    holder: Option<UserId>,
}

impl SeePolicies {
    /// The person whose keys' policies alone are shown; `None` is anyone.
    #[must_use]
    pub fn holder(&self) -> Option<UserId> {
        self.holder
    }
}

/// `keypair_resource_policies`: all to administrators, those of their own keys to users.
///
/// # Errors
/// [`Denied::UnknownRole`] for monitors.
pub fn see_policies(caller: &Caller) -> Result<SeePolicies, Denied> {
    match caller.role() {
        Role::Superadmin | Role::Admin => Ok(SeePolicies { holder: None }),
        Role::User => Ok(SeePolicies { holder: Some(caller.identity().user_id) }),
        Role::Monitor => Err(Denied::UnknownRole),
    }
}
