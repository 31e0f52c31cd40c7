//! Resource groups; the API calls them scaling groups.

use rollcall_model::Timestamp;
use rollcall_model::ids::GroupId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Admin;
use super::mutation::{json_text, props};
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

/// What a resource group is made with, or what to change of one.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ResourceGroupChange<'a> {
    /// What administrators note.
    pub description: Option<&'a str>,
    /// In use.
    pub is_active: Option<bool>,
    /// Address of the proxy to services.
    pub wsproxy_addr: Option<&'a str>,
    /// `fifo`, `lifo` or `drf`.
    pub scheduler: Option<&'a str>,
    /// Options of the scheduler; replace what was set before.
    #[serde(serialize_with = "json_text")]
    pub scheduler_opts: Option<Value>,
}

impl Admin<'_> {
    /// Makes a resource group that nobody may use yet. First in, first out unless it says otherwise.
    ///
    /// # Errors
    /// [`Error::Refused`], or when the server cannot be reached.
    pub async fn create_resource_group(&self, name: &str, new: &ResourceGroupChange<'_>) -> Result<(), Error> {
        let act = "adding the resource group";
        let mut props = props(new, act)?;
        for (needed, default) in [("driver", "static"), ("driver_opts", "{}"), ("scheduler", "fifo")] {
            props.entry(needed).or_insert_with(|| json!(default));
        }
        let props = Value::Object(props);
        let arguments = [("name", "String!", json!(name)), ("props", "CreateScalingGroupInput!", props)];
        self.do_it(act, "create_scaling_group", &arguments).await
    }

    /// Changes a resource group.
    ///
    /// # Errors
    /// [`Error::Refused`], or when the server cannot be reached.
    pub async fn change_resource_group(&self, name: &str, change: &ResourceGroupChange<'_>) -> Result<(), Error> {
        let act = "changing the resource group";
        let props = Value::Object(props(change, act)?);
        let arguments = [("name", "String!", json!(name)), ("props", "ModifyScalingGroupInput!", props)];
        self.do_it(act, "modify_scaling_group", &arguments).await
    }

    /// Lets a domain, a project or a keypair use a resource group.
    ///
    /// # Errors
    /// [`Error::Refused`], also if they may already; or when the server cannot be reached.
    pub async fn allow_resource_group(&self, name: &str, by: UsableBy<'_>) -> Result<(), Error> {
        let root = match by {
            UsableBy::Domain(_) => "associate_scaling_group_with_domain",
            UsableBy::Group(_) => "associate_scaling_group_with_user_group",
            UsableBy::Keypair(_) => "associate_scaling_group_with_keypair",
        };
        self.do_it("allowing the resource group", root, &association(name, by)).await
    }

    /// Takes that back.
    ///
    /// # Errors
    /// [`Error::Refused`], also if they may not anyway; or when the server cannot be reached.
    pub async fn deny_resource_group(&self, name: &str, by: UsableBy<'_>) -> Result<(), Error> {
        let root = match by {
            UsableBy::Domain(_) => "disassociate_scaling_group_with_domain",
            UsableBy::Group(_) => "disassociate_scaling_group_with_user_group",
            UsableBy::Keypair(_) => "disassociate_scaling_group_with_keypair",
        };
        self.do_it("denying the resource group", root, &association(name, by)).await
    }

    /// Removes a resource group for good.
    ///
    /// # Errors
    /// [`Error::Refused`], also while it has agents or unfinished sessions; or when the server cannot be
    /// reached.
    pub async fn delete_resource_group(&self, name: &str) -> Result<(), Error> {
        self.do_it("removing the resource group", "delete_scaling_group", &[("name", "String!", json!(name))]).await
    }
}

fn association(name: &str, by: UsableBy<'_>) -> [(&'static str, &'static str, Value); 2] {
    let whom = match by {
        UsableBy::Domain(name) => ("domain", "String!", json!(name)),
        UsableBy::Group(id) => ("user_group", "UUID!", json!(id)),
        UsableBy::Keypair(key) => ("access_key", "String!", json!(key)),
    };
    [("scaling_group", "String!", json!(name)), whom]
}
