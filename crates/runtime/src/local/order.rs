//! A kernel's directory: the order it is run by, and the files beside it.
//!
//! ```text
//! kernels/<id>/order.json   what to run, with the nonce (written before anything is started)
//!              lock         held by the shim while it lives
//!              shim.json    which process the shim is: it got as far as starting
//!              sock         the shim's socket
//!              exit.json    how it ended (written before the shim ends)
//!              log, log.1   output, bounded
//!              home/        the only part the kernel sees
//! ```

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rollcall_model::Timestamp;
use rollcall_model::ids::{KernelId, SessionId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Fence;

pub(crate) const ORDER: &str = "order.json";
pub(crate) const LOCK: &str = "lock";
pub(crate) const SHIM: &str = "shim.json";
pub(crate) const SOCKET: &str = "sock";
pub(crate) const EXIT: &str = "exit.json";
pub(crate) const LOG: &str = "log";
pub(crate) const OLD_LOG: &str = "log.1";
pub(crate) const HOME: &str = "home";

/// Everything that shim and `_enter` need to know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) kernel: KernelId,
    pub(crate) session: SessionId,
    pub(crate) generation: i32,
    pub(crate) container_id: String,
    /// Proves to the shim that the caller may read this directory, and to the caller that the shim
    /// is the one that was started from it.
    pub(crate) nonce: String,
    /// Which writing of this order it is: a shim started for an earlier one must not take this up.
    pub(crate) launch: String,
    /// The boot of the host that this was prepared in.
    pub(crate) boot_id: String,
    pub(crate) hostname: String,
    pub(crate) hosts: Vec<String>,
    /// Complete environment but for HOME, PATH, LANG and TERM.
    pub(crate) environ: Vec<(String, String)>,
    pub(crate) command: Vec<String>,
    pub(crate) bootstrap: Option<String>,
    pub(crate) fence: Fence,
    /// The bubblewrap program.
    pub(crate) bubblewrap: Option<PathBuf>,
    pub(crate) host_network: bool,
    /// The unprivileged user to become first, where the engine is root.
    pub(crate) uid: Option<u32>,
    pub(crate) cpu_milli: i64,
    pub(crate) mem_bytes: i64,
    pub(crate) shmem_bytes: i64,
    /// Control groups to join; empty where they are not permitted.
    pub(crate) cgroups: crate::local::cgroup::Groups,
}

/// Which process a shim is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ShimRecord {
    pub(crate) generation: i32,
    pub(crate) pid: i32,
    /// Start times in clock ticks since boot: with the boot they tell a process from a later one
    /// of the same number.
    pub(crate) start_time: u64,
    pub(crate) boot_id: String,
    /// The kernel's first process, which is also its terminal session.
    pub(crate) child: Option<(i32, u64)>,
}

/// How a kernel ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ExitRecord {
    pub(crate) generation: i32,
    pub(crate) code: i32,
    pub(crate) signal: Option<i32>,
    pub(crate) at: Timestamp,
    pub(crate) oom: bool,
    /// Last use, for the engine that did not see the kernel alive.
    pub(crate) cpu_used_us: i64,
    pub(crate) mem_max_bytes: i64,
}

/// Makes a directory of mode 0700; an existing one is fine.
pub(crate) fn make_private(path: &Path) -> io::Result<()> {
    match fs::DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

/// Reads a document; `None` if there is no such file.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes a document so that a reader sees all of it or none, also after a power cut.
pub(crate) fn write<T: Serialize>(directory: &Path, name: &str, value: &T) -> io::Result<()> {
    let temporary = directory.join(format!("{name}.tmp"));
    let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(&serde_json::to_vec(value)?)?;
    file.sync_all()?;
    fs::rename(&temporary, directory.join(name))?;
    File::open(directory)?.sync_all()
}

/// Removes a file; a missing one is fine.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_document_is_whole_or_absent() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(EXIT);
        assert!(read::<ExitRecord>(&path).unwrap().is_none());
        let record = ExitRecord {
            generation: 1,
            code: 143,
            signal: Some(15),
            at: Timestamp::UNIX_EPOCH,
            oom: false,
            cpu_used_us: 1,
            mem_max_bytes: 2,
        };
        write(directory.path(), EXIT, &record).unwrap();
        assert_eq!(read::<ExitRecord>(&path).unwrap(), Some(record));
        fs::write(&path, b"{\"generation\":").unwrap();
        assert!(read::<ExitRecord>(&path).is_err());
    }
}
