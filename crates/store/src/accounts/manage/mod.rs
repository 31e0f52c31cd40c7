//! Changing people and what belongs to them. Each function is one transaction and takes the proof
//! that its caller may (`rollcall_model::manage`).
//!
//! Changes of accounts are rare, so they take turns on either engine: what one has looked for inside
//! its transaction still holds when it writes. Unique and foreign keys are asked before writing, so
//! that a [`crate::Refusal`] says the same on both engines; the database's own constraints stand
//! behind that.

pub mod domains;
pub mod groups;
pub mod keypairs;
pub mod members;
pub mod policies;
pub mod presets;
pub mod purge;
pub mod resource_groups;
pub mod users;

use rollcall_model::access::System;

use crate::codec::storable;
use crate::engine::{Tx, reading, run, writing};
use crate::error::Doing;
use crate::refusal::{Integrity, Refusal};
use crate::{Store, StoreError};

/// Any number will do, as long as nothing else in the database takes it.
pub(crate) const TURN: i64 = 0x0072_6f6c_7065_6f70;

/// A key that can change everything: active, administrative and not throttled to nothing, of an
/// active superadmin in an active domain.
const SOMEONE_IS_LEFT: &str = "SELECT EXISTS (SELECT 1 FROM keypairs k JOIN users u ON u.id = k.user_id \
    JOIN domains d ON d.name = u.domain_name WHERE k.is_active AND k.is_admin AND k.rate_limit > 0 \
    AND u.status = 'active' AND u.role = 'superadmin' AND d.is_active)";

/// Whether a row exists, inside a transaction. The statement is a `SELECT EXISTS`.
macro_rules! exists {
    ($tx:expr, $act:literal, $sql:expr, $($value:expr),+ $(,)?) => {
        $crate::error::Doing::doing(
            $crate::engine::writing!($tx, db => {
                sqlx::query_scalar::<_, bool>($sql)$(.bind($value))+.fetch_one(db).await
            }),
            $act,
        )
    };
}
pub(crate) use exists;

impl Store {
    /// A transaction that changes accounts: one at a time.
    pub(crate) async fn begin_accounts(&self) -> Result<Tx, StoreError> {
        let mut tx = self.begin().await?;
        if let Tx::Postgres(tx) = &mut tx {
            let locked = sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(TURN).execute(&mut **tx).await;
            locked.map(|_| ()).doing("taking the turn to change accounts")?;
        }
        Ok(tx)
    }

    /// Commits, unless nobody would be left who can change anything.
    pub(crate) async fn commit_accounts(&self, mut tx: Tx) -> Result<(), StoreError> {
        let left = writing!(&mut tx, db => sqlx::query_scalar::<_, bool>(SOMEONE_IS_LEFT).fetch_one(db).await);
        if !left.doing("looking for a superadmin")? {
            return Err(Refusal::LastSuperadmin.into());
        }
        run!(&mut tx, "counting changes of accounts", COUNT_CHANGE, "accounts_changes")?;
        self.commit(tx).await?;
        self.accounts_changed();
        Ok(())
    }

    /// Wakes when accounts have changed, by this process, or by another one that [`Store::accounts_change`]
    /// has seen. The value only says "judge again".
    #[must_use]
    pub fn watch_accounts(&self) -> tokio::sync::watch::Receiver<u64> {
        self.account_changes().subscribe()
    }

    /// Tells those who watch that accounts have changed.
    pub fn accounts_changed(&self) {
        self.account_changes().send_modify(|changes| *changes += 1);
    }

    /// A text that is another one after each change of accounts, whoever made it.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn accounts_change(&self, _system: System) -> Result<Option<String>, StoreError> {
        let sql = "SELECT value FROM settings WHERE name = 'accounts_changes'";
        let value = reading!(self, db => sqlx::query_scalar::<_, String>(sql).fetch_optional(db).await);
        value.doing("looking for changes of accounts")
    }
}

const COUNT_CHANGE: &str = "INSERT INTO settings (name, value) VALUES ($1, '1') \
    ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(settings.value AS BIGINT) + 1 AS TEXT)";

/// What strangers to the database name, no row has.
pub(crate) fn known(text: &str) -> Result<&str, StoreError> {
    if storable(text) { Ok(text) } else { Err(Refusal::NoMatch.into()) }
}

/// Refuses what cannot be done `before` sessions are over.
pub(crate) fn none_active(active: i64, whose: &str, before: &str) -> Result<(), StoreError> {
    if active == 0 {
        return Ok(());
    }
    let sessions = if active == 1 { "session" } else { "sessions" };
    Err(Refusal::InUse(format!("{whose} has {active} active {sessions}: terminate before {before}")).into())
}

/// Refuses a move to `$domain` while sessions go on outside of it: a session stays in the domain that it was
/// made in, where its owner, once moved, neither finds nor ends it. The row that is to be moved is held, so
/// that none is made meanwhile. The statement counts.
macro_rules! none_left_behind {
    ($tx:expr, $whose:literal, $sql:literal, $id:expr, $domain:expr) => {{
        let active = $crate::engine::writing!($tx, db => {
            sqlx::query_scalar::<_, i64>($sql).bind($id).bind($domain).fetch_one(db).await
        });
        let active = $crate::error::Doing::doing(active, "looking for sessions that would be left behind")?;
        $crate::accounts::manage::none_active(active, $whose, "moving to another domain")
    }};
}
pub(crate) use none_left_behind;

/// A foreign key whose row is not there.
pub(crate) fn missing(
    table: &'static str,
    constraint: &'static str,
    column: &'static str,
    value: &dyn ToString,
    wanted: &'static str,
) -> StoreError {
    Integrity::Missing { table, constraint, column, value: value.to_string(), wanted }.into()
}

/// A unique key that is taken.
pub(crate) fn duplicate(constraint: &'static str, columns: &'static str, value: &dyn ToString) -> StoreError {
    Integrity::Duplicate { constraint, columns, value: value.to_string() }.into()
}

/// Refuses a domain that is not there.
pub(crate) async fn need_domain(
    tx: &mut Tx,
    name: &str,
    table: &'static str,
    constraint: &'static str,
) -> Result<(), StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM domains WHERE name = $1)";
    if storable(name) && exists!(tx, "looking for a domain", sql, name)? {
        Ok(())
    } else {
        Err(missing(table, constraint, "domain_name", &name, "domains"))
    }
}
