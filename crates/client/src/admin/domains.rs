//! Domains.

use rollcall_model::Timestamp;
use rollcall_model::slots::Slots;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Admin;
use super::mutation::{props, slots_text};
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

/// What a domain is made with, or what to change of one.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DomainChange<'a> {
    /// Another name; not for a new one.
    pub name: Option<&'a str>,
    /// What administrators note.
    pub description: Option<&'a str>,
    /// In use: its people may do nothing otherwise.
    pub is_active: Option<bool>,
    /// The most its sessions may hold together; replaces what was set before.
    #[serde(serialize_with = "slots_text")]
    pub total_resource_slots: Option<Slots>,
    /// Hosts of folders.
    pub allowed_vfolder_hosts: Option<&'a [String]>,
    /// Registries whose images may be used.
    pub allowed_docker_registries: Option<&'a [String]>,
    /// Name in another system.
    pub integration_id: Option<&'a str>,
}

impl Admin<'_> {
    /// Makes a domain without projects or people.
    ///
    /// # Errors
    /// [`Error::Refused`], or when the server cannot be reached.
    pub async fn create_domain(&self, name: &str, new: &DomainChange<'_>) -> Result<(), Error> {
        let act = "adding the domain";
        let props = Value::Object(props(new, act)?);
        self.do_it(act, "create_domain", &[("name", "String!", json!(name)), ("props", "DomainInput!", props)]).await
    }

    /// Changes a domain.
    ///
    /// # Errors
    /// [`Error::Refused`], or when the server cannot be reached.
    pub async fn change_domain(&self, name: &str, change: &DomainChange<'_>) -> Result<(), Error> {
        let act = "changing the domain";
        let props = Value::Object(props(change, act)?);
        let arguments = [("name", "String!", json!(name)), ("props", "ModifyDomainInput!", props)];
        self.do_it(act, "modify_domain", &arguments).await
    }

    /// Removes a domain for good, with its finished sessions.
    ///
    /// # Errors
    /// [`Error::Refused`], also while it has people, projects or active sessions; or when the server
    /// cannot be reached.
    pub async fn purge_domain(&self, name: &str) -> Result<(), Error> {
        self.do_it("removing the domain", "purge_domain", &[("name", "String!", json!(name))]).await
    }
}
