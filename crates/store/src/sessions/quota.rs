//! The quotas of a session's key, project and domain, asked once more inside the transaction that
//! reserves: whoever else reserves for the same key, project or domain waits until it is over.
//!
//! What counts: sessions SCHEDULED to SUSPENDED and in ERROR. One in ERROR still counts, as an
//! operation on it failed and nobody knows what its agent holds. One in ERROR on an agent that is
//! recorded LOST holds nothing any more. A session that merely runs on an agent out of touch goes
//! on counting.

use rollcall_model::access::System;
use rollcall_model::account::{DefaultForUnspecified, Keypair};
use rollcall_model::quota::{Excess, Quota};
use rollcall_model::session::Session;
use rollcall_model::slots::Slots;

use super::room::sum;
use super::rows::{SessionRow, select_sessions, sessions};
use crate::codec::{corrupt, slots, small};
use crate::engine::{Tx, reading, writing};
use crate::error::Doing;
use crate::{Store, StoreError};

/// Continues `WHERE …` with what counts: 1 to 8, and 11.
macro_rules! counting {
    ($select:literal, $condition:literal) => {
        concat!(
            $select,
            " FROM sessions s WHERE ",
            $condition,
            " AND s.status IN (1, 2, 3, 4, 5, 6, 7, 8, 11) AND NOT (s.status = 11 AND EXISTS \
             (SELECT 1 FROM agents a WHERE a.id = s.agent AND a.status = 'LOST'))"
        )
    };
}

const SESSIONS_OF_KEY: &str = counting!("SELECT COUNT(*)", "s.access_key = $1");
const SLOTS_OF_KEY: &str = counting!("SELECT s.occupied_slots", "s.access_key = $1");
const SLOTS_OF_GROUP: &str = counting!("SELECT s.occupied_slots", "s.group_id = $1");
const SLOTS_OF_DOMAIN: &str = counting!("SELECT s.occupied_slots", "s.domain_name = $1");

const GROUP_LIMIT: &str = "SELECT total_resource_slots FROM projects WHERE id = $1";
const DOMAIN_LIMIT: &str = "SELECT total_resource_slots FROM domains WHERE name = $1";

impl Store {
    /// How many sessions of a key count for its concurrency now, by the rule that scheduling uses.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn concurrency_used(&self, keypair: &Keypair) -> Result<i32, StoreError> {
        let key = keypair.access_key.as_str();
        let used: i64 = reading!(self, db => sqlx::query_scalar(SESSIONS_OF_KEY).bind(key).fetch_one(db).await)
            .doing("counting a key's sessions")?;
        Ok(small(used))
    }

    /// Sessions in ERROR that still count for quotas.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn errors_that_count(&self, _system: System) -> Result<Vec<Session>, StoreError> {
        let sql = select_sessions!(
            "WHERE s.status = 11 AND NOT EXISTS (SELECT 1 FROM agents a WHERE a.id = s.agent AND a.status = 'LOST')"
        );
        let rows = reading!(self, db => sqlx::query_as::<_, SessionRow>(sql).fetch_all(db).await);
        sessions(rows.doing("reading sessions in ERROR")?)
    }
}

/// Every limit that leaves `session` no room, in the order of the predicates. Locks the rows of the
/// key, the project and the domain, in this order, so that two reservations never wait for each
/// other; a project or domain without a quota is not locked. On SQLite the transaction is alone.
pub(super) async fn excesses(tx: &mut Tx, session: &Session) -> Result<Vec<Excess>, StoreError> {
    let mut found = Vec::new();
    let wanted = &session.occupied_slots;
    let key = session.access_key.as_str();
    let (most, quota) = key_limits(tx, key).await?;
    let using: i64 = writing!(tx, db => sqlx::query_scalar(SESSIONS_OF_KEY).bind(key).fetch_one(db).await)
        .doing("counting a key's sessions")?;
    if using >= i64::from(most) {
        found.push(Excess::Sessions { limit: most, using });
    }
    if !quota.is_unlimited() {
        let using = key_holds(tx, key).await?;
        if !quota.has_room_for(&using, wanted) {
            found.push(Excess::Keypair { quota, using });
        }
    }
    if let Some(quota) = group_quota(tx, session).await? {
        let using = group_holds(tx, session).await?;
        if !quota.has_room_for(&using, wanted) {
            found.push(Excess::Group { quota, using });
        }
    }
    if let Some(quota) = domain_quota(tx, session).await? {
        let using = domain_holds(tx, session).await?;
        if !quota.has_room_for(&using, wanted) {
            found.push(Excess::Domain { quota, using });
        }
    }
    Ok(found)
}

/// Sessions at once and slots. A key that is gone may hold nothing.
async fn key_limits(tx: &mut Tx, key: &str) -> Result<(i32, Quota), StoreError> {
    let sql = tx.text(
        "SELECT p.max_concurrent_sessions, p.total_resource_slots, p.default_for_unspecified FROM keypairs k \
         JOIN policies p ON p.name = k.resource_policy WHERE k.access_key = $1",
        "SELECT p.max_concurrent_sessions, p.total_resource_slots, p.default_for_unspecified FROM keypairs k \
         JOIN policies p ON p.name = k.resource_policy WHERE k.access_key = $1 FOR NO KEY UPDATE OF k",
    );
    let row: Option<(i64, String, String)> =
        writing!(tx, db => sqlx::query_as(sql).bind(key).fetch_optional(db).await).doing("reading a key's limits")?;
    let Some((most, limit, unlisted)) = row else {
        return Ok((0, Quota { limit: Slots::default(), unlisted: DefaultForUnspecified::Limited }));
    };
    let unlisted = match unlisted.as_str() {
        "LIMITED" => DefaultForUnspecified::Limited,
        "UNLIMITED" => DefaultForUnspecified::Unlimited,
        other => return Err(corrupt("default for unspecified slots", &key, &other)),
    };
    Ok((small(most), Quota { limit: slots(&limit, &key)?, unlisted }))
}

/// A project's quota if it limits anything; then its row is locked, and read again as it was when
/// the lock was got. `NO KEY`, because rows that refer to it may come and go meanwhile.
async fn group_quota(tx: &mut Tx, session: &Session) -> Result<Option<Quota>, StoreError> {
    let locking = tx.text(GROUP_LIMIT, "SELECT total_resource_slots FROM projects WHERE id = $1 FOR NO KEY UPDATE");
    for sql in [GROUP_LIMIT, locking] {
        let id = session.group_id.0;
        let limit: Option<String> = writing!(tx, db => sqlx::query_scalar(sql).bind(id).fetch_optional(db).await)
            .doing("reading a project's quota")?;
        let Some(quota) = total_quota(limit, &id)? else { return Ok(None) };
        if sql == locking {
            return Ok(Some(quota));
        }
    }
    Ok(None)
}

/// As [`group_quota`].
async fn domain_quota(tx: &mut Tx, session: &Session) -> Result<Option<Quota>, StoreError> {
    let locking = tx.text(DOMAIN_LIMIT, "SELECT total_resource_slots FROM domains WHERE name = $1 FOR NO KEY UPDATE");
    for sql in [DOMAIN_LIMIT, locking] {
        let name = session.domain.as_str();
        let limit: Option<String> = writing!(tx, db => sqlx::query_scalar(sql).bind(name).fetch_optional(db).await)
            .doing("reading a domain's quota")?;
        let Some(quota) = total_quota(limit, &name)? else { return Ok(None) };
        if sql == locking {
            return Ok(Some(quota));
        }
    }
    Ok(None)
}

fn total_quota(limit: Option<String>, subject: &dyn ToString) -> Result<Option<Quota>, StoreError> {
    let limit = limit.map(|limit| slots(&limit, subject)).transpose()?;
    Ok(limit.map(Quota::of_total).filter(|quota| !quota.is_unlimited()))
}

async fn key_holds(tx: &mut Tx, key: &str) -> Result<Slots, StoreError> {
    let held = writing!(tx, db => sqlx::query_scalar(SLOTS_OF_KEY).bind(key).fetch_all(db).await);
    summed(&held.doing("reading what a key holds")?)
}

async fn group_holds(tx: &mut Tx, session: &Session) -> Result<Slots, StoreError> {
    let id = session.group_id.0;
    let held = writing!(tx, db => sqlx::query_scalar(SLOTS_OF_GROUP).bind(id).fetch_all(db).await);
    summed(&held.doing("reading what a project holds")?)
}

async fn domain_holds(tx: &mut Tx, session: &Session) -> Result<Slots, StoreError> {
    let name = session.domain.as_str();
    let held = writing!(tx, db => sqlx::query_scalar(SLOTS_OF_DOMAIN).bind(name).fetch_all(db).await);
    summed(&held.doing("reading what a domain holds")?)
}

/// Sums up; most sessions are of few sizes, so equal texts are read once.
fn summed(held: &[String]) -> Result<Slots, StoreError> {
    let mut counted: std::collections::BTreeMap<&str, u32> = std::collections::BTreeMap::new();
    for text in held {
        *counted.entry(text).or_default() += 1;
    }
    let mut total = Slots::default();
    for (text, count) in counted {
        let all = slots(text, &"a session")?.scale(count);
        let all = all.ok_or_else(|| corrupt("slots", &"a session", &"their sum is too large"))?;
        total = sum(&total, &all, "a session")?;
    }
    Ok(total)
}
