//! The store itself: opening, and the way to either engine.

use std::collections::HashMap;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rollcall_model::Timestamp;
use rollcall_model::ids::AccessKey;
use secrecy::ExposeSecret;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use tokio::sync::watch;

use crate::engine::{Engine, Tx, reading};
use crate::error::Doing;
use crate::{Keyring, Settings, StoreError};

const READERS: u32 = 4;
const SERVER_CONNECTIONS: u32 = 16;
const BUSY: Duration = Duration::from_secs(5);
const ACQUIRE: Duration = Duration::from_secs(10);

/// Everything durable. Cheap to clone; every clone is the same database.
#[derive(Clone)]
pub struct Store {
    parts: Arc<Parts>,
}

struct Parts {
    engine: Engine,
    keyring: Keyring,
    wake: watch::Sender<u64>,
    account_changes: watch::Sender<u64>,
    uses: Mutex<HashMap<AccessKey, Uses>>,
}

/// What was noted of a key since the last flush.
#[derive(Clone, Copy)]
pub(crate) struct Uses {
    pub(crate) count: i64,
    pub(crate) last: Timestamp,
}

impl Store {
    /// Opens the database, making and migrating it as needed.
    ///
    /// # Errors
    /// [`StoreError::Open`], [`StoreError::Migrate`], [`StoreError::File`].
    pub async fn open(settings: &Settings, keyring: Keyring) -> Result<Self, StoreError> {
        let engine = match settings {
            Settings::Sqlite { path } => open_sqlite(path, settings).await?,
            Settings::Postgres { url } => open_postgres(url.expose_secret(), settings).await?,
        };
        let (wake, account_changes) = (watch::Sender::new(0), watch::Sender::new(0));
        let parts = Parts { engine, keyring, wake, account_changes, uses: Mutex::default() };
        Ok(Self { parts: Arc::new(parts) })
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn ping(&self) -> Result<(), StoreError> {
        reading!(self, db => sqlx::query("SELECT 1").execute(db).await.map(|_| ()))
            .doing("asking the database for life")
    }

    /// Seals what travels through strangers' hands and comes back: nobody else can read or make it.
    ///
    /// # Errors
    /// [`StoreError::Token`].
    pub fn seal_token(&self, bound_to: &str, text: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.keyring().seal_token(bound_to, text)
    }

    /// What was sealed, for the same holder and purpose; `None` for everything else.
    #[must_use]
    pub fn open_token(&self, bound_to: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        self.keyring().open_token(bound_to, sealed)
    }

    /// Waits for running statements and closes every connection.
    pub async fn close(&self) {
        match &self.parts.engine {
            Engine::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Engine::Postgres(pool) => pool.close().await,
        }
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.parts.engine
    }

    pub(crate) fn keyring(&self) -> &Keyring {
        &self.parts.keyring
    }

    pub(crate) fn wake(&self) -> &watch::Sender<u64> {
        &self.parts.wake
    }

    pub(crate) fn account_changes(&self) -> &watch::Sender<u64> {
        &self.parts.account_changes
    }

    pub(crate) fn uses(&self) -> &Mutex<HashMap<AccessKey, Uses>> {
        &self.parts.uses
    }

    pub(crate) async fn begin(&self) -> Result<Tx, StoreError> {
        self.parts.engine.begin().await
    }

    /// Commits, and wakes who watches.
    pub(crate) async fn commit(&self, tx: Tx) -> Result<(), StoreError> {
        tx.commit().await?;
        self.parts.wake.send_modify(|changes| *changes += 1);
        Ok(())
    }
}

async fn open_sqlite(path: &Path, settings: &Settings) -> Result<Engine, StoreError> {
    make_private_file(path)?;
    let failed = |source| StoreError::Open { name: settings.to_string(), source };
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        // `like` tells cases apart on the other engine; it does here too.
        .pragma("case_sensitive_like", "ON");
    let pool = || SqlitePoolOptions::new().acquire_timeout(ACQUIRE);
    let writer = pool().max_connections(1).connect_with(options.clone()).await.map_err(failed)?;
    let migrated = sqlx::migrate!("migrations/sqlite").run(&writer).await;
    migrated.map_err(|source| StoreError::Migrate { name: settings.to_string(), source })?;
    let reading = options.read_only(true).pragma("query_only", "ON");
    let readers = pool().max_connections(READERS).connect_with(reading).await.map_err(failed)?;
    Ok(Engine::Sqlite { writer, readers })
}

async fn open_postgres(url: &str, settings: &Settings) -> Result<Engine, StoreError> {
    let failed = |source| StoreError::Open { name: settings.to_string(), source };
    let options = PgConnectOptions::from_str(url).map_err(failed)?;
    let pool = PgPoolOptions::new().max_connections(SERVER_CONNECTIONS).acquire_timeout(ACQUIRE);
    let pool = pool.connect_with(options).await.map_err(failed)?;
    let migrated = sqlx::migrate!("migrations/postgres").run(&pool).await;
    migrated.map_err(|source| StoreError::Migrate { name: settings.to_string(), source })?;
    Ok(Engine::Postgres(pool))
}

/// The file comes into being with mode 0600; SQLite gives its companions the same.
fn make_private_file(path: &Path) -> Result<(), StoreError> {
    let failed = |act, path: &Path, source| StoreError::File { act, path: path.to_owned(), source };
    if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory);
        made.map_err(|source| failed("make the directory", directory, source))?;
    }
    let opened = std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path);
    opened.map(|_| ()).map_err(|source| failed("make the database", path, source))
}
