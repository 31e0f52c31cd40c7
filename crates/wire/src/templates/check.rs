//! What a template must be: the parts that something is done with have their types, and more may stand
//! beside them. Reasons begin with the path of what is wrong.

use rollcall_model::naming::{self, SLUG_LENGTH};
use rollcall_model::template::TemplateKind;
use serde_json::{Map, Value};

use super::git::GitStep;

/// Names of one kind, as clients spell them.
const TASK: [&str; 2] = ["taskTemplate", "task_template"];
const CLUSTER: [&str; 2] = ["clusterTemplate", "cluster_template"];

/// Checks a template and gives the name of its metadata.
pub(super) fn template(kind: TemplateKind, body: &Map<String, Value>) -> Result<&str, String> {
    let part = Part { path: String::new(), map: body };
    part.required_text(&["api_version", "apiVersion"])?;
    let kinds = match kind {
        TemplateKind::Task => TASK,
        TemplateKind::Cluster => CLUSTER,
    };
    if !kinds.contains(&part.required_text(&["kind"])?) {
        return Err(format!("kind is not `{}`", kinds[0]));
    }
    let metadata = part.required_part("metadata")?;
    let name = metadata.required_text(&["name"])?;
    naming::line("metadata.name", name, SLUG_LENGTH).map_err(|error| error.to_string())?;
    metadata.text(&["tag"])?;
    let spec = part.required_part("spec")?;
    match kind {
        TemplateKind::Task => task(&spec)?,
        TemplateKind::Cluster => {}
    }
    Ok(name)
}

fn task(spec: &Part<'_>) -> Result<(), String> {
    if let Some(other) = spec.text(&["session_type"])?.filter(|kind| !matches!(*kind, "interactive" | "batch")) {
        let shown: String = other.chars().filter(|letter| !naming::steers(*letter)).take(SLUG_LENGTH).collect();
        return Err(spec.wrong("session_type", &format!("cannot be `{shown}`")));
    }
    let kernel = spec.required_part("kernel")?;
    kernel.required_text(&["image"])?;
    kernel.texts_by_name("environ")?;
    if let Some(run) = kernel.part("run")? {
        run.text(&["bootstrap"])?;
        run.text(&["startup_command"])?;
    }
    if let Some(git) = kernel.part("git")? {
        GitStep::of(&git)?;
    }
    spec.text(&["scaling_group"])?;
    spec.texts_by_name("mounts")?;
    spec.part("resources")?;
    match spec.map.get("agent_list") {
        None | Some(Value::Null) => Ok(()),
        Some(Value::Array(agents)) if agents.iter().all(Value::is_string) => Ok(()),
        Some(_) => Err(spec.wrong("agent_list", "is not a list of strings")),
    }
}

/// An object inside of a template.
pub(super) struct Part<'a> {
    path: String,
    pub(super) map: &'a Map<String, Value>,
}

impl<'a> Part<'a> {
    pub(super) fn of(map: &'a Map<String, Value>) -> Self {
        Self { path: String::new(), map }
    }

    pub(super) fn wrong(&self, name: &str, reason: &str) -> String {
        format!("{}{name} {reason}", self.path)
    }

    pub(super) fn part(&self, name: &str) -> Result<Option<Self>, String> {
        match self.map.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(map)) => Ok(Some(Self { path: format!("{}{name}.", self.path), map })),
            Some(_) => Err(self.wrong(name, "is not a dict")),
        }
    }

    fn required_part(&self, name: &str) -> Result<Self, String> {
        self.part(name)?.ok_or_else(|| self.wrong(name, "is required"))
    }

    /// A text under the first of its names that is there.
    pub(super) fn text(&self, names: &[&str]) -> Result<Option<&'a str>, String> {
        let found = names.iter().find_map(|name| Some((name, self.map.get(*name).filter(|value| !value.is_null())?)));
        match found {
            None => Ok(None),
            Some((name, Value::String(text))) if text.contains('\0') => {
                Err(self.wrong(name, "contains a null character"))
            }
            Some((_, Value::String(text))) => Ok(Some(text)),
            Some((name, _)) => Err(self.wrong(name, "is not a string")),
        }
    }

    pub(super) fn required_text(&self, names: &[&str]) -> Result<&'a str, String> {
        let text = self.text(names)?.filter(|text| !text.is_empty());
        text.ok_or_else(|| self.wrong(names.first().copied().unwrap_or_default(), "is required"))
    }

    /// An object of texts; numbers are as good, and nulls are left out later.
    fn texts_by_name(&self, name: &str) -> Result<(), String> {
        let Some(part) = self.part(name)? else { return Ok(()) };
        let plain = |value: &Value| match value {
            Value::String(text) => !text.contains('\0'),
            Value::Number(_) | Value::Null => true,
            _ => false,
        };
        match part.map.iter().find(|(_, value)| !plain(value)) {
            Some((key, _)) => {
                let shown: String = key.chars().filter(|letter| !naming::steers(*letter)).take(SLUG_LENGTH).collect();
                Err(part.wrong(&shown, "is not a string"))
            }
            None => Ok(()),
        }
    }
}
