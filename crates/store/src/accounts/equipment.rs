//! Resource groups for those who administer them.

use rollcall_model::account::ResourceGroup;
use rollcall_model::ids::{AccessKey, DomainName, GroupId};
use rollcall_model::see::Privileged;

use super::belongings::ResourceGroupRow;
use crate::codec::storable;
use crate::engine::reading;
use crate::error::Doing;
use crate::{Store, StoreError};

/// Which resource groups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResourceGroupFilter<'a> {
    /// The one of this name.
    pub name: Option<&'a str>,
    /// Active ones, or the others.
    pub is_active: Option<bool>,
    /// Those that may be used by it.
    pub usable_by: Option<UsableBy<'a>>,
}

/// To what a resource group is assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsableBy<'a> {
    /// To a domain.
    Domain(&'a DomainName),
    /// To a project.
    Group(GroupId),
    /// To a key.
    Keypair(&'a AccessKey),
}

impl Store {
    /// Resource groups by name.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn resource_groups(
        &self,
        _see: Privileged,
        filter: &ResourceGroupFilter<'_>,
    ) -> Result<Vec<ResourceGroup>, StoreError> {
        let (domain, group, key) = match filter.usable_by {
            None => (None, None, None),
            Some(UsableBy::Domain(domain)) => (Some(domain.as_str()), None, None),
            Some(UsableBy::Group(group)) => (None, Some(group.0), None),
            Some(UsableBy::Keypair(key)) => (None, None, Some(key.as_str())),
        };
        if ![filter.name, domain, key].into_iter().flatten().all(storable) {
            return Ok(Vec::new());
        }
        let sql = "SELECT g.name, g.description, g.is_active, g.created_at, g.wsproxy_addr, g.driver, g.driver_opts, \
                   g.scheduler, g.scheduler_opts FROM resource_groups g \
                   WHERE ($1 IS NULL OR g.name = $1) AND ($2 IS NULL OR g.is_active = $2) \
                   AND ($3 IS NULL OR g.name IN (SELECT resource_group FROM resource_group_domains WHERE domain_name = $3)) \
                   AND ($4 IS NULL OR g.name IN (SELECT resource_group FROM resource_group_projects WHERE project_id = $4)) \
                   AND ($5 IS NULL OR g.name IN (SELECT resource_group FROM resource_group_keypairs WHERE access_key = $5)) \
                   ORDER BY g.name";
        let rows = reading!(self, db => {
            sqlx::query_as::<_, ResourceGroupRow>(sql)
                .bind(filter.name).bind(filter.is_active).bind(domain).bind(group).bind(key).fetch_all(db).await
        });
        rows.doing("reading resource groups")?.into_iter().map(ResourceGroupRow::resource_group).collect()
    }
}
