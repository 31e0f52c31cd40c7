//! What usage reports read (`rest.md` §7): sessions that ran at some moment of a window, in whatever
//! amount there are. Lists come in pages, sums row by row; both by an index over what overlaps.

use std::collections::{HashSet, VecDeque};

use futures_util::TryStreamExt;
use rollcall_model::ids::{AccessKey, AgentId, DomainName, GroupId, KernelId};
use rollcall_model::resources::{Superintend, UsageScope};
use rollcall_model::usage::{UsedKernel, UsedShare, Window};
use serde_json::Value;
use uuid::Uuid;

use crate::codec::{maybe_moment, maybe_parsed, micros, moment, parsed, slots, status};
use crate::engine::reading;
use crate::error::Doing;
use crate::{Store, StoreError};

/// Sessions of one page.
const PAGE: i64 = 200;
/// How long the sessions of each class of the column `span` ran at most, in microseconds.
pub(super) const SPANS: [Option<i64>; 7] =
    [hours(1), hours(4), hours(24), hours(4 * 24), hours(16 * 24), hours(64 * 24), None];

const fn hours(hours: i64) -> Option<i64> {
    Some(hours * 3_600_000_000)
}

/// The kernels of sessions `s`, which `$sessions` selects.
macro_rules! select_used {
    ($sessions:literal) => {
        concat!(
            "SELECT k.id, k.session_id, k.cluster_role, k.container_id, k.agent, k.image, k.created_at, \
             k.occupied_slots, k.resource_opts, k.last_stat, s.domain_name, s.group_id, p.name AS group_name, \
             s.name AS session_name, s.access_key, u.email AS user_email, s.status, s.status_changed, s.terminated_at, \
             COALESCE(s.running_since, s.created_at) AS began, s.latest FROM (SELECT * FROM sessions WHERE ",
            $sessions,
            " LIMIT $6) s JOIN kernels k ON k.session_id = s.id JOIN users u ON u.id = s.user_id \
             JOIN projects p ON p.id = s.group_id"
        )
    };
}

/// RUNNING (5) ones of a project; `$5` is of no use.
pub(super) const RUNNING: &str = concat!(
    select_used!(
        "status = 5 AND group_id = $1 AND COALESCE(running_since, created_at) < $2 \
         AND (latest, id) > ($3, $4) AND $5 = $5 ORDER BY latest, id"
    ),
    " ORDER BY s.latest, s.id, k.cluster_role, k.cluster_idx"
);

/// TERMINATED (10) ones of a project and a class.
pub(super) const ENDED: &str = concat!(
    select_used!(
        "status = 10 AND group_id = $1 AND COALESCE(running_since, created_at) < $2 \
         AND (terminated_at, id) > ($3, $4) AND span = $5 AND terminated_at < $7 ORDER BY terminated_at, id"
    ),
    " ORDER BY s.terminated_at, s.id, k.cluster_role, k.cluster_idx"
);

/// The little that sums need, of kernels.
macro_rules! select_shares {
    ($condition:literal) => {
        concat!(
            "SELECT k.id, k.session_id, k.cluster_role, k.occupied_slots, k.last_stat, s.terminated_at, \
             COALESCE(s.running_since, s.created_at) AS began FROM sessions s JOIN kernels k ON k.session_id = s.id \
             WHERE COALESCE(s.running_since, s.created_at) < $1 AND ",
            $condition
        )
    };
}

/// Who runs and who ended since, of everybody and of one person.
pub(super) const SHARES: [&str; 2] = [
    select_shares!("s.status = 5 AND $2 = $2"),
    select_shares!("s.status IN (10, 12) AND s.status = 10 AND s.terminated_at >= $2"),
];
pub(super) const SHARES_OF: [&str; 2] = [
    select_shares!("s.status = 5 AND $2 = $2 AND s.user_id = $3"),
    select_shares!("s.status = 10 AND s.terminated_at >= $2 AND s.user_id = $3"),
];

#[derive(sqlx::FromRow)]
struct ShareRow {
    id: Uuid,
    session_id: Uuid,
    cluster_role: String,
    occupied_slots: String,
    last_stat: Option<String>,
    terminated_at: Option<i64>,
    began: i64,
}

impl ShareRow {
    fn share(self) -> Result<UsedShare, StoreError> {
        Ok(UsedShare {
            kernel: KernelId(self.id),
            is_main: self.cluster_role == "main",
            began: moment(self.began),
            ended: maybe_moment(self.terminated_at),
            slots: slots(&self.occupied_slots, &self.id)?,
            last_stat: maybe_parsed(self.last_stat.as_deref(), "last statistics", &self.id)?,
        })
    }
}

#[derive(sqlx::FromRow)]
struct UsedRow {
    #[sqlx(flatten)]
    share: ShareRow,
    container_id: Option<String>,
    agent: Option<String>,
    image: String,
    created_at: i64,
    resource_opts: String,
    domain_name: String,
    group_id: Uuid,
    group_name: String,
    session_name: String,
    access_key: String,
    user_email: String,
    status: i64,
    status_changed: Option<i64>,
    latest: i64,
}

impl UsedRow {
    fn used(self) -> Result<UsedKernel, StoreError> {
        let id = self.share.id;
        let options: Value = parsed(&self.resource_opts, "resource options", &id)?;
        Ok(UsedKernel {
            share: self.share.share()?,
            container_id: self.container_id,
            domain: DomainName(self.domain_name),
            group_id: GroupId(self.group_id),
            group_name: self.group_name,
            session_name: self.session_name,
            access_key: AccessKey(self.access_key),
            user_email: self.user_email,
            agent: self.agent.map(AgentId),
            shared_memory: options.get("shmem").and_then(Value::as_i64).unwrap_or(0),
            image: self.image,
            created_at: moment(self.created_at),
            status: status(self.status, &id)?,
            status_changed: maybe_moment(self.status_changed),
        })
    }
}

/// A project that a usage report may tell of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsedProject {
    /// Id.
    pub id: GroupId,
    /// Name.
    pub name: String,
    /// Domain.
    pub domain: DomainName,
}

/// On its way through everything that a project used in a window.
#[derive(Debug)]
pub struct UsageWalk {
    group: GroupId,
    window: Window,
    /// What comes next: who runs (`None`), then each class of those who ended.
    stages: VecDeque<Option<usize>>,
    /// Where its last page ended.
    after: Option<(i64, Uuid)>,
    /// Who ran when looked at first and may have ended since.
    running: HashSet<Uuid>,
}

impl UsageWalk {
    /// At its start.
    #[must_use]
    pub fn of(_superintend: Superintend, group: GroupId, window: Window) -> Self {
        let stages = [None].into_iter().chain((0..SPANS.len()).map(Some)).collect();
        Self { group, window, stages, after: None, running: HashSet::new() }
    }

    /// What the next page comes after. No id is greater than the greatest, so what comes after the
    /// first place is later than that moment.
    fn place(&self, stage: Option<usize>) -> (i64, Uuid) {
        let before = stage.map_or(i64::MIN, |_| micros(self.window.from()).saturating_sub(1));
        self.after.unwrap_or((before, Uuid::max()))
    }
}

impl Store {
    /// The projects of these ids, or all, by domain and name.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn used_projects(
        &self,
        _superintend: Superintend,
        only: Option<&[GroupId]>,
    ) -> Result<Vec<UsedProject>, StoreError> {
        let sql = "SELECT id, name, domain_name FROM projects ORDER BY domain_name, name, id";
        let rows = reading!(self, db => sqlx::query_as::<_, (Uuid, String, String)>(sql).fetch_all(db).await);
        let rows = rows.doing("reading the projects of a usage report")?.into_iter();
        let projects = rows.map(|(id, name, domain)| UsedProject { id: GroupId(id), name, domain: DomainName(domain) });
        Ok(projects.filter(|project| only.is_none_or(|only| only.contains(&project.id))).collect())
    }

    /// The next kernels that a project used; none is the end.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn next_used(&self, walk: &mut UsageWalk) -> Result<Vec<UsedKernel>, StoreError> {
        while let Some(stage) = walk.stages.front().copied() {
            let rows = self.used_page(walk, stage).await?;
            walk.after = rows.last().map(|last| {
                let place = if stage.is_none() { Some(last.latest) } else { last.share.terminated_at };
                (place.unwrap_or(i64::MAX), last.share.session_id)
            });
            if rows.is_empty() {
                walk.stages.pop_front();
            }
            if stage.is_none() {
                walk.running.extend(rows.iter().map(|row| row.share.session_id));
            }
            let fresh = |row: &UsedRow| stage.is_none() || !walk.running.contains(&row.share.session_id);
            let used: Vec<UsedKernel> = rows.into_iter().filter(fresh).map(UsedRow::used).collect::<Result<_, _>>()?;
            if !used.is_empty() {
                return Ok(used);
            }
        }
        Ok(Vec::new())
    }

    async fn used_page(&self, walk: &UsageWalk, stage: Option<usize>) -> Result<Vec<UsedRow>, StoreError> {
        let (sql, span) = match stage {
            None => (RUNNING, 0),
            Some(span) => (ENDED, i64::try_from(span).unwrap_or(i64::MAX)),
        };
        let to = micros(walk.window.to());
        let longest = stage.and_then(|stage| SPANS.get(stage).copied().flatten());
        // Whoever ran before the end of the window and so long at most has ended by then.
        let ended_by = longest.map_or(i64::MAX, |longest| to.saturating_add(longest));
        let (place, id) = walk.place(stage);
        let rows = reading!(self, db => {
            let query = sqlx::query_as::<_, UsedRow>(sql)
                .bind(walk.group.0).bind(to).bind(place).bind(id).bind(span).bind(PAGE);
            match stage {
                None => query.fetch_all(db).await,
                Some(_) => query.bind(ended_by).fetch_all(db).await,
            }
        });
        rows.doing("reading what was used")
    }

    /// Hands every share that was held in a window to `each`, in no order.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn used_shares(
        &self,
        scope: UsageScope,
        window: Window,
        mut each: impl FnMut(UsedShare),
    ) -> Result<(), StoreError> {
        let (from, to) = (micros(window.from()), micros(window.to()));
        let mut running: HashSet<Uuid> = HashSet::new();
        let statements = if scope.user().is_some() { SHARES_OF } else { SHARES };
        for sql in statements {
            reading!(self, db => {
                let query = sqlx::query_as::<_, ShareRow>(sql).bind(to).bind(from);
                let mut rows = match scope.user() {
                    Some(user) => query.bind(user.0).fetch(db),
                    None => query.fetch(db),
                };
                while let Some(row) = rows.try_next().await.doing("summing up what was used")? {
                    // Who ended between the two looks was counted by the first.
                    let is_fresh = match row.terminated_at {
                        None => { running.insert(row.session_id); true }
                        Some(_) => !running.contains(&row.session_id),
                    };
                    if is_fresh {
                        each(row.share()?);
                    }
                }
            });
        }
        Ok(())
    }
}
