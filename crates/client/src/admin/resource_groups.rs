//! Resource groups; the API calls them scaling groups.

use rollcall_model::Timestamp;
use rollcall_model::ids::GroupId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Admin;
use crate::error::Error;
use crate::json_string;

const FIELDS: &str = "name description is_active created_at wsproxy_addr driver driver_opts scheduler scheduler_opts";

/// Agents that sessions are placed on together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResourceGroup {
    /// Name.
    pub name: String,
    /// What administrators noted.
    pub description: Option<String>,
    /// In use.
    pub is_active: Option<bool>,
    /// Made at.
    pub created_at: Option<Timestamp>,
    /// Address of the proxy to services.
    pub wsproxy_addr: Option<String>,
    /// Driver, such as `static`.
    pub driver: Option<String>,
    /// Its options.
    #[serde(default, deserialize_with = "json_string::value")]
    pub driver_opts: Option<Value>,
    /// `fifo`, `lifo` or `drf`.
    pub scheduler: Option<String>,
    /// Its options.
    #[serde(default, deserialize_with = "json_string::value")]
    pub scheduler_opts: Option<Value>,
}

/// Whom a resource group is allowed to.
#[derive(Clone, Copy, Debug)]
pub enum UsableBy<'a> {
    /// A domain, by name.
    Domain(&'a str),
    /// A project.
    Group(GroupId),
    /// A keypair, by its public half.
    Keypair(&'a str),
}

impl Admin<'_> {
    /// All resource groups, or those allowed to somebody; for superadmins.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn resource_groups(&self, by: Option<UsableBy<'_>>) -> Result<Vec<ResourceGroup>, Error> {
        let (root, declared, given, variables) = match by {
            None => ("scaling_groups", "", "", json!({})),
            Some(UsableBy::Domain(name)) => {
                ("scaling_groups_for_domain", "($of: String!)", "(domain: $of)", json!({"of": name}))
            }
            Some(UsableBy::Group(id)) => {
                ("scaling_groups_for_user_group", "($of: String!)", "(user_group: $of)", json!({"of": id}))
            }
            Some(UsableBy::Keypair(key)) => {
                ("scaling_groups_for_keypair", "($of: String!)", "(access_key: $of)", json!({"of": key}))
            }
        };
        let text = format!("query{declared} {{ {root}{given} {{ {FIELDS} }} }}");
        self.all("listing resource groups", root, text, variables).await
    }

    /// A resource group; `None` when there is none.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn resource_group(&self, name: &str) -> Result<Option<ResourceGroup>, Error> {
        let text = format!("query($name: String) {{ scaling_group(name: $name) {{ {FIELDS} }} }}");
        self.one("looking up the resource group", "scaling_group", text, json!({"name": name})).await
    }
}
