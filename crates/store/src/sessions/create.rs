//! Making and renaming sessions.

use rollcall_model::Timestamp;
use rollcall_model::access::{Create, Permit, Rename, Scope};
use rollcall_model::ids::{AccessKey, SessionId};
use rollcall_model::session::{Kernel, Session};
use rollcall_model::status::Status;
use uuid::Uuid;

use super::advance::locked_session;
use super::announce::{Occasion, announce, event};
use super::read::{bind_scope, scoped};
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
    /// The key has a live session of that name in the domain: this one. Nothing was changed.
    NameTaken(Session),
    /// The key has a live session of that name in another domain. Nothing was changed.
    NameTakenElsewhere,
    /// The owner lost the key, left the domain or was removed since the permit was given, or the project has
    /// left the domain. Nothing was changed.
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
    /// The permit reaches no such session.
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
        retrying!(self.try_create(&permit.scope(), new))
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
        retrying!(self.try_rename(&permit.scope(), session, name, at))
    }

    async fn try_create(&self, scope: &Scope, new: &NewSession) -> Result<CreateOutcome, StoreError> {
        let session = &new.session;
        let mut tx = self.begin().await?;
        if !hold_owner(&mut tx, session).await? {
            return Ok(CreateOutcome::OwnerGone);
        }
        if let Some(holder) = name_holder(&mut tx, &session.access_key, &session.name).await? {
            let taken = session_of(&mut tx, scope, holder).await?.filter(|taken| taken.domain == session.domain);
            return Ok(taken.map_or(CreateOutcome::NameTakenElsewhere, CreateOutcome::NameTaken));
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
        scope: &Scope,
        id: SessionId,
        name: &str,
        at: Timestamp,
    ) -> Result<RenameOutcome, StoreError> {
        let mut tx = self.begin().await?;
        let session = locked_session(&mut tx, scope, id).await?;
        let Some(mut session) = session else { return Ok(RenameOutcome::Gone) };
        if session.status != Status::Running {
            return Ok(RenameOutcome::NotRunning);
        }
        if name_holder(&mut tx, &session.access_key, name).await?.is_some_and(|other| other != id) {
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

/// Whether the key is still its person's, and person and project still of the domain. On PostgreSQL their
/// rows are held until the session is there, so that nobody removes or moves them in between.
async fn hold_owner(tx: &mut Tx, session: &Session) -> Result<bool, StoreError> {
    let sql = tx.text(
        "SELECT k.access_key FROM keypairs k JOIN users u ON u.id = k.user_id \
         JOIN projects p ON p.domain_name = u.domain_name \
         WHERE k.access_key = $1 AND u.id = $2 AND u.domain_name = $3 AND p.id = $4",
        "SELECT k.access_key FROM keypairs k JOIN users u ON u.id = k.user_id \
         JOIN projects p ON p.domain_name = u.domain_name \
         WHERE k.access_key = $1 AND u.id = $2 AND u.domain_name = $3 AND p.id = $4 FOR KEY SHARE",
    );
    let (key, domain) = (session.access_key.as_str(), session.domain.as_str());
    let (owner, project) = (session.user_id.0, session.group_id.0);
    let held: Option<String> = writing!(tx, db => {
        sqlx::query_scalar(sql).bind(key).bind(owner).bind(domain).bind(project).fetch_optional(db).await
    })
    .doing("holding the owner and the project of a new session")?;
    Ok(held.is_some())
}

/// Which live session of the key has the name, in whatever domain: names are unique among them. No more
/// than the id: what it is, only a scope finds.
async fn name_holder(tx: &mut Tx, key: &AccessKey, name: &str) -> Result<Option<SessionId>, StoreError> {
    let sql = "SELECT id FROM sessions WHERE access_key = $1 AND name = $2 AND status NOT IN (10, 12)";
    let id = writing!(tx, db => {
        sqlx::query_scalar::<_, Uuid>(sql).bind(key.as_str()).bind(name).fetch_optional(db).await
    });
    Ok(id.doing("looking for a live session of that name")?.map(SessionId))
}

async fn session_of(tx: &mut Tx, scope: &Scope, id: SessionId) -> Result<Option<Session>, StoreError> {
    let sql = scoped!(select_sessions, "s.id = $1");
    let row = writing!(tx, db => {
        bind_scope!(sqlx::query_as::<_, SessionRow>(sql).bind(id.0), scope).fetch_optional(db).await
    });
    row.doing("reading the session of that name")?.map(SessionRow::session).transpose()
}
