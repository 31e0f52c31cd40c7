//! What people change of their own account, and accounts that people make for themselves.

use rollcall_model::Timestamp;
use rollcall_model::account::{User, UserStatus};
use rollcall_model::ids::{DomainName, GroupId, UserId};
use rollcall_model::own::{OwnAccount, SignUp};
use rollcall_model::role::Role;
use uuid::Uuid;

use super::manage::keypairs::NewKeypair;
use super::manage::users::NewUser;
use crate::codec::{micros, storable};
use crate::engine::{Tx, reading, retrying, run, writing};
use crate::error::Doing;
use crate::refusal::Refusal;
use crate::ssh_keys::SshKeypair;
use crate::{Store, StoreError};

/// Accounts that wait for an administrator at most: strangers don't fill the disk.
pub const MAX_APPLICANTS: i64 = 1000;

/// Why a status is what it is: somebody made the account without being asked.
const SIGNED_UP: &str = "signed-up";
/// The same: the person went.
const SIGNED_OUT: &str = "signed-out";
/// The project that new people join.
const FIRST_GROUP: &str = "default";

/// Somebody who made an account for themselves.
#[derive(Clone, Debug)]
pub struct Applicant {
    /// Domain.
    pub domain: DomainName,
    /// E-mail.
    pub email: String,
    /// User name.
    pub username: String,
    /// Name for people.
    pub full_name: String,
    /// Free text.
    pub description: String,
    /// Argon2id hash from [`crate::passwords::hash`].
    pub password_hash: String,
    /// The first keypair; whatever it says, it may not sign yet and is no administrator's.
    pub keypair: NewKeypair,
}

impl Store {
    /// The hash of one's own password.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn own_password_hash(&self, own: &OwnAccount) -> Result<Option<String>, StoreError> {
        let sql = "SELECT password_hash FROM users WHERE id = $1";
        let hash = reading!(self, db => sqlx::query_scalar(sql).bind(own.user().0).fetch_optional(db).await);
        hash.doing("reading the hash of a password")
    }

    /// Changes one's own password, unless it is no longer the one of `old_hash`: then the answer is
    /// `false`. Nobody is asked to change it any more.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn change_own_password(
        &self,
        own: &OwnAccount,
        old_hash: &str,
        new_hash: &str,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let sql = "UPDATE users SET password_hash = $3, need_password_change = FALSE, modified_at = $4 \
                   WHERE id = $1 AND password_hash = $2";
        let changed = run!(&mut tx, "changing a password", sql, own.user().0, old_hash, new_hash, micros(at))?;
        tx.commit().await?;
        Ok(changed > 0)
    }

    /// Changes one's own name.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn change_own_name(&self, own: &OwnAccount, full_name: &str, at: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let sql = "UPDATE users SET full_name = $2, modified_at = $3 WHERE id = $1";
        run!(&mut tx, "changing a name", sql, own.user().0, full_name, micros(at))?;
        tx.commit().await
    }

    /// The public half of the SSH key that belongs to the signing key.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn own_ssh_key(&self, own: &OwnAccount) -> Result<Option<String>, StoreError> {
        let sql = "SELECT ssh_public_key FROM keypairs WHERE access_key = $1";
        let found = reading!(self, db => {
            sqlx::query_scalar::<_, Option<String>>(sql).bind(own.access_key().as_str()).fetch_optional(db).await
        });
        Ok(found.doing("reading an SSH key")?.flatten())
    }

    /// Replaces the SSH key that belongs to the signing key.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Secret`].
    pub async fn replace_own_ssh_key(&self, own: &OwnAccount, ssh: &SshKeypair) -> Result<(), StoreError> {
        let sealed = self.keyring().seal(own.access_key(), &ssh.private)?;
        let mut tx = self.begin().await?;
        let sql = "UPDATE keypairs SET ssh_public_key = $2, sealed_ssh_private_key = $3 WHERE access_key = $1";
        run!(&mut tx, "replacing an SSH key", sql, own.access_key().as_str(), ssh.public.as_str(), sealed)?;
        tx.commit().await
    }

    /// Switches one's own account off, with all its keys.
    ///
    /// # Errors
    /// [`Refusal::LastSuperadmin`], [`StoreError::Query`].
    pub async fn sign_out(&self, own: &OwnAccount, at: Timestamp) -> Result<(), StoreError> {
        retrying!(self.try_sign_out(own, at))
    }

    async fn try_sign_out(&self, own: &OwnAccount, at: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.begin_accounts().await?;
        let sql = "UPDATE users SET status = $2, status_info = $3, modified_at = $4 WHERE id = $1";
        let status = UserStatus::Inactive.as_str();
        run!(&mut tx, "switching an account off", sql, own.user().0, status, SIGNED_OUT, micros(at))?;
        let sql = "UPDATE keypairs SET is_active = FALSE WHERE user_id = $1";
        run!(&mut tx, "switching keys off", sql, own.user().0)?;
        self.commit_accounts(tx).await
    }

    /// Makes an account that can do nothing until an administrator enables it and its key; a member of
    /// the domain's project `default`, if there is one.
    ///
    /// # Errors
    /// [`Refusal::NoMatch`] without such an active domain, [`Refusal::InUse`] when too many wait,
    /// [`Refusal::Integrity`] for a taken e-mail or user name, [`StoreError::Query`].
    pub async fn sign_up(&self, _may: SignUp, applicant: &Applicant, at: Timestamp) -> Result<(), StoreError> {
        if !storable(applicant.domain.as_str()) {
            return Err(Refusal::NoMatch.into());
        }
        retrying!(self.try_sign_up(applicant, at))
    }

    async fn try_sign_up(&self, applicant: &Applicant, at: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.begin_accounts().await?;
        let groups = first_groups(&mut tx, &applicant.domain).await?;
        if applicants(&mut tx).await? >= MAX_APPLICANTS {
            return Err(Refusal::InUse("too many accounts wait to be enabled".to_owned()).into());
        }
        self.insert_user(&mut tx, &new_user(applicant, groups, at)).await?;
        self.commit_accounts(tx).await
    }
}

/// The projects that new people of a domain join; [`Refusal::NoMatch`] without such an active domain.
async fn first_groups(tx: &mut Tx, domain: &DomainName) -> Result<Vec<GroupId>, StoreError> {
    let sql = "SELECT p.id FROM domains d LEFT JOIN projects p ON p.domain_name = d.name AND p.name = $2 \
               WHERE d.name = $1 AND d.is_active";
    let found: Vec<Option<Uuid>> = writing!(tx, db => {
        sqlx::query_scalar(sql).bind(domain.as_str()).bind(FIRST_GROUP).fetch_all(db).await
    })
    .doing("looking for the domain of a new person")?;
    if found.is_empty() {
        return Err(Refusal::NoMatch.into());
    }
    Ok(found.into_iter().flatten().map(GroupId).collect())
}

async fn applicants(tx: &mut Tx) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) FROM users WHERE status = 'inactive' AND status_info = $1";
    let waiting = writing!(tx, db => sqlx::query_scalar(sql).bind(SIGNED_UP).fetch_one(db).await);
    waiting.doing("counting accounts that wait")
}

fn new_user(applicant: &Applicant, groups: Vec<GroupId>, at: Timestamp) -> NewUser {
    let user = User {
        id: UserId::random(),
        username: applicant.username.clone(),
        email: applicant.email.clone(),
        full_name: applicant.full_name.clone(),
        description: applicant.description.clone(),
        status: UserStatus::Inactive,
        status_info: Some(SIGNED_UP.to_owned()),
        need_password_change: false,
        role: Role::User,
        domain: applicant.domain.clone(),
        created_at: at,
        modified_at: at,
    };
    let keypair = NewKeypair { is_active: false, is_admin: false, ..applicant.keypair.clone() };
    NewUser { user, password_hash: applicant.password_hash.clone(), groups, keypair }
}
