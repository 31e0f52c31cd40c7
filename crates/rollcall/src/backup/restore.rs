//! Restoring a backup into a new data directory: checked first, then put in place in one step.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rollcall_store::Keyring;

use super::archive::{self, DATABASE, Flaw, KEYRING};
use super::error::BackupError;
use crate::up::data_dir::LOCK;

/// Makes `data_dir` of `file`; when the backup was made.
pub(super) async fn restore(file: &Path, data_dir: &Path) -> Result<String, BackupError> {
    let from = File::open(file).map_err(|source| BackupError::Read { path: file.to_owned(), source })?;
    let write = |source| BackupError::Write { path: data_dir.to_owned(), source };
    if !empty(data_dir).map_err(write)? {
        return Err(BackupError::DirectoryExists(data_dir.to_owned()));
    }
    let draft = Draft::new(data_dir).map_err(write)?;
    let about = archive::read(from, &draft.directory).map_err(|flaw| match flaw {
        Flaw::Io(source) => write(source),
        Flaw::Content(reason) => BackupError::NotABackup { path: file.to_owned(), reason },
    })?;
    let keyring = Keyring::load_or_create(&draft.directory.join(KEYRING)).map_err(BackupError::Unusable)?;
    let database = draft.directory.join(DATABASE);
    rollcall_store::snapshot::check(&database, &keyring).await.map_err(BackupError::Unusable)?;
    draft.finish(data_dir).map_err(|source| match source.kind() {
        io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists => {
            BackupError::DirectoryExists(data_dir.to_owned())
        }
        _ => write(source),
    })?;
    Ok(about.made_at)
}

fn empty(directory: &Path) -> io::Result<bool> {
    match fs::read_dir(directory) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

/// A directory beside the target, gone when dropped unless it became the target.
struct Draft {
    directory: PathBuf,
}

impl Draft {
    fn new(target: &Path) -> io::Result<Self> {
        let mut name = target.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
        name.push(format!(".{}.new", std::process::id()));
        let directory = target.with_file_name(name);
        DirBuilder::new().recursive(true).mode(0o700).create(&directory)?;
        Ok(Self { directory })
    }

    /// By a rename, which takes the place of an empty directory and of no other.
    fn finish(&self, target: &Path) -> io::Result<()> {
        // The mark by which `rollcall up` knows its own directories.
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(self.directory.join(LOCK))?.sync_all()?;
        File::open(&self.directory)?.sync_all()?;
        fs::rename(&self.directory, target)?;
        let beside = target.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(beside)?.sync_all()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}
