//! Presets: made, changed, removed.

use rollcall_model::account::Preset;
use rollcall_model::manage::Manage;
use rollcall_model::slots::Slots;

use super::{duplicate, exists, known};
use crate::codec::slots_text;
use crate::engine::{retrying, run};
use crate::founding::insert_preset;
use crate::refusal::Refusal;
use crate::{Store, StoreError};

impl Store {
    /// Makes a preset.
    ///
    /// # Errors
    /// [`Refusal::Integrity`] for a taken name, [`StoreError::Query`].
    pub async fn create_preset(&self, _may: &Manage, new: &Preset) -> Result<Preset, StoreError> {
        retrying!(self.try_create_preset(new))?;
        self.preset(&new.name).await?.ok_or_else(|| Refusal::NoMatch.into())
    }

    async fn try_create_preset(&self, new: &Preset) -> Result<(), StoreError> {
        let mut tx = self.begin_accounts().await?;
        let sql = "SELECT EXISTS (SELECT 1 FROM presets WHERE name = $1)";
        if exists!(&mut tx, "looking for a preset", sql, new.name.as_str())? {
            return Err(duplicate("pk_resource_presets", "name", &new.name));
        }
        insert_preset(&mut tx, new).await?;
        self.commit_accounts(tx).await
    }

    /// Changes a preset; `None` leaves a value, and no bytes of shared memory take it away.
    ///
    /// # Errors
    /// [`Refusal::NoMatch`], [`StoreError::Query`].
    pub async fn modify_preset(
        &self,
        _may: &Manage,
        name: &str,
        resource_slots: Option<&Slots>,
        shared_memory: Option<i64>,
    ) -> Result<(), StoreError> {
        let name = known(name)?;
        let mut tx = self.begin_accounts().await?;
        let sql = "UPDATE presets SET resource_slots = COALESCE($2, resource_slots), \
                   shared_memory = NULLIF(COALESCE($3, shared_memory), 0) WHERE name = $1";
        if run!(&mut tx, "changing a preset", sql, name, resource_slots.map(slots_text), shared_memory)? == 0 {
            return Err(Refusal::NoMatch.into());
        }
        self.commit_accounts(tx).await
    }

    /// Removes a preset.
    ///
    /// # Errors
    /// [`Refusal::NoMatch`], [`StoreError::Query`].
    pub async fn delete_preset(&self, _may: &Manage, name: &str) -> Result<(), StoreError> {
        let name = known(name)?;
        let mut tx = self.begin_accounts().await?;
        if run!(&mut tx, "removing a preset", "DELETE FROM presets WHERE name = $1", name)? == 0 {
            return Err(Refusal::NoMatch.into());
        }
        self.commit_accounts(tx).await
    }
}
