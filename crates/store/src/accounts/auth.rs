//! What authentication asks: one query each, nothing cached, so that switching a person or a key
//! off bites with the next request.

use std::collections::HashMap;

use rollcall_model::access::{Identity, KeyOwner};
use rollcall_model::account::UserStatus;
use rollcall_model::ids::{AccessKey, DomainName, UserId};
use rollcall_model::role::Role;
use secrecy::SecretString;
use uuid::Uuid;

use crate::codec::{corrupt, small, storable, text};
use crate::engine::{Engine, reading};
use crate::error::Doing;
use crate::{Store, StoreError};

/// An active key of an active person, with its secret half.
#[derive(Clone, Debug)]
pub struct SigningKey {
    /// Who signs with it.
    pub identity: Identity,
    /// Secret half.
    pub secret: SecretString,
    /// Requests per 900 seconds.
    pub rate_limit: i32,
}

/// A person who wants to log in.
#[derive(Clone)]
pub struct LoginCandidate {
    /// Person.
    pub user_id: UserId,
    /// Argon2id hash in PHC form.
    pub password_hash: String,
    /// Whether they may.
    pub status: UserStatus,
}

/// The path from a key to its person; continue with `AND` or an order.
macro_rules! select_active_keys {
    ($($rest:literal),*) => {
        concat!(
            "SELECT k.access_key, k.sealed_secret, k.is_admin, k.resource_policy, k.rate_limit, \
             u.id AS user_id, u.email, u.role, u.domain_name \
             FROM keypairs k JOIN users u ON u.id = k.user_id JOIN domains d ON d.name = u.domain_name \
             WHERE k.is_active AND u.status = 'active' AND d.is_active ",
            $($rest),*
        )
    };
}

/// The same path, whether or not they are active; continue with `WHERE`.
macro_rules! select_owners {
    ($rest:literal) => {
        concat!(
            "SELECT k.access_key, k.resource_policy, u.id AS user_id, u.role, u.domain_name, \
             (k.is_active AND u.status = 'active' AND d.is_active) AS active \
             FROM keypairs k JOIN users u ON u.id = k.user_id JOIN domains d ON d.name = u.domain_name ",
            $rest
        )
    };
}

#[derive(sqlx::FromRow)]
struct KeyRow {
    access_key: String,
    sealed_secret: Vec<u8>,
    is_admin: bool,
    resource_policy: String,
    rate_limit: i64,
    user_id: Uuid,
    email: String,
    role: String,
    domain_name: String,
}

impl KeyRow {
    fn role(&self) -> Result<Role, StoreError> {
        self.role.parse().map_err(|error| corrupt("role", &self.user_id, &error))
    }

    fn identity(self) -> Result<Identity, StoreError> {
        Ok(Identity {
            role: self.role()?,
            user_id: UserId(self.user_id),
            email: self.email,
            domain: DomainName(self.domain_name),
            access_key: AccessKey(self.access_key),
            key_is_admin: self.is_admin,
            resource_policy: self.resource_policy,
        })
    }
}

#[derive(sqlx::FromRow)]
struct OwnerRow {
    access_key: String,
    resource_policy: String,
    user_id: Uuid,
    role: String,
    domain_name: String,
    active: bool,
}

impl OwnerRow {
    fn owner(self) -> Result<KeyOwner, StoreError> {
        Ok(KeyOwner {
            role: self.role.parse().map_err(|error| corrupt("role", &self.user_id, &error))?,
            access_key: AccessKey(self.access_key),
            user_id: UserId(self.user_id),
            domain: DomainName(self.domain_name),
            resource_policy: self.resource_policy,
            active: self.active,
        })
    }
}

#[derive(sqlx::FromRow)]
struct CandidateRow {
    id: Uuid,
    password_hash: String,
    status: String,
}

impl CandidateRow {
    fn candidate(self) -> Result<LoginCandidate, StoreError> {
        let status = UserStatus::parse(&self.status).ok_or_else(|| corrupt("status", &self.id, &self.status))?;
        Ok(LoginCandidate { user_id: UserId(self.id), password_hash: self.password_hash, status })
    }
}

impl Store {
    /// The key a request is signed with; `None` unless key, person and domain are active.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Secret`].
    pub async fn signing_key(&self, access_key: &AccessKey) -> Result<Option<SigningKey>, StoreError> {
        let Some(row) = self.active_key(access_key).await? else { return Ok(None) };
        let secret = self.keyring().open(access_key, &row.sealed_secret)?;
        let rate_limit = small(row.rate_limit);
        Ok(Some(SigningKey { identity: row.identity()?, secret, rate_limit }))
    }

    /// Who signs with that key at this moment; `None` unless key, person and domain are active. For
    /// what goes on after its request was verified.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn active_identity(&self, access_key: &AccessKey) -> Result<Option<Identity>, StoreError> {
        self.active_key(access_key).await?.map(KeyRow::identity).transpose()
    }

    /// The person of that e-mail in that domain, whatever their status.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn login_candidate(
        &self,
        domain: &DomainName,
        email: &str,
    ) -> Result<Option<LoginCandidate>, StoreError> {
        if domain.as_str().contains('\0') || email.contains('\0') {
            return Ok(None);
        }
        let sql = "SELECT id, password_hash, status FROM users WHERE domain_name = $1 AND email = $2";
        let row = reading!(self, db => {
            sqlx::query_as::<_, CandidateRow>(sql).bind(domain.as_str()).bind(email).fetch_optional(db).await
        });
        row.doing("looking for the person who logs in")?.map(CandidateRow::candidate).transpose()
    }

    /// The person of that e-mail, in whichever domain: e-mails are unique over all of them, whatever the
    /// case of their letters.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn login_candidate_by_email(&self, email: &str) -> Result<Option<LoginCandidate>, StoreError> {
        if !storable(email) {
            return Ok(None);
        }
        let sql = "SELECT id, password_hash, status FROM users WHERE lower(email) = lower($1)";
        let row = reading!(self, db => {
            sqlx::query_as::<_, CandidateRow>(sql).bind(email).fetch_optional(db).await
        });
        row.doing("looking for the person who logs in")?.map(CandidateRow::candidate).transpose()
    }

    /// Who acts by a login at this moment, and requests per 900 seconds: as `key` where a key gave the login, else as
    /// the key that a log-in hands out. `None` unless key, person and domain are active.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub(crate) async fn acting(
        &self,
        user: UserId,
        key: Option<&AccessKey>,
    ) -> Result<Option<(Identity, i32)>, StoreError> {
        let row = match key {
            Some(key) => self.active_key(key).await?,
            None => self.key_to_log_in_with(user).await?,
        };
        let Some(row) = row else { return Ok(None) };
        let rate_limit = small(row.rate_limit);
        Ok(Some((row.identity()?, rate_limit)))
    }

    async fn key_to_log_in_with(&self, user: UserId) -> Result<Option<KeyRow>, StoreError> {
        let sql = select_active_keys!("AND u.id = $1 ORDER BY k.is_admin DESC, k.created_at, k.access_key LIMIT 1");
        let row = reading!(self, db => sqlx::query_as::<_, KeyRow>(sql).bind(user.0).fetch_optional(db).await);
        row.doing("looking for a key to log in with")
    }

    /// The key a log-in hands out: an active one, admin keys first, then the oldest.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Secret`].
    pub async fn login_key(&self, user: UserId) -> Result<Option<(AccessKey, SecretString)>, StoreError> {
        let Some(row) = self.key_to_log_in_with(user).await? else { return Ok(None) };
        let access_key = AccessKey(row.access_key);
        let secret = self.keyring().open(&access_key, &row.sealed_secret)?;
        Ok(Some((access_key, secret)))
    }

    /// Whose key that is, and whether key, person and domain are active.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn key_owner(&self, access_key: &AccessKey) -> Result<Option<KeyOwner>, StoreError> {
        if !storable(access_key.as_str()) {
            return Ok(None);
        }
        let sql = select_owners!("WHERE k.access_key = $1");
        let row = reading!(self, db => {
            sqlx::query_as::<_, OwnerRow>(sql).bind(access_key.as_str()).fetch_optional(db).await
        });
        row.doing("looking for the owner of a key")?.map(OwnerRow::owner).transpose()
    }

    /// Whose keys those are, of as many as there are.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn key_owners(&self, keys: &[AccessKey]) -> Result<HashMap<AccessKey, KeyOwner>, StoreError> {
        let keys: Vec<&str> = keys.iter().map(AccessKey::as_str).filter(|key| storable(key)).collect();
        let rows = match self.engine() {
            Engine::Sqlite { readers, .. } => {
                let sql = select_owners!("WHERE k.access_key IN (SELECT value FROM json_each($1))");
                sqlx::query_as::<_, OwnerRow>(sql).bind(text(&keys)).fetch_all(readers).await
            }
            Engine::Postgres(pool) => {
                let sql = select_owners!("WHERE k.access_key = ANY($1)");
                sqlx::query_as::<_, OwnerRow>(sql).bind(&keys).fetch_all(pool).await
            }
        };
        let owners = rows.doing("looking for the owners of keys")?.into_iter().map(OwnerRow::owner);
        owners.map(|owner| owner.map(|owner| (owner.access_key.clone(), owner))).collect()
    }

    async fn active_key(&self, access_key: &AccessKey) -> Result<Option<KeyRow>, StoreError> {
        // What a stranger sends may hold anything, and PostgreSQL refuses texts with a zero byte.
        if access_key.as_str().contains('\0') {
            return Ok(None);
        }
        let sql = select_active_keys!("AND k.access_key = $1");
        let row = reading!(self, db => {
            sqlx::query_as::<_, KeyRow>(sql).bind(access_key.as_str()).fetch_optional(db).await
        });
        row.doing("looking for a key")
    }
}
