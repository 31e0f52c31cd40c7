//! Projects.

use rollcall_model::Timestamp;
use rollcall_model::ids::{GroupId, UserId};
use rollcall_model::slots::Slots;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Admin;
use super::mutation::{Mutation, props, slots_text};
use crate::error::Error;
use crate::json_string;

const FIELDS: &str = "id name description is_active created_at modified_at domain_name total_resource_slots \
                      allowed_vfolder_hosts integration_id scaling_groups";

/// A project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Id.
    pub id: GroupId,
    /// Name, of which each domain may have one.
    pub name: String,
    /// What administrators noted.
    pub description: Option<String>,
    /// In use.
    pub is_active: Option<bool>,
    /// Made at.
    pub created_at: Option<Timestamp>,
    /// Changed at.
    pub modified_at: Option<Timestamp>,
    /// Domain.
    pub domain_name: Option<String>,
    /// The most its sessions may hold together: slot to amount; `mem` in bytes.
    #[serde(default, deserialize_with = "json_string::value")]
    pub total_resource_slots: Option<Value>,
    /// Hosts of folders.
    #[serde(default, deserialize_with = "json_string::list")]
    pub allowed_vfolder_hosts: Vec<String>,
    /// Name in another system.
    pub integration_id: Option<String>,
    /// Resource groups it may use.
    #[serde(default, deserialize_with = "json_string::list")]
    pub scaling_groups: Vec<String>,
}

impl Admin<'_> {
    /// Projects, of a domain or of all that the caller may see.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn groups(&self, domain: Option<&str>, is_active: Option<bool>) -> Result<Vec<Group>, Error> {
        let text = format!(
            "query($domain_name: String, $is_active: Boolean) \
             {{ groups(domain_name: $domain_name, is_active: $is_active) {{ {FIELDS} }} }}"
        );
        self.all("listing groups", "groups", text, json!({"domain_name": domain, "is_active": is_active})).await
    }

    /// A project; `None` when it cannot be seen.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn group(&self, id: GroupId) -> Result<Option<Group>, Error> {
        let text = format!("query($id: UUID!) {{ group(id: $id) {{ {FIELDS} }} }}");
        self.one("looking up the group", "group", text, json!({"id": id})).await
    }

    /// The projects of a name: one for each domain, at most, that the caller may see.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn groups_by_name(&self, name: &str, domain: Option<&str>) -> Result<Vec<Group>, Error> {
        let text = format!(
            "query($name: String!, $domain_name: String) \
             {{ groups_by_name(name: $name, domain_name: $domain_name) {{ {FIELDS} }} }}"
        );
        let variables = json!({"name": name, "domain_name": domain});
        self.all("looking up the group", "groups_by_name", text, variables).await
    }
}

/// What a project is made with, or what to change of one.
#[derive(Clone, Debug, Default, Serialize)]
pub struct GroupChange<'a> {
    /// Another name; not for a new one.
    pub name: Option<&'a str>,
    /// What administrators note.
    pub description: Option<&'a str>,
    /// In use.
    pub is_active: Option<bool>,
    /// Domain, which a new one needs; members of another one leave.
    pub domain_name: Option<&'a str>,
    /// The most its sessions may hold together; replaces what was set before.
    #[serde(serialize_with = "slots_text")]
    pub total_resource_slots: Option<Slots>,
    /// Hosts of folders.
    pub allowed_vfolder_hosts: Option<&'a [String]>,
    /// Name in another system.
    pub integration_id: Option<&'a str>,
}

/// Members to come or go.
#[derive(Clone, Copy, Debug)]
pub enum Members<'a> {
    /// Who are none yet.
    Add(&'a [UserId]),
    /// Anyone.
    Remove(&'a [UserId]),
}

impl Admin<'_> {
    /// Makes a project.
    ///
    /// # Errors
    /// [`Error::Refused`], or when the server cannot be reached.
    pub async fn create_group(&self, name: &str, new: &GroupChange<'_>) -> Result<GroupId, Error> {
        let act = "adding the group";
        let mut props = props(new, act)?;
        // Older servers fail without it (`graphql.md` §8).
        props.entry("total_resource_slots").or_insert_with(|| json!("{}"));
        let arguments = [("name", "String!", json!(name)), ("props", "GroupInput!", Value::Object(props))];
        let mutation = Mutation { act, root: "create_group", arguments: &arguments, selection: "group { id }" };
        let made = self.change(mutation).await?;
        let id = made.get("group").and_then(|group| group.get("id")).cloned().unwrap_or_default();
        serde_json::from_value(id).map_err(|error| Error::strange(act, error.to_string()))
    }

    /// Changes a project.
    ///
    /// # Errors
    /// [`Error::Refused`], or when the server cannot be reached.
    pub async fn change_group(&self, id: GroupId, change: &GroupChange<'_>) -> Result<(), Error> {
        let act = "changing the group";
        self.modify_group(act, id, Value::Object(props(change, act)?)).await
    }

    /// Changes who is in a project: all of them, or none when the server refuses.
    ///
    /// # Errors
    /// [`Error::Refused`], or when the server cannot be reached.
    pub async fn change_members(&self, id: GroupId, members: Members<'_>) -> Result<(), Error> {
        let (act, mode, people) = match members {
            Members::Add(people) => ("adding members", "add", people),
            Members::Remove(people) => ("removing members", "remove", people),
        };
        self.modify_group(act, id, json!({"user_update_mode": mode, "user_uuids": people})).await
    }

    async fn modify_group(&self, act: &'static str, id: GroupId, props: Value) -> Result<(), Error> {
        let arguments = [("gid", "UUID!", json!(id)), ("props", "ModifyGroupInput!", props)];
        self.do_it(act, "modify_group", &arguments).await
    }

    /// Removes a project for good, with its finished sessions.
    ///
    /// # Errors
    /// [`Error::Refused`], also while sessions are active; or when the server cannot be reached.
    pub async fn purge_group(&self, id: GroupId) -> Result<(), Error> {
        self.do_it("removing the group", "purge_group", &[("gid", "UUID!", json!(id))]).await
    }
}
