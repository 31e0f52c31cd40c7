//! The state of the server as a whole: whether it is frozen, its announcement, how many sessions hold
//! machines, and what a superadmin who ends them all looks at.

use rollcall_model::resources::Superintend;
use rollcall_model::session::Session;

use crate::engine::{reading, run};
use crate::error::Doing;
use crate::sessions::rows::{SessionRow, select_sessions, sessions};
use crate::{Store, StoreError};

const ANNOUNCEMENT: &str = "announcement";
/// Present while the server is frozen.
const FROZEN: &str = "frozen";

impl Store {
    /// The announcement, if there is one.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn announcement(&self) -> Result<Option<String>, StoreError> {
        let sql = "SELECT value FROM settings WHERE name = $1";
        let text = reading!(self, db => {
            sqlx::query_scalar::<_, String>(sql).bind(ANNOUNCEMENT).fetch_optional(db).await
        });
        text.doing("reading the announcement")
    }

    /// Sets or takes back the announcement.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn announce(&self, _may: Superintend, message: Option<&str>) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        match message {
            Some(message) => {
                let sql = "INSERT INTO settings (name, value) VALUES ($1, $2) \
                           ON CONFLICT (name) DO UPDATE SET value = excluded.value";
                run!(&mut tx, "writing the announcement", sql, ANNOUNCEMENT, message)?;
            }
            None => {
                let sql = "DELETE FROM settings WHERE name = $1";
                run!(&mut tx, "taking the announcement back", sql, ANNOUNCEMENT)?;
            }
        }
        tx.commit().await
    }

    /// Whether changes are refused for maintenance.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn frozen(&self) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM settings WHERE name = $1)";
        let frozen = reading!(self, db => sqlx::query_scalar::<_, bool>(sql).bind(FROZEN).fetch_one(db).await);
        frozen.doing("reading whether the server is frozen")
    }

    /// Refuses changes from now on, in every process and after every start, or takes them again.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn set_frozen(&self, _may: Superintend, frozen: bool) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let sql = match frozen {
            true => "INSERT INTO settings (name, value) VALUES ($1, '') ON CONFLICT (name) DO NOTHING",
            false => "DELETE FROM settings WHERE name = $1",
        };
        run!(&mut tx, "freezing the server", sql, FROZEN)?;
        tx.commit().await
    }

    /// How many sessions hold slots of a machine, in all. Anybody may know that number.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn active_sessions(&self) -> Result<i64, StoreError> {
        // All but PENDING (0), TERMINATED (10) and CANCELLED (12).
        let sql =
            "SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM counts_by_domain WHERE status NOT IN (0, 10, 12)";
        reading!(self, db => sqlx::query_scalar::<_, i64>(sql).fetch_one(db).await).doing("counting active sessions")
    }

    /// Every session that is not over, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn live_sessions(&self, _may: Superintend) -> Result<Vec<Session>, StoreError> {
        let sql = select_sessions!("WHERE s.status NOT IN (10, 12) ORDER BY s.created_at, s.id");
        let rows = reading!(self, db => sqlx::query_as::<_, SessionRow>(sql).fetch_all(db).await);
        sessions(rows.doing("reading live sessions")?)
    }
}
