//! Who may see what there is to give and what is used of it, and who may direct the whole server
//! (`rest.md` §2, §5, §6, §7; `session-lifecycle.md` §10).

use crate::access::{Caller, Denied, KeyOwner, MayAdvance, Scope};
use crate::account::Group;
use crate::event::Event;
use crate::ids::{DomainName, GroupId, UserId};
use crate::role::Role;
use crate::status::Step;

/// A proof that the caller may direct the server as a whole: its status, announcement, scheduler,
/// configuration and usage reports. Superadmins alone, by role and key.
#[derive(Clone, Copy, Debug)]
pub struct Superintend(());

/// The right to direct the server.
///
/// # Errors
/// [`Denied::SuperadminOnly`] for everyone but superadmins.
pub fn superintend(caller: &Caller) -> Result<Superintend, Denied> {
    if caller.is_rest_superadmin() { Ok(Superintend(())) } else { Err(Denied::SuperadminOnly) }
}

/// Ending every session is part of it (`force_kill` of `rest.md` §2).
impl MayAdvance for Superintend {
    fn reach(&self) -> Scope {
        Scope::everything()
    }

    fn may_take(&self, step: Step) -> bool {
        matches!(step, Step::Cancel | Step::Terminate | Step::ForceTerminate)
    }
}

/// The key, project and domain whose use and limits the caller may see: one's own, in a project one
/// has joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnShare {
    owner: KeyOwner,
    group: GroupId,
}

impl OwnShare {
    /// The caller's own key.
    #[must_use]
    pub fn owner(&self) -> &KeyOwner {
        &self.owner
    }

    /// The project.
    #[must_use]
    pub fn group(&self) -> GroupId {
        self.group
    }
}

/// One's own share in `group`.
///
/// # Errors
/// [`Denied::Insufficient`] unless one has joined it, whatever one's role.
pub fn own_share(caller: &Caller, group: &Group, is_member: bool) -> Result<OwnShare, Denied> {
    if !is_member || group.domain != *caller.domain() {
        return Err(Denied::Insufficient);
    }
    let identity = caller.identity();
    let owner = KeyOwner {
        access_key: identity.access_key.clone(),
        user_id: identity.user_id,
        role: identity.role,
        domain: identity.domain.clone(),
        resource_policy: identity.resource_policy.clone(),
        active: true,
    };
    Ok(OwnShare { owner, group: group.id })
}

/// Whether the caller may know of a project: superadmins of all, admins of those in their domain,
/// everybody of those they have joined. Others are as good as none.
#[must_use]
pub fn knows_group(caller: &Caller, group: &Group, is_member: bool) -> bool {
    match caller.role() {
        Role::Superadmin => true,
        Role::Admin => group.domain == *caller.domain(),
        Role::User | Role::Monitor => is_member && group.domain == *caller.domain(),
    }
}

/// Whose sessions a usage report sums up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageScope(Option<UserId>);

impl UsageScope {
    /// One's own.
    #[must_use]
    pub fn own(caller: &Caller) -> Self {
        Self(Some(caller.identity().user_id))
    }

    /// Everybody's.
    #[must_use]
    pub fn all(_superintend: Superintend) -> Self {
        Self(None)
    }

    /// The one person, or everybody.
    #[must_use]
    pub fn user(self) -> Option<UserId> {
        self.0
    }
}

/// The events that a caller may hear of (`rest.md` §6.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventScope {
    domain: Option<DomainName>,
    user: Option<UserId>,
}

impl EventScope {
    /// Users hear of their own sessions in their own domain, admins of their domain, superadmins and
    /// monitors of all; administrators with a plain key as users. Made anew for each event of a
    /// stream, so that a changed role bites at once.
    #[must_use]
    pub fn of(caller: &Caller) -> Self {
        let identity = caller.identity();
        if identity.role == Role::Monitor || caller.is_rest_superadmin() {
            return Self { domain: None, user: None };
        }
        let user = (!caller.is_rest_admin()).then_some(identity.user_id);
        Self { domain: Some(identity.domain.clone()), user }
    }

    /// Whether the event is one of them.
    #[must_use]
    pub fn admits(&self, event: &Event) -> bool {
        self.admits_owner(&event.domain, event.user_id)
    }

    /// Whether the events of a key may be asked for by name.
    ///
    /// # Errors
    /// [`Denied::Forbidden`] for a key of somebody else; one that does not exist is somebody else's.
    pub fn ask_for(&self, owner: Option<&KeyOwner>) -> Result<(), Denied> {
        match owner {
            Some(owner) if self.admits_owner(&owner.domain, owner.user_id) => Ok(()),
            _ => Err(Denied::Forbidden),
        }
    }

    fn admits_owner(&self, domain: &DomainName, user: UserId) -> bool {
        self.domain.as_ref().is_none_or(|own| own == domain) && self.user.is_none_or(|own| own == user)
    }
}

/// Whether the caller may follow a background task that `starter` has started: one's own, and every
/// one as superadmin. Others are as good as none.
///
/// # Errors
/// [`Denied::Forbidden`] otherwise.
pub fn follow_task(caller: &Caller, starter: UserId) -> Result<(), Denied> {
    let own = caller.identity().user_id == starter;
    if own || caller.is_rest_superadmin() { Ok(()) } else { Err(Denied::Forbidden) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Identity;
    use crate::slots::Slots;
    use crate::time::from_micros;

    fn caller(role: Role, key_is_admin: bool) -> Caller {
        Caller::authenticated(Identity {
            user_id: UserId(uuid::Uuid::from_u128(1)),
            email: "a@example.com".into(),
            role,
            domain: "default".into(),
            access_key: "KEY".into(),
            key_is_admin,
            resource_policy: "default".into(),
        })
    }

    fn group(domain: &str) -> Group {
        Group {
            id: GroupId(uuid::Uuid::nil()),
            name: "g".into(),
            description: None,
            is_active: true,
            domain: domain.into(),
            total_resource_slots: Slots::default(),
            allowed_vfolder_hosts: Vec::new(),
            integration_id: None,
            created_at: from_micros(0),
            modified_at: from_micros(0),
        }
    }

    #[test]
    fn only_superadmins_with_an_admin_key_direct_the_server() {
        for role in [Role::Superadmin, Role::Admin, Role::User, Role::Monitor] {
            for flag in [true, false] {
                let may = superintend(&caller(role, flag)).is_ok();
                assert_eq!(may, role == Role::Superadmin && flag, "{role:?} {flag}");
            }
        }
    }

    #[test]
    fn a_share_is_ones_own_in_a_joined_project() {
        for role in [Role::Superadmin, Role::Admin, Role::User, Role::Monitor] {
            assert!(own_share(&caller(role, true), &group("default"), true).is_ok());
            assert!(own_share(&caller(role, true), &group("default"), false).is_err());
            assert!(own_share(&caller(role, true), &group("other"), true).is_err());
        }
    }

    #[test]
    fn projects_are_known_by_role() {
        let knows = |role, domain, member| knows_group(&caller(role, true), &group(domain), member);
        assert!(knows(Role::Superadmin, "other", false));
        assert!(knows(Role::Admin, "default", false) && !knows(Role::Admin, "other", true));
        for role in [Role::User, Role::Monitor] {
            assert!(knows(role, "default", true) && !knows(role, "default", false) && !knows(role, "other", true));
        }
    }

    #[test]
    fn keys_of_others_and_of_nobody_are_refused_alike() {
        let owner = |user, domain: &str| KeyOwner {
            access_key: "X".into(),
            user_id: UserId(uuid::Uuid::from_u128(user)),
            role: Role::User,
            domain: domain.into(),
            resource_policy: "default".into(),
            active: true,
        };
        let ask = |role, owner: Option<KeyOwner>| EventScope::of(&caller(role, true)).ask_for(owner.as_ref());
        assert_eq!(ask(Role::User, Some(owner(1, "default"))), Ok(()));
        assert_eq!(ask(Role::User, Some(owner(2, "default"))), Err(Denied::Forbidden));
        assert_eq!(ask(Role::Admin, Some(owner(2, "default"))), Ok(()));
        assert_eq!(ask(Role::Admin, Some(owner(2, "other"))), Err(Denied::Forbidden));
        assert_eq!(ask(Role::Monitor, Some(owner(2, "other"))), Ok(()));
        for role in [Role::Superadmin, Role::Admin, Role::User, Role::Monitor] {
            assert_eq!(ask(role, None), Err(Denied::Forbidden));
        }
    }
}
