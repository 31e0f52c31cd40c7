//! Resource presets.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Admin;
use crate::error::Error;
use crate::json_string;

const FIELDS: &str = "name resource_slots shared_memory";

/// A size of session that people choose by its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preset {
    /// Name.
    pub name: String,
    /// Slot to amount; `mem` in bytes.
    #[serde(default, deserialize_with = "json_string::value")]
    pub resource_slots: Option<Value>,
    /// Bytes of shared memory.
    #[serde(default, deserialize_with = "super::big")]
    pub shared_memory: Option<i64>,
}

impl Admin<'_> {
    /// All presets.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn presets(&self) -> Result<Vec<Preset>, Error> {
        let text = format!("query {{ resource_presets {{ {FIELDS} }} }}");
        self.all("listing presets", "resource_presets", text, json!({})).await
    }

    /// A preset; `None` when there is none.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn preset(&self, name: &str) -> Result<Option<Preset>, Error> {
        let text = format!("query($name: String) {{ resource_preset(name: $name) {{ {FIELDS} }} }}");
        self.one("looking up the preset", "resource_preset", text, json!({"name": name})).await
    }
}
