//! Projects.

use rollcall_model::Timestamp;
use rollcall_model::ids::GroupId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Admin;
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
