//! Who may do what: the one place that decides.
//!
//! Functions that read sessions take a [`Scope`], functions that change one take a [`Permit`].
//! Both have private fields and are made here alone, so forgetting a check does not compile.
//! The rules are `session-lifecycle.md` §10 and `graphql.md` §2 and §3.1, with the project's own
//! stricter ones: admin rights in REST need the key's flag *and* the person's role.

use std::marker::PhantomData;

use crate::ids::{AccessKey, DomainName, GroupId, UserId};
use crate::role::Role;
use crate::status::Step;

/// Who is asking, as authentication found them. Only authentication has a reason to make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    identity: Identity,
}

/// What authentication knows of the person behind a verified signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Person.
    pub user_id: UserId,
    /// E-mail.
    pub email: String,
    /// Role.
    pub role: Role,
    /// Domain.
    pub domain: DomainName,
    /// The key that signed.
    pub access_key: AccessKey,
    /// The key's admin flag.
    pub key_is_admin: bool,
    /// Name of the key's resource policy.
    pub resource_policy: String,
}

impl Caller {
    /// Vouches that `identity` was authenticated and is active at this moment.
    #[must_use]
    pub fn authenticated(identity: Identity) -> Self {
        Self { identity }
    }

    /// The identity behind the caller.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The role.
    #[must_use]
    pub fn role(&self) -> Role {
        self.identity.role
    }

    /// The signing key.
    #[must_use]
    pub fn access_key(&self) -> &AccessKey {
        &self.identity.access_key
    }

    /// The domain.
    #[must_use]
    pub fn domain(&self) -> &DomainName {
        &self.identity.domain
    }

    /// Superadmin rights in REST: the role and the key's flag together.
    #[must_use]
    pub fn is_rest_superadmin(&self) -> bool {
        self.role() == Role::Superadmin && self.identity.key_is_admin
    }

    /// Admin rights in REST: an administrative role and the key's flag together.
    #[must_use]
    pub fn is_rest_admin(&self) -> bool {
        self.role().is_administrative() && self.identity.key_is_admin
    }
}

/// Why not. `manager` turns each into the contract's answer in one place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// A scoped argument names what the caller may not see.
    #[error("Forbidden operation.")]
    Forbidden,
    /// Superadmins alone.
    #[error("superadmin privilege required")]
    SuperadminOnly,
    /// The role has no such right at all.
    #[error("Insufficient privilege.")]
    Insufficient,
    /// Monitors cannot ask this.
    #[error("Unknown client role")]
    UnknownRole,
    /// A domain other than one's own, whether it exists or not.
    #[error("no such domain")]
    NoSuchDomain,
}

/// The sessions a caller may read, narrowed by what they asked for. All parts join with AND.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    domain: Option<DomainName>,
    group: Option<GroupId>,
    user: Option<UserId>,
    access_key: Option<AccessKey>,
}

impl Scope {
    /// Only this domain, or any.
    #[must_use]
    pub fn domain(&self) -> Option<&DomainName> {
        self.domain.as_ref()
    }

    /// Only this project, or any.
    #[must_use]
    pub fn group(&self) -> Option<GroupId> {
        self.group
    }

    /// Only sessions of this person, by whichever key, or of anybody.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        self.user
    }

    /// Only sessions of this key, or of any.
    #[must_use]
    pub fn access_key(&self) -> Option<&AccessKey> {
        self.access_key.as_ref()
    }

    /// Every session. For the rules of this crate, which say whose it is.
    pub(crate) fn everything() -> Self {
        Self { domain: None, group: None, user: None, access_key: None }
    }

    /// Whether a session with these owners is inside. The database's conditions say the same.
    #[must_use]
    pub fn admits(&self, owners: &Owners<'_>) -> bool {
        self.domain.as_ref().is_none_or(|own| own == owners.domain)
            && self.group.is_none_or(|own| own == owners.group)
            && self.user.is_none_or(|own| own == owners.user)
            && self.access_key.as_ref().is_none_or(|own| own == owners.access_key)
    }
}

/// Whose a session is.
#[derive(Clone, Copy, Debug)]
pub struct Owners<'a> {
    /// Its domain.
    pub domain: &'a DomainName,
    /// Its project.
    pub group: GroupId,
    /// The person.
    pub user: UserId,
    /// The person's key that it was made with.
    pub access_key: &'a AccessKey,
}

/// The scoping arguments of the session queries, as given.
#[derive(Clone, Copy, Debug, Default)]
pub struct ScopeArguments<'a> {
    /// `domain_name`.
    pub domain: Option<&'a str>,
    /// `group_id`.
    pub group: Option<GroupId>,
    /// `access_key`.
    pub access_key: Option<&'a str>,
}

/// Access class S(access_key) of `graphql.md` §2: the scope of every session query.
///
/// # Errors
/// [`Denied::Forbidden`] for somebody else's domain or key, [`Denied::UnknownRole`] for monitors.
pub fn session_scope(caller: &Caller, asked: ScopeArguments<'_>) -> Result<Scope, Denied> {
    let own_domain = caller.domain();
    let forced_domain = || match asked.domain {
        Some(other) if other != own_domain.as_str() => Err(Denied::Forbidden),
        _ => Ok(Some(own_domain.clone())),
    };
    let asked_key = || asked.access_key.map(AccessKey::from);
    let (domain, access_key) = match caller.role() {
        Role::Superadmin => (asked.domain.map(DomainName::from), asked_key()),
        Role::Admin => (forced_domain()?, asked_key()),
        Role::User => {
            if asked.access_key.is_some_and(|key| key != caller.access_key().as_str()) {
                return Err(Denied::Forbidden);
            }
            (forced_domain()?, Some(caller.access_key().clone()))
        }
        Role::Monitor => return Err(Denied::UnknownRole),
    };
    Ok(Scope { domain, group: asked.group, user: None, access_key })
}

/// The scope of Rollcall's own list, by the person: a user's sessions whichever of their keys they
/// were made with, an admin's domain, everything for superadmins. Someone else's key narrows to
/// nothing here, so that it cannot be told from one that doesn't exist.
///
/// # Errors
/// [`Denied::Forbidden`] for somebody else's domain, [`Denied::UnknownRole`] for monitors.
pub fn person_scope(caller: &Caller, asked: ScopeArguments<'_>) -> Result<Scope, Denied> {
    let own_domain = caller.domain();
    let (domain, user) = match caller.role() {
        Role::Superadmin => (asked.domain.map(DomainName::from), None),
        _ if asked.domain.is_some_and(|domain| domain != own_domain.as_str()) => return Err(Denied::Forbidden),
        Role::Admin => (Some(own_domain.clone()), None),
        Role::User => (Some(own_domain.clone()), Some(caller.identity().user_id)),
        Role::Monitor => return Err(Denied::UnknownRole),
    };
    Ok(Scope { domain, group: asked.group, user, access_key: asked.access_key.map(AccessKey::from) })
}

/// The holder of the key that a request acts for, as the store knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyOwner {
    /// Key.
    pub access_key: AccessKey,
    /// Person.
    pub user_id: UserId,
    /// Role.
    pub role: Role,
    /// Domain.
    pub domain: DomainName,
    /// Name of the key's resource policy.
    pub resource_policy: String,
    /// Whether the key, its person and their domain are switched on.
    pub active: bool,
}

/// What a permit allows. Each operation is a type, so a permit for one is none for another.
pub trait Operation {
    /// Name in words, for messages and the table of rights.
    const NAME: &'static str;
    /// Whether it may be done for who is switched off: their sessions go on, and somebody must be
    /// able to see to them.
    const FOR_DISABLED: bool = false;
}

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident = $text:literal $(for_disabled = $disabled:literal)?),+ $(,)?) => {
        $($(#[$doc])* #[derive(Clone, Copy, Debug, PartialEq, Eq)] pub struct $name;
          impl Operation for $name {
              const NAME: &'static str = $text;
              $(const FOR_DISABLED: bool = $disabled;)?
          })+
        /// Every operation's name, so that a test can miss one in the table of rights.
        pub const OPERATIONS: &[&str] = &[$($text),+];
    };
}

operations! {
    /// Make a session.
    Create = "create",
    /// Find, look at, and read the logs of sessions by name.
    Inspect = "inspect" for_disabled = true,
    /// Change the name.
    Rename = "rename",
    /// Replace the process.
    Restart = "restart",
    /// End a session in the orderly way.
    Destroy = "destroy" for_disabled = true,
    /// Push the end of a session out, within the owner's policy.
    Extend = "extend",
    /// End a session at once, whatever it is doing.
    ForceDestroy = "force-destroy" for_disabled = true,
}

/// A proof that the caller may do `O` to the sessions of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit<O: Operation> {
    owner: KeyOwner,
    /// A domain admin acts in the own domain alone, even where the owner has older sessions in
    /// another one.
    domain: Option<DomainName>,
    operation: PhantomData<O>,
}

impl<O: Operation> Permit<O> {
    /// Whose sessions.
    #[must_use]
    pub fn owner(&self) -> &KeyOwner {
        &self.owner
    }
}

/// The rules of `owner_access_key` in `rest.md` §0: one's own key always; another's as superadmin,
/// or as domain admin where the owner is in the same domain and no superadmin. For who is switched off
/// only what sees to their sessions.
///
/// # Errors
/// [`Denied::Forbidden`] otherwise.
pub fn act_for<O: Operation>(caller: &Caller, owner: KeyOwner) -> Result<Permit<O>, Denied> {
    let own = owner.access_key == *caller.access_key();
    let as_superadmin = caller.is_rest_superadmin();
    let as_admin = caller.is_rest_admin() && owner.domain == *caller.domain() && owner.role != Role::Superadmin;
    if !(own || as_superadmin || as_admin) || !(owner.active || O::FOR_DISABLED) {
        return Err(Denied::Forbidden);
    }
    let domain = (!own && !as_superadmin).then(|| caller.domain().clone());
    Ok(Permit { owner, domain, operation: PhantomData })
}

/// The same for what was looked up under a key that the caller named: a key that one may not use and
/// one that doesn't exist are refused alike, to everybody.
///
/// # Errors
/// [`Denied::Forbidden`] otherwise.
pub fn act_for_found<O: Operation>(caller: &Caller, owner: Option<KeyOwner>) -> Result<Permit<O>, Denied> {
    act_for(caller, owner.ok_or(Denied::Forbidden)?)
}

/// Turns the right to end a session into the right to end it by force, for administrators.
///
/// # Errors
/// [`Denied::Insufficient`] for everyone else.
pub fn force(caller: &Caller, permit: Permit<Destroy>) -> Result<Permit<ForceDestroy>, Denied> {
    if caller.is_rest_admin() {
        Ok(Permit { owner: permit.owner, domain: permit.domain, operation: PhantomData })
    } else {
        Err(Denied::Insufficient)
    }
}

impl<O: Operation> Permit<O> {
    /// What this permit reaches, to read and to change: the sessions of its key, for a domain admin those
    /// in the own domain.
    #[must_use]
    pub fn scope(&self) -> Scope {
        let access_key = Some(self.owner.access_key.clone());
        Scope { domain: self.domain.clone(), group: None, user: None, access_key }
    }
}

/// Superadmin-only queries: agents and the like (access class P).
///
/// # Errors
/// [`Denied::SuperadminOnly`] for everyone else.
pub fn see_agents(caller: &Caller) -> Result<SeeAgents, Denied> {
    match caller.role() {
        Role::Superadmin => Ok(SeeAgents(())),
        _ => Err(Denied::SuperadminOnly),
    }
}

/// A proof that the caller may read agents.
#[derive(Clone, Copy, Debug)]
pub struct SeeAgents(());

/// The control plane itself: the loop that schedules and reconciles acts for nobody and sees all.
/// Made once, where the program is wired; requests never come near it.
#[derive(Clone, Copy, Debug)]
pub struct System(());

impl System {
    /// For `lifecycle` and the program's start-up alone.
    #[must_use]
    pub fn control_plane() -> Self {
        Self(())
    }

    /// Every session.
    #[must_use]
    pub fn scope(self) -> Scope {
        Scope::everything()
    }
}

/// What may move a session through the state machine. The store looks for the row inside of
/// [`Self::reach`], in the transaction that changes it: outside there is none.
pub trait MayAdvance: Sync {
    /// Which sessions.
    fn reach(&self) -> Scope;

    /// Whether `step` may be taken with them.
    fn may_take(&self, step: Step) -> bool;
}

impl MayAdvance for System {
    fn reach(&self) -> Scope {
        self.scope()
    }

    fn may_take(&self, _step: Step) -> bool {
        true
    }
}

impl MayAdvance for Permit<Destroy> {
    fn reach(&self) -> Scope {
        self.scope()
    }

    fn may_take(&self, step: Step) -> bool {
        matches!(step, Step::Cancel | Step::Terminate)
    }
}

impl MayAdvance for Permit<ForceDestroy> {
    fn reach(&self) -> Scope {
        self.scope()
    }

    fn may_take(&self, step: Step) -> bool {
        matches!(step, Step::Cancel | Step::Terminate | Step::ForceTerminate)
    }
}

impl MayAdvance for Permit<Restart> {
    fn reach(&self) -> Scope {
        self.scope()
    }

    fn may_take(&self, step: Step) -> bool {
        step == Step::Restart
    }
}
