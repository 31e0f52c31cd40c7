//! The data directory: everything durable of one installation, open to its owner alone and held by
//! one program at a time.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use super::error::UpError;

/// The lock; where there is one, the directory is ours.
pub(crate) const LOCK: &str = "lock";
const PLACE: &str = "running.json";

/// The directory, held until dropped.
#[derive(Debug)]
pub(super) struct DataDir {
    path: PathBuf,
    /// Its lock goes with the descriptor, however this process ends.
    _lock: File,
}

/// Where the holder of the directory serves, for whoever finds it locked.
#[derive(Debug, Serialize, Deserialize)]
struct Place {
    process: u32,
    api: String,
}

/// The directory by the XDG rules: a relative `XDG_DATA_HOME` counts as none.
pub(crate) fn default_path() -> Result<PathBuf, UpError> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || absolute("HOME").map(|home| home.join(".local/share"));
    absolute("XDG_DATA_HOME").or_else(home).map(|base| base.join("rollcall")).ok_or(UpError::NoHome)
}

impl DataDir {
    /// Makes the directory if need be, closes it to others, and takes its lock.
    pub(super) fn hold(path: &Path) -> Result<Self, UpError> {
        let failed = |source| UpError::DataDir { path: path.to_owned(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
        let path = fs::canonicalize(path).map_err(failed)?;
        if !path.join(LOCK).exists() && fs::read_dir(&path).map_err(failed)?.next().is_some() {
            return Err(UpError::NotOurs(path));
        }
        fs::set_permissions(&path, Permissions::from_mode(0o700)).map_err(failed)?;
        let lock = take_lock(&path)?;
        Ok(Self { path, _lock: lock })
    }

    /// The directory.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The embedded database.
    pub(super) fn database(&self) -> PathBuf {
        self.path.join("rollcall.db")
    }

    /// The key that secret keys are sealed with.
    pub(super) fn keyring(&self) -> PathBuf {
        self.path.join("keyring")
    }

    /// The accounts of the first start, until they have been told.
    pub(super) fn first_accounts(&self) -> PathBuf {
        self.path.join("first-accounts.json")
    }

    /// The local engine's own directory.
    pub(super) fn runtime(&self) -> PathBuf {
        self.path.join("run")
    }

    /// Leaves word of where this program serves. Only a convenience, so failing is no failure.
    pub(super) fn announce(&self, api: &str) {
        let place = Place { process: std::process::id(), api: api.to_owned() };
        let written = serde_json::to_vec(&place).map_err(io::Error::other).and_then(|text| {
            private_file(&self.path.join(PLACE)).and_then(|mut file| io::Write::write_all(&mut file, &text))
        });
        if let Err(error) = written {
            tracing::warn!(%error, "noting the address in the data directory failed: {error}");
        }
    }
}

/// A file for its owner alone, emptied.
fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

fn take_lock(path: &Path) -> Result<File, UpError> {
    let failed = |source| UpError::Lock { path: path.to_owned(), source };
    let lock = private_file(&path.join(LOCK)).map_err(failed)?;
    match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(lock),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(UpError::Held { path: path.to_owned(), place: holder(path) }),
        Err(error) => Err(failed(error.into())),
    }
}

fn holder(path: &Path) -> String {
    let place = fs::read(path.join(PLACE)).ok().and_then(|text| serde_json::from_slice::<Place>(&text).ok());
    place.map(|place| format!(" (process {}), which answers at {}", place.process, place.api)).unwrap_or_default()
}
