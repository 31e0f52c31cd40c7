//! Environments that a session can be started in.

use serde::{Deserialize, Serialize};

/// The least and the most of one slot an image takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageLimit {
    /// Slot name: `cpu`, `mem`, …
    pub key: String,
    /// Least, as printed text (`1`, `64m`).
    pub min: String,
    /// Most; `None` is no limit.
    pub max: Option<String>,
}

/// An environment, named `<registry>/<path>:<tag>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Host and first part, such as `local.rollcall`.
    pub registry: String,
    /// Path without registry and tag, such as `rollcall/python`.
    pub name: String,
    /// Tag, such as `3.11-debian12`.
    pub tag: String,
    /// Digest, or a stand-in that changes with the environment.
    pub digest: String,
    /// Labels.
    pub labels: Vec<(String, String)>,
    /// Other names, each unique.
    pub aliases: Vec<String>,
    /// Size in bytes, 0 where nothing is stored.
    pub size_bytes: i64,
    /// Limits per slot.
    pub limits: Vec<ImageLimit>,
    /// Whether an agent has it.
    pub installed: bool,
}

impl Image {
    /// The canonical reference `<registry>/<path>:<tag>`.
    #[must_use]
    pub fn canonical(&self) -> String {
        format!("{}/{}:{}", self.registry, self.name, self.tag)
    }
}
