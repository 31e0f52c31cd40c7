//! Who may change which accounts (`graphql.md` §8, `session-lifecycle.md` §10).
//!
//! Store functions that change people and what belongs to them take one of these proofs. The
//! contract asks for the role; the project's stricter rule for administrative rights, the role and
//! the key's flag together, holds here too: otherwise a key that was deliberately made a plain one
//! could give itself the flag.

use crate::access::{Caller, Denied};
use crate::ids::{DomainName, UserId};

/// A proof that the caller may change every account and everything accounts belong to: superadmins.
#[derive(Clone, Debug)]
pub struct Manage {
    by: UserId,
}

impl Manage {
    /// Who acts.
    #[must_use]
    pub fn by(&self) -> UserId {
        self.by
    }
}

/// Superadmins, with an administrative key.
///
/// # Errors
/// [`Denied::SuperadminOnly`] for everyone else.
pub fn manage(caller: &Caller) -> Result<Manage, Denied> {
    if caller.is_rest_superadmin() { Ok(Manage { by: caller.identity().user_id }) } else { Err(Denied::SuperadminOnly) }
}

/// A proof that the caller may change projects: those of one domain, or of any.
#[derive(Clone, Debug)]
pub struct ManageGroups {
    domain: Option<DomainName>,
}

impl ManageGroups {
    /// The only domain whose projects may be changed; `None` is any.
    #[must_use]
    pub fn domain(&self) -> Option<&DomainName> {
        self.domain.as_ref()
    }

    /// Whether projects of this domain may be changed, or moved there, and its sessions removed with them.
    #[must_use]
    pub fn admits(&self, domain: &DomainName) -> bool {
        self.domain.as_ref().is_none_or(|only| only == domain)
    }
}

/// Superadmins everywhere, admins in their own domain; each with an administrative key.
///
/// # Errors
/// [`Denied::Insufficient`] for everyone else.
pub fn manage_groups(caller: &Caller) -> Result<ManageGroups, Denied> {
    if caller.is_rest_superadmin() {
        Ok(ManageGroups { domain: None })
    } else if caller.is_rest_admin() {
        Ok(ManageGroups { domain: Some(caller.domain().clone()) })
    } else {
        Err(Denied::Insufficient)
    }
}

/// A proof that the caller may have the images looked for again: administrators.
#[derive(Clone, Copy, Debug)]
pub struct RescanImages(());

/// Administrators of any kind, with an administrative key.
///
/// # Errors
/// [`Denied::Insufficient`] for everyone else.
pub fn rescan_images(caller: &Caller) -> Result<RescanImages, Denied> {
    if caller.is_rest_admin() { Ok(RescanImages(())) } else { Err(Denied::Insufficient) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Identity;
    use crate::ids::AccessKey;
    use crate::role::Role;

    fn caller(role: Role, key_is_admin: bool) -> Caller {
        Caller::authenticated(Identity {
            user_id: UserId::random(),
            email: "me@example.com".to_owned(),
            role,
            domain: DomainName::from("mine"),
            access_key: AccessKey::from("KEY"),
            key_is_admin,
            resource_policy: "default".to_owned(),
        })
    }

    #[test]
    fn who_may_change_what() {
        let mut table = Vec::new();
        for role in Role::ALL {
            for flag in [true, false] {
                let caller = caller(role, flag);
                let groups = manage_groups(&caller).ok();
                let reach = |domain: &str| groups.as_ref().is_some_and(|may| may.admits(&DomainName::from(domain)));
                let rights = (manage(&caller).is_ok(), reach("mine"), reach("other"), rescan_images(&caller).is_ok());
                table.push((role, flag, rights));
            }
        }
        let none = (false, false, false, false);
        assert_eq!(
            table,
            [
                (Role::Superadmin, true, (true, true, true, true)),
                (Role::Superadmin, false, none),
                (Role::Admin, true, (false, true, false, true)),
                (Role::Admin, false, none),
                (Role::User, true, none),
                (Role::User, false, none),
                (Role::Monitor, true, none),
                (Role::Monitor, false, none),
            ]
        );
    }
}
