//! Totals of the list: signed rows inserted with each change and folded later. No session's
//! transaction updates a row that others share.
//!
//! Two families: by domain and status, which is small, and by project, key and status, for the
//! scopes that need it.

use rollcall_model::access::System;
use rollcall_model::resources::Superintend;
use rollcall_model::session::Session;
use rollcall_model::status::Status;
use sqlx::{Postgres, Transaction};
use uuid::Uuid;

use crate::codec::rank;
use crate::engine::{Tx, reading, run, writing};
use crate::error::Doing;
use crate::{Store, StoreError};

/// A total that is not what counting gives.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Mismatch {
    /// Which total, in words.
    pub subject: String,
    /// By the counters.
    pub counter: i64,
    /// By counting.
    pub counted: i64,
}

/// Counts a session that left one status for another, or is new.
pub(crate) async fn count(tx: &mut Tx, session: &Session, from: Option<Status>, to: Status) -> Result<(), StoreError> {
    if let Some(from) = from {
        count_one(tx, session, from, -1).await?;
    }
    count_one(tx, session, to, 1).await
}

async fn count_one(tx: &mut Tx, session: &Session, status: Status, amount: i64) -> Result<(), StoreError> {
    let counted = (session.domain.as_str(), session.group_id.0, session.access_key.as_str(), rank(status));
    count_many(tx, counted, amount).await
}

/// Counts sessions of one domain, project, key and status (by its rank).
pub(crate) async fn count_many(
    tx: &mut Tx,
    (domain, group, key, status): (&str, Uuid, &str, i64),
    amount: i64,
) -> Result<(), StoreError> {
    run!(
        tx,
        "counting a session",
        "INSERT INTO counts_by_domain (domain_name, status, amount) VALUES ($1, $2, $3)",
        domain,
        status,
        amount,
    )?;
    run!(
        tx,
        "counting a session",
        "INSERT INTO counts_by_owner (domain_name, group_id, access_key, status, amount) VALUES ($1, $2, $3, $4, $5)",
        domain,
        group,
        key,
        status,
        amount,
    )
    .map(|_| ())
}

/// One statement deletes and inserts, so that a reader sees all rows of a total or their sum, and
/// rows of transactions still open are left alone.
const FOLD_DOMAINS_POSTGRES: &str = "WITH many AS (SELECT domain_name, status FROM counts_by_domain \
     GROUP BY domain_name, status HAVING COUNT(*) > 1), \
     gone AS (DELETE FROM counts_by_domain c USING many m \
     WHERE c.domain_name = m.domain_name AND c.status = m.status RETURNING c.domain_name, c.status, c.amount) \
     INSERT INTO counts_by_domain (domain_name, status, amount) \
     SELECT domain_name, status, CAST(SUM(amount) AS BIGINT) FROM gone GROUP BY domain_name, status \
     HAVING SUM(amount) <> 0";

const FOLD_OWNERS_POSTGRES: &str = "WITH many AS (SELECT domain_name, group_id, access_key, status \
     FROM counts_by_owner GROUP BY domain_name, group_id, access_key, status HAVING COUNT(*) > 1), \
     gone AS (DELETE FROM counts_by_owner c USING many m WHERE c.domain_name = m.domain_name \
     AND c.group_id = m.group_id AND c.access_key = m.access_key AND c.status = m.status \
     RETURNING c.domain_name, c.group_id, c.access_key, c.status, c.amount) \
     INSERT INTO counts_by_owner (domain_name, group_id, access_key, status, amount) \
     SELECT domain_name, group_id, access_key, status, CAST(SUM(amount) AS BIGINT) FROM gone \
     GROUP BY domain_name, group_id, access_key, status HAVING SUM(amount) <> 0";

/// The writer is alone: insert the sums, delete what they replace.
const FOLD_SQLITE: [[&str; 2]; 2] = [
    [
        "INSERT INTO counts_by_domain (domain_name, status, amount) \
         SELECT domain_name, status, SUM(amount) FROM counts_by_domain WHERE id <= $1 \
         GROUP BY domain_name, status HAVING SUM(amount) <> 0",
        "DELETE FROM counts_by_domain WHERE id <= $1",
    ],
    [
        "INSERT INTO counts_by_owner (domain_name, group_id, access_key, status, amount) \
         SELECT domain_name, group_id, access_key, status, SUM(amount) FROM counts_by_owner WHERE id <= $1 \
         GROUP BY domain_name, group_id, access_key, status HAVING SUM(amount) <> 0",
        "DELETE FROM counts_by_owner WHERE id <= $1",
    ],
];

/// One statement again: what it counts and what it removes are of one moment, and what others change
/// meanwhile comes on top of both.
const RECOUNT_POSTGRES: [&str; 2] = [
    "WITH gone AS (DELETE FROM counts_by_domain) INSERT INTO counts_by_domain (domain_name, status, amount) \
     SELECT domain_name, status, COUNT(*) FROM sessions GROUP BY domain_name, status",
    "WITH gone AS (DELETE FROM counts_by_owner) \
     INSERT INTO counts_by_owner (domain_name, group_id, access_key, status, amount) \
     SELECT domain_name, group_id, access_key, status, COUNT(*) FROM sessions \
     GROUP BY domain_name, group_id, access_key, status",
];

const RECOUNT_SQLITE: [&str; 4] = [
    "DELETE FROM counts_by_domain",
    "INSERT INTO counts_by_domain (domain_name, status, amount) \
     SELECT domain_name, status, COUNT(*) FROM sessions GROUP BY domain_name, status",
    "DELETE FROM counts_by_owner",
    "INSERT INTO counts_by_owner (domain_name, group_id, access_key, status, amount) \
     SELECT domain_name, group_id, access_key, status, COUNT(*) FROM sessions \
     GROUP BY domain_name, group_id, access_key, status",
];

/// Any number will do, as long as nothing else in the database takes it. Folding and recounting take
/// turns: one would not see the rows that the other has just put in place of those it removed.
const FOLDER: i64 = 0x0072_6f6c_666f_6c64;

const NEWEST_COUNT: [&str; 2] =
    ["SELECT COALESCE(MAX(id), 0) FROM counts_by_domain", "SELECT COALESCE(MAX(id), 0) FROM counts_by_owner"];

const COMPARE_DOMAINS: &str = "SELECT 'domain ' || domain_name || ', status ' || status AS subject, \
     CAST(SUM(counter) AS BIGINT) AS counter, CAST(SUM(counted) AS BIGINT) AS counted FROM ( \
     SELECT domain_name, status, amount AS counter, 0 AS counted FROM counts_by_domain \
     UNION ALL SELECT domain_name, status, 0, 1 FROM sessions) AS both_ways \
     GROUP BY domain_name, status HAVING SUM(counter) <> SUM(counted) ORDER BY 1";

const COMPARE_OWNERS: &str = "SELECT 'domain ' || domain_name || ', key ' || access_key || ', status ' || status \
     AS subject, CAST(SUM(counter) AS BIGINT) AS counter, CAST(SUM(counted) AS BIGINT) AS counted FROM ( \
     SELECT domain_name, group_id, access_key, status, amount AS counter, 0 AS counted FROM counts_by_owner \
     UNION ALL SELECT domain_name, group_id, access_key, status, 0, 1 FROM sessions) AS both_ways \
     GROUP BY domain_name, group_id, access_key, status HAVING SUM(counter) <> SUM(counted) ORDER BY 1";

impl Store {
    /// Merges the rows of each total into one.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn fold_counters(&self, _system: System) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        match &mut tx {
            Tx::Postgres(postgres) => {
                take_turn(postgres).await?;
                for sql in [FOLD_DOMAINS_POSTGRES, FOLD_OWNERS_POSTGRES] {
                    sqlx::query(sql).execute(&mut **postgres).await.doing("folding counters")?;
                }
            }
            Tx::Sqlite(_) => {
                for (newest, [insert, delete]) in NEWEST_COUNT.into_iter().zip(FOLD_SQLITE) {
                    let newest: i64 = writing!(&mut tx, db => sqlx::query_scalar(newest).fetch_one(db).await)
                        .doing("folding counters")?;
                    run!(&mut tx, "folding counters", insert, newest)?;
                    run!(&mut tx, "folding counters", delete, newest)?;
                }
            }
        }
        tx.commit().await
    }

    /// Counts every total anew: which ones were wrong.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn recount(&self, _may: Superintend) -> Result<Vec<Mismatch>, StoreError> {
        let wrong = self.mismatches().await?;
        let mut tx = self.begin().await?;
        match &mut tx {
            Tx::Postgres(postgres) => {
                take_turn(postgres).await?;
                for sql in RECOUNT_POSTGRES {
                    sqlx::query(sql).execute(&mut **postgres).await.doing("counting anew")?;
                }
            }
            Tx::Sqlite(sqlite) => {
                for sql in RECOUNT_SQLITE {
                    sqlx::query(sql).execute(&mut **sqlite).await.doing("counting anew")?;
                }
            }
        }
        tx.commit().await?;
        Ok(wrong)
    }

    /// Compares every total with counting; empty when all agree.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn counters_match(&self, _system: System) -> Result<Vec<Mismatch>, StoreError> {
        self.mismatches().await
    }

    async fn mismatches(&self) -> Result<Vec<Mismatch>, StoreError> {
        let mut found = Vec::new();
        for sql in [COMPARE_DOMAINS, COMPARE_OWNERS] {
            let rows = reading!(self, db => sqlx::query_as::<_, Mismatch>(sql).fetch_all(db).await);
            found.extend(rows.doing("comparing counters")?);
        }
        Ok(found)
    }
}

/// A statement of its own: the next one's snapshot is taken when the one before has committed.
async fn take_turn(tx: &mut Transaction<'static, Postgres>) -> Result<(), StoreError> {
    let locked = sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(FOLDER).execute(&mut **tx).await;
    locked.map(|_| ()).doing("taking the turn to fold counters")
}
