//! Resource policies of keypairs.

use rollcall_model::Timestamp;
use rollcall_model::slots::Slots;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Admin;
use super::mutation::{props, slots_text};
use crate::error::Error;
use crate::json_string;

const FIELDS: &str = "name created_at default_for_unspecified total_resource_slots max_concurrent_sessions \
                      max_containers_per_session idle_timeout max_vfolder_count max_vfolder_size \
                      allowed_vfolder_hosts";
/// Rollcall's own, which other servers lack.
const OWN_FIELDS: &str = " max_session_lifetime max_extension";

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
    /// Seconds that a session may run in all; 0 is no limit. Rollcall's own.
    #[serde(default, deserialize_with = "super::big", skip_serializing_if = "Option::is_none")]
    pub max_session_lifetime: Option<i64>,
    /// Seconds by which owners may push the end of a session out, in all. Rollcall's own.
    #[serde(default, deserialize_with = "super::big", skip_serializing_if = "Option::is_none")]
    pub max_extension: Option<i64>,
}

impl Admin<'_> {
    /// All policies that the caller may see.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn policies(&self) -> Result<Vec<Policy>, Error> {
        let own = self.own_policy_fields().await?;
        let text = format!("query {{ keypair_resource_policies {{ {FIELDS}{own} }} }}");
        self.all("listing policies", "keypair_resource_policies", text, json!({})).await
    }

    /// A policy; `None` when there is none.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn policy(&self, name: &str) -> Result<Option<Policy>, Error> {
        let own = self.own_policy_fields().await?;
        let text = format!("query($name: String) {{ keypair_resource_policy(name: $name) {{ {FIELDS}{own} }} }}");
        self.one("looking up the policy", "keypair_resource_policy", text, json!({"name": name})).await
    }
}

/// What a policy is made with, or what to change of one.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PolicyChange<'a> {
    /// `LIMITED` or `UNLIMITED`: what holds for slots that are not named.
    pub default_for_unspecified: Option<&'a str>,
    /// The most a key's sessions may hold together; replaces what was set before.
    #[serde(serialize_with = "slots_text")]
    pub total_resource_slots: Option<Slots>,
    /// Sessions at the same time.
    pub max_concurrent_sessions: Option<i32>,
    /// Kernels of a session.
    pub max_containers_per_session: Option<i32>,
    /// Seconds after which an idle session ends; 0 is never, less is as the server has it by default.
    pub idle_timeout: Option<i64>,
    /// Folders.
    pub max_vfolder_count: Option<i32>,
    /// Bytes of a folder.
    pub max_vfolder_size: Option<i64>,
    /// Hosts of folders.
    pub allowed_vfolder_hosts: Option<&'a [String]>,
    /// Seconds that a session may run in all; 0 is no limit. Rollcall's own.
    pub max_session_lifetime: Option<i64>,
    /// Seconds by which owners may push the end of a session out, in all. Rollcall's own.
    pub max_extension: Option<i64>,
}

impl PolicyChange<'_> {
    /// With what servers need of a new policy, where it says nothing.
    fn completed(self) -> Self {
        Self {
            default_for_unspecified: self.default_for_unspecified.or(Some("UNLIMITED")),
            total_resource_slots: self.total_resource_slots.or_else(|| Some(Slots::default())),
            max_concurrent_sessions: self.max_concurrent_sessions.or(Some(30)),
            max_containers_per_session: self.max_containers_per_session.or(Some(1)),
            idle_timeout: self.idle_timeout.or(Some(0)),
            max_vfolder_count: self.max_vfolder_count.or(Some(10)),
            max_vfolder_size: self.max_vfolder_size.or(Some(0)),
            ..self
        }
    }
}

impl Admin<'_> {
    async fn own_policy_fields(&self) -> Result<&'static str, Error> {
        let known = self.client.tells("KeyPairResourcePolicy", "max_session_lifetime").await?;
        Ok(if known { OWN_FIELDS } else { "" })
    }

    async fn understood(&self, change: &PolicyChange<'_>) -> Result<(), Error> {
        let own = change.max_session_lifetime.or(change.max_extension);
        if own.is_some() && self.own_policy_fields().await?.is_empty() {
            return Err(Error::Usage("this server's policies have no limit of lifetime and no extension".to_owned()));
        }
        Ok(())
    }

    /// Makes a policy. Where it says nothing: 30 sessions of one kernel at a time, ten folders,
    /// and no other limit.
    ///
    /// # Errors
    /// [`Error::Usage`] for limits that this server lacks, [`Error::Refused`], or when the server cannot
    /// be reached.
    pub async fn create_policy(&self, name: &str, limits: PolicyChange<'_>) -> Result<(), Error> {
        let act = "adding the policy";
        self.understood(&limits).await?;
        let props = Value::Object(props(&limits.completed(), act)?);
        let arguments = [("name", "String!", json!(name)), ("props", "CreateKeyPairResourcePolicyInput!", props)];
        self.do_it(act, "create_keypair_resource_policy", &arguments).await
    }

    /// Changes a policy.
    ///
    /// # Errors
    /// As [`Admin::create_policy`].
    pub async fn change_policy(&self, name: &str, change: &PolicyChange<'_>) -> Result<(), Error> {
        let act = "changing the policy";
        self.understood(change).await?;
        let props = Value::Object(props(change, act)?);
        let arguments = [("name", "String!", json!(name)), ("props", "ModifyKeyPairResourcePolicyInput!", props)];
        self.do_it(act, "modify_keypair_resource_policy", &arguments).await
    }

    /// Removes a policy.
    ///
    /// # Errors
    /// [`Error::Refused`], also while keypairs have it; or when the server cannot be reached.
    pub async fn delete_policy(&self, name: &str) -> Result<(), Error> {
        let arguments = [("name", "String!", json!(name))];
        self.do_it("removing the policy", "delete_keypair_resource_policy", &arguments).await
    }
}
