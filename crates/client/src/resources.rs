//! Images and agents.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::Error;
use crate::graphql::Query;
use crate::json_string;
use crate::transport::Client;

/// An environment that sessions can be started in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageRow {
    /// Path without registry and tag.
    pub name: String,
    /// Tag.
    pub tag: String,
    /// Registry.
    pub registry: String,
    /// Whether an agent has it.
    pub installed: Option<bool>,
    /// Other names.
    #[serde(default, deserialize_with = "json_string::list")]
    pub aliases: Vec<String>,
    /// Limits per slot.
    #[serde(default, deserialize_with = "json_string::list")]
    pub resource_limits: Vec<LimitRow>,
}

impl ImageRow {
    /// `<registry>/<path>:<tag>`.
    #[must_use]
    pub fn canonical(&self) -> String {
        format!("{}/{}:{}", self.registry, self.name, self.tag)
    }
}

/// The least and the most of one slot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LimitRow {
    /// Slot.
    pub key: String,
    /// Least.
    pub min: Option<String>,
    /// Most.
    pub max: Option<String>,
}

/// A machine that runs sessions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentRow {
    /// Id.
    pub id: String,
    /// `ALIVE`, `LOST`, …
    pub status: String,
    /// Resource group.
    pub scaling_group: Option<String>,
    /// What it has.
    #[serde(default, deserialize_with = "json_string::value")]
    pub available_slots: Option<Value>,
    /// What is taken.
    #[serde(default, deserialize_with = "json_string::value")]
    pub occupied_slots: Option<Value>,
}

impl Client {
    /// The images the caller may use.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn images(&self) -> Result<Vec<ImageRow>, Error> {
        let fields = "name tag registry installed aliases resource_limits { key min max }";
        let rows: Option<Vec<Option<ImageRow>>> = self
            .graphql(Query {
                act: "listing images",
                root: "images",
                text: format!("query {{ images {{ {fields} }} }}"),
                variables: json!({}),
                timeout: None,
            })
            .await?;
        Ok(rows.unwrap_or_default().into_iter().flatten().collect())
    }

    /// The agents, for superadmins.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn agents(&self) -> Result<Vec<AgentRow>, Error> {
        let fields = "id status scaling_group available_slots occupied_slots";
        let rows: Option<Vec<Option<AgentRow>>> = self
            .graphql(Query {
                act: "listing agents",
                root: "agents",
                text: format!("query {{ agents {{ {fields} }} }}"),
                variables: json!({}),
                timeout: None,
            })
            .await?;
        Ok(rows.unwrap_or_default().into_iter().flatten().collect())
    }
}
