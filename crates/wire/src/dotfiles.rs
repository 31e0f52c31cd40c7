//! Bodies of `/user-config`, `/group-config` and `/domain-config` (`rest.md` §8).

use rollcall_model::dotfile::{self, Dotfile, MAX_BYTES, MAX_SCRIPT_BYTES};
use serde_json::{Value, json};

use crate::parameters::Parameters;
use crate::problem::Problem;

/// Whose files, besides the key: a project by id or name, its domain by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShelfRequest {
    /// Project's id or name.
    pub group: Option<String>,
    /// Domain's name.
    pub domain: Option<String>,
}

impl ShelfRequest {
    fn of(parameters: &mut Parameters) -> Self {
        Self { group: parameters.text(&["group", "groupId", "group_id"]), domain: parameters.text(&["domain"]) }
    }
}

/// A file to be added or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DotfileRequest {
    /// Whose.
    pub shelf: ShelfRequest,
    /// Path and permission are well-formed; a reserved path is not, and is refused elsewhere.
    pub file: Dotfile,
}

impl DotfileRequest {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid-api-params`.
    pub fn of(mut parameters: Parameters) -> Result<Self, Problem> {
        let p = &mut parameters;
        let shelf = ShelfRequest::of(p);
        let content = p.any_text(&["data"]);
        bounded(p, "data", content.as_deref(), MAX_BYTES);
        let path = p.required_text(&["path"], "path");
        let permission = p.required_text(&["permission"], "permission");
        if !permission.is_empty() && dotfile::mode(&permission).is_none() {
            p.wrong("permission", "does not match pattern ^[0-7]{3}$");
        }
        parameters.finish(Self { shelf, file: Dotfile { path, permission, content: content.unwrap_or_default() } })
    }
}

/// Which file is meant, or all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DotfileChoice {
    /// Whose.
    pub shelf: ShelfRequest,
    /// The one at this path.
    pub path: Option<String>,
}

impl DotfileChoice {
    /// Reads the parameters of a look.
    ///
    /// # Errors
    /// `invalid-api-params`.
    pub fn of(mut parameters: Parameters) -> Result<Self, Problem> {
        let shelf = ShelfRequest::of(&mut parameters);
        let path = parameters.text(&["path"]);
        parameters.finish(Self { shelf, path })
    }

    /// Reads the parameters of a removal.
    ///
    /// # Errors
    /// `invalid-api-params` without a path.
    pub fn one(mut parameters: Parameters) -> Result<(ShelfRequest, String), Problem> {
        let shelf = ShelfRequest::of(&mut parameters);
        let path = parameters.required_text(&["path"], "path");
        parameters.finish((shelf, path))
    }
}

/// A file in a list.
#[must_use]
pub fn listed(file: &Dotfile) -> Value {
    json!({ "path": file.path, "permission": file.permission, "data": file.content })
}

/// A file alone: its permission has another key there.
#[must_use]
pub fn single(file: &Dotfile) -> Value {
    json!({ "path": file.path, "perm": file.permission, "data": file.content })
}

/// The script of POST `/user-config/bootstrap-script`; blank takes it away.
///
/// # Errors
/// `invalid-api-params`.
pub fn bootstrap_script(mut parameters: Parameters) -> Result<String, Problem> {
    let script = parameters.any_text(&["script"]);
    bounded(&mut parameters, "script", script.as_deref(), MAX_SCRIPT_BYTES);
    parameters.finish(script.unwrap_or_default())
}

/// Notes a text that is too large, or missing where nothing else was wrong with it.
fn bounded(parameters: &mut Parameters, name: &str, text: Option<&str>, most: usize) {
    match text {
        None if !parameters.is_wrong(name) => parameters.wrong(name, "is required"),
        Some(text) if text.len() > most => parameters.wrong(name, "larger than 64 KiB"),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn of(value: &Value) -> Result<DotfileRequest, Problem> {
        DotfileRequest::of(Parameters::of_request(None, value.to_string().as_bytes()).unwrap())
    }

    #[test]
    fn files_are_checked_and_may_be_empty() {
        let request = of(&json!({"path": ".a", "permission": "600", "data": "", "groupId": "g"})).unwrap();
        assert_eq!((request.file.content.as_str(), request.shelf.group.as_deref()), ("", Some("g")));
        let problem = of(&json!({"path": "", "permission": "4755"})).unwrap_err();
        assert_eq!(
            problem.data().unwrap(),
            &json!({"data": "is required", "path": "blank value is not allowed",
                "permission": "does not match pattern ^[0-7]{3}$"})
        );
        let large = of(&json!({"path": ".a", "permission": "600", "data": "x".repeat(MAX_BYTES + 1)})).unwrap_err();
        assert_eq!(large.data().unwrap(), &json!({"data": "larger than 64 KiB"}));
        let zero = of(&json!({"path": ".a", "permission": "600", "data": "a\0b"})).unwrap_err();
        assert_eq!(zero.data().unwrap()["data"], "value contains a null character");
    }
}
