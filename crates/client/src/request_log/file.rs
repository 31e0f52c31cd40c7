//! The file: appended to under a lock that all processes share, and shortened by replacement.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Tries to get the lock, and the pause between two: a stopped process may hold it, and no request
/// waits for that one.
const TRIES: u32 = 25;
/// See [`TRIES`].
const PAUSE: Duration = Duration::from_millis(2);

/// The text of the file; none is empty.
pub(super) fn read(path: &Path) -> io::Result<String> {
    match fs::read(path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error),
    }
}

/// Adds a line. A file that would grow over `max_bytes` drops its oldest third first.
pub(super) fn append(path: &Path, line: &str, max_bytes: u64) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    }
    // The lock has a file of its own, because the log itself is replaced.
    let lock = open(&beside(path, "lock"), OpenOptions::new().write(true))?;
    lock_soon(&lock)?;
    let size = fs::metadata(path).map_or(0, |metadata| metadata.len());
    if size + line.len() as u64 > max_bytes {
        drop_oldest_third(path, max_bytes)?;
    }
    let mut log = open(path, OpenOptions::new().append(true))?;
    let before = log.metadata()?.len();
    log.write_all(line.as_bytes()).inspect_err(|_| {
        // Half a line of a full disk would spoil the next one.
        let _ = log.set_len(before);
    })
}

fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let file = options.create(true).mode(0o600).open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_file() && metadata.permissions().mode() & 0o077 != 0 {
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

fn lock_soon(lock: &File) -> io::Result<()> {
    for _ in 0..TRIES {
        match lock.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Err(io::ErrorKind::WouldBlock.into())
}

/// Replaces the file at once by its newer two thirds: a reader sees the old one or the new one.
/// When that fails, nothing is added either, so the bound holds.
fn drop_oldest_third(path: &Path, max_bytes: u64) -> io::Result<()> {
    let bytes = fs::read(path)?;
    let keep = usize::try_from(max_bytes / 3 * 2).unwrap_or(usize::MAX);
    let from = bytes.len().saturating_sub(keep);
    // From the beginning of a line.
    let start = match from {
        0 => 0,
        from => bytes[from - 1..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| from + at),
    };
    let new = beside(path, "new");
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&new)
        .and_then(|mut file| file.write_all(&bytes[start..]))
        .and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        // The first error counts; a leftover would be replaced by the next one.
        let _ = fs::remove_file(&new);
    }
    written
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ending);
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_oldest_third_goes_and_lines_stay_whole() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deep/er/requests.log");
        for number in 0..1000 {
            append(&path, &format!("line {number:04}\n"), 300).unwrap();
            let text = read(&path).unwrap();
            assert!(text.len() <= 300, "{}", text.len());
            assert!(text.ends_with(&format!("line {number:04}\n")));
            assert!(text.lines().all(|line| line.len() == 9), "{text}");
            assert!(number < 30 || text.len() >= 200, "{number}: more than a third went: {text}");
        }
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        assert!(!beside(&path, "new").exists());
    }

    #[test]
    fn a_file_that_others_could_read_is_closed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("requests.log");
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        append(&path, "line\n", 300).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_lock_that_is_never_given_back_is_not_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("requests.log");
        append(&path, "first\n", 300).unwrap();
        let held = File::open(beside(&path, "lock")).unwrap();
        held.lock().unwrap();
        assert_eq!(append(&path, "second\n", 300).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        held.unlock().unwrap();
        append(&path, "third\n", 300).unwrap();
        assert_eq!(read(&path).unwrap(), "first\nthird\n");
    }

    #[test]
    fn many_writers_lose_no_line_they_were_told_is_written() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("requests.log");
        let written: usize = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..8)
                .map(|writer| {
                    let path = &path;
                    scope.spawn(move || {
                        (0..50).filter(|n| append(path, &format!("{writer} {n}\n"), 1 << 20).is_ok()).count()
                    })
                })
                .collect();
            writers.into_iter().map(|writer| writer.join().unwrap()).sum()
        });
        assert_eq!(read(&path).unwrap().lines().count(), written);
        assert!(written > 100, "{written}");
    }

    #[test]
    fn a_full_disk_is_an_error_and_no_more() {
        if !Path::new("/dev/full").exists() {
            return;
        }
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("requests.log");
        std::os::unix::fs::symlink("/dev/full", &path).unwrap();
        assert!(append(&path, "line\n", 300).is_err());
    }
}
