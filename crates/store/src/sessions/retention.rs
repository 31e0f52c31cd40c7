//! Removing what is over for long, in small batches: finished sessions with their kernels, logs and
//! history, and old events. Counters follow in the same transaction.

use std::collections::BTreeMap;

use rollcall_model::Timestamp;
use rollcall_model::access::System;
use uuid::Uuid;

use crate::codec::{maybe_micros, micros, text};
use crate::counters::count_many;
use crate::engine::{Tx, retrying, run, writing};
use crate::error::Doing;
use crate::{Store, StoreError};

/// Which finished sessions stay. Both conditions must be met; `None` is no condition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// Those that ended at this moment or later.
    pub since: Option<Timestamp>,
    /// The newest ones of each key, so that nobody's work costs another their history.
    pub newest_per_key: Option<u32>,
}

/// Any number will do, as long as nothing else in the database takes it.
const PRUNER: i64 = 0x0072_6f6c_7072_756e;

/// TERMINATED (10) and CANCELLED (12); the oldest first, by an index.
macro_rules! select_over {
    ($condition:literal) => {
        concat!(
            "SELECT id, domain_name, group_id, access_key, status FROM sessions WHERE status IN (10, 12) AND ",
            $condition,
            " ORDER BY terminated_at LIMIT $2"
        )
    };
}

/// The key that has the most of them, and how many.
const FULLEST_KEY: &str = "SELECT access_key, CAST(SUM(amount) AS BIGINT) FROM counts_by_owner \
    WHERE status IN (10, 12) GROUP BY access_key HAVING SUM(amount) > $1 ORDER BY 2 DESC LIMIT 1";

/// Id, domain, project, key and status of a session that goes.
pub(crate) type OverRow = (Uuid, String, Uuid, String, i64);

/// Deletes by `$1`, ids, in the form that each engine takes.
macro_rules! delete_of {
    ($tx:expr, $ids:expr, $before:literal, $after:literal) => {
        match $tx {
            Tx::Sqlite(tx) => {
                let ids: Vec<String> = $ids.iter().map(|id| id.simple().to_string()).collect();
                let sql = concat!($before, " IN (SELECT unhex(value) FROM json_each($1))", $after);
                sqlx::query(sql).bind(text(&ids)).execute(&mut **tx).await.map(|done| done.rows_affected())
            }
            Tx::Postgres(tx) => {
                let sql = concat!($before, " = ANY($1)", $after);
                sqlx::query(sql).bind($ids).execute(&mut **tx).await.map(|done| done.rows_affected())
            }
        }
        .doing("removing finished sessions")
    };
}

impl Store {
    /// Removes at most `batch` finished sessions that need not be kept, the oldest first, in one
    /// short transaction: how many went. 0 while another process is at it.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn prune_sessions(&self, _system: System, keep: Keep, batch: u32) -> Result<u64, StoreError> {
        retrying!(self.try_prune_sessions(keep, i64::from(batch)))
    }

    async fn try_prune_sessions(&self, keep: Keep, batch: i64) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        if !alone(&mut tx).await? {
            return Ok(0);
        }
        let mut over = too_old(&mut tx, keep.since, batch).await?;
        if over.is_empty() {
            over = too_many(&mut tx, keep.newest_per_key, batch).await?;
        }
        if over.is_empty() {
            tx.rollback().await?;
            return Ok(0);
        }
        if remove(&mut tx, &over).await? != over.len() as u64 {
            // Somebody else removed some meanwhile and counted them: all of this is undone.
            tx.rollback().await?;
            return Ok(0);
        }
        self.commit(tx).await?;
        Ok(over.len() as u64)
    }

    /// Removes at most `batch` events from before a moment, the oldest first: how many went. The
    /// newest event stays whatever its age: numbers go on from it.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn prune_events(&self, _system: System, before: Timestamp, batch: u32) -> Result<u64, StoreError> {
        retrying!(self.try_prune_events(before, i64::from(batch)))
    }

    async fn try_prune_events(&self, before: Timestamp, batch: i64) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        if !alone(&mut tx).await? {
            return Ok(0);
        }
        // Numbers grow with time, so that old events are a prefix: no index by time is needed.
        let oldest = "SELECT MAX(number) FROM (SELECT number, at FROM events WHERE number IS NOT NULL \
                      AND number < (SELECT MAX(number) FROM events) ORDER BY number LIMIT $1) AS oldest WHERE at < $2";
        let last: Option<i64> = writing!(&mut tx, db => {
            sqlx::query_scalar(oldest).bind(batch).bind(micros(before)).fetch_one(db).await
        })
        .doing("looking for old events")?;
        let Some(last) = last else {
            tx.rollback().await?;
            return Ok(0);
        };
        let gone = run!(&mut tx, "removing old events", "DELETE FROM events WHERE number <= $1", last)?;
        let sql = "INSERT INTO settings (name, value) VALUES ('events_pruned', $1) \
                   ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        run!(&mut tx, "noting which events are gone", sql, last.to_string())?;
        // Nobody is woken: there is nothing new to read.
        tx.commit().await?;
        Ok(gone)
    }
}

/// One process prunes at a time: totals that two read at once would make both remove for them.
async fn alone(tx: &mut Tx) -> Result<bool, StoreError> {
    match tx {
        Tx::Sqlite(_) => Ok(true),
        Tx::Postgres(tx) => {
            let sql = "SELECT pg_try_advisory_xact_lock($1)";
            sqlx::query_scalar(sql).bind(PRUNER).fetch_one(&mut **tx).await.doing("taking the turn to prune")
        }
    }
}

async fn too_old(tx: &mut Tx, since: Option<Timestamp>, batch: i64) -> Result<Vec<OverRow>, StoreError> {
    let Some(since) = maybe_micros(since) else { return Ok(Vec::new()) };
    let sql = select_over!("terminated_at < $1");
    writing!(tx, db => sqlx::query_as(sql).bind(since).bind(batch).fetch_all(db).await)
        .doing("looking for old finished sessions")
}

async fn too_many(tx: &mut Tx, newest: Option<u32>, batch: i64) -> Result<Vec<OverRow>, StoreError> {
    let Some(newest) = newest.map(i64::from) else { return Ok(Vec::new()) };
    let fullest: Option<(String, i64)> =
        writing!(tx, db => sqlx::query_as(FULLEST_KEY).bind(newest).fetch_optional(db).await)
            .doing("looking for keys with many finished sessions")?;
    let Some((key, count)) = fullest else { return Ok(Vec::new()) };
    let sql = select_over!("access_key = $1");
    let surplus = (count - newest).min(batch);
    writing!(tx, db => sqlx::query_as(sql).bind(key).bind(surplus).fetch_all(db).await)
        .doing("looking for surplus finished sessions")
}

/// How many were still there.
pub(crate) async fn remove(tx: &mut Tx, over: &[OverRow]) -> Result<u64, StoreError> {
    let ids: Vec<Uuid> = over.iter().map(|row| row.0).collect();
    delete_of!(
        &mut *tx,
        &ids,
        "DELETE FROM kernel_logs WHERE kernel_id IN (SELECT id FROM kernels WHERE session_id",
        ")"
    )?;
    delete_of!(&mut *tx, &ids, "DELETE FROM kernels WHERE session_id", "")?;
    delete_of!(&mut *tx, &ids, "DELETE FROM session_history WHERE session_id", "")?;
    let gone = delete_of!(&mut *tx, &ids, "DELETE FROM sessions WHERE id", "")?;
    let mut counts: BTreeMap<(&str, Uuid, &str, i64), i64> = BTreeMap::new();
    for (_, domain, group, key, status) in over {
        *counts.entry((domain.as_str(), *group, key.as_str(), *status)).or_default() += 1;
    }
    for (counted, amount) in counts {
        count_many(tx, counted, -amount).await?;
    }
    Ok(gone)
}
