//! Who to be and where: `BACKEND_*` variables, or a profile in a file only its owner may read.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::failure::Failure;

/// The profile that is used when none is named.
pub(super) const DEFAULT: &str = "default";

/// One server and one keypair.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
pub(super) struct Profile {
    pub(super) endpoint: String,
    #[serde(default = "default_name")]
    pub(super) domain: String,
    #[serde(default = "default_name")]
    pub(super) group: String,
    /// Signed in with this address; absent when keys were given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) email: Option<String>,
    pub(super) access_key: String,
    pub(super) secret_key: String,
    /// Certificates of the authority that the server's must be of; those of the system when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ca: Option<PathBuf>,
}

fn default_name() -> String {
    "default".to_owned()
}

#[derive(Default, Serialize, Deserialize)]
struct File {
    #[serde(default)]
    profiles: BTreeMap<String, Profile>,
}

/// The profile to use: the named one, else the variables, else the default one.
pub(super) fn choose(named: Option<&str>) -> Result<Profile, Failure> {
    match named {
        Some(name) => load(&path()?, name),
        None => match from_variables(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))? {
            Some(profile) => Ok(profile),
            None => load(&path()?, DEFAULT),
        },
    }
}

/// What `BACKEND_*` says; `None` when it says nothing of a server or a key.
fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Profile>, Failure> {
    let names = ["BACKEND_ENDPOINT", "BACKEND_ACCESS_KEY", "BACKEND_SECRET_KEY"];
    let values = names.map(&variable);
    if values.iter().all(Option::is_none) {
        return Ok(None);
    }
    if variable("BACKEND_ENDPOINT_TYPE").is_some_and(|kind| kind != "api") {
        return Err(Failure::usage("BACKEND_ENDPOINT_TYPE is not `api`, and keys are the only way to sign in here"));
    }
    match values {
        [Some(endpoint), Some(access_key), Some(secret_key)] => Ok(Some(Profile {
            endpoint,
            access_key,
            secret_key,
            email: None,
            domain: variable("BACKEND_DOMAIN").unwrap_or_else(default_name),
            group: variable("BACKEND_GROUP").unwrap_or_else(default_name),
            ca: None,
        })),
        values => {
            let missing: Vec<_> =
                names.iter().zip(&values).filter(|(_, value)| value.is_none()).map(|(name, _)| *name).collect();
            Err(Failure::usage(format!("some BACKEND_… variables are set, but not {}", missing.join(" and "))).next(
                "Set all three of BACKEND_ENDPOINT, BACKEND_ACCESS_KEY, BACKEND_SECRET_KEY, or name a --profile.",
            ))
        }
    }
}

/// Where profiles are kept: `rollcall/profiles.toml` under the XDG configuration directory.
pub(super) fn path() -> Result<PathBuf, Failure> {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_CONFIG_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".config")))
        .map(|directory| directory.join("rollcall").join("profiles.toml"))
        .ok_or_else(|| Failure::usage("neither HOME nor XDG_CONFIG_HOME says where profiles are kept"))
}

fn load(path: &Path, name: &str) -> Result<Profile, Failure> {
    let mut file = read(path)?;
    file.profiles.remove(name).ok_or_else(|| {
        let message = match name {
            DEFAULT => "you are not signed in".to_owned(),
            name => format!("there is no profile `{name}` in {}", path.display()),
        };
        Failure::usage(message)
            .next("Sign in with `rollcall login`, or set BACKEND_ENDPOINT, BACKEND_ACCESS_KEY and BACKEND_SECRET_KEY.")
    })
}

fn read(path: &Path) -> Result<File, Failure> {
    let told = |error: &dyn std::fmt::Display| Failure::usage(format!("reading {} failed: {error}", path.display()));
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(File::default()),
        Err(error) => return Err(told(&error)),
    };
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(Failure::usage(format!(
            "{} holds secret keys, but others may read it (mode {mode:o})",
            path.display()
        ))
        .next(format!("Close it with `chmod 600 {}`; if others can have read it, get new keys.", path.display())));
    }
    let text = fs::read_to_string(path).map_err(|error| told(&error))?;
    // The parser's message quotes the line, which may hold a key.
    toml::from_str(&text).map_err(|error| told(&format!("it is no valid TOML ({})", error.message())))
}

/// Stores a profile under a name.
pub(super) fn store(path: &Path, name: &str, profile: Profile) -> Result<(), Failure> {
    let mut file = read(path)?;
    file.profiles.insert(name.to_owned(), profile);
    write(path, &file)
}

/// Removes a profile; `false` when there was none.
pub(super) fn remove(path: &Path, name: &str) -> Result<bool, Failure> {
    let mut file = read(path)?;
    let existed = file.profiles.remove(name).is_some();
    if existed {
        write(path, &file)?;
    }
    Ok(existed)
}

fn write(path: &Path, file: &File) -> Result<(), Failure> {
    let told = |error: &dyn std::fmt::Display| Failure::usage(format!("writing {} failed: {error}", path.display()));
    let text = toml::to_string(file).map_err(|error| told(&error))?;
    replace(path, text.as_bytes()).map_err(|error| told(&error))
}

/// Replaces the file at once: a reader sees the old one or the new one, never half of one.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    }
    let new = path.with_extension(format!("{}.new", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    let written = file.write_all(content).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        // The first error tells; a leftover is harmless.
        let _ = fs::remove_file(&new);
    }
    written
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn profile(endpoint: &str) -> Profile {
        Profile {
            endpoint: endpoint.into(),
            domain: "default".into(),
            group: "default".into(),
            email: None,
            access_key: "AKIAEXAMPLE".into(),
            secret_key: "secret".into(),
            ca: None,
        }
    }

    #[test]
    fn stored_closed_and_found_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deep/profiles.toml");
        store(&path, "default", profile("http://a")).unwrap();
        store(&path, "other", profile("http://b")).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(load(&path, "other").unwrap(), profile("http://b"));
        assert!(remove(&path, "other").unwrap());
        assert!(!remove(&path, "other").unwrap());
        assert!(load(&path, "other").is_err());
        assert_eq!(load(&path, "default").unwrap(), profile("http://a"));
    }

    #[test]
    fn an_open_file_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("profiles.toml");
        store(&path, "default", profile("http://a")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(load(&path, "default").is_err());
        assert!(store(&path, "default", profile("http://b")).is_err());
    }

    #[test]
    fn variables_come_together_or_not_at_all() {
        let variables = |pairs: &'static [(&str, &str)]| {
            from_variables(move |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
        };
        assert!(variables(&[]).unwrap().is_none());
        assert!(variables(&[("BACKEND_DOMAIN", "d")]).unwrap().is_none());
        assert!(variables(&[("BACKEND_ENDPOINT", "http://a")]).is_err());
        let all =
            [("BACKEND_ENDPOINT", "http://a"), ("BACKEND_ACCESS_KEY", "AKIAEXAMPLE"), ("BACKEND_SECRET_KEY", "secret")];
        let chosen = from_variables(|name| all.iter().find(|(key, _)| *key == name).map(|(_, v)| (*v).to_owned()));
        assert_eq!(chosen.unwrap().unwrap(), profile("http://a"));
    }
}
