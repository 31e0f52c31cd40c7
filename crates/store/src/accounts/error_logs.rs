//! The error log: added to, read by page, marked, cleared. No person has more than so many entries.

use rollcall_model::Timestamp;
use rollcall_model::error_log::{ErrorLog, KEPT, Report, Severity};
use rollcall_model::ids::UserId;
use rollcall_model::own::{OwnAccount, SeeErrorLogs};
use uuid::Uuid;

use crate::codec::{corrupt, micros, moment, parsed};
use crate::engine::{Tx, reading, retrying, run};
use crate::error::Doing;
use crate::{Store, StoreError};

/// Selects the entries that one may see, the newest first; the owner is `$3` where there is one.
macro_rules! select_logs {
    ($whose:literal) => {
        concat!(
            "SELECT l.id, l.created_at, l.severity, l.source, l.user_id, l.is_read, l.is_cleared, l.message, \
             l.context_lang, l.context_env, l.request_url, l.request_status, l.traceback FROM error_logs l ",
            $whose,
            " ORDER BY l.created_at DESC, l.id DESC LIMIT $1 OFFSET $2"
        )
    };
}

#[derive(sqlx::FromRow)]
struct LogRow {
    id: Uuid,
    created_at: i64,
    severity: String,
    source: String,
    user_id: Option<Uuid>,
    is_read: bool,
    is_cleared: bool,
    message: String,
    context_lang: String,
    context_env: String,
    request_url: Option<String>,
    request_status: Option<i64>,
    traceback: Option<String>,
}

impl LogRow {
    fn log(self) -> Result<ErrorLog, StoreError> {
        let severity = Severity::parse(&self.severity);
        let report = Report {
            severity: severity.ok_or_else(|| corrupt("severity", &self.id, &self.severity))?,
            source: self.source,
            message: self.message,
            context_lang: self.context_lang,
            context_env: parsed(&self.context_env, "surroundings", &self.id)?,
            request_url: self.request_url,
            request_status: self.request_status,
            traceback: self.traceback,
        };
        Ok(ErrorLog {
            id: self.id,
            created_at: moment(self.created_at),
            user: self.user_id.map(UserId),
            is_read: self.is_read,
            is_cleared: self.is_cleared,
            report,
        })
    }
}

impl Store {
    /// Adds an entry of one's own. Beyond [`KEPT`], the oldest goes.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn add_error_log(&self, own: &OwnAccount, report: &Report, at: Timestamp) -> Result<Uuid, StoreError> {
        let id = Uuid::now_v7();
        retrying!(self.try_add_error_log(own.user(), id, report, at))?;
        Ok(id)
    }

    async fn try_add_error_log(
        &self,
        user: UserId,
        id: Uuid,
        report: &Report,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        alone(&mut tx, user).await?;
        run!(
            &mut tx,
            "writing an error log",
            "INSERT INTO error_logs (id, created_at, severity, source, user_id, is_read, is_cleared, message, \
             context_lang, context_env, request_url, request_status, traceback) \
             VALUES ($1, $2, $3, $4, $5, FALSE, FALSE, $6, $7, $8, $9, $10, $11)",
            id,
            micros(at),
            report.severity.as_str(),
            report.source.as_str(),
            user.0,
            report.message.as_str(),
            report.context_lang.as_str(),
            report.context_env.to_string(),
            report.request_url.as_deref(),
            report.request_status,
            report.traceback.as_deref(),
        )?;
        let sql = "DELETE FROM error_logs WHERE user_id = $1 AND id NOT IN \
                   (SELECT id FROM error_logs WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2)";
        run!(&mut tx, "dropping old error logs", sql, user.0, KEPT)?;
        tx.commit().await
    }

    /// A page of the entries that one may see, as they were, and how many there are in all. With
    /// `mark_read` those of the page are marked.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Corrupt`].
    pub async fn error_logs(
        &self,
        see: &SeeErrorLogs,
        limit: i64,
        offset: i64,
        mark_read: bool,
    ) -> Result<(Vec<ErrorLog>, i64), StoreError> {
        let rows = self.log_rows(see, limit, offset).await?;
        let count = self.count_logs(see).await?;
        if mark_read && rows.iter().any(|row| !row.is_read) {
            let mut tx = self.begin().await?;
            for row in rows.iter().filter(|row| !row.is_read) {
                let sql = "UPDATE error_logs SET is_read = TRUE WHERE id = $1";
                run!(&mut tx, "marking an error log", sql, row.id)?;
            }
            tx.commit().await?;
        }
        Ok((rows.into_iter().map(LogRow::log).collect::<Result<_, _>>()?, count))
    }

    async fn log_rows(&self, see: &SeeErrorLogs, limit: i64, offset: i64) -> Result<Vec<LogRow>, StoreError> {
        let rows = match (see.user(), see.domain()) {
            (Some(user), _) => {
                let sql = select_logs!("WHERE l.user_id = $3 AND NOT l.is_cleared");
                reading!(self, db => {
                    sqlx::query_as(sql).bind(limit).bind(offset).bind(user.0).fetch_all(db).await
                })
            }
            (None, Some(domain)) => {
                let sql = select_logs!("JOIN users u ON u.id = l.user_id WHERE u.domain_name = $3");
                reading!(self, db => {
                    sqlx::query_as(sql).bind(limit).bind(offset).bind(domain.as_str()).fetch_all(db).await
                })
            }
            (None, None) => {
                let sql = select_logs!("");
                reading!(self, db => sqlx::query_as(sql).bind(limit).bind(offset).fetch_all(db).await)
            }
        };
        rows.doing("reading error logs")
    }

    async fn count_logs(&self, see: &SeeErrorLogs) -> Result<i64, StoreError> {
        let count = match (see.user(), see.domain()) {
            (Some(user), _) => {
                let sql = "SELECT COUNT(*) FROM error_logs WHERE user_id = $1 AND NOT is_cleared";
                reading!(self, db => sqlx::query_scalar(sql).bind(user.0).fetch_one(db).await)
            }
            (None, Some(domain)) => {
                let sql = "SELECT COUNT(*) FROM error_logs l JOIN users u ON u.id = l.user_id WHERE u.domain_name = $1";
                reading!(self, db => sqlx::query_scalar(sql).bind(domain.as_str()).fetch_one(db).await)
            }
            (None, None) => {
                reading!(self, db => sqlx::query_scalar("SELECT COUNT(*) FROM error_logs").fetch_one(db).await)
            }
        };
        count.doing("counting error logs")
    }

    /// Clears an entry, again if need be; `false` if there is none that one may see.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn clear_error_log(&self, see: &SeeErrorLogs, id: Uuid) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let cleared = match (see.user(), see.domain()) {
            (Some(user), _) => {
                let sql = "UPDATE error_logs SET is_cleared = TRUE WHERE id = $1 AND user_id = $2";
                run!(&mut tx, "clearing an error log", sql, id, user.0)?
            }
            (None, Some(domain)) => {
                let sql = "UPDATE error_logs SET is_cleared = TRUE WHERE id = $1 AND user_id IN \
                           (SELECT id FROM users WHERE domain_name = $2)";
                run!(&mut tx, "clearing an error log", sql, id, domain.as_str())?
            }
            (None, None) => {
                let sql = "UPDATE error_logs SET is_cleared = TRUE WHERE id = $1";
                run!(&mut tx, "clearing an error log", sql, id)?
            }
        };
        tx.commit().await?;
        Ok(cleared > 0)
    }
}

/// Waits until nobody else adds entries of this person: the bound is exact.
async fn alone(tx: &mut Tx, user: UserId) -> Result<(), StoreError> {
    // On SQLite the transaction is the only one that writes.
    let sql = tx.text("SELECT $1", "SELECT pg_advisory_xact_lock(hashtextextended($1, 4))");
    run!(tx, "having error logs for oneself", sql, user.to_string()).map(|_| ())
}
