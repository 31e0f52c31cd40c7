//! The `git` section of a template: a clone that goes before the bootstrap script.
//!
//! It may hold no password: templates are read by everybody in their project.

use serde_json::{Map, Value};

use super::check::Part;

/// What to clone, and where to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitStep {
    repository: String,
    branch: Option<String>,
    commit: Option<String>,
    destination: String,
}

const NAMES: [(&str, &[&str]); 4] = [
    ("repository", &["repository"]),
    ("branch", &["branch"]),
    ("commit", &["commit"]),
    ("destination_dir", &["destination_dir", "destination"]),
];

impl GitStep {
    pub(super) fn of(part: &Part<'_>) -> Result<Self, String> {
        if part.map.get("credential").is_some_and(|value| !value.is_null()) {
            let reason = "cannot stand in a template, which others read: use a dotfile such as .netrc";
            return Err(part.wrong("credential", reason));
        }
        let [repository, branch, commit, destination] = NAMES.map(|(name, names)| word(part, name, names));
        let repository = repository?.ok_or_else(|| part.wrong("repository", "is required"))?;
        if has_password(&repository) {
            return Err(part.wrong("repository", "must not contain a password: templates are read by others"));
        }
        let destination = match destination? {
            Some(destination) => destination,
            None => last_part(&repository).ok_or_else(|| part.wrong("destination_dir", "is required"))?,
        };
        Ok(Self { repository, branch: branch?, commit: commit?, destination })
    }

    /// The section of a template that was checked when it was made.
    #[must_use]
    pub fn of_kernel(kernel: &Map<String, Value>) -> Option<Self> {
        kernel.get("git").and_then(Value::as_object).and_then(|git| Self::of(&Part::of(git)).ok())
    }

    /// Shell commands that clone, unless a restarted session has it already. Every value is one word of
    /// the shell and no option of `git`.
    #[must_use]
    pub fn script(&self) -> String {
        let (repository, destination) = (quoted(&self.repository), quoted(&self.destination));
        let branch = self.branch.as_ref().map(|branch| format!(" --branch={}", quoted(branch))).unwrap_or_default();
        let clone = format!("git clone{branch} -- {repository} {destination}");
        let checkout = self.commit.as_ref().map(|commit| {
            let commit = quoted(commit);
            format!(" && git -C {destination} checkout --detach {commit} --")
        });
        format!("[ -e {destination} ] || {{ {clone}{}; }}\n", checkout.unwrap_or_default())
    }

    /// The clone, then `script`. One that names its interpreter in its first line stays a file of its own.
    #[must_use]
    pub fn before(&self, script: &str) -> String {
        let clone = self.script();
        if !script.starts_with("#!") {
            return format!("{clone}{script}");
        }
        let file = "\"$HOME/.bootstrap.own.sh\"";
        format!("{clone}printf %s {} >{file} && chmod 700 {file} && exec {file}\n", quoted(script))
    }
}

/// One line that `git` cannot take for an option.
fn word(part: &Part<'_>, name: &str, names: &[&str]) -> Result<Option<String>, String> {
    let Some(text) = part.text(names)?.filter(|text| !text.is_empty()) else { return Ok(None) };
    if text.starts_with('-') {
        return Err(part.wrong(name, "must not begin with a dash"));
    }
    if text.chars().any(char::is_control) {
        return Err(part.wrong(name, "must not contain control characters"));
    }
    Ok(Some(text.to_owned()))
}

/// `scheme://user:password@host`.
fn has_password(repository: &str) -> bool {
    let Some((_, rest)) = repository.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
}

/// What `git` itself would call the directory.
fn last_part(repository: &str) -> Option<String> {
    let last = repository.trim_end_matches('/').rsplit(['/', ':']).next()?;
    let name = last.strip_suffix(".git").unwrap_or(last);
    (!name.is_empty() && !name.starts_with(['-', '.'])).then(|| name.to_owned())
}

/// One word for a POSIX shell, whatever is in it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
