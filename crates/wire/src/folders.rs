//! Bodies of `/folders` (`rest.md` §11), as far as a server without storage has any.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::parameters::Parameters;
use crate::problem::Problem;

/// `GET /folders`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListRequest {
    /// Everybody's; for superadmins.
    pub all: bool,
    /// Only of this project.
    pub group: Option<Uuid>,
}

impl ListRequest {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid-api-params`.
    pub fn of(mut parameters: Parameters) -> Result<Self, Problem> {
        let all = parameters.boolean(&["all"], false);
        let group = parameters.uuid(&["group_id", "groupId"]);
        parameters.finish(Self { all, group })
    }
}

/// `POST /folders`: its name, which alone must be given.
///
/// # Errors
/// `invalid-api-params`.
pub fn new_folder(mut parameters: Parameters) -> Result<String, Problem> {
    let name = parameters.required_text(&["name"], "name");
    parameters.finish(name)
}

/// A host by name (`/folders/_/perf-metric`).
///
/// # Errors
/// `invalid-api-params`.
pub fn host(mut parameters: Parameters) -> Result<String, Problem> {
    let host = parameters.required_text(&["folder_host"], "folder_host");
    parameters.finish(host)
}

/// A folder by its host and id (`/folders/_/quota`, `/folders/_/usage`).
///
/// # Errors
/// `invalid-api-params`.
pub fn host_and_id(mut parameters: Parameters) -> Result<(String, Uuid), Problem> {
    let host = parameters.required_text(&["folder_host"], "folder_host");
    let id = parameters.uuid(&["id"]);
    if id.is_none() && !parameters.is_wrong("id") {
        parameters.wrong("id", "is required");
    }
    parameters.finish((host, id.unwrap_or_default()))
}

/// The kinds of folders that the API knows.
#[must_use]
pub fn types() -> Value {
    json!(["user", "group"])
}

/// `GET /folders/_/hosts`.
#[must_use]
pub fn hosts() -> Value {
    json!({"default": null, "allowed": [], "volume_info": {}})
}

/// `GET /folders/_/all-hosts`.
#[must_use]
pub fn all_hosts() -> Value {
    json!({"default": null, "allowed": []})
}

/// `GET /folders/invitations/list` and `/list-sent`.
#[must_use]
pub fn invitations() -> Value {
    json!({"invitations": []})
}

/// `GET /folders/_/shared`.
#[must_use]
pub fn shared() -> Value {
    json!({"shared": []})
}

/// `GET /folders/_/mounts`: nothing is mounted anywhere.
#[must_use]
pub fn mounts() -> Value {
    let nothing = || json!({"success": true, "mounts": [], "message": ""});
    json!({"manager": nothing(), "storage-proxy": nothing(), "agents": {}})
}

/// `GET /folders/_/fstab`.
#[must_use]
pub fn fstab() -> Value {
    json!({"content": "", "node": "manager", "node_id": "manager"})
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn parameters(value: &Value) -> Parameters {
        Parameters::of_request(None, value.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn what_is_wrong_is_named() {
        let data = |problem: Problem| problem.to_json()["data"].clone();
        let wrong = ListRequest::of(parameters(&json!({"all": "maybe", "groupId": "x"}))).unwrap_err();
        assert_eq!(data(wrong), json!({"all": "value can't be converted to Bool", "groupId": "value is not a uuid"}));
        let wrong = host_and_id(parameters(&json!({"id": 5}))).unwrap_err();
        assert_eq!(data(wrong), json!({"folder_host": "is required", "id": "value is not a uuid"}));
        let wrong = host_and_id(parameters(&json!({"folder_host": "a"}))).unwrap_err();
        assert_eq!(data(wrong), json!({"id": "is required"}));
        assert_eq!(data(new_folder(parameters(&json!({}))).unwrap_err()), json!({"name": "is required"}));
        assert_eq!(
            data(host(parameters(&json!({"folder_host": ""}))).unwrap_err()),
            json!({"folder_host": "blank value is not allowed"})
        );
    }
}
