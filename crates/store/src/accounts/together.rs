//! What many rows of one answer need, read by one statement for all of them. The caller may see the
//! rows already.

use std::collections::HashMap;
use std::hash::Hash;

use rollcall_model::access::SeeAgents;
use rollcall_model::ids::{AccessKey, DomainName, GroupId, UserId};
use uuid::Uuid;

use crate::codec::{small, text};
use crate::engine::Engine;
use crate::error::Doing;
use crate::{Store, StoreError};

/// A project in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupName {
    /// Id.
    pub id: GroupId,
    /// Name.
    pub name: String,
}

#[derive(sqlx::FromRow)]
struct MemberRow {
    user_id: Uuid,
    id: Uuid,
    name: String,
}

#[derive(sqlx::FromRow)]
struct NameOfId {
    id: Uuid,
    name: String,
}

#[derive(sqlx::FromRow)]
struct NameOfText {
    id: String,
    name: String,
}

#[derive(sqlx::FromRow)]
struct CountRow {
    access_key: String,
    used: i64,
}

/// Ids as one JSON text: a list of any length in a statement that stays the same.
fn json_ids(ids: &[Uuid]) -> String {
    let ids: Vec<String> = ids.iter().map(|id| id.simple().to_string()).collect();
    text(&ids)
}

/// Reads rows of a list of ids, `$1`: the first text for SQLite, the second for PostgreSQL.
macro_rules! of_ids {
    ($store:expr, $row:ty, $ids:expr, $sqlite:expr, $postgres:expr) => {
        match $store.engine() {
            Engine::Sqlite { readers, .. } => {
                sqlx::query_as::<_, $row>($sqlite).bind(json_ids($ids)).fetch_all(readers).await
            }
            Engine::Postgres(pool) => sqlx::query_as::<_, $row>($postgres).bind($ids).fetch_all(pool).await,
        }
    };
}

/// The same for texts.
macro_rules! of_texts {
    ($store:expr, $row:ty, $texts:expr, $sqlite:expr, $postgres:expr) => {
        match $store.engine() {
            Engine::Sqlite { readers, .. } => {
                sqlx::query_as::<_, $row>($sqlite).bind(text(&$texts)).fetch_all(readers).await
            }
            Engine::Postgres(pool) => sqlx::query_as::<_, $row>($postgres).bind($texts).fetch_all(pool).await,
        }
    };
}

/// A statement in both dialects, with the list between its two parts.
macro_rules! listing {
    (ids $before:literal, $after:literal) => {
        (
            concat!($before, " IN (SELECT unhex(value) FROM json_each($1)) ", $after),
            concat!($before, " = ANY($1) ", $after),
        )
    };
    (texts $before:literal, $after:literal) => {
        (concat!($before, " IN (SELECT value FROM json_each($1)) ", $after), concat!($before, " = ANY($1) ", $after))
    };
}

fn grouped<K: Eq + Hash, V>(rows: impl Iterator<Item = (K, V)>) -> HashMap<K, Vec<V>> {
    let mut found: HashMap<K, Vec<V>> = HashMap::new();
    rows.for_each(|(key, value)| found.entry(key).or_default().push(value));
    found
}

impl Store {
    /// The projects of each person, by name.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn groups_of_users(&self, users: &[UserId]) -> Result<HashMap<UserId, Vec<GroupName>>, StoreError> {
        let ids: Vec<Uuid> = users.iter().map(|user| user.0).collect();
        let (sqlite, postgres) = listing!(ids
            "SELECT m.user_id, p.id, p.name FROM memberships m JOIN projects p ON p.id = m.project_id \
             WHERE m.user_id", "ORDER BY p.name, p.id");
        let rows = of_ids!(self, MemberRow, &ids, sqlite, postgres).doing("reading the projects of people")?;
        let pair = |row: MemberRow| (UserId(row.user_id), GroupName { id: GroupId(row.id), name: row.name });
        Ok(grouped(rows.into_iter().map(pair)))
    }

    /// The key that each person would log in with, if there is one.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn main_keys_of(&self, users: &[UserId]) -> Result<HashMap<UserId, Option<AccessKey>>, StoreError> {
        let ids: Vec<Uuid> = users.iter().map(|user| user.0).collect();
        // The last of a person's rows stays: the same order as for logging in, turned round.
        let (sqlite, postgres) = listing!(ids
            "SELECT u.id, k.access_key AS name FROM keypairs k JOIN users u ON u.id = k.user_id \
             JOIN domains d ON d.name = u.domain_name \
             WHERE k.is_active AND u.status = 'active' AND d.is_active AND u.id",
            "ORDER BY k.is_admin, k.created_at DESC, k.access_key DESC");
        let rows = of_ids!(self, NameOfId, &ids, sqlite, postgres).doing("reading the keys of people")?;
        Ok(rows.into_iter().map(|row| (UserId(row.id), Some(AccessKey(row.name)))).collect())
    }

    /// How many sessions of each key count for its concurrency now, by the rule that scheduling
    /// uses; a key that is missing has none.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn concurrency_of(&self, keys: &[AccessKey]) -> Result<HashMap<AccessKey, i32>, StoreError> {
        let keys: Vec<&str> = keys.iter().map(AccessKey::as_str).collect();
        let (sqlite, postgres) = listing!(texts
            "SELECT s.access_key, COUNT(*) AS used FROM sessions s WHERE s.status IN (1, 2, 3, 4, 5, 6, 7, 8, 11) \
             AND NOT (s.status = 11 AND EXISTS (SELECT 1 FROM agents a WHERE a.id = s.agent AND a.status = 'LOST')) \
             AND s.access_key", "GROUP BY s.access_key");
        let rows = of_texts!(self, CountRow, keys, sqlite, postgres).doing("counting the sessions of keys")?;
        Ok(rows.into_iter().map(|row| (AccessKey(row.access_key), small(row.used))).collect())
    }

    /// What each person is called in full.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn full_names_of(&self, users: &[UserId]) -> Result<HashMap<UserId, String>, StoreError> {
        let ids: Vec<Uuid> = users.iter().map(|user| user.0).collect();
        let (sqlite, postgres) = listing!(ids "SELECT id, full_name AS name FROM users WHERE id", "");
        let rows = of_ids!(self, NameOfId, &ids, sqlite, postgres).doing("reading the names of people")?;
        Ok(rows.into_iter().map(|row| (UserId(row.id), row.name)).collect())
    }

    /// The agents that have each image, by name.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn agents_of_images(
        &self,
        _permit: &SeeAgents,
        images: &[String],
    ) -> Result<HashMap<String, Vec<String>>, StoreError> {
        let (sqlite, postgres) = listing!(texts
            "SELECT canonical AS id, agent AS name FROM image_agents WHERE canonical", "ORDER BY agent");
        let rows = of_texts!(self, NameOfText, images, sqlite, postgres).doing("reading who has images")?;
        Ok(grouped(rows.into_iter().map(|row| (row.id, row.name))))
    }

    /// Names of the resource groups assigned to each domain.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn resource_groups_of_domains(
        &self,
        domains: &[DomainName],
    ) -> Result<HashMap<DomainName, Vec<String>>, StoreError> {
        let names: Vec<&str> = domains.iter().map(DomainName::as_str).collect();
        let (sqlite, postgres) = listing!(texts
            "SELECT domain_name AS id, resource_group AS name FROM resource_group_domains WHERE domain_name",
            "ORDER BY resource_group");
        let rows = of_texts!(self, NameOfText, names, sqlite, postgres);
        let rows = rows.doing("reading the resource groups of domains")?;
        Ok(grouped(rows.into_iter().map(|row| (DomainName(row.id), row.name))))
    }

    /// Names of the resource groups assigned to each project itself.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn resource_groups_of_groups(
        &self,
        groups: &[GroupId],
    ) -> Result<HashMap<GroupId, Vec<String>>, StoreError> {
        let ids: Vec<Uuid> = groups.iter().map(|group| group.0).collect();
        let (sqlite, postgres) = listing!(ids
            "SELECT project_id AS id, resource_group AS name FROM resource_group_projects WHERE project_id",
            "ORDER BY resource_group");
        let rows = of_ids!(self, NameOfId, &ids, sqlite, postgres);
        let rows = rows.doing("reading the resource groups of projects")?;
        Ok(grouped(rows.into_iter().map(|row| (GroupId(row.id), row.name))))
    }
}
