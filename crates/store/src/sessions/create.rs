//! Making and renaming sessions.

use rollcall_model::Timestamp;
use rollcall_model::access::{Create, Permit, Rename};
use rollcall_model::ids::{AccessKey, SessionId};
use rollcall_model::session::{Kernel, Session};
use rollcall_model::status::Status;

use super::advance::locked_session;
use super::announce::{Occasion, announce, event};
use super::rows::{SessionRow, select_sessions};
use super::write::{insert_history, insert_kernel, insert_session};
use crate::counters::count;
use crate::engine::{Tx, retrying, run, writing};
use crate::error::Doing;
use crate::events::insert_event;
use crate::founding::HistoryEntry;
use crate::{Store, StoreError};

/// Tells that a session has another name. Rollcall's own; not among the events that the API relays.
pub const RENAMED: &str = "session_renamed";

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

    /// Gives a RUNNING session another name, with an event.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn rename_session(
        &self,
        permit: &Permit<Rename>,
        session: SessionId,
        name: &str,
        at: Timestamp,
    ) -> Result<RenameOutcome, StoreError> {
        retrying!(self.try_rename(&permit.owner().access_key, session, name, at))
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

    async fn try_rename(
        &self,
        key: &AccessKey,
        id: SessionId,
        name: &str,
        at: Timestamp,
    ) -> Result<RenameOutcome, StoreError> {
        let mut tx = self.begin().await?;
        let session = locked_session(&mut tx, id).await?;
        let Some(mut session) = session.filter(|session| session.access_key == *key) else {
            return Ok(RenameOutcome::Gone);
        };
        if session.status != Status::Running {
            return Ok(RenameOutcome::NotRunning);
        }
        if live_by_name(&mut tx, key, name).await?.is_some_and(|other| other.id != id) {
            return Ok(RenameOutcome::NameTaken);
        }
        run!(&mut tx, "renaming a session", "UPDATE sessions SET name = $2 WHERE id = $1", id.0, name)?;
        name.clone_into(&mut session.name);
        let occasion = Occasion { step: None, reason: "", result: None, at };
        insert_event(&mut tx, &event(RENAMED, &session, None, &occasion)).await?;
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
