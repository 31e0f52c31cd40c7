//! What each list can be filtered and ordered by (`graphql.md` §3.5, §3.6, §4).

use crate::agent::AgentStatus;
use crate::role::Role;
use crate::session::{ClusterMode, SessionResult, SessionType};
use crate::status::Status;

/// What a key holds, which decides the values and operators it takes.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Text.
    Text,
    /// A UUID.
    Id,
    /// A whole number.
    Integer,
    /// True or false.
    Bool,
    /// A moment, written as a date text.
    Moment,
    /// One of some names; a name stands for its rank.
    Enum(fn() -> Vec<&'static str>),
}

/// A key and its kind.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Name in the language.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
}

/// The keys of one list.
#[derive(Clone, Copy, Debug)]
pub struct KeyTable {
    /// What it can be filtered by.
    pub filter: &'static [Key],
    /// What it can be ordered by.
    pub order: &'static [Key],
}

impl KeyTable {
    /// The filter key of this name.
    #[must_use]
    pub fn filter_key(&self, name: &str) -> Option<Key> {
        self.filter.iter().find(|key| key.name == name).copied()
    }

    /// The order key of this name.
    #[must_use]
    pub fn order_key(&self, name: &str) -> Option<Key> {
        self.order.iter().find(|key| key.name == name).copied()
    }
}

impl Kind {
    /// Position of an enum's name; `None` for other kinds and unknown names.
    #[must_use]
    pub fn rank(self, name: &str) -> Option<i64> {
        let Self::Enum(names) = self else { return None };
        names().iter().position(|known| *known == name).and_then(|rank| i64::try_from(rank).ok())
    }

    /// Name at a position of an enum.
    #[must_use]
    pub fn name_of_rank(self, rank: i64) -> Option<&'static str> {
        let Self::Enum(names) = self else { return None };
        names().get(usize::try_from(rank).ok()?).copied()
    }
}

fn statuses() -> Vec<&'static str> {
    Status::ALL.iter().map(|status| status.as_str()).collect()
}

fn types() -> Vec<&'static str> {
    SessionType::ALL.iter().map(|kind| kind.name()).collect()
}

fn results() -> Vec<&'static str> {
    SessionResult::ALL.iter().map(|result| result.name()).collect()
}

fn cluster_modes() -> Vec<&'static str> {
    ClusterMode::ALL.iter().map(|mode| mode.name()).collect()
}

const fn text(name: &'static str) -> Key {
    Key { name, kind: Kind::Text }
}

const fn moment(name: &'static str) -> Key {
    Key { name, kind: Kind::Moment }
}

const fn integer(name: &'static str) -> Key {
    Key { name, kind: Kind::Integer }
}

const fn names(name: &'static str, list: fn() -> Vec<&'static str>) -> Key {
    Key { name, kind: Kind::Enum(list) }
}

/// What sessions are filtered by: what Rollcall's own API has alone stands first, what only superadmins see of them
/// last. `agents` is `agent`, which all kernels of a session share.
const SESSION_FILTER: &[Key] = &[
    Key { name: "id", kind: Kind::Id },
    text("group_name"),
    names("type", types),
    text("name"),
    text("image"),
    text("domain_name"),
    text("user_email"),
    text("access_key"),
    text("scaling_group"),
    names("cluster_mode", cluster_modes),
    integer("cluster_size"),
    names("status", statuses),
    text("status_info"),
    moment("status_changed"),
    names("result", results),
    moment("created_at"),
    moment("terminated_at"),
    moment("starts_at"),
    text("startup_command"),
    text("agent"),
    text("agents"),
];
/// How many of them are Rollcall's own.
const OWN: usize = 2;
/// How many of them only superadmins see.
const OF_SUPERADMINS: usize = 2;

/// `compute_session_list`. `id` and `group_name` order but do not filter.
pub const SESSIONS: KeyTable = KeyTable { filter: SESSION_FILTER.split_at(OWN).1, order: SESSION_ORDER };

/// The keys of Rollcall's own API.
const OWN_SESSIONS: KeyTable = KeyTable { filter: SESSION_FILTER, order: SESSION_ORDER };

/// The same for who is told nothing of machines.
const OWN_SESSIONS_OF_OTHERS: KeyTable =
    KeyTable { filter: SESSION_FILTER.split_at(SESSION_FILTER.len() - OF_SUPERADMINS).0, order: SESSION_ORDER };

/// What a role filters and orders sessions by in Rollcall's own API: by nothing that its rows don't tell. In the
/// compatible API everybody has the contract's keys, [`SESSIONS`].
#[must_use]
pub fn session_keys(role: Role) -> &'static KeyTable {
    if role == Role::Superadmin { &OWN_SESSIONS } else { &OWN_SESSIONS_OF_OTHERS }
}

const SESSION_ORDER: &[Key] = &[
    Key { name: "id", kind: Kind::Id },
    names("type", types),
    text("name"),
    text("image"),
    text("domain_name"),
    text("group_name"),
    text("user_email"),
    text("access_key"),
    text("scaling_group"),
    names("cluster_mode", cluster_modes),
    integer("cluster_size"),
    names("status", statuses),
    text("status_info"),
    moment("status_changed"),
    names("result", results),
    moment("created_at"),
    moment("terminated_at"),
    moment("starts_at"),
];

const CONTAINER_KEYS: &[Key] = &[
    text("image"),
    text("agent"),
    integer("cluster_idx"),
    text("cluster_role"),
    text("cluster_hostname"),
    names("status", statuses),
    text("status_info"),
    moment("created_at"),
    moment("status_changed"),
    moment("terminated_at"),
];

/// `compute_container_list`.
pub const CONTAINERS: KeyTable = KeyTable { filter: CONTAINER_KEYS, order: CONTAINER_KEYS };

fn user_statuses() -> Vec<&'static str> {
    vec!["ACTIVE", "INACTIVE", "DELETED", "BEFORE_VERIFICATION"]
}

fn roles() -> Vec<&'static str> {
    vec!["SUPERADMIN", "ADMIN", "USER", "MONITOR"]
}

fn usage_modes() -> Vec<&'static str> {
    vec!["GENERAL", "MODEL", "DATA"]
}

fn permissions() -> Vec<&'static str> {
    vec!["READ_ONLY", "READ_WRITE", "RW_DELETE"]
}

fn ownership_types() -> Vec<&'static str> {
    vec!["USER", "GROUP"]
}

fn agent_statuses() -> Vec<&'static str> {
    AgentStatus::ALL.iter().map(|status| status.as_str()).collect()
}

const fn truth(name: &'static str) -> Key {
    Key { name, kind: Kind::Bool }
}

const fn id(name: &'static str) -> Key {
    Key { name, kind: Kind::Id }
}

/// `user_list`. Statuses and roles stand for their ranks in the model's order.
pub const USERS: KeyTable = KeyTable {
    filter: &[
        id("uuid"),
        text("username"),
        text("email"),
        truth("need_password_change"),
        text("full_name"),
        text("description"),
        names("status", user_statuses),
        text("status_info"),
        moment("created_at"),
        moment("modified_at"),
        text("domain_name"),
        names("role", roles),
    ],
    order: &[
        id("uuid"),
        text("username"),
        text("email"),
        truth("need_password_change"),
        text("full_name"),
        names("status", user_statuses),
        text("status_info"),
        moment("created_at"),
        moment("modified_at"),
        text("domain_name"),
        names("role", roles),
    ],
};

/// `keypair_list`. `user_id` is the person's id here.
pub const KEYPAIRS: KeyTable = KeyTable {
    filter: &[
        text("access_key"),
        id("user_id"),
        text("email"),
        text("full_name"),
        truth("is_active"),
        truth("is_admin"),
        text("resource_policy"),
        moment("created_at"),
        moment("last_used"),
        integer("concurrency_used"),
        integer("rate_limit"),
        integer("num_queries"),
        text("ssh_public_key"),
    ],
    order: &[
        text("access_key"),
        text("email"),
        text("full_name"),
        truth("is_active"),
        truth("is_admin"),
        text("resource_policy"),
        moment("created_at"),
        moment("last_used"),
        integer("concurrency_used"),
        integer("rate_limit"),
        integer("num_queries"),
    ],
};

/// `agent_list`. Slots order by processors, then memory, then the others by name.
pub const AGENTS: KeyTable = KeyTable {
    filter: &[
        text("id"),
        names("status", agent_statuses),
        moment("status_changed"),
        text("region"),
        text("scaling_group"),
        truth("schedulable"),
        text("addr"),
        moment("first_contact"),
        moment("lost_at"),
        text("version"),
    ],
    order: &[
        text("id"),
        names("status", agent_statuses),
        moment("status_changed"),
        text("region"),
        text("scaling_group"),
        truth("schedulable"),
        moment("first_contact"),
        moment("lost_at"),
        text("version"),
        text("available_slots"),
        text("occupied_slots"),
    ],
};

/// `vfolder_list`.
pub const FOLDERS: KeyTable = KeyTable {
    filter: &[
        id("id"),
        text("host"),
        text("name"),
        id("group"),
        id("user"),
        text("user_email"),
        text("creator"),
        text("unmanaged_path"),
        names("usage_mode", usage_modes),
        names("permission", permissions),
        names("ownership_type", ownership_types),
        integer("max_files"),
        integer("max_size"),
        moment("created_at"),
        moment("last_used"),
        truth("cloneable"),
    ],
    order: &[
        id("id"),
        text("host"),
        text("name"),
        id("group"),
        id("user"),
        text("user_email"),
        names("usage_mode", usage_modes),
        names("permission", permissions),
        names("ownership_type", ownership_types),
        integer("max_files"),
        integer("max_size"),
        moment("created_at"),
        moment("last_used"),
        truth("cloneable"),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_are_for_superadmins() {
        let names = |table: &KeyTable| table.filter.iter().map(|key| key.name).collect::<Vec<_>>();
        for role in [Role::Admin, Role::User, Role::Monitor] {
            let own = names(session_keys(role));
            assert_eq!(own[..OWN], ["id", "group_name"]);
            let expected: Vec<_> = names(&SESSIONS).into_iter().filter(|name| !name.starts_with("agent")).collect();
            assert_eq!(own[OWN..], expected, "{role:?}");
        }
        let all = names(session_keys(Role::Superadmin));
        assert!(all.contains(&"agent") && all.contains(&"agents"));
        assert!(["id", "group_name"].iter().all(|own| SESSIONS.filter_key(own).is_none()), "not in the contract");
        assert!(SESSIONS.order.iter().all(|key| !key.name.starts_with("agent")));
    }
}
