//! Projects: made, changed, switched off.

use rollcall_model::Timestamp;
use rollcall_model::account::Group;
use rollcall_model::ids::{DomainName, GroupId, UserId};
use rollcall_model::manage::ManageGroups;
use rollcall_model::slots::Slots;

use super::members::{add_members, remove_members};
use super::{duplicate, exists, need_domain, none_left_behind};
use crate::accounts::belongings::{GroupRow, select_groups};
use crate::codec::{micros, slots_text, text};
use crate::engine::{Tx, retrying, run, writing};
use crate::error::Doing;
use crate::refusal::Refusal;
use crate::{Store, StoreError};

/// What to change; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct GroupChange {
    /// Name, unique in its domain.
    pub name: Option<String>,
    /// Free text.
    pub description: Option<String>,
    /// Whether sessions may be made in it.
    pub is_active: Option<bool>,
    /// Another domain; who is not of it leaves the project.
    pub domain: Option<DomainName>,
    /// Quota.
    pub total_resource_slots: Option<Slots>,
    /// Folder hosts.
    pub allowed_vfolder_hosts: Option<Vec<String>>,
    /// Id in another system.
    pub integration_id: Option<String>,
    /// Members to come or go.
    pub members: Option<MemberChange>,
}

/// Members to come or go.
#[derive(Clone, Debug)]
pub enum MemberChange {
    /// People of the project's domain who are no members yet.
    Add(Vec<UserId>),
    /// Anyone.
    Remove(Vec<UserId>),
}

impl GroupChange {
    /// Whether anything but the members changes.
    fn changes_group(&self) -> bool {
        self.name.is_some()
            || self.description.is_some()
            || self.is_active.is_some()
            || self.domain.is_some()
            || self.total_resource_slots.is_some()
            || self.allowed_vfolder_hosts.is_some()
            || self.integration_id.is_some()
    }
}

impl Store {
    /// Makes a project.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for a domain out of reach, [`Refusal::Integrity`] for a taken name and
    /// without such a domain, [`StoreError::Query`].
    pub async fn create_group(&self, may: &ManageGroups, new: &Group) -> Result<Group, StoreError> {
        if !may.admits(&new.domain) {
            return Err(Refusal::NotAllowed.into());
        }
        retrying!(self.try_create_group(new))?;
        self.group_by_id(new.id).await?.ok_or_else(|| Refusal::NoMatch.into())
    }

    async fn try_create_group(&self, new: &Group) -> Result<(), StoreError> {
        let mut tx = self.begin_accounts().await?;
        need_domain(&mut tx, new.domain.as_str(), "groups", DOMAIN_KEY).await?;
        free_name(&mut tx, &new.domain, &new.name, new.id).await?;
        run!(
            &mut tx,
            "writing a project",
            "INSERT INTO projects (id, name, description, is_active, domain_name, total_resource_slots, \
             allowed_vfolder_hosts, integration_id, created_at, modified_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
            new.id.0,
            new.name.as_str(),
            new.description.as_deref(),
            new.is_active,
            new.domain.as_str(),
            slots_text(&new.total_resource_slots),
            text(&new.allowed_vfolder_hosts),
            new.integration_id.as_deref(),
            micros(new.created_at),
        )?;
        self.commit_accounts(tx).await
    }

    /// Changes a project; `None` when only its members changed.
    ///
    /// # Errors
    /// [`Refusal::NoMatch`] for projects out of reach too, [`Refusal::NotAllowed`] for a move out of
    /// reach, [`Refusal::NothingToUpdate`], [`Refusal::Integrity`] for a taken name, without such a
    /// domain, for unknown and for present members, [`Refusal::InUse`] for a move with active sessions,
    /// [`StoreError::Query`].
    pub async fn modify_group(
        &self,
        may: &ManageGroups,
        id: GroupId,
        change: &GroupChange,
        at: Timestamp,
    ) -> Result<Option<Group>, StoreError> {
        retrying!(self.try_modify_group(may, id, change, at))?;
        if change.changes_group() { self.group_by_id(id).await } else { Ok(None) }
    }

    async fn try_modify_group(
        &self,
        may: &ManageGroups,
        id: GroupId,
        change: &GroupChange,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        if !change.changes_group() && change.members.is_none() {
            return Err(Refusal::NothingToUpdate.into());
        }
        let mut tx = self.begin_accounts().await?;
        let old = locked_group(&mut tx, may, id).await?;
        let domain = change.domain.as_ref().unwrap_or(&old.domain);
        if !may.admits(domain) {
            return Err(Refusal::NotAllowed.into());
        }
        need_domain(&mut tx, domain.as_str(), "groups", DOMAIN_KEY).await?;
        free_name(&mut tx, domain, change.name.as_ref().unwrap_or(&old.name), id).await?;
        if *domain != old.domain {
            none_left_behind!(
                &mut tx,
                "the group",
                "SELECT COUNT(*) FROM sessions WHERE group_id = $1 AND status NOT IN (10, 12) AND domain_name <> $2",
                id.0,
                domain.as_str()
            )?;
        }
        if change.changes_group() {
            update_group(&mut tx, id, change, at).await?;
        }
        if *domain != old.domain {
            let sql = "DELETE FROM memberships WHERE project_id = $1 AND user_id IN \
                       (SELECT u.id FROM users u WHERE u.domain_name <> $2)";
            run!(&mut tx, "removing members of another domain", sql, id.0, domain.as_str())?;
        }
        match &change.members {
            Some(MemberChange::Add(users)) => add_members(&mut tx, id, domain, users).await?,
            Some(MemberChange::Remove(users)) => remove_members(&mut tx, id, users).await?,
            None => {}
        }
        self.commit_accounts(tx).await
    }

    /// Switches a project off and forgets its id in another system.
    ///
    /// # Errors
    /// [`Refusal::NoMatch`] for projects out of reach too, [`StoreError::Query`].
    pub async fn delete_group(&self, may: &ManageGroups, id: GroupId, at: Timestamp) -> Result<(), StoreError> {
        retrying!(self.try_delete_group(may, id, at))
    }

    async fn try_delete_group(&self, may: &ManageGroups, id: GroupId, at: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.begin_accounts().await?;
        locked_group(&mut tx, may, id).await?;
        let sql = "UPDATE projects SET is_active = FALSE, integration_id = NULL, modified_at = $2 WHERE id = $1";
        run!(&mut tx, "switching a project off", sql, id.0, micros(at))?;
        self.commit_accounts(tx).await
    }
}

const DOMAIN_KEY: &str = "fk_groups_domain_name_domains";

/// A project within reach, held against creations of sessions and other changes. One out of reach is
/// as unknown as none.
pub(crate) async fn locked_group(tx: &mut Tx, may: &ManageGroups, id: GroupId) -> Result<Group, StoreError> {
    let sql = tx.text(select_groups!("WHERE p.id = $1"), select_groups!("WHERE p.id = $1 FOR UPDATE"));
    let row = writing!(tx, db => sqlx::query_as::<_, GroupRow>(sql).bind(id.0).fetch_optional(db).await);
    let group = row.doing("reading the project to change")?.ok_or(Refusal::NoMatch)?.group()?;
    if may.admits(&group.domain) { Ok(group) } else { Err(Refusal::NoMatch.into()) }
}

async fn update_group(tx: &mut Tx, id: GroupId, change: &GroupChange, at: Timestamp) -> Result<(), StoreError> {
    run!(
        tx,
        "changing a project",
        "UPDATE projects SET name = COALESCE($2, name), description = COALESCE($3, description), \
         is_active = COALESCE($4, is_active), domain_name = COALESCE($5, domain_name), \
         total_resource_slots = COALESCE($6, total_resource_slots), \
         allowed_vfolder_hosts = COALESCE($7, allowed_vfolder_hosts), \
         integration_id = COALESCE($8, integration_id), modified_at = $9 WHERE id = $1",
        id.0,
        change.name.as_deref(),
        change.description.as_deref(),
        change.is_active,
        change.domain.as_ref().map(DomainName::as_str),
        change.total_resource_slots.as_ref().map(slots_text),
        change.allowed_vfolder_hosts.as_ref().map(text),
        change.integration_id.as_deref(),
        micros(at),
    )
    .map(|_| ())
}

async fn free_name(tx: &mut Tx, domain: &DomainName, name: &str, own: GroupId) -> Result<(), StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM projects WHERE domain_name = $1 AND name = $2 AND id <> $3)";
    if exists!(tx, "looking for a project's name", sql, domain.as_str(), name, own.0)? {
        return Err(duplicate("uq_groups_name_domain_name", "name, domain_name", &format!("{name}, {domain}")));
    }
    Ok(())
}
