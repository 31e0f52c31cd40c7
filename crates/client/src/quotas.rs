//! What may still be started: resource groups, presets, and what is left of each quota.

use std::collections::BTreeMap;

use http::Method;
use rollcall_model::slots::Slots;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::error::Error;
use crate::repeat::Repeat;
use crate::transport::{Call, Client};

/// A size of session that administrators offer.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct PresetRow {
    /// Name.
    pub name: String,
    /// Amounts; of every slot that the server knows.
    pub resource_slots: Slots,
    /// Bytes.
    #[serde(default, deserialize_with = "bytes")]
    pub shared_memory: Option<i64>,
    /// Whether one could start now; told where quotas are asked for.
    #[serde(default)]
    pub allocatable: Option<bool>,
}

/// What is used and left of one resource group.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ResourceGroupUse {
    /// By the caller's own sessions.
    pub using: Slots,
    /// On its agents.
    pub remaining: Slots,
}

/// What is left of each quota for new sessions in a project. What has no limit is infinite.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Quotas {
    /// Limits of the caller's key.
    pub keypair_limits: Slots,
    /// Used by the key.
    pub keypair_using: Slots,
    /// What key, project and domain all leave.
    pub keypair_remaining: Slots,
    /// Limits of the project; `None` where the server keeps its figures back.
    #[serde(deserialize_with = "figures")]
    pub group_limits: Option<Slots>,
    /// Used by the project.
    #[serde(deserialize_with = "figures")]
    pub group_using: Option<Slots>,
    /// Left to the project, at most what is left to the key.
    #[serde(deserialize_with = "figures")]
    pub group_remaining: Option<Slots>,
    /// Left on the agents of the resource groups asked for.
    pub scaling_group_remaining: Slots,
    /// Each resource group by name.
    pub scaling_groups: BTreeMap<String, ResourceGroupUse>,
    /// Presets, with whether one could start now.
    pub presets: Vec<PresetRow>,
}

#[derive(Deserialize)]
struct ResourceGroups {
    scaling_groups: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
struct Presets {
    presets: Vec<PresetRow>,
}

/// A number, which the API writes as text.
fn bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    match Option::<Value>::deserialize(deserializer)? {
        None => Ok(None),
        Some(Value::String(text)) => text.parse().map(Some).map_err(serde::de::Error::custom),
        Some(other) => {
            let number = other.as_i64().ok_or_else(|| serde::de::Error::custom("it is no number of bytes"));
            number.map(Some)
        }
    }
}

/// Amounts, or `NaN` for each where they are kept back.
fn figures<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Slots>, D::Error> {
    let told = Value::deserialize(deserializer)?;
    let hidden = told.as_object().is_some_and(|map| map.values().any(|amount| amount == "NaN"));
    if hidden {
        return Ok(None);
    }
    Slots::from_json(&told).map(Some).map_err(serde::de::Error::custom)
}

impl Client {
    /// Names of the resource groups that the caller may use in a project, which is given by name or id.
    ///
    /// # Errors
    /// As the server answers.
    pub async fn resource_groups(&self, group: &str) -> Result<Vec<String>, Error> {
        let query = [("group", group)];
        let call = Call::new("listing resource groups", Method::GET, &["scaling-groups"]).query(&query);
        let answer: ResourceGroups = self.call(call).await?;
        Ok(answer.scaling_groups.into_iter().map(|group| group.name).collect())
    }

    /// The presets.
    ///
    /// # Errors
    /// As the server answers.
    pub async fn presets(&self) -> Result<Vec<PresetRow>, Error> {
        let call = Call::new("listing presets", Method::GET, &["resource", "presets"]);
        Ok(self.call::<Presets>(call).await?.presets)
    }

    /// What is left for new sessions in a project, given by name, in one of its resource groups or in all.
    ///
    /// # Errors
    /// `invalid-api-params` for a project that the caller is not in; else as the server answers.
    pub async fn quotas(&self, group: &str, resource_group: Option<&str>) -> Result<Quotas, Error> {
        let body = json!({"group": group, "scaling_group": resource_group});
        let mut call =
            Call::new("asking what is left of the quotas", Method::POST, &["resource", "check-presets"]).body(body);
        // It changes nothing, whatever its method.
        call.repeat = Repeat::Safe;
        self.call(call).await
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn figures_that_are_kept_back_and_amounts_without_an_end() {
        let slots = |cpu: &str| json!({"cpu": cpu, "mem": "1024"});
        let told = json!({
            "keypair_limits": slots("Infinity"), "keypair_using": slots("1"), "keypair_remaining": slots("2.5"),
            "group_limits": {"cpu": "NaN", "mem": "NaN"}, "group_using": slots("3"),
            "group_remaining": {"cpu": "NaN", "mem": "NaN"}, "scaling_group_remaining": slots("4"),
            "scaling_groups": {"default": {"using": slots("1"), "remaining": slots("7")}},
            "presets": [{"name": "small", "resource_slots": slots("1"), "shared_memory": "67108864", "allocatable": true},
                {"name": "bare", "resource_slots": slots("1"), "shared_memory": null, "allocatable": false}],
        });
        let quotas: Quotas = serde_json::from_value(told).unwrap();
        assert_eq!((quotas.group_limits, quotas.group_using), (None, Some(Slots::from_json(&slots("3")).unwrap())));
        assert!(quotas.keypair_limits.get("cpu").finite().is_none());
        assert_eq!(quotas.presets[0].shared_memory, Some(67_108_864));
        assert_eq!(
            quotas.presets.iter().map(|preset| preset.allocatable).collect::<Vec<_>>(),
            [Some(true), Some(false)]
        );
        assert_eq!(quotas.scaling_groups["default"].remaining, Slots::from_json(&slots("7")).unwrap());
    }
}
