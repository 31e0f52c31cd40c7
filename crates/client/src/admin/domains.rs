//! Domains.

use rollcall_model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Admin;
use crate::error::Error;
use crate::json_string;

const FIELDS: &str = "name description is_active created_at modified_at total_resource_slots \
                      allowed_vfolder_hosts allowed_docker_registries integration_id scaling_groups";

/// A domain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Domain {
    /// Name.
    pub name: String,
    /// What administrators noted.
    pub description: Option<String>,
    /// In use.
    pub is_active: Option<bool>,
    /// Made at.
    pub created_at: Option<Timestamp>,
    /// Changed at.
    pub modified_at: Option<Timestamp>,
    /// The most its sessions may hold together: slot to amount; `mem` in bytes.
    #[serde(default, deserialize_with = "json_string::value")]
    pub total_resource_slots: Option<Value>,
    /// Hosts of folders.
    #[serde(default, deserialize_with = "json_string::list")]
    pub allowed_vfolder_hosts: Vec<String>,
    /// Registries whose images may be used.
    #[serde(default, deserialize_with = "json_string::list")]
    pub allowed_docker_registries: Vec<String>,
    /// Name in another system.
    pub integration_id: Option<String>,
    /// Resource groups it may use.
    #[serde(default, deserialize_with = "json_string::list")]
    pub scaling_groups: Vec<String>,
}

impl Admin<'_> {
    /// All domains, for superadmins.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn domains(&self, is_active: Option<bool>) -> Result<Vec<Domain>, Error> {
        let text = format!("query($is_active: Boolean) {{ domains(is_active: $is_active) {{ {FIELDS} }} }}");
        self.all("listing domains", "domains", text, json!({"is_active": is_active})).await
    }

    /// A domain; `None` when it cannot be seen.
    ///
    /// # Errors
    /// When the server refuses, which it may do for a domain that does not exist, or cannot be
    /// reached.
    pub async fn domain(&self, name: &str) -> Result<Option<Domain>, Error> {
        let text = format!("query($name: String) {{ domain(name: $name) {{ {FIELDS} }} }}");
        self.one("looking up the domain", "domain", text, json!({"name": name})).await
    }
}
