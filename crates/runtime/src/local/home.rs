//! Files put into a kernel's home before its first start.
//!
//! Every part of a path is opened below the one before it, and links are never followed: whatever
//! lies in the home already, nothing outside of it is written.

use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Mode, OFlags, fchmod, fchown, mkdirat, openat, unlinkat};
use rustix::io::Errno;
use rustix::process::{Gid, Uid};

use crate::HomeFile;

const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Writes the files; `uid`: whose they are, where the engine is root.
pub(super) fn fill(home: &Path, files: &[HomeFile], uid: Option<u32>) -> io::Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    let home = openat(CWD, home, DIRECTORY, Mode::empty())?;
    files.iter().try_for_each(|file| put(home.as_fd(), file, uid))
}

fn put(home: BorrowedFd<'_>, file: &HomeFile, uid: Option<u32>) -> io::Result<()> {
    let (directories, name) = split(&file.path)?;
    let mut inside: Option<OwnedFd> = None;
    for part in directories {
        let below = inside.as_ref().map_or(home, AsFd::as_fd);
        inside = Some(descend(below, part, uid)?);
    }
    let directory = inside.as_ref().map_or(home, AsFd::as_fd);
    match unlinkat(directory, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => {}
        Err(error) => return Err(error.into()),
    }
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut written = std::fs::File::from(openat(directory, name, flags, Mode::RUSR | Mode::WUSR)?);
    written.write_all(file.content.as_bytes())?;
    own(written.as_fd(), uid)?;
    Ok(fchmod(&written, Mode::from_raw_mode(file.mode & 0o777))?)
}

/// The directories of a path and the name of the file in the last one.
fn split(path: &str) -> io::Result<(Vec<&str>, &str)> {
    let mut parts: Vec<&str> = path.split('/').collect();
    let refused = || io::Error::new(io::ErrorKind::InvalidInput, "a path that does not go down the home");
    if parts.iter().any(|part| matches!(*part, "" | "." | "..") || part.contains('\0')) {
        return Err(refused());
    }
    let name = parts.pop().ok_or_else(refused)?;
    Ok((parts, name))
}

/// Opens a directory, made if it is missing.
fn descend(below: BorrowedFd<'_>, name: &str, uid: Option<u32>) -> io::Result<OwnedFd> {
    match mkdirat(below, name, Mode::RWXU) {
        Ok(()) => {
            let made = openat(below, name, DIRECTORY, Mode::empty())?;
            own(made.as_fd(), uid)?;
            Ok(made)
        }
        Err(Errno::EXIST) => Ok(openat(below, name, DIRECTORY, Mode::empty())?),
        Err(error) => Err(error.into()),
    }
}

fn own(file: BorrowedFd<'_>, uid: Option<u32>) -> io::Result<()> {
    match uid {
        Some(id) => Ok(fchown(file, Some(Uid::from_raw(id)), Some(Gid::from_raw(id)))?),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn file(path: &str, content: &str, mode: u32) -> HomeFile {
        HomeFile { path: path.to_owned(), content: content.to_owned(), mode }
    }

    #[test]
    fn files_get_their_place_content_and_mode() {
        let home = tempfile::tempdir().unwrap();
        let files =
            [file(".bashrc", "alias a=b\n", 0o644), file("deep/er/run", "#!/bin/sh\n", 0o750), file("e", "", 0)];
        for _ in 0..2 {
            fill(home.path(), &files, None).unwrap();
        }
        for (path, content, mode) in [(".bashrc", "alias a=b\n", 0o644), ("deep/er/run", "#!/bin/sh\n", 0o750)] {
            assert_eq!(std::fs::read_to_string(home.path().join(path)).unwrap(), content);
            assert_eq!(std::fs::metadata(home.path().join(path)).unwrap().permissions().mode() & 0o7777, mode);
        }
        assert_eq!(std::fs::metadata(home.path().join("e")).unwrap().permissions().mode() & 0o7777, 0);
    }

    #[test]
    fn nothing_outside_is_written() {
        let place = tempfile::tempdir().unwrap();
        let (home, outside) = (place.path().join("home"), place.path().join("outside"));
        std::fs::create_dir(&home).unwrap();
        std::fs::create_dir(&outside).unwrap();
        std::fs::write(outside.join("kept"), "kept").unwrap();
        symlink(&outside, home.join("link")).unwrap();
        symlink(outside.join("kept"), home.join("file")).unwrap();
        for path in ["../outside/new", "/tmp/new", "a/../../outside/new", "link/new", "", "a//b", "./x"] {
            assert!(fill(&home, &[file(path, "bad", 0o644)], None).is_err(), "{path}");
        }
        // A link at the very place is replaced, and where it led is left alone.
        fill(&home, &[file("file", "good", 0o600)], None).unwrap();
        assert_eq!(std::fs::read_to_string(outside.join("kept")).unwrap(), "kept");
        assert_eq!(std::fs::read_to_string(home.join("file")).unwrap(), "good");
        assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 1);
    }
}
