//! The columns of the session list: which there are, what they need from the API, who sees them.
//!
//! The command line and the console draw from this table, so that a role looks the same in both.

use crate::features::{Feature, Features};
use crate::role::Role;

/// How the person signed in, which decides what an owner is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LoginMode {
    /// With e-mail and password: owners are e-mail addresses.
    Session,
    /// With a keypair: owners are access keys.
    Api,
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Name for programs and for choosing columns.
    pub id: &'static str,
    /// Name for people.
    pub header: &'static str,
    /// Fields of a session it needs.
    pub fields: &'static [&'static str],
    /// Fields of a session's containers it needs.
    pub container_fields: &'static [&'static str],
    audience: Audience,
    needs: Option<Feature>,
}

/// Who sees a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Audience {
    Everyone,
    Administrators(Option<LoginMode>),
    Superadmins,
}

const fn column(id: &'static str, header: &'static str, fields: &'static [&'static str]) -> Column {
    Column { id, header, fields, container_fields: &[], audience: Audience::Everyone, needs: None }
}

/// Every column from left to right.
pub const COLUMNS: [Column; 14] = [
    column("name", "NAME", &["name"]),
    Column {
        audience: Audience::Administrators(Some(LoginMode::Session)),
        ..column("owner", "OWNER", &["user_email"])
    },
    Column {
        audience: Audience::Administrators(Some(LoginMode::Api)),
        ..column("owner", "ACCESS KEY", &["access_key"])
    },
    Column { audience: Audience::Superadmins, ..column("project", "PROJECT", &["group_name"]) },
    column("image", "IMAGE", &["image"]),
    column("status", "STATUS", &["status"]),
    column("reason", "REASON", &["status_info"]),
    Column { needs: Some(Feature::ScalingGroup), ..column("group", "RESOURCE GROUP", &["scaling_group"]) },
    Column { needs: Some(Feature::MultiContainer), ..column("size", "SIZE", &["cluster_size"]) },
    column("cpu", "CPU", &["occupied_slots"]),
    column("mem", "MEM (GiB)", &["occupied_slots"]),
    Column {
        container_fields: &["live_stat", "last_stat"],
        needs: Some(Feature::MultiContainer),
        ..column("usage", "USED", &[])
    },
    column("elapsed", "ELAPSED", &["created_at", "terminated_at"]),
    Column {
        container_fields: &["agent"],
        audience: Audience::Superadmins,
        needs: Some(Feature::MultiContainer),
        ..column("agent", "AGENT", &[])
    },
];

/// Several columns in one, as the console's wide rows have them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// Name for programs and for choosing.
    pub id: &'static str,
    /// Ids of the columns in it; a group without any is for everyone.
    pub columns: &'static [&'static str],
}

/// Every group from left to right. Each column stands in one of them.
pub const GROUPS: [Group; 9] = [
    Group { id: "session", columns: &["name", "image", "size"] },
    Group { id: "owner", columns: &["owner"] },
    Group { id: "project", columns: &["project"] },
    Group { id: "status", columns: &["status", "reason"] },
    Group { id: "controls", columns: &[] },
    Group { id: "configuration", columns: &["group", "cpu", "mem"] },
    Group { id: "usage", columns: &["usage"] },
    Group { id: "reservation", columns: &["elapsed"] },
    Group { id: "agent", columns: &["agent"] },
];

/// The groups of a role, from left to right: those of which it sees a column.
#[must_use]
pub fn groups(role: Role, login: LoginMode, features: &Features) -> Vec<Group> {
    let seen = columns(role, login, features);
    let is_seen = |group: &Group| {
        group.columns.is_empty() || group.columns.iter().any(|id| seen.iter().any(|column| column.id == *id))
    };
    GROUPS.into_iter().filter(is_seen).collect()
}

impl Column {
    fn is_for(&self, role: Role, login: LoginMode) -> bool {
        match self.audience {
            Audience::Everyone => true,
            Audience::Administrators(mode) => role.is_administrative() && mode.is_none_or(|mode| mode == login),
            Audience::Superadmins => role == Role::Superadmin,
        }
    }
}

/// The columns of a role, from left to right.
#[must_use]
pub fn columns(role: Role, login: LoginMode, features: &Features) -> Vec<Column> {
    let is_served = |column: &Column| column.needs.is_none_or(|feature| features.supports(feature));
    COLUMNS.into_iter().filter(|column| column.is_for(role, login) && is_served(column)).collect()
}

/// What to select of each session for these columns: `id`, then each field once, then the
/// containers' fields.
#[must_use]
pub fn selection(columns: &[Column]) -> String {
    let mut fields = vec!["id"];
    let mut container_fields = Vec::new();
    for column in columns {
        add_new(&mut fields, column.fields);
        add_new(&mut container_fields, column.container_fields);
    }
    match container_fields.is_empty() {
        true => fields.join(" "),
        false => format!("{} containers {{ {} }}", fields.join(" "), container_fields.join(" ")),
    }
}

fn add_new(list: &mut Vec<&'static str>, more: &[&'static str]) {
    for field in more {
        if !list.contains(field) {
            list.push(field);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(role: Role, login: LoginMode, api: &str) -> String {
        let columns = columns(role, login, &Features::of(api, "21.09.9"));
        columns.iter().map(|column| column.header).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn each_role_has_its_columns() {
        let ours = |role, login| headers(role, login, "v6.20210815");
        assert_eq!(
            ours(Role::User, LoginMode::Session),
            "NAME|IMAGE|STATUS|REASON|RESOURCE GROUP|SIZE|CPU|MEM (GiB)|USED|ELAPSED"
        );
        assert_eq!(ours(Role::User, LoginMode::Session), ours(Role::User, LoginMode::Api));
        assert_eq!(
            ours(Role::Admin, LoginMode::Session),
            "NAME|OWNER|IMAGE|STATUS|REASON|RESOURCE GROUP|SIZE|CPU|MEM (GiB)|USED|ELAPSED"
        );
        assert_eq!(
            ours(Role::Superadmin, LoginMode::Api),
            "NAME|ACCESS KEY|PROJECT|IMAGE|STATUS|REASON|RESOURCE GROUP|SIZE|CPU|MEM (GiB)|USED|ELAPSED|AGENT"
        );
    }

    #[test]
    fn an_old_server_is_asked_for_what_it_has() {
        assert_eq!(
            headers(Role::Superadmin, LoginMode::Api, "v4.20190315"),
            "NAME|ACCESS KEY|PROJECT|IMAGE|STATUS|REASON|CPU|MEM (GiB)|ELAPSED"
        );
    }

    #[test]
    fn groups_follow_their_columns() {
        let features = Features::of("v6.20210815", "21.09.9");
        let ids = |role| groups(role, LoginMode::Session, &features).iter().map(|group| group.id).collect::<Vec<_>>();
        let own = ["session", "status", "controls", "configuration", "usage", "reservation"];
        assert_eq!(ids(Role::User), own);
        assert_eq!(ids(Role::Admin).iter().filter(|id| !own.contains(id)).collect::<Vec<_>>(), [&"owner"]);
        assert_eq!(ids(Role::Superadmin).len(), GROUPS.len());
        for column in COLUMNS {
            assert_eq!(GROUPS.iter().filter(|group| group.columns.contains(&column.id)).count(), 1, "{}", column.id);
        }
    }

    #[test]
    fn each_field_is_selected_once() {
        let features = Features::of("v6.20210815", "21.09.9");
        assert_eq!(
            selection(&columns(Role::Superadmin, LoginMode::Session, &features)),
            "id name user_email group_name image status status_info scaling_group cluster_size occupied_slots \
             created_at terminated_at containers { live_stat last_stat agent }"
        );
        assert_eq!(selection(&[column("name", "NAME", &["name"])]), "id name");
    }
}
