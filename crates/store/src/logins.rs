//! Logins: a token stands for a person. Whoever reads the database gets none: a digest is kept.

use chrono::TimeDelta;
use rollcall_model::Timestamp;
use rollcall_model::access::Identity;
use rollcall_model::ids::{AccessKey, UserId};
use rollcall_model::logins::{KeyLogin, SeeLogins};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::codec::{micros, moment};
use crate::engine::{reading, retrying, run};
use crate::error::Doing;
use crate::{Store, StoreError};

/// Logins of a person at most; the one used longest ago goes.
const MOST: i64 = 100;
/// Last use is written down when it is older than this.
const PRECISION: TimeDelta = TimeDelta::seconds(30);

/// How long logins last.
#[derive(Clone, Copy, Debug)]
pub struct LoginLife {
    /// Without use.
    pub idle: TimeDelta,
    /// In all.
    pub absolute: TimeDelta,
}

/// Who holds a token at this moment.
#[derive(Clone, Debug)]
pub struct LoginHolder {
    /// Public id of the login.
    pub id: Uuid,
    /// Whether a key gave it, and not a password.
    pub with_key: bool,
    /// Whom it stands for.
    pub identity: Identity,
    /// Requests that the key may make in its window.
    pub rate_limit: i32,
}

/// A login to be made.
#[derive(Clone, Debug)]
pub struct NewLogin {
    /// Public id, which authenticates nothing.
    pub id: Uuid,
    /// Digest of the token.
    pub token_hash: Vec<u8>,
    /// What it is got with, and so whose it is.
    pub proof: LoginProof,
    /// Where from.
    pub address: String,
    /// What with.
    pub agent: String,
}

/// What a login is got with.
#[derive(Clone, Debug)]
pub enum LoginProof {
    /// A password: the login stands for the person, and acts as the key that a log-in hands out.
    Password {
        /// Whose.
        user: UserId,
        /// The hash of the password; with another one the login is over.
        hash: String,
    },
    /// A key: the login acts as that key.
    Key(KeyLogin),
}

impl LoginProof {
    fn user(&self) -> UserId {
        match self {
            Self::Password { user, .. } => *user,
            Self::Key(login) => login.user(),
        }
    }

    /// Of a key there is none: whoever changes the password keeps their keys.
    fn mark(&self) -> Vec<u8> {
        match self {
            Self::Password { hash, .. } => mark(hash),
            Self::Key(_) => Vec::new(),
        }
    }

    fn access_key(&self) -> Option<&str> {
        match self {
            Self::Password { .. } => None,
            Self::Key(login) => Some(login.access_key().as_str()),
        }
    }
}

/// A login, as people see theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// Public id.
    pub id: Uuid,
    /// Whose, by e-mail.
    pub email: String,
    /// Where from.
    pub address: String,
    /// What with.
    pub agent: String,
    /// The key that it was got with; `None` when it was a password.
    pub access_key: Option<AccessKey>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was used last, to half a minute.
    pub last_seen: Timestamp,
}

#[derive(sqlx::FromRow)]
struct LoginRow {
    id: Uuid,
    email: String,
    address: String,
    agent: String,
    access_key: Option<String>,
    created_at: i64,
    last_seen: i64,
}

impl From<LoginRow> for Login {
    fn from(row: LoginRow) -> Self {
        Self {
            id: row.id,
            email: row.email,
            address: row.address,
            agent: row.agent,
            access_key: row.access_key.map(AccessKey),
            created_at: moment(row.created_at),
            last_seen: moment(row.last_seen),
        }
    }
}

#[derive(sqlx::FromRow)]
struct HolderRow {
    id: Uuid,
    user_id: Uuid,
    access_key: Option<String>,
    password_mark: Vec<u8>,
    password_hash: String,
    last_seen: i64,
}

/// What a token of this text is known by.
#[must_use]
pub fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

fn mark(password_hash: &str) -> Vec<u8> {
    Sha256::digest(password_hash.as_bytes()).to_vec()
}

/// An active person's logins that are not too old: `$1` idle since, `$2` made before.
macro_rules! lasting {
    () => {
        "l.last_seen >= $1 AND l.created_at >= $2 AND u.status = 'active' AND d.is_active"
    };
}

impl Store {
    /// Keeps a login.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn create_login(&self, new: &NewLogin, at: Timestamp) -> Result<(), StoreError> {
        retrying!(self.try_create_login(new, at))
    }

    async fn try_create_login(&self, new: &NewLogin, at: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let surplus = "DELETE FROM logins WHERE id IN (SELECT id FROM logins WHERE user_id = $1 \
                       ORDER BY last_seen DESC, id LIMIT 1000 OFFSET $2)";
        run!(&mut tx, "removing surplus logins", surplus, new.proof.user().0, MOST - 1)?;
        run!(
            &mut tx,
            "keeping a login",
            "INSERT INTO logins (id, token_hash, user_id, password_mark, address, agent, created_at, last_seen, access_key) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)",
            new.id,
            new.token_hash.as_slice(),
            new.proof.user().0,
            new.proof.mark(),
            new.address.as_str(),
            new.agent.as_str(),
            micros(at),
            new.proof.access_key(),
        )?;
        tx.commit().await
    }

    /// Who holds a token, and the id of the login; `None` unless login, person, domain and a key of theirs
    /// are good at this moment. Notes the use.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Secret`].
    pub async fn login_of(
        &self,
        token_hash: &[u8],
        life: LoginLife,
        now: Timestamp,
    ) -> Result<Option<LoginHolder>, StoreError> {
        let sql = concat!(
            "SELECT l.id, l.user_id, l.access_key, l.password_mark, u.password_hash, l.last_seen FROM logins l \
             JOIN users u ON u.id = l.user_id JOIN domains d ON d.name = u.domain_name WHERE l.token_hash = $3 AND ",
            lasting!()
        );
        let (idle, made) = bounds(life, now);
        let row = reading!(self, db => {
            sqlx::query_as::<_, HolderRow>(sql).bind(idle).bind(made).bind(token_hash).fetch_optional(db).await
        });
        let row = row.doing("looking for a login")?;
        let Some(row) = row else { return Ok(None) };
        let key = row.access_key.clone().map(AccessKey);
        // With another password it ends; a key that gave it is no password.
        if key.is_none() && row.password_mark != mark(&row.password_hash) {
            return Ok(None);
        }
        let Some((identity, rate_limit)) = self.acting(UserId(row.user_id), key.as_ref()).await? else {
            return Ok(None);
        };
        if now - moment(row.last_seen) >= PRECISION {
            self.note_login_use(row.id, now).await?;
        }
        Ok(Some(LoginHolder { id: row.id, with_key: key.is_some(), identity, rate_limit }))
    }

    async fn note_login_use(&self, id: Uuid, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let sql = "UPDATE logins SET last_seen = $2 WHERE id = $1 AND last_seen < $2";
        run!(&mut tx, "noting the use of a login", sql, id, micros(now))?;
        // Nobody is woken: it is no news to anyone.
        tx.commit().await
    }

    /// Logins in reach that are good now, the newest first.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn logins(&self, may: &SeeLogins, life: LoginLife, now: Timestamp) -> Result<Vec<Login>, StoreError> {
        let sql = concat!(
            "SELECT l.id, u.email, l.address, l.agent, l.access_key, l.created_at, l.last_seen FROM logins l \
             JOIN users u ON u.id = l.user_id JOIN domains d ON d.name = u.domain_name \
             WHERE ($3 IS NULL OR l.user_id = $3) AND ($4 IS NULL OR (u.domain_name = $4 AND u.role <> 'superadmin')) AND ",
            lasting!(),
            " ORDER BY l.created_at DESC, l.id LIMIT 1000"
        );
        let (idle, made) = bounds(life, now);
        let domain = may.domain().map(|domain| domain.as_str().to_owned());
        let user = may.user().map(|user| user.0);
        let rows = reading!(self, db => {
            sqlx::query_as::<_, LoginRow>(sql).bind(idle).bind(made).bind(user).bind(domain).fetch_all(db).await
        });
        Ok(rows.doing("listing logins")?.into_iter().map(Login::from).collect())
    }

    /// Ends a login in reach, and forgets those that are too old; `false` where there is none.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn end_login(
        &self,
        may: &SeeLogins,
        id: Uuid,
        life: LoginLife,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let ended = retrying!(self.try_end_login(may, id, life, now))?;
        if ended {
            // What was opened with it is judged anew.
            self.accounts_changed();
        }
        Ok(ended)
    }

    async fn try_end_login(
        &self,
        may: &SeeLogins,
        id: Uuid,
        life: LoginLife,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin_accounts().await?;
        let (idle, made) = bounds(life, now);
        let sql = "DELETE FROM logins WHERE last_seen < $1 OR created_at < $2";
        run!(&mut tx, "forgetting old logins", sql, idle, made)?;
        let sql = "DELETE FROM logins WHERE id = $1 AND user_id IN (SELECT id FROM users \
                   WHERE ($2 IS NULL OR id = $2) AND ($3 IS NULL OR (domain_name = $3 AND role <> 'superadmin')))";
        let domain = may.domain().map(|domain| domain.as_str().to_owned());
        let ended = run!(&mut tx, "ending a login", sql, id, may.user().map(|user| user.0), domain)?;
        self.commit_accounts(tx).await?;
        Ok(ended > 0)
    }
}

fn bounds(life: LoginLife, now: Timestamp) -> (i64, i64) {
    let since = |span: TimeDelta| now.checked_sub_signed(span).map_or(i64::MIN, micros);
    (since(life.idle), since(life.absolute))
}
