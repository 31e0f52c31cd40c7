//! Bodies of `/scaling-groups`, `/resource/presets` and `/resource/check-presets` (`rest.md` §5, §7).

use rollcall_model::account::Preset;
use rollcall_model::known_slots::KnownSlots;
use rollcall_model::slots::Slots;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::parameters::Parameters;
use crate::problem::Problem;

const GROUP: [&str; 3] = ["group", "group_id", "group_name"];

/// The project that resource groups are asked for: its id or its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRequest {
    /// As given.
    pub group: Option<String>,
}

impl GroupRequest {
    /// `GET /scaling-groups`: must be given.
    ///
    /// # Errors
    /// `invalid-api-params`.
    pub fn required(mut parameters: Parameters) -> Result<Self, Problem> {
        let group = parameters.required_text(&GROUP, "group");
        parameters.finish(Self { group: Some(group) })
    }

    /// `GET /scaling-groups/{name}/wsproxy-version`: may be left out.
    ///
    /// # Errors
    /// `invalid-api-params`.
    pub fn optional(mut parameters: Parameters) -> Result<Self, Problem> {
        let group = parameters.text(&GROUP);
        parameters.finish(Self { group })
    }
}

/// `POST /resource/check-presets`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckPresetsRequest {
    /// Only this resource group.
    pub scaling_group: Option<String>,
    /// Name of the project.
    pub group: String,
}

impl CheckPresetsRequest {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid-api-params`.
    pub fn of(mut parameters: Parameters) -> Result<Self, Problem> {
        let scaling_group = parameters.text(&["scaling_group"]);
        let group = parameters.text(&["group"]).unwrap_or_else(|| "default".to_owned());
        parameters.finish(Self { scaling_group, group })
    }
}

/// A resource group by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScalingGroupName {
    /// Name.
    pub name: String,
}

/// The answer of `GET /scaling-groups`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScalingGroupsAnswer {
    /// By name.
    pub scaling_groups: Vec<ScalingGroupName>,
}

/// A preset as it is listed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PresetItem {
    /// Name.
    pub name: String,
    /// Every known slot.
    pub resource_slots: Slots,
    /// Bytes, as text.
    pub shared_memory: Option<String>,
    /// Whether it could start now; left out of the plain list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allocatable: Option<bool>,
}

impl PresetItem {
    /// Unknown slots are dropped, missing known ones are `"0"`.
    #[must_use]
    pub fn of(preset: &Preset, known: &KnownSlots) -> Self {
        Self {
            name: preset.name.clone(),
            resource_slots: known.of(&preset.resource_slots),
            shared_memory: preset.shared_memory.map(|bytes| bytes.to_string()),
            allocatable: None,
        }
    }
}

/// The answer of `GET /resource/presets`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PresetsAnswer {
    /// By name.
    pub presets: Vec<PresetItem>,
}

/// Amounts that may be kept back: `"NaN"` for each slot then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Figures {
    /// To be seen.
    Shown(Slots),
    /// Kept back.
    Hidden(KnownSlots),
}

impl Serialize for Figures {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Shown(slots) => slots.serialize(serializer),
            Self::Hidden(known) => {
                let hidden = |name: &String| (name.clone(), Value::from("NaN"));
                known.0.iter().map(hidden).collect::<Map<_, _>>().serialize(serializer)
            }
        }
    }
}

/// What one uses of a resource group, and what its machines have left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScalingGroupUse {
    /// The caller's own use.
    pub using: Slots,
    /// Left on its agents.
    pub remaining: Slots,
}

/// The answer of `POST /resource/check-presets`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CheckPresetsAnswer {
    /// Limits of the key.
    pub keypair_limits: Slots,
    /// Used by the key.
    pub keypair_using: Slots,
    /// What key, project and domain all leave.
    pub keypair_remaining: Slots,
    /// Limits of the project.
    pub group_limits: Figures,
    /// Used by the project.
    pub group_using: Figures,
    /// Left to the project, at most what is left to the key.
    pub group_remaining: Figures,
    /// Left on the agents of the resource groups asked for.
    pub scaling_group_remaining: Slots,
    /// Each resource group.
    pub scaling_groups: std::collections::BTreeMap<String, ScalingGroupUse>,
    /// Presets with whether they could start now.
    pub presets: Vec<PresetItem>,
}
