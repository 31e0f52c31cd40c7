//! Who may read which accounts, projects and images through GraphQL (`graphql.md` §2, §5).

mod belongings;
mod people;

use crate::access::{Caller, Denied};
use crate::ids::DomainName;
use crate::role::Role;

pub use belongings::{
    Privileged, SeeDomain, SeeGroups, SeePolicies, see_domain, see_group, see_groups, see_policies, see_privileged,
};
pub use people::{SeeKeypairs, SeeSecret, SeeUsers, see_keypairs, see_secret, see_user_by_id, see_users};

/// The one account that may be looked up, and the domain it must be in to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeeAccount {
    domain: Option<DomainName>,
    subject: String,
}

impl SeeAccount {
    /// The key or e-mail to look up.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The only domain that is shown; `None` is any.
    #[must_use]
    pub fn domain(&self) -> Option<&DomainName> {
        self.domain.as_ref()
    }

    /// Whether an account of this domain may be shown.
    #[must_use]
    pub fn admits(&self, domain: &DomainName) -> bool {
        self.domain.as_ref().is_none_or(|only| only == domain)
    }
}

/// Access class S+: `asked` or else one's `own`, in one's own domain but for superadmins.
///
/// # Errors
/// [`Denied::Forbidden`] for another domain or somebody else, [`Denied::UnknownRole`] for monitors.
pub fn see_account(
    caller: &Caller,
    domain: Option<&str>,
    asked: Option<&str>,
    own: &str,
) -> Result<SeeAccount, Denied> {
    let foreign = domain.is_some_and(|domain| domain != caller.domain().as_str());
    let subject = asked.unwrap_or(own).to_owned();
    match caller.role() {
        Role::Superadmin => Ok(SeeAccount { domain: domain.map(DomainName::from), subject }),
        Role::Admin if !foreign => Ok(SeeAccount { domain: Some(caller.domain().clone()), subject }),
        Role::User if !foreign && subject == own => Ok(SeeAccount { domain: Some(caller.domain().clone()), subject }),
        Role::Admin | Role::User => Err(Denied::Forbidden),
        Role::Monitor => Err(Denied::UnknownRole),
    }
}

/// The domain whose registries limit which images are shown; `None` is no limit.
///
/// # Errors
/// [`Denied::UnknownRole`] for monitors.
pub fn see_images(caller: &Caller) -> Result<Option<&DomainName>, Denied> {
    match caller.role() {
        Role::Superadmin => Ok(None),
        Role::Admin | Role::User => Ok(Some(caller.domain())),
        Role::Monitor => Err(Denied::UnknownRole),
    }
}
