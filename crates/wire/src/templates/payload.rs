//! The payload: a text of JSON or YAML with one template or several.

use rollcall_model::naming::{self, SLUG_LENGTH};
use rollcall_model::template::{MAX_BYTES, TemplateKind};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::check;
use crate::parameters::{self, Parameters};
use crate::problem::Problem;
use crate::yaml;

/// Bytes of a payload.
const MAX_PAYLOAD: usize = 64 * 1024;
/// Templates in one payload.
const MAX_ITEMS: usize = 16;
const LIST: &str = "session_templates";

/// Templates to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct TemplateRequest {
    /// At least one.
    pub items: Vec<TemplateItem>,
    /// Name of the project of those that name none themselves.
    pub group: String,
    /// Name of its domain; the owner's unless given.
    pub domain: Option<String>,
}

/// One template, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct TemplateItem {
    /// Name for people; that of its metadata unless given.
    pub name: String,
    /// The template itself.
    pub body: Value,
    /// Its project, if it names one itself.
    pub group: Option<Uuid>,
    /// Its owner, if it names one itself.
    pub user: Option<Uuid>,
}

impl TemplateRequest {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid-api-params`; of a template the reason says where it is wrong.
    pub fn of(kind: TemplateKind, mut parameters: Parameters) -> Result<Self, Problem> {
        let group = parameters.text(&["group", "groupName", "group_name"]);
        let domain = parameters.text(&["domain", "domainName", "domain_name"]);
        let items = payload(kind, &mut parameters);
        parameters.finish(Self { items, group: group.unwrap_or_else(|| "default".to_owned()), domain })
    }
}

/// The one template of a change.
///
/// # Errors
/// `invalid-api-params`, also for several.
pub fn one(kind: TemplateKind, mut parameters: Parameters) -> Result<TemplateItem, Problem> {
    let mut items = payload(kind, &mut parameters);
    let mut items = parameters.finish(std::mem::take(&mut items))?;
    match (items.pop(), items.is_empty()) {
        (Some(item), true) => Ok(item),
        _ => Err(parameters::refused("payload", "give one template")),
    }
}

fn payload(kind: TemplateKind, parameters: &mut Parameters) -> Vec<TemplateItem> {
    let text = parameters.required_text(&["payload"], "payload");
    if parameters.is_wrong("payload") {
        return Vec::new();
    }
    items(kind, &text).unwrap_or_else(|reason| {
        parameters.wrong("payload", reason);
        Vec::new()
    })
}

fn items(kind: TemplateKind, text: &str) -> Result<Vec<TemplateItem>, String> {
    if text.len() > MAX_PAYLOAD {
        return Err(format!("larger than {} KiB", MAX_PAYLOAD / 1024));
    }
    // Most of JSON is YAML; tabs between tokens are not.
    let read = match serde_json::from_str(text) {
        Ok(value @ Value::Object(_)) => value,
        _ => yaml::parse(text).map_err(|error| error.to_string())?,
    };
    let Value::Object(mut map) = read else { return Err("value is not a dict".to_owned()) };
    match map.remove(LIST) {
        Some(Value::Array(list)) if list.is_empty() => Err(format!("{LIST} is empty")),
        Some(Value::Array(list)) if list.len() > MAX_ITEMS => Err(format!("more than {MAX_ITEMS} templates")),
        Some(Value::Array(list)) => {
            list.into_iter().enumerate().map(|(index, item)| listed(kind, index, item)).collect()
        }
        Some(_) => Err(format!("{LIST} is not a list")),
        // The template alone.
        None => Ok(vec![item(kind, "", map, &mut Map::new())?]),
    }
}

fn listed(kind: TemplateKind, index: usize, value: Value) -> Result<TemplateItem, String> {
    let path = format!("{LIST}[{index}]");
    let Value::Object(mut around) = value else { return Err(format!("{path} is not a dict")) };
    match around.remove("template") {
        Some(Value::Object(body)) => item(kind, &format!("{path}.template."), body, &mut around),
        Some(_) => Err(format!("{path}.template is not a dict")),
        None => Err(format!("{path}.template is required")),
    }
}

/// A checked template with what stands beside it.
fn item(
    kind: TemplateKind,
    path: &str,
    body: Map<String, Value>,
    around: &mut Map<String, Value>,
) -> Result<TemplateItem, String> {
    let named = check::template(kind, &body).map_err(|reason| format!("{path}{reason}"))?.to_owned();
    let name = match around.remove("name") {
        None | Some(Value::Null) => named,
        Some(Value::String(name)) => name,
        Some(_) => return Err("name is not a string".to_owned()),
    };
    naming::line("name", &name, SLUG_LENGTH).map_err(|error| error.to_string())?;
    let body = Value::Object(body);
    if body.to_string().len() > MAX_BYTES {
        return Err(format!("a template is larger than {} KiB", MAX_BYTES / 1024));
    }
    Ok(TemplateItem { name, body, group: id(around, "group_id")?, user: id(around, "user_uuid")? })
}

fn id(around: &mut Map<String, Value>, name: &str) -> Result<Option<Uuid>, String> {
    match around.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Uuid::parse_str(&text).map(Some).map_err(|_| format!("{name} is not a uuid")),
        Some(_) => Err(format!("{name} is not a uuid")),
    }
}
