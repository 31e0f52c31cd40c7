//! Keypairs: made, changed, removed.

use rollcall_model::Timestamp;
use rollcall_model::account::Keypair;
use rollcall_model::ids::{AccessKey, UserId};
use rollcall_model::manage::Manage;
use secrecy::SecretString;
use uuid::Uuid;

use super::{exists, known, missing};
use crate::codec::{micros, storable};
use crate::engine::{Tx, retrying, run, writing};
use crate::error::Doing;
use crate::refusal::{Integrity, Refusal};
use crate::ssh_keys::SshKeypair;
use crate::{Store, StoreError, secrets};

/// A keypair to be made.
#[derive(Clone, Debug)]
pub struct NewKeypair {
    /// Public half.
    pub access_key: AccessKey,
    /// Secret half, sealed before it is written.
    pub secret_key: SecretString,
    /// Its SSH key, made outside the transaction.
    pub ssh: SshKeypair,
    /// Whether it may sign.
    pub is_active: bool,
    /// Its admin flag.
    pub is_admin: bool,
    /// Name of its policy.
    pub resource_policy: String,
    /// Requests per 900 seconds.
    pub rate_limit: i32,
}

impl NewKeypair {
    /// With new random halves: `AKIA` and 16 base32 characters, 40 URL-safe ones, and an RSA key.
    /// Slow: call from a blocking thread.
    ///
    /// # Errors
    /// [`StoreError::SshKey`].
    pub fn draw(is_active: bool, is_admin: bool, resource_policy: &str, rate_limit: i32) -> Result<Self, StoreError> {
        Ok(Self {
            access_key: secrets::access_key()?,
            secret_key: secrets::secret_key()?,
            ssh: crate::ssh_keys::generate()?,
            is_active,
            is_admin,
            resource_policy: resource_policy.to_owned(),
            rate_limit,
        })
    }
}

/// What to change; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct KeypairChange {
    /// Whether it may sign.
    pub is_active: Option<bool>,
    /// Its admin flag.
    pub is_admin: Option<bool>,
    /// Name of its policy.
    pub resource_policy: Option<String>,
    /// Requests per 900 seconds.
    pub rate_limit: Option<i32>,
}

const POLICY_KEY: &str = "fk_keypairs_resource_policy_keypair_resource_policies";

impl Store {
    /// Makes a keypair for the person of this e-mail.
    ///
    /// # Errors
    /// [`Refusal::NoMatch`] without such a person, [`Refusal::Integrity`] without such a policy,
    /// [`StoreError::Query`].
    pub async fn create_keypair(
        &self,
        _may: &Manage,
        email: &str,
        new: &NewKeypair,
        at: Timestamp,
    ) -> Result<Keypair, StoreError> {
        retrying!(self.try_create_keypair(email, new, at))?;
        self.made_keypair(&new.access_key).await
    }

    async fn try_create_keypair(&self, email: &str, new: &NewKeypair, at: Timestamp) -> Result<(), StoreError> {
        let email = known(email)?;
        let mut tx = self.begin_accounts().await?;
        let sql = "SELECT id FROM users WHERE email = $1";
        let owner: Option<Uuid> = writing!(&mut tx, db => sqlx::query_scalar(sql).bind(email).fetch_optional(db).await)
            .doing("looking for the owner of a new key")?;
        let owner = owner.ok_or(Refusal::NoMatch)?;
        self.insert_keypair(&mut tx, UserId(owner), new, at).await?;
        self.commit_accounts(tx).await
    }

    /// Changes a keypair. What it may do changes with the next request.
    ///
    /// # Errors
    /// [`Refusal::NoMatch`], [`Refusal::NothingToUpdate`], [`Refusal::Integrity`] without such a
    /// policy, [`Refusal::LastSuperadmin`], [`StoreError::Query`].
    pub async fn modify_keypair(
        &self,
        _may: &Manage,
        access_key: &AccessKey,
        change: &KeypairChange,
    ) -> Result<(), StoreError> {
        retrying!(self.try_modify_keypair(access_key, change))
    }

    async fn try_modify_keypair(&self, access_key: &AccessKey, change: &KeypairChange) -> Result<(), StoreError> {
        let key = known(access_key.as_str())?;
        let KeypairChange { is_active, is_admin, resource_policy, rate_limit } = change;
        if is_active.is_none() && is_admin.is_none() && resource_policy.is_none() && rate_limit.is_none() {
            return Err(Refusal::NothingToUpdate.into());
        }
        let mut tx = self.begin_accounts().await?;
        if let Some(policy) = resource_policy {
            need_policy(&mut tx, policy).await?;
        }
        let changed = run!(
            &mut tx,
            "changing a keypair",
            "UPDATE keypairs SET is_active = COALESCE($2, is_active), is_admin = COALESCE($3, is_admin), \
             resource_policy = COALESCE($4, resource_policy), rate_limit = COALESCE($5, rate_limit) \
             WHERE access_key = $1",
            key,
            *is_active,
            *is_admin,
            resource_policy.as_deref(),
            rate_limit.map(i64::from),
        )?;
        if changed == 0 {
            return Err(Refusal::NoMatch.into());
        }
        self.commit_accounts(tx).await
    }

    /// Removes a keypair with its dotfiles and resource groups, unless sessions, live or over, are
    /// its: the list tells whose they were.
    ///
    /// # Errors
    /// [`Refusal::NoMatch`], [`Refusal::Integrity`] with sessions, [`Refusal::LastSuperadmin`],
    /// [`StoreError::Query`].
    pub async fn delete_keypair(&self, _may: &Manage, access_key: &AccessKey) -> Result<(), StoreError> {
        retrying!(self.try_delete_keypair(access_key))
    }

    async fn try_delete_keypair(&self, access_key: &AccessKey) -> Result<(), StoreError> {
        let key = known(access_key.as_str())?;
        let mut tx = self.begin_accounts().await?;
        // Waits for creations of sessions that are under way, which hold the row; then looks for them.
        if !remove_keypair(&mut tx, key).await? {
            return Err(Refusal::NoMatch.into());
        }
        let sql = "SELECT EXISTS (SELECT 1 FROM sessions WHERE access_key = $1)";
        if exists!(&mut tx, "looking for sessions of a key", sql, key)? {
            return Err(Integrity::Referenced {
                table: "keypairs",
                constraint: "fk_kernels_access_key_keypairs",
                column: "access_key",
                value: key.to_owned(),
                by: "kernels",
            }
            .into());
        }
        self.commit_accounts(tx).await
    }

    /// Writes a keypair inside a transaction that changes accounts.
    pub(crate) async fn insert_keypair(
        &self,
        tx: &mut Tx,
        owner: UserId,
        new: &NewKeypair,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        need_policy(tx, &new.resource_policy).await?;
        run!(
            tx,
            "writing a keypair",
            "INSERT INTO keypairs (access_key, sealed_secret, user_id, is_active, is_admin, resource_policy, \
             rate_limit, num_queries, last_used, created_at, ssh_public_key, sealed_ssh_private_key) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, 0, NULL, $8, $9, $10)",
            new.access_key.as_str(),
            self.keyring().seal(&new.access_key, &new.secret_key)?,
            owner.0,
            new.is_active,
            new.is_admin,
            new.resource_policy.as_str(),
            i64::from(new.rate_limit),
            micros(at),
            new.ssh.public.as_str(),
            self.keyring().seal(&new.access_key, &new.ssh.private)?,
        )
        .map(|_| ())
    }

    /// What was just written; somebody may have been quicker to remove it again.
    pub(crate) async fn made_keypair(&self, access_key: &AccessKey) -> Result<Keypair, StoreError> {
        self.keypair(access_key).await?.ok_or_else(|| Refusal::NoMatch.into())
    }
}

async fn remove_keypair(tx: &mut Tx, key: &str) -> Result<bool, StoreError> {
    let sql = "DELETE FROM resource_group_keypairs WHERE access_key = $1";
    run!(tx, "removing a key's resource groups", sql, key)?;
    run!(tx, "removing a key's dotfiles", "DELETE FROM dotfiles WHERE scope = 'user' AND owner = $1", key)?;
    Ok(run!(tx, "removing a keypair", "DELETE FROM keypairs WHERE access_key = $1", key)? > 0)
}

async fn need_policy(tx: &mut Tx, name: &str) -> Result<(), StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM policies WHERE name = $1)";
    if storable(name) && exists!(tx, "looking for a policy", sql, name)? {
        Ok(())
    } else {
        Err(missing("keypairs", POLICY_KEY, "resource_policy", &name, "keypair_resource_policies"))
    }
}
