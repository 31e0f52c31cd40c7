//! What idle and lifetime limits count from, the announcement of an end, and its extension.

use std::collections::HashMap;

use chrono::TimeDelta;
use rollcall_model::Timestamp;
use rollcall_model::access::{Extend, Permit, Scope, System};
use rollcall_model::ids::{AgentId, SessionId};
use rollcall_model::limits::{self, End, EndReason, Limits, NotExtended, Rules};
use rollcall_model::session::{Session, SessionTimes, SessionType};
use rollcall_model::status::Status;
use uuid::Uuid;

use super::advance::locked_session;
use super::announce::{Occasion, event};
use super::read::bind_scope;
use super::sign::Sign;
use super::write::insert_history;
use crate::codec::{maybe_micros, maybe_moment, micros, ranked};
use crate::engine::{Engine, Tx, reading, retrying, run, writing};
use crate::error::Doing;
use crate::events::insert_event;
use crate::founding::HistoryEntry;
use crate::{Store, StoreError};

/// Tells that a session is about to end. Rollcall's own; not among the events that the API relays.
pub const ENDING_SOON: &str = "session_ending_soon";
/// Tells that the end of a session was pushed out. Rollcall's own too.
pub const EXTENDED: &str = "session_extended";

/// A running session that a limit may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limited {
    /// Session.
    pub session: SessionId,
    /// Kind.
    pub session_type: SessionType,
    /// What its limits count from.
    pub times: SessionTimes,
    /// The limits of its key's policy.
    pub limits: Limits,
}

/// The limit that brings an end, and what it is judged by besides the row and its policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    /// Which limit.
    pub reason: EndReason,
    /// A sign of life that the store may not know yet.
    pub active: Sign,
    /// Stands for a negative idle timeout.
    pub default_idle: TimeDelta,
}

impl Due {
    /// Whether the limit brings the end of the session, whose row is locked, by `at`.
    pub(super) async fn brings_the_end(
        &self,
        tx: &mut Tx,
        session: &Session,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let end = self.end(tx, session).await?;
        Ok(end.is_some_and(|end| end.reason == self.reason && end.at <= at))
    }

    async fn end(&self, tx: &mut Tx, session: &Session) -> Result<Option<End>, StoreError> {
        let rules = Rules::of(limits_in(tx, session.id).await?, self.default_idle);
        Ok(limits::end(session.session_type, &session.times, &rules, self.active.last()))
    }
}

/// The end that is announced.
#[derive(Clone, Debug, PartialEq)]
pub struct Announcement {
    /// Session.
    pub session: SessionId,
    /// When it ends.
    pub ends_at: Timestamp,
    /// By what.
    pub due: Due,
}

/// What came of an extension.
#[derive(Clone, Debug, PartialEq)]
pub enum ExtendOutcome {
    /// Extended; the session as it is now, and the limits it is under.
    Extended(Session, Limits),
    /// Not, by the policy. Nothing was changed.
    Refused(NotExtended),
    /// The session is not RUNNING. Nothing was changed.
    NotRunning(Status),
    /// The permit reaches no such session.
    Gone,
}

#[derive(sqlx::FromRow)]
struct LimitedRow {
    id: Uuid,
    session_type: i64,
    running_since: Option<i64>,
    last_access: Option<i64>,
    extended_by: i64,
    kept_until: Option<i64>,
    warned_of: Option<i64>,
    idle_timeout: i64,
    max_session_lifetime: i64,
    max_extension: i64,
}

impl LimitedRow {
    fn limited(self) -> Result<Limited, StoreError> {
        Ok(Limited {
            session: SessionId(self.id),
            session_type: ranked(SessionType::ALL, self.session_type, "type", &self.id)?,
            times: SessionTimes {
                running_since: maybe_moment(self.running_since),
                last_access: maybe_moment(self.last_access),
                extended_by: self.extended_by,
                kept_until: maybe_moment(self.kept_until),
                warned_of: maybe_moment(self.warned_of),
            },
            limits: Limits {
                idle_timeout: self.idle_timeout,
                max_session_lifetime: self.max_session_lifetime,
                max_extension: self.max_extension,
            },
        })
    }
}

/// RUNNING (5) sessions of an agent whose policy may end them. Idle is a matter of interactive (0)
/// ones alone.
const LIMITED: &str = "SELECT s.id, s.session_type, s.running_since, s.last_access, s.extended_by, s.kept_until, \
    s.warned_of, p.idle_timeout, p.max_session_lifetime, p.max_extension \
    FROM sessions s JOIN keypairs k ON k.access_key = s.access_key JOIN policies p ON p.name = k.resource_policy \
    WHERE s.status = 5 AND s.agent = $1 \
    AND (p.max_session_lifetime > 0 OR (p.idle_timeout <> 0 AND s.session_type = 0))";

/// A session's limits, by its key's policy; continue with `WHERE`.
macro_rules! select_limits {
    ($($rest:literal),* $(,)?) => {
        concat!(
            "SELECT s.id, p.idle_timeout, p.max_session_lifetime, p.max_extension FROM sessions s \
             JOIN keypairs k ON k.access_key = s.access_key JOIN policies p ON p.name = k.resource_policy ",
            $($rest),*
        )
    };
}

type LimitsRow = (Uuid, i64, i64, i64);

fn limits_of((_, idle_timeout, max_session_lifetime, max_extension): LimitsRow) -> Limits {
    Limits { idle_timeout, max_session_lifetime, max_extension }
}

/// Entering RUNNING is a sign of life; the first time starts the lifetime.
pub(super) async fn enter_running(tx: &mut Tx, session: &mut Session, at: Timestamp) -> Result<(), StoreError> {
    session.times.running_since = session.times.running_since.or(Some(at));
    session.times.last_access = Some(at);
    write_times(tx, session).await
}

async fn write_times(tx: &mut Tx, session: &Session) -> Result<(), StoreError> {
    let times = &session.times;
    run!(
        tx,
        "writing a session's times",
        "UPDATE sessions SET running_since = $2, last_access = $3, extended_by = $4, kept_until = $5, \
         warned_of = $6 WHERE id = $1",
        session.id.0,
        maybe_micros(times.running_since),
        maybe_micros(times.last_access),
        times.extended_by,
        maybe_micros(times.kept_until),
        maybe_micros(times.warned_of),
    )
    .map(|_| ())
}

/// The limits that a session is under.
async fn limits_in(tx: &mut Tx, session: SessionId) -> Result<Limits, StoreError> {
    let sql = select_limits!("WHERE s.id = $1");
    let row = writing!(tx, db => sqlx::query_as::<_, LimitsRow>(sql).bind(session.0).fetch_optional(db).await);
    Ok(row.doing("reading the limits of a session")?.map(limits_of).unwrap_or_default())
}

impl Store {
    /// Running sessions of an agent that idle or lifetime limits may end.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn limited_sessions(&self, _system: System, agent: &AgentId) -> Result<Vec<Limited>, StoreError> {
        let agent = agent.as_str();
        let rows = reading!(self, db => sqlx::query_as::<_, LimitedRow>(LIMITED).bind(agent).fetch_all(db).await);
        rows.doing("reading sessions with limits")?.into_iter().map(LimitedRow::limited).collect()
    }

    /// The limits of sessions inside the scope.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn limits_of(
        &self,
        scope: &Scope,
        sessions: &[SessionId],
    ) -> Result<HashMap<SessionId, Limits>, StoreError> {
        let rows = match self.engine() {
            Engine::Sqlite { readers, .. } => {
                let ids: Vec<String> = sessions.iter().map(|id| id.0.simple().to_string()).collect();
                let sql = select_limits!(
                    "WHERE s.id IN (SELECT unhex(value) FROM json_each($1)) AND ($2 IS NULL OR s.domain_name = $2) \
                     AND ($3 IS NULL OR s.group_id = $3) AND ($4 IS NULL OR s.access_key = $4) \
                     AND ($5 IS NULL OR s.user_id = $5)"
                );
                let query = sqlx::query_as::<_, LimitsRow>(sql).bind(crate::codec::text(&ids));
                bind_scope!(query, scope).fetch_all(readers).await
            }
            Engine::Postgres(pool) => {
                let ids: Vec<Uuid> = sessions.iter().map(|id| id.0).collect();
                let sql = select_limits!(
                    "WHERE s.id = ANY($1) AND ($2 IS NULL OR s.domain_name = $2) \
                     AND ($3 IS NULL OR s.group_id = $3) AND ($4 IS NULL OR s.access_key = $4) \
                     AND ($5 IS NULL OR s.user_id = $5)"
                );
                let query = sqlx::query_as::<_, LimitsRow>(sql).bind(ids);
                bind_scope!(query, scope).fetch_all(pool).await
            }
        };
        let rows = rows.doing("reading the limits of sessions")?;
        Ok(rows.into_iter().map(|row| (SessionId(row.0), limits_of(row))).collect())
    }

    /// Notes signs of life of running sessions, all in one transaction. An older one than is known
    /// changes nothing. Nobody is woken.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn note_access(&self, _system: System, seen: &[(SessionId, Timestamp)]) -> Result<(), StoreError> {
        if seen.is_empty() {
            return Ok(());
        }
        // In the order of the ids, so that two processes never wait for each other's rows.
        let mut seen = seen.to_vec();
        seen.sort_by_key(|(id, _)| id.0);
        retrying!(self.try_note_access(&seen))
    }

    async fn try_note_access(&self, seen: &[(SessionId, Timestamp)]) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for (id, at) in seen {
            let sql = "UPDATE sessions SET last_access = $2 \
                       WHERE id = $1 AND status = 5 AND (last_access IS NULL OR last_access < $2)";
            run!(&mut tx, "noting the use of a session", sql, id.0, micros(*at))?;
        }
        tx.commit().await
    }

    /// Announces an end, once: the event and the note of it are one transaction. `false` where this
    /// end was announced before, or is none any more.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn announce_end(&self, system: System, end: &Announcement, at: Timestamp) -> Result<bool, StoreError> {
        retrying!(self.try_announce_end(&system.scope(), end, at))
    }

    async fn try_announce_end(&self, scope: &Scope, end: &Announcement, at: Timestamp) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let Some(mut session) = locked_session(&mut tx, scope, end.session).await? else { return Ok(false) };
        if session.status != Status::Running || session.times.warned_of == Some(end.ends_at) {
            return Ok(false);
        }
        let found = end.due.end(&mut tx, &session).await?;
        if found.is_none_or(|found| (found.at, found.reason) != (end.ends_at, end.due.reason)) {
            return Ok(false);
        }
        session.times.warned_of = Some(end.ends_at);
        write_times(&mut tx, &session).await?;
        let occasion = Occasion { step: None, reason: end.due.reason.as_str(), result: None, at };
        insert_event(&mut tx, &event(ENDING_SOON, &session, None, &occasion)).await?;
        self.commit(tx).await?;
        Ok(true)
    }

    /// Pushes the end of a running session out, within its policy, whoever else does so at the same
    /// time. `active` is a sign of life that the store may not know yet; `default_idle` stands for a
    /// negative idle timeout.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn extend_session(
        &self,
        permit: &Permit<Extend>,
        extension: &Extension,
    ) -> Result<ExtendOutcome, StoreError> {
        retrying!(self.try_extend(&permit.scope(), extension))
    }

    async fn try_extend(&self, scope: &Scope, asked: &Extension) -> Result<ExtendOutcome, StoreError> {
        let mut tx = self.begin().await?;
        let session = locked_session(&mut tx, scope, asked.session).await?;
        let Some(mut session) = session else { return Ok(ExtendOutcome::Gone) };
        if session.status != Status::Running {
            return Ok(ExtendOutcome::NotRunning(session.status));
        }
        let limits = limits_in(&mut tx, asked.session).await?;
        let rules = Rules::of(limits, asked.default_idle);
        let (kind, at) = (session.session_type, asked.at);
        match limits::extended(kind, &session.times, &rules, asked.active, asked.seconds, at) {
            Ok(times) => session.times = times,
            Err(refused) => return Ok(ExtendOutcome::Refused(refused)),
        }
        write_times(&mut tx, &session).await?;
        let reason = Some(format!("extended by {} s", asked.seconds));
        let entry = HistoryEntry { step: None, from: Some(session.status), to: session.status, reason, at };
        insert_history(&mut tx, session.id, &entry).await?;
        let occasion = Occasion { step: None, reason: entry.reason.as_deref().unwrap_or(""), result: None, at };
        insert_event(&mut tx, &event(EXTENDED, &session, None, &occasion)).await?;
        self.commit(tx).await?;
        Ok(ExtendOutcome::Extended(session, limits))
    }
}

/// By how much, of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Session.
    pub session: SessionId,
    /// By this much.
    pub seconds: i64,
    /// A sign of life that the store may not know yet.
    pub active: Option<Timestamp>,
    /// Stands for a negative idle timeout.
    pub default_idle: TimeDelta,
    /// When.
    pub at: Timestamp,
}
