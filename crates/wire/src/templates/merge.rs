//! A session from a template: what the template says are defaults, and what the request says wins.

use serde_json::{Map, Value};

use super::git::GitStep;
use crate::parameters::Parameters;
use crate::problem::Problem;
use crate::session::CreateRequest;

/// What the Python client 21.09 sends of this request alone for an option that nobody typed.
pub const NOT_GIVEN: &str = "Undefined.token";

/// Where a template is at home.
#[derive(Clone, Copy, Debug)]
pub struct Defaults<'a> {
    /// Name of its project.
    pub group: &'a str,
    /// Name of its domain.
    pub domain: &'a str,
}

/// A session to be made, and what its bootstrap script is made of besides.
#[derive(Clone, Debug, PartialEq)]
pub struct FromTemplate {
    /// The request; a script in it is the request's own.
    pub request: CreateRequest,
    /// The template's script in clear, for requests that have none.
    pub bootstrap: Option<String>,
    /// What to clone first.
    pub git: Option<GitStep>,
}

/// Fills what a request leaves open.
///
/// # Errors
/// `invalid-api-params`.
pub fn from_template(template: &Value, defaults: Defaults<'_>, mut given: Parameters) -> Result<FromTemplate, Problem> {
    let at = |path: &[&str]| path.iter().try_fold(template, |value, name| value.get(name)).filter(|v| !v.is_null());
    given.forget(NOT_GIVEN);
    let top: [(&[&'static str], Option<Value>); 7] = [
        (&["name", "clientSessionToken"], at(&["metadata", "name"]).cloned()),
        (&["image", "lang"], at(&["spec", "kernel", "image"]).cloned()),
        (&["type", "sessionType"], at(&["spec", "session_type"]).cloned()),
        (&["tag"], at(&["metadata", "tag"]).cloned()),
        (&["startupCommand"], at(&["spec", "kernel", "run", "startup_command"]).cloned()),
        (&["group", "groupName", "group_name"], Some(defaults.group.into())),
        (&["domain", "domainName", "domain_name"], Some(defaults.domain.into())),
    ];
    for (names, value) in top {
        if let Some(value) = value.filter(|value| value.as_str() != Some("")) {
            given.or_else(names, value);
        }
    }
    let config = given.object(&["config"]);
    given.or_else(&["config"], Value::Object(merged(template, config)));
    let kernel = at(&["spec", "kernel"]).and_then(Value::as_object);
    Ok(FromTemplate {
        request: CreateRequest::of(given)?,
        bootstrap: at(&["spec", "kernel", "run", "bootstrap"]).and_then(Value::as_str).map(str::to_owned),
        git: kernel.and_then(GitStep::of_kernel),
    })
}

/// `config`: each of its keys replaces the template's.
fn merged(template: &Value, given: Map<String, Value>) -> Map<String, Value> {
    let mut config = Parameters::new(given);
    config.forget(NOT_GIVEN);
    let spec = |name: &str| template.get("spec").and_then(|spec| spec.get(name)).filter(|value| !value.is_null());
    let environ = spec("kernel").and_then(|kernel| kernel.get("environ")).and_then(Value::as_object);
    let settable = environ.map(|environ| without_nulls(environ).into());
    let mounts = spec("mounts").and_then(Value::as_object);
    // Where a folder goes makes no sense without it: the two are replaced together.
    if let Some(mounts) = mounts.filter(|_| !config.has(&["mounts"])) {
        config.or_else(&["mounts"], mounts.keys().cloned().collect::<Vec<_>>().into());
        config.or_else(&["mount_map", "mountMap"], Value::Object(without_nulls(mounts)));
    }
    let others: [(&[&'static str], Option<Value>); 4] = [
        (&["environ"], settable),
        (&["scaling_group", "scalingGroup"], spec("scaling_group").cloned()),
        (&["resources"], spec("resources").cloned()),
        (&["agent_list", "agentList"], spec("agent_list").cloned()),
    ];
    for (names, value) in others {
        if let Some(value) = value {
            config.or_else(names, value);
        }
    }
    config.into_values()
}

fn without_nulls(map: &Map<String, Value>) -> Map<String, Value> {
    map.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.clone(), value.clone())).collect()
}
