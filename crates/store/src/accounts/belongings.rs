//! Domains, projects, resource groups, presets, the announcement.

use rollcall_model::Timestamp;
use rollcall_model::access::System;
use rollcall_model::account::{Group, Preset, ResourceGroup};
use rollcall_model::ids::{AccessKey, DomainName, GroupId, UserId};
use rollcall_model::slots::Slots;

use crate::{Store, StoreError};

/// A tenant.
#[derive(Clone, Debug, PartialEq)]
pub struct Domain {
    /// Name.
    pub name: DomainName,
    /// Free text.
    pub description: Option<String>,
    /// Whether its people may do anything.
    pub is_active: bool,
    /// Quota; slots not listed are unlimited.
    pub total_resource_slots: Slots,
    /// Registries whose images it may use.
    pub allowed_registries: Vec<String>,
    /// Made at.
    pub created_at: Timestamp,
    /// Last changed at.
    pub modified_at: Timestamp,
}

impl Store {
    /// A domain.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn domain(&self, name: &DomainName) -> Result<Option<Domain>, StoreError> {
        todo!("{name}")
    }

    /// Whether a domain may use images of `registry`.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn domain_allows_registry(&self, domain: &DomainName, registry: &str) -> Result<bool, StoreError> {
        todo!("{domain} {registry}")
    }

    /// Projects a person belongs to, by name.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn groups_of_user(&self, user: UserId) -> Result<Vec<Group>, StoreError> {
        todo!("{user}")
    }

    /// Projects of one domain or of all, by domain and name.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn groups(&self, domain: Option<&DomainName>, is_active: Option<bool>) -> Result<Vec<Group>, StoreError> {
        todo!("{domain:?} {is_active:?}")
    }

    /// A project by its name in its domain.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn group_by_name(&self, domain: &DomainName, name: &str) -> Result<Option<Group>, StoreError> {
        todo!("{domain} {name}")
    }

    /// A project by id.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn group_by_id(&self, id: GroupId) -> Result<Option<Group>, StoreError> {
        todo!("{id}")
    }

    /// Whether a person belongs to a project.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn is_member(&self, group: GroupId, user: UserId) -> Result<bool, StoreError> {
        todo!("{group} {user}")
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
        todo!("{domain} {group} {access_key}")
    }

    /// Presets by name.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn presets(&self) -> Result<Vec<Preset>, StoreError> {
        todo!()
    }

    /// The announcement, if there is one.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn announcement(&self) -> Result<Option<String>, StoreError> {
        todo!()
    }

    /// Sets or takes back the announcement.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn announce(&self, _system: System, message: Option<&str>) -> Result<(), StoreError> {
        todo!("{message:?}")
    }
}
