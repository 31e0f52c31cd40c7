//! Making a backup, beside a running program or without one.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::archive::{self, DATABASE, KEYRING};
use super::error::BackupError;

/// Writes `file`, all of it or nothing; its size in bytes.
pub(super) async fn make(data_dir: &Path, file: &Path) -> Result<u64, BackupError> {
    let database = data_dir.join(DATABASE);
    if !database.is_file() {
        return Err(BackupError::NoDatabase(data_dir.to_owned()));
    }
    if file.symlink_metadata().is_ok() {
        return Err(BackupError::FileExists(file.to_owned()));
    }
    // Beside the file: there is room where the user wants the backup to be.
    let draft = Draft::new(file).map_err(|source| BackupError::Write { path: file.to_owned(), source })?;
    let copy = draft.directory.join(DATABASE);
    let made_at = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let write = |path: &Path, source| BackupError::Write { path: path.to_owned(), source };
    // Made first, so that it is its owner's alone from the beginning.
    private(&copy).map_err(|source| write(&copy, source))?;
    rollcall_store::snapshot::snapshot(&database, &copy).await.map_err(BackupError::Copy)?;
    let keyring = data_dir.join(KEYRING);
    copy_private(&keyring, &draft.directory.join(KEYRING))
        .map_err(|source| BackupError::Read { path: keyring, source })?;
    draft.finish(file, made_at).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => BackupError::FileExists(file.to_owned()),
        _ => write(file, source),
    })
}

/// A directory beside the file, gone when dropped.
struct Draft {
    directory: PathBuf,
}

impl Draft {
    fn new(file: &Path) -> io::Result<Self> {
        let mut name = file.file_name().ok_or(io::ErrorKind::IsADirectory)?.to_owned();
        name.push(format!(".{}.new", std::process::id()));
        let directory = file.with_file_name(name);
        DirBuilder::new().mode(0o700).create(&directory)?;
        Ok(Self { directory })
    }

    /// Linked into place when it is whole; a file that came in between stays.
    fn finish(&self, file: &Path, made_at: String) -> io::Result<u64> {
        let archive = self.directory.join("archive");
        let written = archive::write(private(&archive)?, &self.directory, made_at)?;
        written.sync_all()?;
        let size = written.metadata()?.len();
        fs::hard_link(&archive, file)?;
        let beside = file.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(beside)?.sync_all()?;
        Ok(size)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // What is left of a failed attempt is told by its name.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

fn private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn copy_private(from: &Path, into: &Path) -> io::Result<()> {
    io::copy(&mut File::open(from)?, &mut private(into)?).map(|_| ())
}
