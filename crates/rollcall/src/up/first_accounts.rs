//! The accounts of the first start, kept in the data directory until they have been told.
//!
//! The database holds hashes and sealed keys alone, so a program that was killed between founding
//! and telling would leave an installation that nobody can enter. The file is written before the
//! founding and removed once the accounts are printed.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rollcall_model::ids::{AccessKey, DomainName, UserId};
use rollcall_model::role::Role;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::accounts::Account;

#[derive(Serialize, Deserialize)]
struct Kept {
    id: UserId,
    role: Role,
    domain: DomainName,
    email: String,
    full_name: String,
    password: String,
    access_key: AccessKey,
    secret_key: String,
}

/// Keeps the accounts, for the owner of the directory alone, in place of any kept before.
pub(super) fn keep(path: &Path, accounts: &[Account]) -> io::Result<()> {
    let kept: Vec<Kept> = accounts.iter().map(kept).collect();
    let text = serde_json::to_vec(&kept).map_err(io::Error::other)?;
    forget(path)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(&text)?;
    file.sync_all()
}

/// The accounts that were kept and never told; `None` where there are none.
pub(super) fn recall(path: &Path) -> io::Result<Option<Vec<Account>>> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    // A file that was cut off is older than the founding, so nothing is lost with it.
    let kept: Option<Vec<Kept>> = serde_json::from_slice(&text).ok();
    Ok(kept.map(|kept| kept.into_iter().map(account).collect()))
}

/// Removes the file, if there is one.
pub(super) fn forget(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn kept(account: &Account) -> Kept {
    Kept {
        id: account.id,
        role: account.role,
        domain: account.domain.clone(),
        email: account.email.clone(),
        full_name: account.full_name.clone(),
        password: account.password.expose_secret().to_owned(),
        access_key: account.access_key.clone(),
        secret_key: account.secret_key.expose_secret().to_owned(),
    }
}

fn account(kept: Kept) -> Account {
    Account {
        id: kept.id,
        role: kept.role,
        domain: kept.domain,
        email: kept.email,
        full_name: kept.full_name,
        password: SecretString::from(kept.password),
        access_key: kept.access_key,
        secret_key: SecretString::from(kept.secret_key),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::os::unix::fs::PermissionsExt as _;

    use super::super::accounts::draw;
    use super::*;

    #[test]
    fn what_was_not_told_is_recalled_until_it_is_forgotten() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("first");
        assert!(recall(&path).unwrap().is_none());
        let accounts = draw(false).unwrap();
        keep(&path, &draw(true).unwrap()).unwrap();
        keep(&path, &accounts).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let recalled = recall(&path).unwrap().unwrap();
        assert_eq!(recalled.len(), 4);
        assert_eq!(recalled[0].secret_key.expose_secret(), accounts[0].secret_key.expose_secret());
        forget(&path).unwrap();
        forget(&path).unwrap();
        assert!(recall(&path).unwrap().is_none());
    }

    #[test]
    fn a_file_that_was_cut_off_counts_as_none() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("first");
        fs::write(&path, b"[{\"id\":").unwrap();
        assert!(recall(&path).unwrap().is_none());
    }
}
