//! The file of a backup: a tar of `about.json`, `keyring`, `rollcall.db` and `SHA256SUMS`, in this
//! order. `tar -x` and `sha256sum -c` read it where Rollcall is not at hand.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The version of this format.
const FORMAT: u32 = 1;
const ABOUT: &str = "about.json";
const SUMS: &str = "SHA256SUMS";
/// The key file.
pub(super) const KEYRING: &str = "keyring";
/// The embedded database.
pub(super) const DATABASE: &str = "rollcall.db";
/// Bound of everything but the database.
const SMALL: u64 = 64 * 1024;

/// What the backup is.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct About {
    format: u32,
    made_by: String,
    /// RFC 3339, UTC.
    pub(super) made_at: String,
}

/// Why a file could not be read as a backup.
#[derive(Debug)]
pub(super) enum Flaw {
    /// The file system failed.
    Io(io::Error),
    /// It is something else, or not whole.
    Content(String),
}

impl From<io::Error> for Flaw {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Writes the archive of the two files in `from`.
pub(super) fn write(into: File, from: &Path, made_at: String) -> io::Result<File> {
    let mut tar = tar::Builder::new(into);
    let about = About { format: FORMAT, made_by: format!("rollcall {}", env!("CARGO_PKG_VERSION")), made_at };
    let about = serde_json::to_vec_pretty(&about).map_err(io::Error::other)?;
    let mut sums = add(&mut tar, ABOUT, about.len() as u64, &mut about.as_slice())?;
    for name in [KEYRING, DATABASE] {
        let mut file = File::open(from.join(name))?;
        let size = file.metadata()?.len();
        sums.push_str(&add(&mut tar, name, size, &mut file)?);
    }
    add(&mut tar, SUMS, sums.len() as u64, &mut sums.as_bytes())?;
    tar.into_inner()
}

/// Its line of the sums.
fn add(tar: &mut tar::Builder<File>, name: &str, size: u64, content: &mut dyn Read) -> io::Result<String> {
    let mut header = tar::Header::new_gnu();
    header.set_size(size);
    header.set_mode(0o600);
    let mut summed = Summed { inner: content, sum: Sha256::new() };
    tar.append_data(&mut header, name, &mut summed)?;
    Ok(line(name, summed))
}

/// Unpacks the archive into an existing directory and compares the sums.
pub(super) fn read(from: File, into: &Path) -> Result<About, Flaw> {
    let mut tar = tar::Archive::new(from);
    let mut entries = tar.entries()?;
    let mut take = |name: &str, into: &mut dyn Write, bound: u64| -> Result<String, Flaw> {
        let ended = || Flaw::Content(format!("it ends before its part `{name}`"));
        let mut entry = entries.next().ok_or_else(ended)?.map_err(|error| unreadable(name, &error))?;
        if entry.path_bytes().as_ref() != name.as_bytes() || entry.size() > bound {
            return Err(Flaw::Content(format!("it has something else in place of its part `{name}`")));
        }
        let size = entry.size();
        let mut summed = Summed { inner: &mut entry, sum: Sha256::new() };
        if io::copy(&mut summed, into)? != size {
            return Err(ended());
        }
        Ok(line(name, summed))
    };
    let mut about = Vec::new();
    let mut sums = take(ABOUT, &mut about, SMALL)?;
    let about: About =
        serde_json::from_slice(&about).map_err(|_| Flaw::Content(format!("its part `{ABOUT}` says nothing")))?;
    if about.format != FORMAT {
        let text = format!("it has the format {}, made by {}; take that version", about.format, about.made_by);
        return Err(Flaw::Content(text));
    }
    for (name, bound) in [(KEYRING, SMALL), (DATABASE, u64::MAX)] {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(into.join(name))?;
        sums.push_str(&take(name, &mut file, bound)?);
        file.sync_all()?;
    }
    let mut told = Vec::new();
    take(SUMS, &mut told, SMALL)?;
    if told != sums.as_bytes() {
        return Err(Flaw::Content("its content is not what was written".to_owned()));
    }
    Ok(about)
}

/// What the reader says of a file that is no archive quotes it; what the system says does not.
fn unreadable(name: &str, error: &io::Error) -> Flaw {
    let why = error.raw_os_error().map(|_| format!(" ({error})")).unwrap_or_default();
    Flaw::Content(format!("its part `{name}` cannot be read{why}"))
}

/// As `sha256sum` writes it.
fn line(name: &str, summed: Summed<'_>) -> String {
    let mut line: String = summed.sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    line.push_str("  ");
    line.push_str(name);
    line.push('\n');
    line
}

/// Sums what is read through it.
struct Summed<'a> {
    inner: &'a mut dyn Read,
    sum: Sha256,
}

impl Read for Summed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.sum.update(&buffer[..count]);
        Ok(count)
    }
}
