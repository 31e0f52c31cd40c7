//! The event feed. Numbers follow commit order: whoever has seen number n has missed nothing
//! below it.
//!
//! SQLite has one writer, so a growing number does it. On PostgreSQL rows are inserted without a
//! number, and one sequencer at a time numbers the committed ones when somebody reads: a row of a
//! transaction that is still open gets its number later, and a higher one.

use rollcall_model::access::System;
use rollcall_model::event::Event;
use rollcall_model::ids::{AccessKey, DomainName, GroupId, KernelId, SessionId, UserId};
use sqlx::PgPool;
use uuid::Uuid;

use crate::codec::{micros, moment, small};
use crate::engine::{Engine, Tx, reading, run};
use crate::error::Doing;
use crate::{Store, StoreError};

#[derive(sqlx::FromRow)]
struct EventRow {
    number: i64,
    name: String,
    reason: String,
    session_id: Uuid,
    session_name: String,
    kernel_id: Uuid,
    cluster_role: Option<String>,
    cluster_idx: Option<i64>,
    access_key: String,
    user_id: Uuid,
    domain_name: String,
    group_id: Uuid,
    at: i64,
}

impl From<EventRow> for Event {
    fn from(row: EventRow) -> Self {
        Self {
            number: row.number,
            name: row.name,
            reason: row.reason,
            session_id: SessionId(row.session_id),
            session_name: row.session_name,
            kernel_id: KernelId(row.kernel_id),
            cluster_role: row.cluster_role,
            cluster_idx: row.cluster_idx.map(small),
            access_key: AccessKey(row.access_key),
            user_id: UserId(row.user_id),
            domain: DomainName(row.domain_name),
            group_id: GroupId(row.group_id),
            at: moment(row.at),
        }
    }
}

/// Writes one event; its number is the engine's business.
pub(crate) async fn insert_event(tx: &mut Tx, event: &Event) -> Result<(), StoreError> {
    run!(
        tx,
        "writing an event",
        "INSERT INTO events (name, reason, session_id, session_name, kernel_id, cluster_role, cluster_idx, \
         access_key, user_id, domain_name, group_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        event.name.as_str(),
        event.reason.as_str(),
        event.session_id.0,
        event.session_name.as_str(),
        event.kernel_id.0,
        event.cluster_role.as_deref(),
        event.cluster_idx.map(i64::from),
        event.access_key.as_str(),
        event.user_id.0,
        event.domain.as_str(),
        event.group_id.0,
        micros(event.at),
    )
    .map(|_| ())
}

/// Any number will do, as long as nothing else in the database takes it.
const SEQUENCER: i64 = 0x0072_6f6c_6c63_616c;

/// Numbers what is committed. The lock is a statement of its own: the next one's snapshot is taken
/// when the sequencer before has committed, and sees its numbers.
async fn number_events(pool: &PgPool) -> Result<(), sqlx::Error> {
    let waiting = "SELECT EXISTS (SELECT 1 FROM events WHERE number IS NULL)";
    if !sqlx::query_scalar::<_, bool>(waiting).fetch_one(pool).await? {
        return Ok(());
    }
    let mut tx = pool.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(SEQUENCER).execute(&mut *tx).await?;
    sqlx::query(
        "UPDATE events SET number = numbered.number FROM ( \
         SELECT id, (SELECT COALESCE(MAX(number), 0) FROM events) + ROW_NUMBER() OVER (ORDER BY id) AS number \
         FROM events WHERE number IS NULL) AS numbered WHERE events.id = numbered.id",
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await
}

impl Store {
    /// Events after a number, oldest first; after 0 from the first that is kept.
    ///
    /// # Errors
    /// [`StoreError::Query`]; [`StoreError::EventsPruned`] where some that follow are no longer kept.
    pub async fn events_after(&self, _system: System, number: i64, limit: u32) -> Result<Vec<Event>, StoreError> {
        self.sequence_events().await?;
        let sql = "SELECT number, name, reason, session_id, session_name, kernel_id, cluster_role, cluster_idx, \
                   access_key, user_id, domain_name, group_id, at FROM events \
                   WHERE number > $1 ORDER BY number LIMIT $2";
        let rows = reading!(self, db => {
            sqlx::query_as::<_, EventRow>(sql).bind(number).bind(i64::from(limit)).fetch_all(db).await
        });
        let events: Vec<Event> = rows.doing("reading events")?.into_iter().map(Event::from).collect();
        // Only what was removed leaves a gap, so the mark need not be read each time.
        if number > 0 && events.first().is_some_and(|first| first.number > number + 1) {
            let pruned = self.events_pruned().await?;
            if pruned > number {
                return Err(StoreError::EventsPruned { asked: number, first: pruned + 1 });
            }
        }
        Ok(events)
    }

    /// The newest number that is no longer kept; 0 when all are.
    async fn events_pruned(&self) -> Result<i64, StoreError> {
        let sql = "SELECT value FROM settings WHERE name = 'events_pruned'";
        let value = reading!(self, db => sqlx::query_scalar::<_, String>(sql).fetch_optional(db).await);
        Ok(value.doing("reading which events are gone")?.and_then(|value| value.parse().ok()).unwrap_or(0))
    }

    /// The newest number; 0 when nothing happened yet.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn last_event(&self, _system: System) -> Result<i64, StoreError> {
        self.sequence_events().await?;
        let sql = "SELECT COALESCE(MAX(number), 0) FROM events";
        reading!(self, db => sqlx::query_scalar::<_, i64>(sql).fetch_one(db).await).doing("reading the newest event")
    }

    /// Wakes after each change committed by this process. The value only says "look again".
    #[must_use]
    pub fn watch(&self) -> tokio::sync::watch::Receiver<u64> {
        self.wake().subscribe()
    }

    async fn sequence_events(&self) -> Result<(), StoreError> {
        match self.engine() {
            Engine::Sqlite { .. } => Ok(()),
            Engine::Postgres(pool) => number_events(pool).await.doing("numbering events"),
        }
    }
}
