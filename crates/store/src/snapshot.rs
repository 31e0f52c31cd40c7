//! A consistent copy of the embedded database while others use it, and the check of such a copy.

use std::path::Path;

use rollcall_model::ids::AccessKey;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqliteConnection};

use crate::error::Doing;
use crate::{Keyring, StoreError};

/// Copies the SQLite database to `into`, which must be missing or empty: everything that was committed
/// when the copy began, and nothing later. Works beside a running program, whose writing goes on.
///
/// # Errors
/// [`StoreError::Open`] and [`StoreError::Query`].
pub async fn snapshot(database: &Path, into: &Path) -> Result<(), StoreError> {
    let mut from = open(database).await?;
    let target = into.to_string_lossy();
    let copied = sqlx::query("VACUUM INTO $1").bind(target.as_ref()).execute(&mut from).await;
    copied.map(|_| ()).doing("copying the database")?;
    from.close().await.doing("closing the database")
}

/// Whether the database is whole, and whether `keyring` is the one that its secrets are sealed with.
///
/// # Errors
/// [`StoreError::Damaged`] and [`StoreError::Secret`] when not; [`StoreError::Open`] and
/// [`StoreError::Query`].
pub async fn check(database: &Path, keyring: &Keyring) -> Result<(), StoreError> {
    let mut copy = open(database).await?;
    let damaged = |reason| StoreError::Damaged { path: database.to_owned(), reason };
    let told: String =
        sqlx::query_scalar("PRAGMA integrity_check(1)").fetch_one(&mut copy).await.doing("checking the database")?;
    if told != "ok" {
        return Err(damaged(told));
    }
    let dangling = sqlx::query("PRAGMA foreign_key_check").fetch_optional(&mut copy).await;
    if dangling.doing("checking the references of the database")?.is_some() {
        return Err(damaged("it refers to rows that it does not have".to_owned()));
    }
    let sealed: Option<(String, Vec<u8>)> = sqlx::query_as("SELECT access_key, sealed_secret FROM keypairs LIMIT 1")
        .fetch_optional(&mut copy)
        .await
        .doing("reading a sealed key")?;
    if let Some((access_key, sealed)) = sealed {
        keyring.open(&AccessKey(access_key), &sealed)?;
    }
    copy.close().await.doing("closing the database")
}

/// Never makes one.
async fn open(database: &Path) -> Result<SqliteConnection, StoreError> {
    let options = SqliteConnectOptions::new().filename(database).create_if_missing(false);
    let opened = SqliteConnection::connect_with(&options).await;
    opened.map_err(|source| StoreError::Open { name: database.display().to_string(), source })
}
