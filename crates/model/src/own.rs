//! What people may do to what is their own, or their project's, or their domain's: the account
//! itself, files for the homes of sessions, templates, the error log (`rest.md` §1 and §8 to §10).
//!
//! Values of this module are proofs: their fields are private, they are made by the rules here, and
//! the store asks for them. Where a rule gives `None`, the answer is the same as for a thing that
//! doesn't exist.

use crate::access::{Caller, KeyOwner, Operation, Permit};
use crate::account::{Domain, Group};
use crate::ids::{AccessKey, DomainName, GroupId, UserId};

/// Change what belongs to a key: its files and its script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Configure;

impl Operation for Configure {
    const NAME: &'static str = "configure";
}

/// The caller's own account and the key that signed: password, name, SSH key, leaving. Everybody
/// has this right, of whatever role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnAccount {
    user: UserId,
    access_key: AccessKey,
}

impl OwnAccount {
    /// The caller's.
    #[must_use]
    pub fn of(caller: &Caller) -> Self {
        Self { user: caller.identity().user_id, access_key: caller.access_key().clone() }
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

/// A proof that strangers may make accounts for themselves. What they make is of no use until an
/// administrator enables it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignUp(());

impl SignUp {
    /// Where the server's setting opens it.
    #[must_use]
    pub fn when(open: bool) -> Option<Self> {
        open.then_some(Self(()))
    }
}

/// Whose files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shelf {
    /// A key's.
    Key(AccessKey),
    /// A project's.
    Group(GroupId),
    /// A domain's.
    Domain(DomainName),
}

/// A proof that the caller may read the files of a shelf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadDotfiles(Shelf);

/// A proof that the caller may read and change the files of a shelf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteDotfiles(Shelf);

impl ReadDotfiles {
    /// Whose.
    #[must_use]
    pub fn shelf(&self) -> &Shelf {
        &self.0
    }
}

impl WriteDotfiles {
    /// Whose.
    #[must_use]
    pub fn shelf(&self) -> &Shelf {
        &self.0
    }

    /// Who may change may read.
    #[must_use]
    pub fn reading(&self) -> ReadDotfiles {
        ReadDotfiles(self.0.clone())
    }
}

/// The files of the key that a permit is for.
#[must_use]
pub fn key_dotfiles(permit: &Permit<Configure>) -> WriteDotfiles {
    WriteDotfiles(Shelf::Key(permit.owner().access_key.clone()))
}

/// The files of one's own key.
#[must_use]
pub fn own_dotfiles(caller: &Caller) -> WriteDotfiles {
    WriteDotfiles(Shelf::Key(caller.access_key().clone()))
}

fn administers(caller: &Caller, domain: &DomainName) -> bool {
    caller.is_rest_superadmin() || (caller.is_rest_admin() && domain == caller.domain())
}

/// A project's files: its members read them, and who may change them. `joined`: whether the caller
/// is a member.
#[must_use]
pub fn read_group_dotfiles(caller: &Caller, group: &Group, joined: bool) -> Option<ReadDotfiles> {
    let inside = joined && group.domain == *caller.domain();
    (inside || administers(caller, &group.domain)).then_some(ReadDotfiles(Shelf::Group(group.id)))
}

/// A project's files are changed by superadmins and by admins of its domain.
#[must_use]
pub fn write_group_dotfiles(caller: &Caller, group: &Group) -> Option<WriteDotfiles> {
    administers(caller, &group.domain).then_some(WriteDotfiles(Shelf::Group(group.id)))
}

/// A domain's files: its people read them, and superadmins.
#[must_use]
pub fn read_domain_dotfiles(caller: &Caller, domain: &Domain) -> Option<ReadDotfiles> {
    let inside = domain.name == *caller.domain();
    (inside || caller.is_rest_superadmin()).then(|| ReadDotfiles(Shelf::Domain(domain.name.clone())))
}

/// A domain's files are changed by superadmins and by its admins.
#[must_use]
pub fn write_domain_dotfiles(caller: &Caller, domain: &Domain) -> Option<WriteDotfiles> {
    administers(caller, &domain.name).then(|| WriteDotfiles(Shelf::Domain(domain.name.clone())))
}

/// Whose entries of the error log may be read, marked and cleared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeeErrorLogs {
    domain: Option<DomainName>,
    user: Option<UserId>,
}

impl SeeErrorLogs {
    /// Superadmins: all. Admins: those of the people of their domain. Everyone else: their own that
    /// are not cleared.
    #[must_use]
    pub fn of(caller: &Caller) -> Self {
        if caller.is_rest_superadmin() {
            Self { domain: None, user: None }
        } else if caller.is_rest_admin() {
            Self { domain: Some(caller.domain().clone()), user: None }
        } else {
            Self { domain: None, user: Some(caller.identity().user_id) }
        }
    }

    /// Only people of this domain, or of any.
    #[must_use]
    pub fn domain(&self) -> Option<&DomainName> {
        self.domain.as_ref()
    }

    /// Only this person's uncleared ones, or anybody's.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        self.user
    }

    /// Whether cleared entries are shown too, and told as such.
    #[must_use]
    pub fn shows_cleared(&self) -> bool {
        self.user.is_none()
    }
}

/// Which templates may be read and used. Stricter than the contract, where everybody sees all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeeTemplates {
    domain: Option<DomainName>,
    person: Option<UserId>,
}

impl SeeTemplates {
    /// Superadmins: all. Admins: those of their domain. Everyone else: their own, and those of
    /// projects they joined.
    #[must_use]
    pub fn of(caller: &Caller) -> Self {
        if caller.is_rest_superadmin() {
            return Self { domain: None, person: None };
        }
        let person = (!caller.is_rest_admin()).then_some(caller.identity().user_id);
        Self { domain: Some(caller.domain().clone()), person }
    }

    /// Only of this domain, or of any.
    #[must_use]
    pub fn domain(&self) -> Option<&DomainName> {
        self.domain.as_ref()
    }

    /// Only those of this person and of projects joined by this person.
    #[must_use]
    pub fn person(&self) -> Option<UserId> {
        self.person
    }
}

/// Which templates may be changed and removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeTemplates {
    own: UserId,
    domain: Option<DomainName>,
    others: bool,
}

impl ChangeTemplates {
    /// One's own. Superadmins: all. Admins: those of their domain, except superadmins': whoever uses
    /// a template runs its commands.
    #[must_use]
    pub fn of(caller: &Caller) -> Self {
        let superadmin = caller.is_rest_superadmin();
        Self {
            own: caller.identity().user_id,
            domain: (!superadmin).then(|| caller.domain().clone()),
            others: caller.is_rest_admin(),
        }
    }

    /// The caller.
    #[must_use]
    pub fn own(&self) -> UserId {
        self.own
    }

    /// Only of this domain and then none of a superadmin's, or of any.
    #[must_use]
    pub fn domain(&self) -> Option<&DomainName> {
        self.domain.as_ref()
    }

    /// Whether those of other people too.
    #[must_use]
    pub fn others(&self) -> bool {
        self.others
    }
}

/// A proof that the caller may make templates that belong to a person and a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MakeTemplates {
    user: UserId,
    group: GroupId,
    domain: DomainName,
}

impl MakeTemplates {
    /// For the owner of the permit's key, in a project that this person belongs to, or may use by
    /// an administrative role when somebody else asks. `joined`: whether the owner is a member.
    #[must_use]
    pub fn of(caller: &Caller, permit: &Permit<Configure>, group: &Group, joined: bool) -> Option<Self> {
        let owner: &KeyOwner = permit.owner();
        let by_role = owner.user_id != caller.identity().user_id && owner.role.is_administrative();
        let allowed = group.is_active && group.domain == owner.domain && (joined || by_role);
        allowed.then(|| Self { user: owner.user_id, group: group.id, domain: group.domain.clone() })
    }

    /// Person.
    #[must_use]
    pub fn user(&self) -> UserId {
        self.user
    }

    /// Project.
    #[must_use]
    pub fn group(&self) -> GroupId {
        self.group
    }

    /// The project's domain.
    #[must_use]
    pub fn domain(&self) -> &DomainName {
        &self.domain
    }
}
