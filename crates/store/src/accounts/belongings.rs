//! Domains, projects, resource groups, presets.

use rollcall_model::access::System;
use rollcall_model::account::{Domain, Group, Preset, ResourceGroup};
use rollcall_model::ids::{AccessKey, DomainName, GroupId, UserId};
use uuid::Uuid;

use crate::codec::{moment, parsed, slots};
use crate::engine::reading;
use crate::error::Doing;
use crate::{Store, StoreError};

#[derive(sqlx::FromRow)]
pub(super) struct DomainRow {
    name: String,
    description: Option<String>,
    is_active: bool,
    total_resource_slots: String,
    allowed_vfolder_hosts: String,
    allowed_registries: String,
    integration_id: Option<String>,
    created_at: i64,
    modified_at: i64,
}

impl DomainRow {
    pub(super) fn domain(self) -> Result<Domain, StoreError> {
        Ok(Domain {
            description: self.description,
            is_active: self.is_active,
            total_resource_slots: slots(&self.total_resource_slots, &self.name)?,
            allowed_vfolder_hosts: parsed(&self.allowed_vfolder_hosts, "allowed folder hosts", &self.name)?,
            integration_id: self.integration_id,
            allowed_registries: parsed(&self.allowed_registries, "allowed registries", &self.name)?,
            created_at: moment(self.created_at),
            modified_at: moment(self.modified_at),
            name: DomainName(self.name),
        })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct GroupRow {
    id: Uuid,
    name: String,
    description: Option<String>,
    is_active: bool,
    domain_name: String,
    total_resource_slots: String,
    allowed_vfolder_hosts: String,
    integration_id: Option<String>,
    created_at: i64,
    modified_at: i64,
}

impl GroupRow {
    pub(super) fn group(self) -> Result<Group, StoreError> {
        Ok(Group {
            id: GroupId(self.id),
            description: self.description,
            is_active: self.is_active,
            domain: DomainName(self.domain_name),
            total_resource_slots: slots(&self.total_resource_slots, &self.name)?,
            allowed_vfolder_hosts: parsed(&self.allowed_vfolder_hosts, "allowed folder hosts", &self.name)?,
            integration_id: self.integration_id,
            created_at: moment(self.created_at),
            modified_at: moment(self.modified_at),
            name: self.name,
        })
    }
}

pub(super) fn groups(rows: Vec<GroupRow>) -> Result<Vec<Group>, StoreError> {
    rows.into_iter().map(GroupRow::group).collect()
}

/// Selects whole projects; continue with a join or `WHERE`.
macro_rules! select_groups {
    ($rest:literal) => {
        concat!(
            "SELECT p.id, p.name, p.description, p.is_active, p.domain_name, p.total_resource_slots, \
             p.allowed_vfolder_hosts, p.integration_id, p.created_at, p.modified_at FROM projects p ",
            $rest
        )
    };
}
pub(super) use select_groups;

#[derive(sqlx::FromRow)]
pub(super) struct ResourceGroupRow {
    name: String,
    description: Option<String>,
    is_active: bool,
    created_at: i64,
    wsproxy_addr: Option<String>,
    driver: String,
    driver_opts: String,
    scheduler: String,
    scheduler_opts: String,
}

impl ResourceGroupRow {
    pub(super) fn resource_group(self) -> Result<ResourceGroup, StoreError> {
        Ok(ResourceGroup {
            description: self.description,
            is_active: self.is_active,
            created_at: moment(self.created_at),
            wsproxy_addr: self.wsproxy_addr,
            driver: self.driver,
            driver_opts: parsed(&self.driver_opts, "options of the driver", &self.name)?,
            scheduler: self.scheduler,
            scheduler_opts: parsed(&self.scheduler_opts, "options of the scheduler", &self.name)?,
            name: self.name,
        })
    }
}

#[derive(sqlx::FromRow)]
struct PresetRow {
    name: String,
    resource_slots: String,
    shared_memory: Option<i64>,
}

impl Store {
    /// A domain.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn domain(&self, name: &DomainName) -> Result<Option<Domain>, StoreError> {
        let sql = "SELECT name, description, is_active, total_resource_slots, allowed_vfolder_hosts, \
                   allowed_registries, integration_id, created_at, modified_at FROM domains WHERE name = $1";
        let row = reading!(self, db => {
            sqlx::query_as::<_, DomainRow>(sql).bind(name.as_str()).fetch_optional(db).await
        });
        row.doing("reading a domain")?.map(DomainRow::domain).transpose()
    }

    /// Whether a domain may use images of `registry`.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn domain_allows_registry(&self, domain: &DomainName, registry: &str) -> Result<bool, StoreError> {
        let domain = self.domain(domain).await?;
        Ok(domain.is_some_and(|domain| domain.allowed_registries.iter().any(|allowed| allowed == registry)))
    }

    /// Projects a person belongs to, by name.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn groups_of_user(&self, user: UserId) -> Result<Vec<Group>, StoreError> {
        let sql =
            select_groups!("JOIN memberships m ON m.project_id = p.id WHERE m.user_id = $1 ORDER BY p.name, p.id");
        let rows = reading!(self, db => sqlx::query_as::<_, GroupRow>(sql).bind(user.0).fetch_all(db).await);
        groups(rows.doing("reading a person's projects")?)
    }

    /// A project by its name in its domain.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn group_by_name(&self, domain: &DomainName, name: &str) -> Result<Option<Group>, StoreError> {
        let sql = select_groups!("WHERE p.domain_name = $1 AND p.name = $2");
        let row = reading!(self, db => {
            sqlx::query_as::<_, GroupRow>(sql).bind(domain.as_str()).bind(name).fetch_optional(db).await
        });
        row.doing("reading a project by name")?.map(GroupRow::group).transpose()
    }

    /// A project by id.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn group_by_id(&self, id: GroupId) -> Result<Option<Group>, StoreError> {
        let sql = select_groups!("WHERE p.id = $1");
        let row = reading!(self, db => sqlx::query_as::<_, GroupRow>(sql).bind(id.0).fetch_optional(db).await);
        row.doing("reading a project")?.map(GroupRow::group).transpose()
    }

    /// Whether a person belongs to a project.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn is_member(&self, group: GroupId, user: UserId) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM memberships WHERE project_id = $1 AND user_id = $2)";
        let member = reading!(self, db => {
            sqlx::query_scalar::<_, bool>(sql).bind(group.0).bind(user.0).fetch_one(db).await
        });
        member.doing("reading a membership")
    }

    /// Active resource groups that a domain, a project or a key may use, by name.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn resource_groups_for(
        &self,
        domain: &DomainName,
        group: GroupId,
        access_key: &AccessKey,
    ) -> Result<Vec<ResourceGroup>, StoreError> {
        let sql = "SELECT g.name, g.description, g.is_active, g.created_at, g.wsproxy_addr, g.driver, g.driver_opts, \
                   g.scheduler, g.scheduler_opts FROM resource_groups g WHERE g.is_active AND g.name IN ( \
                   SELECT resource_group FROM resource_group_domains WHERE domain_name = $1 \
                   UNION SELECT resource_group FROM resource_group_projects WHERE project_id = $2 \
                   UNION SELECT resource_group FROM resource_group_keypairs WHERE access_key = $3) ORDER BY g.name";
        let rows = reading!(self, db => {
            sqlx::query_as::<_, ResourceGroupRow>(sql)
                .bind(domain.as_str()).bind(group.0).bind(access_key.as_str()).fetch_all(db).await
        });
        rows.doing("reading the resource groups of a key")?.into_iter().map(ResourceGroupRow::resource_group).collect()
    }

    /// Every active resource group, for the queue.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn resource_groups_to_schedule(&self, _system: System) -> Result<Vec<ResourceGroup>, StoreError> {
        let sql = "SELECT name, description, is_active, created_at, wsproxy_addr, driver, driver_opts, scheduler, \
                   scheduler_opts FROM resource_groups WHERE is_active ORDER BY name";
        let rows = reading!(self, db => sqlx::query_as::<_, ResourceGroupRow>(sql).fetch_all(db).await);
        rows.doing("reading resource groups")?.into_iter().map(ResourceGroupRow::resource_group).collect()
    }

    /// Presets by name.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn presets(&self) -> Result<Vec<Preset>, StoreError> {
        let sql = "SELECT name, resource_slots, shared_memory FROM presets ORDER BY name";
        let rows = reading!(self, db => sqlx::query_as::<_, PresetRow>(sql).fetch_all(db).await);
        let preset = |row: PresetRow| {
            let resource_slots = slots(&row.resource_slots, &row.name)?;
            Ok(Preset { name: row.name, resource_slots, shared_memory: row.shared_memory })
        };
        rows.doing("reading presets")?.into_iter().map(preset).collect()
    }
}
