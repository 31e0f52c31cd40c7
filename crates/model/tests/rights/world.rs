//! Who asks, and whom for.

use rollcall_model::access::{Caller, Identity, KeyOwner};
use rollcall_model::ids::{AccessKey, DomainName, GroupId, UserId};
use rollcall_model::role::Role;
use uuid::Uuid;

/// A role, and whether the signing key has the admin flag.
pub(crate) const CALLERS: [(&str, Role, bool); 8] = [
    ("superadmin", Role::Superadmin, true),
    ("superadmin, plain key", Role::Superadmin, false),
    ("admin", Role::Admin, true),
    ("admin, plain key", Role::Admin, false),
    ("user", Role::User, false),
    ("user, admin key", Role::User, true),
    ("monitor", Role::Monitor, false),
    ("monitor, admin key", Role::Monitor, true),
];

pub(crate) const OWN_PROJECT: GroupId = GroupId(Uuid::from_u128(1));
pub(crate) const OTHER_PROJECT: GroupId = GroupId(Uuid::from_u128(2));
pub(crate) const FAR_PROJECT: GroupId = GroupId(Uuid::from_u128(3));

/// One account and a session of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    pub(crate) key: &'static str,
    pub(crate) email: &'static str,
    pub(crate) id: u128,
    /// `None` is the caller's own.
    pub(crate) role: Option<Role>,
    pub(crate) domain: &'static str,
    pub(crate) project: GroupId,
    pub(crate) exists: bool,
    /// Where the session is, if its owner has been moved to `domain` since.
    pub(crate) left_in: Option<(&'static str, GroupId)>,
}

impl Target {
    /// Where the session is.
    pub(crate) fn place(&self) -> (&'static str, GroupId) {
        self.left_in.unwrap_or((self.domain, self.project))
    }
}

const OWN: Target = Target {
    key: "OWN",
    email: "me@example.com",
    id: 1,
    role: None,
    domain: "mine",
    project: OWN_PROJECT,
    exists: true,
    left_in: None,
};
const NEAR: Target = Target { key: "NEAR", email: "near@example.com", id: 2, role: Some(Role::User), ..OWN };

const FAR: Target =
    Target { key: "FAR", email: "far@example.com", id: 6, domain: "theirs", project: FAR_PROJECT, ..NEAR };
const THERE: Option<(&str, GroupId)> = Some(("theirs", FAR_PROJECT));

/// Sessions that are not of the domain that their owner is of by now.
pub(crate) const MOVED: [(&str, Target); 3] = [
    ("own, left", Target { left_in: THERE, ..OWN }),
    ("owner came", Target { left_in: THERE, ..NEAR }),
    ("owner went", Target { left_in: Some((OWN.domain, OWN_PROJECT)), ..FAR }),
];

/// Everybody whom a table knows.
pub(crate) const TARGETS: [(&str, Target); 8] = [
    ("own", OWN),
    ("other key", Target { key: "SECOND", ..OWN }),
    ("same project", NEAR),
    ("same domain", Target { project: OTHER_PROJECT, key: "OTHER", email: "other@example.com", id: 3, ..NEAR }),
    ("its admin", Target { key: "ADMIN", email: "admin@example.com", id: 4, role: Some(Role::Admin), ..NEAR }),
    ("its superadmin", Target { key: "ROOT", email: "root@example.com", id: 5, role: Some(Role::Superadmin), ..NEAR }),
    ("other domain", FAR),
    ("unknown", Target { key: "NOBODY", email: "nobody@example.com", id: 7, exists: false, ..NEAR }),
];

/// Who asks.
#[derive(Debug)]
pub(crate) struct Me {
    pub(crate) caller: Caller,
}

impl Me {
    pub(crate) fn new(role: Role, key_is_admin: bool) -> Self {
        let caller = Caller::authenticated(Identity {
            user_id: UserId(Uuid::from_u128(OWN.id)),
            email: OWN.email.to_owned(),
            role,
            domain: DomainName::from(OWN.domain),
            access_key: AccessKey::from(OWN.key),
            key_is_admin,
            resource_policy: "default".to_owned(),
        });
        Self { caller }
    }

    /// What a lookup of the target's key finds.
    pub(crate) fn owner(&self, target: Target) -> Option<KeyOwner> {
        target.exists.then(|| KeyOwner {
            access_key: AccessKey::from(target.key),
            user_id: UserId(Uuid::from_u128(target.id)),
            role: target.role.unwrap_or(self.caller.role()),
            domain: DomainName::from(target.domain),
            resource_policy: "default".to_owned(),
            active: true,
        })
    }
}
