//! Why a backup or a restoration failed, and what to do about it. Nothing was changed then.

use std::error::Error as _;
use std::io;
use std::path::PathBuf;

use rollcall_store::StoreError;

#[derive(Debug, thiserror::Error)]
pub(super) enum BackupError {
    #[error("no place for the data: neither XDG_DATA_HOME nor HOME names a directory; give --data-dir DIR")]
    NoHome,
    #[error(
        "`{0}` has no embedded database; an installation on PostgreSQL is kept with that server's own tools (pg_dump), together with the file `keyring` of its data directory"
    )]
    NoDatabase(PathBuf),
    #[error("`{0}` exists already and is never overwritten; name another file")]
    FileExists(PathBuf),
    #[error("`{0}` is not empty and is never overwritten; move it away, or give --data-dir a new directory")]
    DirectoryExists(PathBuf),
    #[error("reading `{path}` failed")]
    Read { path: PathBuf, source: io::Error },
    #[error("writing `{path}` failed")]
    Write { path: PathBuf, source: io::Error },
    #[error("`{path}` is no whole backup of Rollcall: {reason}")]
    NotABackup { path: PathBuf, reason: String },
    #[error("copying the database failed")]
    Copy(#[source] StoreError),
    #[error("the copy of the database is not usable")]
    Unusable(#[source] StoreError),
}

impl BackupError {
    /// The message and its causes on one line.
    pub(super) fn with_causes(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        text
    }

    /// 2 where the arguments are to blame, else 1.
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::NoHome | Self::NoDatabase(_) | Self::FileExists(_) | Self::DirectoryExists(_) => 2,
            _ => 1,
        }
    }
}
