//! Resource policies of keypairs: made, changed, removed.

use rollcall_model::account::{DefaultForUnspecified, KeypairPolicy};
use rollcall_model::manage::Manage;
use rollcall_model::slots::Slots;

use super::{duplicate, exists, known};
use crate::codec::{slots_text, text};
use crate::engine::{retrying, run};
use crate::founding::{insert_policy, unspecified};
use crate::refusal::{Integrity, Refusal};
use crate::{Store, StoreError};

/// What to change; `None` leaves it. The fields are those of [`KeypairPolicy`].
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "each is the field of that name in KeypairPolicy")]
pub struct PolicyChange {
    pub default_for_unspecified: Option<DefaultForUnspecified>,
    pub total_resource_slots: Option<Slots>,
    pub max_concurrent_sessions: Option<i32>,
    pub max_containers_per_session: Option<i32>,
    pub idle_timeout: Option<i64>,
    pub max_vfolder_count: Option<i32>,
    pub max_vfolder_size: Option<i64>,
    pub allowed_vfolder_hosts: Option<Vec<String>>,
    pub max_session_lifetime: Option<i64>,
    pub max_extension: Option<i64>,
}

impl Store {
    /// Makes a policy.
    ///
    /// # Errors
    /// [`Refusal::Integrity`] for a taken name, [`StoreError::Query`].
    pub async fn create_policy(&self, _may: &Manage, new: &KeypairPolicy) -> Result<KeypairPolicy, StoreError> {
        retrying!(self.try_create_policy(new))?;
        self.policy(&new.name).await?.ok_or_else(|| Refusal::NoMatch.into())
    }

    async fn try_create_policy(&self, new: &KeypairPolicy) -> Result<(), StoreError> {
        let mut tx = self.begin_accounts().await?;
        let sql = "SELECT EXISTS (SELECT 1 FROM policies WHERE name = $1)";
        if exists!(&mut tx, "looking for a policy", sql, new.name.as_str())? {
            return Err(duplicate("pk_keypair_resource_policies", "name", &new.name));
        }
        insert_policy(&mut tx, new).await?;
        self.commit_accounts(tx).await
    }

    /// Changes a policy; the queue looks again at once.
    ///
    /// # Errors
    /// [`Refusal::NoMatch`], [`StoreError::Query`].
    pub async fn modify_policy(&self, _may: &Manage, name: &str, change: &PolicyChange) -> Result<(), StoreError> {
        retrying!(self.try_modify_policy(name, change))
    }

    async fn try_modify_policy(&self, name: &str, change: &PolicyChange) -> Result<(), StoreError> {
        let name = known(name)?;
        let mut tx = self.begin_accounts().await?;
        let changed = run!(
            &mut tx,
            "changing a policy",
            "UPDATE policies SET default_for_unspecified = COALESCE($2, default_for_unspecified), \
             total_resource_slots = COALESCE($3, total_resource_slots), \
             max_concurrent_sessions = COALESCE($4, max_concurrent_sessions), \
             max_containers_per_session = COALESCE($5, max_containers_per_session), \
             idle_timeout = COALESCE($6, idle_timeout), max_vfolder_count = COALESCE($7, max_vfolder_count), \
             max_vfolder_size = COALESCE($8, max_vfolder_size), \
             allowed_vfolder_hosts = COALESCE($9, allowed_vfolder_hosts), \
             max_session_lifetime = COALESCE($10, max_session_lifetime), \
             max_extension = COALESCE($11, max_extension) WHERE name = $1",
            name,
            change.default_for_unspecified.map(unspecified),
            change.total_resource_slots.as_ref().map(slots_text),
            change.max_concurrent_sessions.map(i64::from),
            change.max_containers_per_session.map(i64::from),
            change.idle_timeout,
            change.max_vfolder_count.map(i64::from),
            change.max_vfolder_size,
            change.allowed_vfolder_hosts.as_ref().map(text),
            change.max_session_lifetime,
            change.max_extension,
        )?;
        if changed == 0 {
            return Err(Refusal::NoMatch.into());
        }
        self.commit_accounts(tx).await
    }

    /// Removes a policy that no keypair has.
    ///
    /// # Errors
    /// [`Refusal::NoMatch`], [`Refusal::Integrity`] while keypairs have it, [`StoreError::Query`].
    pub async fn delete_policy(&self, _may: &Manage, name: &str) -> Result<(), StoreError> {
        retrying!(self.try_delete_policy(name))
    }

    async fn try_delete_policy(&self, name: &str) -> Result<(), StoreError> {
        let name = known(name)?;
        let mut tx = self.begin_accounts().await?;
        let sql = "SELECT EXISTS (SELECT 1 FROM keypairs WHERE resource_policy = $1)";
        if exists!(&mut tx, "looking for keypairs of a policy", sql, name)? {
            return Err(Integrity::Referenced {
                table: "keypair_resource_policies",
                constraint: "fk_keypairs_resource_policy_keypair_resource_policies",
                column: "name",
                value: name.to_owned(),
                by: "keypairs",
            }
            .into());
        }
        if run!(&mut tx, "removing a policy", "DELETE FROM policies WHERE name = $1", name)? == 0 {
            return Err(Refusal::NoMatch.into());
        }
        self.commit_accounts(tx).await
    }
}
