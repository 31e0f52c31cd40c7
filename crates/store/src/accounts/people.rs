//! Reading people and their keys. Who may read whom is decided above.

use rollcall_model::account::{DefaultForUnspecified, Keypair, KeypairPolicy, User, UserStatus};
use rollcall_model::ids::{AccessKey, DomainName, UserId};
use uuid::Uuid;

use crate::codec::{corrupt, maybe_moment, moment, parsed, slots, small};
use crate::engine::reading;
use crate::error::Doing;
use crate::{Store, StoreError};

/// Selects whole people; continue with `WHERE`.
macro_rules! select_users {
    ($rest:literal) => {
        concat!(
            "SELECT id, username, email, full_name, description, status, status_info, need_password_change, role, \
             domain_name, created_at, modified_at FROM users ",
            $rest
        )
    };
}
pub(super) use select_users;

#[derive(sqlx::FromRow)]
pub(super) struct UserRow {
    id: Uuid,
    username: String,
    email: String,
    full_name: String,
    description: String,
    status: String,
    status_info: Option<String>,
    need_password_change: bool,
    role: String,
    domain_name: String,
    created_at: i64,
    modified_at: i64,
}

impl UserRow {
    pub(super) fn user(self) -> Result<User, StoreError> {
        let status = UserStatus::parse(&self.status);
        Ok(User {
            id: UserId(self.id),
            username: self.username,
            email: self.email,
            full_name: self.full_name,
            description: self.description,
            status: status.ok_or_else(|| corrupt("status", &self.id, &self.status))?,
            status_info: self.status_info,
            need_password_change: self.need_password_change,
            role: self.role.parse().map_err(|error| corrupt("role", &self.id, &error))?,
            domain: DomainName(self.domain_name),
            created_at: moment(self.created_at),
            modified_at: moment(self.modified_at),
        })
    }
}

/// Selects whole keypairs with their owner as `u`; continue with `WHERE`.
macro_rules! select_keypairs {
    ($rest:literal) => {
        concat!(
            "SELECT k.access_key, k.user_id, u.email, u.full_name, k.is_active, k.is_admin, k.resource_policy, \
             k.rate_limit, k.num_queries, k.last_used, k.created_at, k.ssh_public_key \
             FROM keypairs k JOIN users u ON u.id = k.user_id ",
            $rest
        )
    };
}
pub(super) use select_keypairs;

#[derive(sqlx::FromRow)]
pub(super) struct KeypairRow {
    access_key: String,
    user_id: Uuid,
    email: String,
    full_name: String,
    is_active: bool,
    is_admin: bool,
    resource_policy: String,
    rate_limit: i64,
    num_queries: i64,
    last_used: Option<i64>,
    created_at: i64,
    ssh_public_key: Option<String>,
}

impl From<KeypairRow> for Keypair {
    fn from(row: KeypairRow) -> Self {
        Self {
            access_key: AccessKey(row.access_key),
            user_id: UserId(row.user_id),
            email: row.email,
            full_name: row.full_name,
            is_active: row.is_active,
            is_admin: row.is_admin,
            resource_policy: row.resource_policy,
            rate_limit: small(row.rate_limit),
            num_queries: row.num_queries,
            last_used: maybe_moment(row.last_used),
            created_at: moment(row.created_at),
            ssh_public_key: row.ssh_public_key,
        }
    }
}

/// Selects whole policies; continue with `WHERE` or an order.
macro_rules! select_policies {
    ($rest:literal) => {
        concat!(
            "SELECT name, default_for_unspecified, total_resource_slots, max_concurrent_sessions, \
             max_containers_per_session, idle_timeout, max_vfolder_count, max_vfolder_size, allowed_vfolder_hosts, \
             max_session_lifetime, max_extension, created_at FROM policies ",
            $rest
        )
    };
}
pub(super) use select_policies;

#[derive(sqlx::FromRow)]
pub(super) struct PolicyRow {
    name: String,
    default_for_unspecified: String,
    total_resource_slots: String,
    max_concurrent_sessions: i64,
    max_containers_per_session: i64,
    idle_timeout: i64,
    max_vfolder_count: i64,
    max_vfolder_size: i64,
    allowed_vfolder_hosts: String,
    max_session_lifetime: i64,
    max_extension: i64,
    created_at: i64,
}

impl PolicyRow {
    pub(super) fn policy(self) -> Result<KeypairPolicy, StoreError> {
        let default_for_unspecified = match self.default_for_unspecified.as_str() {
            "LIMITED" => DefaultForUnspecified::Limited,
            "UNLIMITED" => DefaultForUnspecified::Unlimited,
            other => return Err(corrupt("default for unspecified slots", &self.name, &other)),
        };
        Ok(KeypairPolicy {
            default_for_unspecified,
            total_resource_slots: slots(&self.total_resource_slots, &self.name)?,
            max_concurrent_sessions: small(self.max_concurrent_sessions),
            max_containers_per_session: small(self.max_containers_per_session),
            idle_timeout: self.idle_timeout,
            max_vfolder_count: small(self.max_vfolder_count),
            max_vfolder_size: self.max_vfolder_size,
            allowed_vfolder_hosts: parsed(&self.allowed_vfolder_hosts, "allowed folder hosts", &self.name)?,
            max_session_lifetime: self.max_session_lifetime,
            max_extension: self.max_extension,
            created_at: moment(self.created_at),
            name: self.name,
        })
    }
}

impl Store {
    /// A keypair without its secret half.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn keypair(&self, access_key: &AccessKey) -> Result<Option<Keypair>, StoreError> {
        let sql = select_keypairs!("WHERE k.access_key = $1");
        let row = reading!(self, db => {
            sqlx::query_as::<_, KeypairRow>(sql).bind(access_key.as_str()).fetch_optional(db).await
        });
        Ok(row.doing("reading a keypair")?.map(Keypair::from))
    }

    /// The person of that e-mail.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn user_by_email(&self, email: &str) -> Result<Option<User>, StoreError> {
        let sql = select_users!("WHERE email = $1");
        let row = reading!(self, db => sqlx::query_as::<_, UserRow>(sql).bind(email).fetch_optional(db).await);
        row.doing("reading a person by e-mail")?.map(UserRow::user).transpose()
    }

    /// The person of that id.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn user_by_id(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let sql = select_users!("WHERE id = $1");
        let row = reading!(self, db => sqlx::query_as::<_, UserRow>(sql).bind(id.0).fetch_optional(db).await);
        row.doing("reading a person")?.map(UserRow::user).transpose()
    }

    /// A policy of keypairs.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn policy(&self, name: &str) -> Result<Option<KeypairPolicy>, StoreError> {
        let sql = select_policies!("WHERE name = $1");
        let row = reading!(self, db => sqlx::query_as::<_, PolicyRow>(sql).bind(name).fetch_optional(db).await);
        row.doing("reading a policy")?.map(PolicyRow::policy).transpose()
    }
}
