//! Which waiting sessions may not start, because something that their owner needs was switched off
//! or taken away: read once for the whole queue, and asked again inside the transaction that
//! reserves, while no account can change.

use std::collections::HashMap;

use rollcall_model::access::System;
use rollcall_model::bar::Bar;
use rollcall_model::ids::SessionId;
use uuid::Uuid;

use crate::accounts::manage::TURN;
use crate::codec::corrupt;
use crate::engine::{Tx, reading, writing};
use crate::error::Doing;
use crate::{Store, StoreError};

/// Sessions with what bars them, without those that nothing does. What is gone is not active.
macro_rules! barred {
    ($condition:literal) => {
        concat!(
            "SELECT judged.id, judged.bar FROM (SELECT s.id, CASE \
             WHEN d.is_active IS NOT TRUE THEN 'domain-off' \
             WHEN COALESCE(u.status, '') <> 'active' THEN 'account-off' \
             WHEN u.domain_name <> s.domain_name THEN 'owner-moved' \
             WHEN k.is_active IS NOT TRUE THEN 'key-off' \
             WHEN p.is_active IS NOT TRUE THEN 'project-off' \
             WHEN p.domain_name <> s.domain_name THEN 'project-moved' \
             WHEN u.role NOT IN ('superadmin', 'admin') AND NOT EXISTS (SELECT 1 FROM memberships m \
             WHERE m.user_id = s.user_id AND m.project_id = s.group_id) THEN 'no-member' END AS bar \
             FROM sessions s LEFT JOIN domains d ON d.name = s.domain_name LEFT JOIN users u ON u.id = s.user_id \
             LEFT JOIN keypairs k ON k.access_key = s.access_key AND k.user_id = s.user_id \
             LEFT JOIN projects p ON p.id = s.group_id WHERE ",
            $condition,
            ") AS judged WHERE judged.bar IS NOT NULL"
        )
    };
}

/// Of the queue.
pub(super) const BARRED: &str = barred!("s.status = 0");
/// Of one session.
pub(super) const BARRED_ONE: &str = barred!("s.id = $1");

impl Store {
    /// PENDING sessions that may not start, with what bars them.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn barred_sessions(&self, _system: System) -> Result<HashMap<SessionId, Bar>, StoreError> {
        let rows = reading!(self, db => sqlx::query_as::<_, (Uuid, String)>(BARRED).fetch_all(db).await);
        rows.doing("reading who may not start")?.into_iter().map(read).collect()
    }
}

/// Keeps accounts as they are until the transaction is over: what is switched off is off for every
/// reservation that commits later. To be taken before any row, as those who change accounts do. On
/// SQLite the transaction is alone.
pub(super) async fn hold_accounts(tx: &mut Tx) -> Result<(), StoreError> {
    let Tx::Postgres(tx) = tx else { return Ok(()) };
    let held = sqlx::query("SELECT pg_advisory_xact_lock_shared($1)").bind(TURN).execute(&mut **tx).await;
    held.map(|_| ()).doing("holding accounts for a reservation")
}

/// What bars one session.
pub(super) async fn bar_of(tx: &mut Tx, session: SessionId) -> Result<Option<Bar>, StoreError> {
    let row = writing!(tx, db => {
        sqlx::query_as::<_, (Uuid, String)>(BARRED_ONE).bind(session.0).fetch_optional(db).await
    });
    Ok(row.doing("asking whether a session may start")?.map(read).transpose()?.map(|(_, bar)| bar))
}

fn read((id, bar): (Uuid, String)) -> Result<(SessionId, Bar), StoreError> {
    let read = Bar::parse(&bar).ok_or_else(|| corrupt("bar", &id, &bar))?;
    Ok((SessionId(id), read))
}
