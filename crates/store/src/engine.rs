//! The two engines, and how one function speaks to both.
//!
//! Statements are `'static` texts with `$1` placeholders, which both understand; the two macros
//! only pick the connection. Where one text cannot serve both, [`Tx::text`] picks the native one.

use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction};

use crate::StoreError;
use crate::error::Doing;

/// Connections to the database.
pub(crate) enum Engine {
    /// One connection writes, others read beside it.
    Sqlite { writer: SqlitePool, readers: SqlitePool },
    /// All are equal.
    Postgres(PgPool),
}

/// A transaction that writes.
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// Evaluates `$body` with `$db` as the connections for reading.
macro_rules! reading {
    ($store:expr, $db:ident => $body:expr) => {
        match $store.engine() {
            $crate::engine::Engine::Sqlite { readers: $db, .. } => $body,
            $crate::engine::Engine::Postgres($db) => $body,
        }
    };
}

/// Evaluates `$body` with `$db` as the transaction's connection.
macro_rules! writing {
    ($tx:expr, $db:ident => $body:expr) => {
        match $tx {
            $crate::engine::Tx::Sqlite(tx) => {
                let $db = &mut **tx;
                $body
            }
            $crate::engine::Tx::Postgres(tx) => {
                let $db = &mut **tx;
                $body
            }
        }
    };
}

/// Runs one statement with its values in a transaction: the number of rows it touched.
macro_rules! run {
    ($tx:expr, $act:literal, $sql:expr, $($value:expr),+ $(,)?) => {
        $crate::error::Doing::doing(
            $crate::engine::writing!($tx, db => sqlx::query($sql)$(.bind($value))+.execute(db).await.map(|done| done.rows_affected())),
            $act,
        )
    };
}

/// Tries again, a bounded number of times, when the engine gave up a transaction that would
/// succeed alone.
macro_rules! retrying {
    ($attempt:expr) => {{
        let mut tries = 0;
        loop {
            match $attempt.await {
                Err(error) if $crate::engine::worth_another_try(&error, tries) => {
                    tries += 1;
                    tokio::time::sleep($crate::engine::pause(tries)).await;
                }
                outcome => break outcome,
            }
        }
    }};
}

pub(crate) use {reading, retrying, run, writing};

const TRIES: u32 = 8;

/// Deadlock, serialization failure, lock timeout, a busy database, or a unique name that another
/// transaction took or removed a moment ago: looking again answers properly.
pub(crate) fn worth_another_try(error: &StoreError, tries: u32) -> bool {
    let StoreError::Query { source: sqlx::Error::Database(cause), .. } = error else { return false };
    tries < TRIES && is_conflict(&**cause)
}

/// Whether somebody else was in the way, so that the same may succeed later.
pub(crate) fn is_conflict(cause: &dyn sqlx::error::DatabaseError) -> bool {
    let passing = matches!(cause.code().as_deref(), Some("40001" | "40P01" | "55P03" | "5" | "261" | "517"));
    passing || cause.is_unique_violation() || cause.is_foreign_key_violation()
}

/// Grows, and differs between processes, so that two rivals part.
pub(crate) fn pause(tries: u32) -> std::time::Duration {
    let spread = u64::from(std::process::id() % 7);
    std::time::Duration::from_millis((1 << tries.min(6)) + spread)
}

impl Engine {
    /// Opens a transaction that may write.
    pub(crate) async fn begin(&self) -> Result<Tx, StoreError> {
        match self {
            // IMMEDIATE: the right to write comes first, so no transaction fails half-way for it.
            Self::Sqlite { writer, .. } => writer.begin_with("BEGIN IMMEDIATE").await.map(Tx::Sqlite),
            Self::Postgres(pool) => pool.begin().await.map(Tx::Postgres),
        }
        .doing("opening a transaction")
    }
}

impl Tx {
    /// The native text of this engine.
    pub(crate) fn text(&self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        match self {
            Self::Sqlite(_) => sqlite,
            Self::Postgres(_) => postgres,
        }
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(tx) => tx.commit().await,
            Self::Postgres(tx) => tx.commit().await,
        }
        .doing("committing")
    }

    /// Undoes everything now. Dropping a transaction does so too, but some time later, and its locks
    /// are held until then.
    pub(crate) async fn rollback(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(tx) => tx.rollback().await,
            Self::Postgres(tx) => tx.rollback().await,
        }
        .doing("undoing")
    }
}
