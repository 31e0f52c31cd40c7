//! Resource policies of keypairs.

use rollcall_model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Admin;
use crate::error::Error;
use crate::json_string;

const FIELDS: &str = "name created_at default_for_unspecified total_resource_slots max_concurrent_sessions \
                      max_containers_per_session idle_timeout max_vfolder_count max_vfolder_size \
                      allowed_vfolder_hosts";

/// What a keypair may use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// Name.
    pub name: String,
    /// Made at.
    pub created_at: Option<Timestamp>,
    /// `LIMITED` or `UNLIMITED`: what holds for slots that are not named.
    pub default_for_unspecified: Option<String>,
    /// The most a key's sessions may hold together: slot to amount; `mem` in bytes.
    #[serde(default, deserialize_with = "json_string::value")]
    pub total_resource_slots: Option<Value>,
    /// Sessions at the same time.
    pub max_concurrent_sessions: Option<i64>,
    /// Kernels of a session.
    pub max_containers_per_session: Option<i64>,
    /// Seconds after which an idle session ends; 0 is never.
    #[serde(default, deserialize_with = "super::big")]
    pub idle_timeout: Option<i64>,
    /// Folders.
    pub max_vfolder_count: Option<i64>,
    /// Bytes of a folder.
    #[serde(default, deserialize_with = "super::big")]
    pub max_vfolder_size: Option<i64>,
    /// Hosts of folders.
    #[serde(default, deserialize_with = "json_string::list")]
    pub allowed_vfolder_hosts: Vec<String>,
}

impl Admin<'_> {
    /// All policies that the caller may see.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn policies(&self) -> Result<Vec<Policy>, Error> {
        let text = format!("query {{ keypair_resource_policies {{ {FIELDS} }} }}");
        self.all("listing policies", "keypair_resource_policies", text, json!({})).await
    }

    /// A policy; `None` when there is none.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn policy(&self, name: &str) -> Result<Option<Policy>, Error> {
        let text = format!("query($name: String) {{ keypair_resource_policy(name: $name) {{ {FIELDS} }} }}");
        self.one("looking up the policy", "keypair_resource_policy", text, json!({"name": name})).await
    }
}
