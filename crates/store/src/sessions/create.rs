//! Making and renaming sessions.

use rollcall_model::access::{Create, Permit, Rename};
use rollcall_model::ids::{AccessKey, SessionId};
use rollcall_model::session::{Kernel, Session};
use rollcall_model::status::Status;

use super::announce::{Occasion, announce};
use super::rows::{SessionRow, select_sessions};
use super::write::{insert_history, insert_kernel, insert_session};
use crate::codec::rank;
use crate::counters::count;
use crate::engine::{Tx, retrying, run, writing};
use crate::error::Doing;
use crate::founding::HistoryEntry;
use crate::{Store, StoreError};

/// A session to be made, PENDING, with its kernels.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The session. Owner key, person and domain must be the permit's; e-mail and project name are
    /// not stored with it.
    pub session: Session,
    /// Its kernels, the main one first.
    pub kernels: Vec<Kernel>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub enum CreateOutcome {
    /// Made.
    Created,
    /// The key has a live session of that name: this one. Nothing was changed.
    NameTaken(Session),
    /// The owner lost the key, left the domain or was removed since the permit was given. Nothing was
    /// changed.
    OwnerGone,
}

/// What came of renaming.
#[derive(Clone, Debug, PartialEq)]
pub enum RenameOutcome {
    /// Renamed.
    Renamed,
    /// The key has a live session of that name. Nothing was changed.
    NameTaken,
    /// The session is not RUNNING. Nothing was changed.
    NotRunning,
    /// The permit's key has no such session.
    Gone,
}

impl Store {
    /// Writes a PENDING session with kernels, history, counters and event.
    ///
    /// # Errors
    /// [`StoreError::Query`]; [`StoreError::NotTheirs`] when the session is not of the permit's key.
    pub async fn create_session(&self, permit: &Permit<Create>, new: &NewSession) -> Result<CreateOutcome, StoreError> {
        let (owner, session) = (permit.owner(), &new.session);
        if session.access_key != owner.access_key || session.user_id != owner.user_id {
            return Err(StoreError::NotTheirs);
        }
        retrying!(self.try_create(new))
    }

    /// Gives a RUNNING session another name.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn rename_session(
        &self,
        permit: &Permit<Rename>,
        session: SessionId,
        name: &str,
    ) -> Result<RenameOutcome, StoreError> {
        retrying!(self.try_rename(&permit.owner().access_key, session, name))
    }

    async fn try_create(&self, new: &NewSession) -> Result<CreateOutcome, StoreError> {
        let session = &new.session;
        let mut tx = self.begin().await?;
        if !hold_owner(&mut tx, session).await? {
            return Ok(CreateOutcome::OwnerGone);
        }
        if let Some(taken) = live_by_name(&mut tx, &session.access_key, &session.name).await? {
            return Ok(CreateOutcome::NameTaken(taken));
        }
        insert_session(&mut tx, session).await?;
        for kernel in &new.kernels {
            insert_kernel(&mut tx, kernel).await?;
        }
        let at = session.created_at;
        let born = HistoryEntry { step: None, from: None, to: session.status, reason: None, at };
        insert_history(&mut tx, session.id, &born).await?;
        count(&mut tx, session, None, session.status).await?;
        announce(&mut tx, session, &new.kernels, &Occasion { step: None, reason: "", result: None, at }).await?;
        self.commit(tx).await?;
        Ok(CreateOutcome::Created)
    }

    async fn try_rename(&self, key: &AccessKey, id: SessionId, name: &str) -> Result<RenameOutcome, StoreError> {
        let mut tx = self.begin().await?;
        let sql = tx.text(
            "SELECT status FROM sessions WHERE id = $1 AND access_key = $2",
            "SELECT status FROM sessions WHERE id = $1 AND access_key = $2 FOR UPDATE",
        );
        let status: Option<i64> = writing!(&mut tx, db => {
            sqlx::query_scalar(sql).bind(id.0).bind(key.as_str()).fetch_optional(db).await
        })
        .doing("reading the session to rename")?;
        match status {
            None => return Ok(RenameOutcome::Gone),
            Some(status) if status != rank(Status::Running) => return Ok(RenameOutcome::NotRunning),
            Some(_) => {}
        }
        if live_by_name(&mut tx, key, name).await?.is_some_and(|other| other.id != id) {
            return Ok(RenameOutcome::NameTaken);
        }
        run!(&mut tx, "renaming a session", "UPDATE sessions SET name = $2 WHERE id = $1", id.0, name)?;
        self.commit(tx).await?;
        Ok(RenameOutcome::Renamed)
    }
}

/// Whether the key is still its person's, and the person still of the domain. On PostgreSQL the
/// key's row is held until the session is there, so that nobody removes it in between.
async fn hold_owner(tx: &mut Tx, session: &Session) -> Result<bool, StoreError> {
    let sql = tx.text(
        "SELECT k.access_key FROM keypairs k JOIN users u ON u.id = k.user_id \
         WHERE k.access_key = $1 AND u.id = $2 AND u.domain_name = $3",
        "SELECT k.access_key FROM keypairs k JOIN users u ON u.id = k.user_id \
         WHERE k.access_key = $1 AND u.id = $2 AND u.domain_name = $3 FOR KEY SHARE",
    );
    let (key, domain) = (session.access_key.as_str(), session.domain.as_str());
    let owner: Option<String> = writing!(tx, db => {
        sqlx::query_scalar(sql).bind(key).bind(session.user_id.0).bind(domain).fetch_optional(db).await
    })
    .doing("holding the owner of a new session")?;
    Ok(owner.is_some())
}

async fn live_by_name(tx: &mut Tx, key: &AccessKey, name: &str) -> Result<Option<Session>, StoreError> {
    let sql = select_sessions!("WHERE s.access_key = $1 AND s.name = $2 AND s.status NOT IN (10, 12)");
    let row = writing!(tx, db => {
        sqlx::query_as::<_, SessionRow>(sql).bind(key.as_str()).bind(name).fetch_optional(db).await
    });
    row.doing("looking for a live session of that name")?.map(SessionRow::session).transpose()
}
