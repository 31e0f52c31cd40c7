//! Resource presets.

use rollcall_model::slots::Slots;
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

impl Admin<'_> {
    /// Makes a preset. `shared_memory` is in bytes.
    ///
    /// # Errors
    /// [`Error::Refused`], or when the server cannot be reached.
    pub async fn create_preset(&self, name: &str, slots: &Slots, shared_memory: Option<i64>) -> Result<(), Error> {
        let props = inputs(Some(slots), shared_memory);
        let arguments = [("name", "String!", json!(name)), ("props", "CreateResourcePresetInput!", props)];
        self.do_it("adding the preset", "create_resource_preset", &arguments).await
    }

    /// Changes a preset; `slots` replace what was set before.
    ///
    /// # Errors
    /// [`Error::Refused`], or when the server cannot be reached.
    pub async fn change_preset(
        &self,
        name: &str,
        slots: Option<&Slots>,
        shared_memory: Option<i64>,
    ) -> Result<(), Error> {
        let props = inputs(slots, shared_memory);
        let arguments = [("name", "String!", json!(name)), ("props", "ModifyResourcePresetInput!", props)];
        self.do_it("changing the preset", "modify_resource_preset", &arguments).await
    }

    /// Removes a preset.
    ///
    /// # Errors
    /// [`Error::Refused`], or when the server cannot be reached.
    pub async fn delete_preset(&self, name: &str) -> Result<(), Error> {
        self.do_it("removing the preset", "delete_resource_preset", &[("name", "String!", json!(name))]).await
    }
}

/// The API takes shared memory as a text.
fn inputs(slots: Option<&Slots>, shared_memory: Option<i64>) -> Value {
    let mut props = serde_json::Map::new();
    if let Some(slots) = slots {
        props.insert("resource_slots".to_owned(), slots.to_json().to_string().into());
    }
    if let Some(bytes) = shared_memory {
        props.insert("shared_memory".to_owned(), bytes.to_string().into());
    }
    Value::Object(props)
}
