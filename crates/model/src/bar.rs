//! What keeps a waiting session from its start whatever room there is: since it was asked for,
//! something that its owner needs was switched off or taken away. A new session would be refused for
//! it; one that waits goes on waiting, and starts when the right is back.

/// What is missing. The first in this order is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bar {
    /// Its domain is switched off.
    DomainOff,
    /// The account of its owner is not active.
    AccountOff,
    /// Its owner belongs to another domain: who waits is not moved, but a database may be from before
    /// that was refused.
    OwnerMoved,
    /// Its key is switched off.
    KeyOff,
    /// Its project is switched off.
    ProjectOff,
    /// Its project belongs to another domain, likewise.
    ProjectMoved,
    /// Its owner is no member of its project. Administrators may do without: others may have made
    /// the session for them.
    NoMember,
}

impl Bar {
    /// All, in their order.
    pub const ALL: [Self; 7] = [
        Self::DomainOff,
        Self::AccountOff,
        Self::OwnerMoved,
        Self::KeyOff,
        Self::ProjectOff,
        Self::ProjectMoved,
        Self::NoMember,
    ];

    /// The predicate that fails by it: Rollcall's own, beside the contract's seven, and told only then.
    pub const PREDICATE: &'static str = "owner_rights";

    /// Its name in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DomainOff => "domain-off",
            Self::AccountOff => "account-off",
            Self::OwnerMoved => "owner-moved",
            Self::KeyOff => "key-off",
            Self::ProjectOff => "project-off",
            Self::ProjectMoved => "project-moved",
            Self::NoMember => "no-member",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|bar| bar.as_str() == name)
    }

    /// A text in the manner of the contract's about its predicates.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::DomainOff => "The domain is not active",
            Self::AccountOff => "The owner is not active",
            Self::OwnerMoved => "The owner belongs to another domain",
            Self::KeyOff => "The keypair is not active",
            Self::ProjectOff => "The group is not active",
            Self::ProjectMoved => "The group belongs to another domain",
            Self::NoMember => "The owner is not a member of the group",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_known_by_its_own_name() {
        for bar in Bar::ALL {
            assert_eq!(Bar::parse(bar.as_str()), Some(bar));
        }
        assert_eq!(Bar::parse("group-off"), None);
    }
}
