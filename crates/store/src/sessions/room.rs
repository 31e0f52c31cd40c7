//! Whether a session may take its place: the key's limit of concurrent sessions and the agent's
//! room, asked once more inside the transaction that reserves, with both rows locked.
//!
//! A session in ERROR still counts, as an operation on it failed and nobody knows what its agent
//! holds. One in ERROR on an agent that is recorded LOST holds nothing any more: it counts neither
//! for the quota nor for the concurrency of its key. A session that merely runs on an agent out of
//! touch goes on counting.

use rollcall_model::account::Keypair;
use rollcall_model::session::{Kernel, Session};
use rollcall_model::slots::Slots;

use super::advance::Placement;
use crate::codec::{corrupt, small};
use crate::engine::{Tx, reading, writing};
use crate::error::Doing;
use crate::{Store, StoreError, agents};

/// SCHEDULED to SUSPENDED and ERROR (1 to 8, 11): what occupies the quota.
const USED: &str = "SELECT COUNT(*) FROM sessions s WHERE s.access_key = $1 AND s.status IN (1, 2, 3, 4, 5, 6, 7, 8, 11) \
    AND NOT (s.status = 11 AND EXISTS (SELECT 1 FROM agents a WHERE a.id = s.agent AND a.status = 'LOST'))";

impl Store {
    /// How many sessions of a key count for its concurrency now, by the rule that scheduling uses.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn concurrency_used(&self, keypair: &Keypair) -> Result<i32, StoreError> {
        let key = keypair.access_key.as_str();
        let used: i64 = reading!(self, db => sqlx::query_scalar(USED).bind(key).fetch_one(db).await)
            .doing("counting a key's sessions")?;
        Ok(small(used))
    }
}

/// Why a session must go on waiting.
pub(crate) enum Refused {
    NoRoom,
    OverLimit(i32),
}

/// Locks in one order, the key's row and then the agent's, so that two reservations never wait for
/// each other. On SQLite the transaction is alone anyway.
pub(crate) async fn check_room(
    tx: &mut Tx,
    session: &Session,
    kernels: &[Kernel],
    placement: Option<&Placement>,
) -> Result<Option<Refused>, StoreError> {
    if let Some(limit) = exceeded_limit(tx, session.access_key.as_str()).await? {
        return Ok(Some(Refused::OverLimit(limit)));
    }
    let Some(placement) = placement else { return Ok(Some(Refused::NoRoom)) };
    let fits = fits(tx, placement, kernels).await?;
    Ok((!fits).then_some(Refused::NoRoom))
}

async fn exceeded_limit(tx: &mut Tx, key: &str) -> Result<Option<i32>, StoreError> {
    let sql = tx.text(
        "SELECT p.max_concurrent_sessions FROM keypairs k JOIN policies p ON p.name = k.resource_policy \
         WHERE k.access_key = $1",
        "SELECT p.max_concurrent_sessions FROM keypairs k JOIN policies p ON p.name = k.resource_policy \
         WHERE k.access_key = $1 FOR UPDATE OF k",
    );
    let limit: Option<i64> = writing!(tx, db => sqlx::query_scalar(sql).bind(key).fetch_optional(db).await)
        .doing("reading a key's limits")?;
    let limit = limit.unwrap_or(0);
    let used: i64 = writing!(tx, db => sqlx::query_scalar(USED).bind(key).fetch_one(db).await)
        .doing("counting a key's sessions")?;
    Ok((used >= limit).then(|| small(limit)))
}

async fn fits(tx: &mut Tx, placement: &Placement, kernels: &[Kernel]) -> Result<bool, StoreError> {
    let agent = placement.agent.as_str();
    let Some(available) = agents::lock_available(tx, agent).await? else { return Ok(false) };
    let mut wanted = agents::occupied_of(tx, agent).await?;
    for kernel in kernels {
        wanted = sum(&wanted, &kernel.occupied_slots, agent)?;
    }
    Ok(wanted.fits_into(&available))
}

/// The sum of two amounts held on one agent.
pub(crate) fn sum(one: &Slots, other: &Slots, agent: &str) -> Result<Slots, StoreError> {
    one.add(other).ok_or_else(|| corrupt("slots", &agent, &"their sum is too large"))
}
