//! `--accounts FILE`: the accounts of the first start as JSON, for scripts.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret as _;
use serde::Serialize;

use super::accounts::Account;

#[derive(Serialize)]
struct Document<'a> {
    api: &'a str,
    /// Where browsers reach the console; null where it is off.
    console: Option<&'a str>,
    accounts: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    role: &'a str,
    domain: &'a str,
    email: &'a str,
    password: &'a str,
    access_key: &'a str,
    secret_key: &'a str,
}

/// Writes the file in one piece, for its owner alone. One that is there already stays.
pub(super) fn write(path: &Path, api: &str, console: Option<&str>, accounts: &[Account]) -> io::Result<()> {
    let entries = accounts.iter().map(|account| Entry {
        role: account.role.as_str(),
        domain: account.domain.as_str(),
        email: &account.email,
        password: account.password.expose_secret(),
        access_key: account.access_key.as_str(),
        secret_key: account.secret_key.expose_secret(),
    });
    let document = Document { api, console, accounts: entries.collect() };
    let mut text = serde_json::to_vec_pretty(&document).map_err(io::Error::other)?;
    text.push(b'\n');
    let beside = beside(path);
    let written = write_beside(&beside, &text).and_then(|()| fs::hard_link(&beside, path));
    let removed = fs::remove_file(&beside);
    written.and(removed)
}

/// A name in the same directory that no other process uses.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    path.with_file_name(name)
}

fn write_beside(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text)?;
    file.sync_all()
}
