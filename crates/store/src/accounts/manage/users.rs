//! People: made with a keypair, changed, switched off.

use rollcall_model::Timestamp;
use rollcall_model::account::{Keypair, User, UserStatus};
use rollcall_model::ids::{DomainName, GroupId, UserId};
use rollcall_model::manage::Manage;
use rollcall_model::role::Role;

use super::keypairs::NewKeypair;
use super::members::{join_groups, leave_all_groups};
use super::{duplicate, exists, known, need_domain, none_left_behind};
use crate::accounts::people::{UserRow, select_users};
use crate::codec::micros;
use crate::engine::{Tx, retrying, run, writing};
use crate::error::Doing;
use crate::refusal::Refusal;
use crate::{Store, StoreError};

/// A person to be made.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The account.
    pub user: User,
    /// Argon2id hash from [`crate::passwords::hash`], made outside the transaction.
    pub password_hash: String,
    /// Projects to join; those that are not of the person's domain are left out.
    pub groups: Vec<GroupId>,
    /// The first keypair.
    pub keypair: NewKeypair,
}

/// What to change; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct UserChange {
    /// Unique name.
    pub username: Option<String>,
    /// Argon2id hash.
    pub password_hash: Option<String>,
    /// Whether the next sign-in must change the password.
    pub need_password_change: Option<bool>,
    /// Name for people.
    pub full_name: Option<String>,
    /// Free text.
    pub description: Option<String>,
    /// Whether the account may be used.
    pub status: Option<UserStatus>,
    /// Another domain; without `groups` the person leaves all projects.
    pub domain: Option<DomainName>,
    /// Role; the admin flag of all keys follows.
    pub role: Option<Role>,
    /// All projects from now on; those that are not of the person's domain are left out.
    pub groups: Option<Vec<GroupId>>,
}

/// Why an administrator's change of a status was made (`graphql.md` §8).
const ADMIN_REQUESTED: &str = "admin-requested";

impl Store {
    /// Makes a person with a keypair and memberships.
    ///
    /// # Errors
    /// [`Refusal::Integrity`] for a taken e-mail or user name and without such a domain or policy,
    /// [`StoreError::Query`].
    pub async fn create_user(&self, _may: &Manage, new: &NewUser) -> Result<(User, Keypair), StoreError> {
        retrying!(self.try_create_user(new))?;
        let user = self.user_by_id(new.user.id).await?.ok_or(Refusal::NoMatch)?;
        Ok((user, self.made_keypair(&new.keypair.access_key).await?))
    }

    async fn try_create_user(&self, new: &NewUser) -> Result<(), StoreError> {
        let mut tx = self.begin_accounts().await?;
        self.insert_user(&mut tx, new).await?;
        self.commit_accounts(tx).await
    }

    /// Writes a person inside a transaction that changes accounts.
    pub(crate) async fn insert_user(&self, tx: &mut Tx, new: &NewUser) -> Result<(), StoreError> {
        let user = &new.user;
        need_domain(tx, user.domain.as_str(), "users", DOMAIN_KEY).await?;
        free_email(tx, &user.email).await?;
        free_username(tx, &user.username, user.id).await?;
        run!(
            tx,
            "writing a person",
            "INSERT INTO users (id, username, email, full_name, description, password_hash, need_password_change, \
             status, status_info, role, domain_name, created_at, modified_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)",
            user.id.0,
            user.username.as_str(),
            user.email.as_str(),
            user.full_name.as_str(),
            user.description.as_str(),
            new.password_hash.as_str(),
            user.need_password_change,
            user.status.as_str(),
            user.status_info.as_deref(),
            user.role.as_str(),
            user.domain.as_str(),
            micros(user.created_at),
        )?;
        self.insert_keypair(tx, user.id, &new.keypair, user.created_at).await?;
        join_groups(tx, user.id, &user.domain, &new.groups).await
    }

    /// Changes the person of this e-mail.
    ///
    /// # Errors
    /// [`Refusal::NoMatch`], [`Refusal::Integrity`] for a taken user name and without such a domain,
    /// [`Refusal::InUse`] for a move with active sessions, [`Refusal::LastSuperadmin`], [`StoreError::Query`].
    pub async fn modify_user(
        &self,
        _may: &Manage,
        email: &str,
        change: &UserChange,
        at: Timestamp,
    ) -> Result<User, StoreError> {
        let id = retrying!(self.try_modify_user(email, change, at))?;
        self.user_by_id(id).await?.ok_or_else(|| Refusal::NoMatch.into())
    }

    async fn try_modify_user(&self, email: &str, change: &UserChange, at: Timestamp) -> Result<UserId, StoreError> {
        let mut tx = self.begin_accounts().await?;
        let old = locked_user(&mut tx, email).await?;
        let domain = change.domain.as_ref().unwrap_or(&old.domain);
        if let Some(username) = &change.username {
            free_username(&mut tx, username, old.id).await?;
        }
        need_domain(&mut tx, domain.as_str(), "users", DOMAIN_KEY).await?;
        if *domain != old.domain {
            none_left_behind!(
                &mut tx,
                "the user",
                "SELECT COUNT(*) FROM sessions WHERE user_id = $1 AND status NOT IN (10, 12) AND domain_name <> $2",
                old.id.0,
                domain.as_str()
            )?;
        }
        update_user(&mut tx, &old, change, at).await?;
        if let Some(role) = change.role.filter(|role| *role != old.role) {
            let sql = "UPDATE keypairs SET is_admin = $2 WHERE user_id = $1";
            run!(&mut tx, "letting keys follow a role", sql, old.id.0, role.is_administrative())?;
        }
        let groups = change.groups.as_deref().unwrap_or_default();
        if *domain != old.domain || !groups.is_empty() {
            leave_all_groups(&mut tx, old.id).await?;
            join_groups(&mut tx, old.id, domain, groups).await?;
        }
        self.commit_accounts(tx).await?;
        Ok(old.id)
    }

    /// Switches a person off for good, with all keys; what they have made stays.
    ///
    /// # Errors
    /// [`Refusal::NoMatch`], [`Refusal::LastSuperadmin`], [`StoreError::Query`].
    pub async fn delete_user(&self, _may: &Manage, email: &str, at: Timestamp) -> Result<(), StoreError> {
        retrying!(self.try_delete_user(email, at))
    }

    async fn try_delete_user(&self, email: &str, at: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.begin_accounts().await?;
        let old = locked_user(&mut tx, email).await?;
        let change = UserChange { status: Some(UserStatus::Deleted), ..UserChange::default() };
        update_user(&mut tx, &old, &change, at).await?;
        run!(&mut tx, "switching keys off", "UPDATE keypairs SET is_active = FALSE WHERE user_id = $1", old.id.0)?;
        self.commit_accounts(tx).await
    }
}

const DOMAIN_KEY: &str = "fk_users_domain_name_domains";

/// The person of an e-mail, held against creations of sessions and other changes.
pub(crate) async fn locked_user(tx: &mut Tx, email: &str) -> Result<User, StoreError> {
    let email = known(email)?;
    let sql = tx.text(select_users!("WHERE email = $1"), select_users!("WHERE email = $1 FOR UPDATE"));
    let row = writing!(tx, db => sqlx::query_as::<_, UserRow>(sql).bind(email).fetch_optional(db).await);
    row.doing("reading the person to change")?.ok_or(Refusal::NoMatch)?.user()
}

async fn update_user(tx: &mut Tx, old: &User, change: &UserChange, at: Timestamp) -> Result<(), StoreError> {
    let status = change.status.filter(|status| *status != old.status);
    run!(
        tx,
        "changing a person",
        "UPDATE users SET username = COALESCE($2, username), password_hash = COALESCE($3, password_hash), \
         need_password_change = COALESCE($4, need_password_change), full_name = COALESCE($5, full_name), \
         description = COALESCE($6, description), status = COALESCE($7, status), \
         status_info = COALESCE($8, status_info), domain_name = COALESCE($9, domain_name), \
         role = COALESCE($10, role), modified_at = $11 WHERE id = $1",
        old.id.0,
        change.username.as_deref(),
        change.password_hash.as_deref(),
        change.need_password_change,
        change.full_name.as_deref(),
        change.description.as_deref(),
        status.map(UserStatus::as_str),
        status.map(|_| ADMIN_REQUESTED),
        change.domain.as_ref().map(DomainName::as_str),
        change.role.map(Role::as_str),
        micros(at),
    )
    .map(|_| ())
}

/// Addresses that differ in the case of letters alone are one.
async fn free_email(tx: &mut Tx, email: &str) -> Result<(), StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM users WHERE lower(email) = lower($1))";
    if exists!(tx, "looking for an e-mail", sql, email)? {
        return Err(duplicate("uq_users_email", "email", &email));
    }
    Ok(())
}

async fn free_username(tx: &mut Tx, username: &str, own: UserId) -> Result<(), StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM users WHERE username = $1 AND id <> $2)";
    if exists!(tx, "looking for a user name", sql, username, own.0)? {
        return Err(duplicate("uq_users_username", "username", &username));
    }
    Ok(())
}
