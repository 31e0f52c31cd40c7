//! Resource groups, and who may use them; the API says scaling group.

use rollcall_model::account::ResourceGroup;
use rollcall_model::ids::{AccessKey, DomainName, GroupId};
use rollcall_model::manage::Manage;
use serde_json::Value;

use super::{duplicate, exists, known, missing};
use crate::codec::storable;
use crate::engine::{Tx, retrying, run};
use crate::founding::insert_resource_group;
use crate::refusal::{Integrity, Refusal};
use crate::{Store, StoreError};

/// What to change; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct ResourceGroupChange {
    /// Free text.
    pub description: Option<String>,
    /// Whether it takes sessions.
    pub is_active: Option<bool>,
    /// Address of the proxy for applications.
    pub wsproxy_addr: Option<String>,
    /// `static`.
    pub driver: Option<String>,
    /// Options of the driver, an object.
    pub driver_opts: Option<Value>,
    /// `fifo`, `lifo` or `drf`.
    pub scheduler: Option<String>,
    /// Options of the scheduler, an object.
    pub scheduler_opts: Option<Value>,
}

/// Who may use a resource group.
#[derive(Clone, Copy, Debug)]
pub enum Usage<'a> {
    /// Everyone of a domain.
    Domain(&'a DomainName),
    /// Everyone in a project.
    Group(GroupId),
    /// A key.
    Keypair(&'a AccessKey),
}

/// Runs one of three statements, with the resource group as `$1` and who may use it as `$2`.
macro_rules! of_usage {
    ($run:ident, $tx:expr, $act:literal, $name:expr, $usage:expr, $domain:literal, $group:literal, $key:literal) => {
        match $usage {
            Usage::Domain(domain) => $run!($tx, $act, $domain, $name, domain.as_str()),
            Usage::Group(group) => $run!($tx, $act, $group, $name, group.0),
            Usage::Keypair(key) => $run!($tx, $act, $key, $name, key.as_str()),
        }
    };
}

impl Store {
    /// Makes a resource group.
    ///
    /// # Errors
    /// [`Refusal::Integrity`] for a taken name, [`StoreError::Query`].
    pub async fn create_resource_group(&self, _may: &Manage, new: &ResourceGroup) -> Result<(), StoreError> {
        retrying!(self.try_create_resource_group(new))
    }

    async fn try_create_resource_group(&self, new: &ResourceGroup) -> Result<(), StoreError> {
        let mut tx = self.begin_accounts().await?;
        if resource_group_exists(&mut tx, &new.name).await? {
            return Err(duplicate("pk_scaling_groups", "name", &new.name));
        }
        insert_resource_group(&mut tx, new).await?;
        self.commit_accounts(tx).await
    }

    /// Changes a resource group; the queue looks again at once.
    ///
    /// # Errors
    /// [`Refusal::NoMatch`], [`StoreError::Query`].
    pub async fn modify_resource_group(
        &self,
        _may: &Manage,
        name: &str,
        change: &ResourceGroupChange,
    ) -> Result<(), StoreError> {
        let name = known(name)?;
        let mut tx = self.begin_accounts().await?;
        let changed = run!(
            &mut tx,
            "changing a resource group",
            "UPDATE resource_groups SET description = COALESCE($2, description), \
             is_active = COALESCE($3, is_active), wsproxy_addr = COALESCE($4, wsproxy_addr), \
             driver = COALESCE($5, driver), driver_opts = COALESCE($6, driver_opts), \
             scheduler = COALESCE($7, scheduler), scheduler_opts = COALESCE($8, scheduler_opts) WHERE name = $1",
            name,
            change.description.as_deref(),
            change.is_active,
            change.wsproxy_addr.as_deref(),
            change.driver.as_deref(),
            change.driver_opts.as_ref().map(Value::to_string),
            change.scheduler.as_deref(),
            change.scheduler_opts.as_ref().map(Value::to_string),
        )?;
        if changed == 0 {
            return Err(Refusal::NoMatch.into());
        }
        self.commit_accounts(tx).await
    }

    /// Removes a resource group with its associations, unless it has agents or unfinished sessions.
    ///
    /// # Errors
    /// [`Refusal::NoMatch`], [`Refusal::Integrity`] with agents or sessions, [`StoreError::Query`].
    pub async fn delete_resource_group(&self, _may: &Manage, name: &str) -> Result<(), StoreError> {
        retrying!(self.try_delete_resource_group(name))
    }

    async fn try_delete_resource_group(&self, name: &str) -> Result<(), StoreError> {
        let name = known(name)?;
        let mut tx = self.begin_accounts().await?;
        let referenced = |constraint, by| Integrity::Referenced {
            table: "scaling_groups",
            constraint,
            column: "name",
            value: name.to_owned(),
            by,
        };
        let sql = "SELECT EXISTS (SELECT 1 FROM agents WHERE scaling_group = $1)";
        if exists!(&mut tx, "looking for agents of a resource group", sql, name)? {
            return Err(referenced("fk_agents_scaling_group_scaling_groups", "agents").into());
        }
        let sql = "SELECT EXISTS (SELECT 1 FROM sessions WHERE scaling_group = $1 AND status NOT IN (10, 12))";
        if exists!(&mut tx, "looking for sessions of a resource group", sql, name)? {
            return Err(referenced("fk_kernels_scaling_group_scaling_groups", "kernels").into());
        }
        for sql in [
            "DELETE FROM resource_group_domains WHERE resource_group = $1",
            "DELETE FROM resource_group_projects WHERE resource_group = $1",
            "DELETE FROM resource_group_keypairs WHERE resource_group = $1",
        ] {
            run!(&mut tx, "removing a resource group's associations", sql, name)?;
        }
        if run!(&mut tx, "removing a resource group", "DELETE FROM resource_groups WHERE name = $1", name)? == 0 {
            return Err(Refusal::NoMatch.into());
        }
        self.commit_accounts(tx).await
    }

    /// Lets a domain, project or key use a resource group.
    ///
    /// # Errors
    /// [`Refusal::Integrity`] if it may already and without such a one, [`StoreError::Query`].
    pub async fn associate_resource_group(
        &self,
        _may: &Manage,
        name: &str,
        usage: Usage<'_>,
    ) -> Result<(), StoreError> {
        retrying!(self.try_associate(name, usage))
    }

    async fn try_associate(&self, name: &str, usage: Usage<'_>) -> Result<(), StoreError> {
        let mut tx = self.begin_accounts().await?;
        let words = words(usage);
        if !storable(name) || !resource_group_exists(&mut tx, name).await? {
            return Err(missing(words.table, words.group_key, "scaling_group", &name, "scaling_groups"));
        }
        if !storable(&words.value) || !user_exists(&mut tx, usage).await? {
            return Err(missing(words.table, words.user_key, words.column, &words.value, words.wanted));
        }
        let taken = of_usage!(
            exists,
            &mut tx,
            "looking for an association",
            name,
            usage,
            "SELECT EXISTS (SELECT 1 FROM resource_group_domains WHERE resource_group = $1 AND domain_name = $2)",
            "SELECT EXISTS (SELECT 1 FROM resource_group_projects WHERE resource_group = $1 AND project_id = $2)",
            "SELECT EXISTS (SELECT 1 FROM resource_group_keypairs WHERE resource_group = $1 AND access_key = $2)"
        )?;
        if taken {
            return Err(duplicate(words.unique, words.both, &format!("{name}, {}", words.value)));
        }
        of_usage!(
            run,
            &mut tx,
            "writing an association",
            name,
            usage,
            "INSERT INTO resource_group_domains (resource_group, domain_name) VALUES ($1, $2)",
            "INSERT INTO resource_group_projects (resource_group, project_id) VALUES ($1, $2)",
            "INSERT INTO resource_group_keypairs (resource_group, access_key) VALUES ($1, $2)"
        )?;
        self.commit_accounts(tx).await
    }

    /// Takes that back; for `None` from every resource group.
    ///
    /// # Errors
    /// [`Refusal::NoMatch`] if there was none, [`StoreError::Query`].
    pub async fn disassociate_resource_group(
        &self,
        _may: &Manage,
        name: Option<&str>,
        usage: Usage<'_>,
    ) -> Result<(), StoreError> {
        known(name.unwrap_or_default())?;
        known(&words(usage).value)?;
        let mut tx = self.begin_accounts().await?;
        let gone = of_usage!(
            run,
            &mut tx,
            "removing an association",
            name,
            usage,
            "DELETE FROM resource_group_domains WHERE ($1 IS NULL OR resource_group = $1) AND domain_name = $2",
            "DELETE FROM resource_group_projects WHERE ($1 IS NULL OR resource_group = $1) AND project_id = $2",
            "DELETE FROM resource_group_keypairs WHERE ($1 IS NULL OR resource_group = $1) AND access_key = $2"
        )?;
        if gone == 0 {
            return Err(Refusal::NoMatch.into());
        }
        self.commit_accounts(tx).await
    }
}

/// The contract's names for an association.
struct Words {
    table: &'static str,
    group_key: &'static str,
    user_key: &'static str,
    column: &'static str,
    wanted: &'static str,
    unique: &'static str,
    both: &'static str,
    value: String,
}

fn words(usage: Usage<'_>) -> Words {
    match usage {
        Usage::Domain(domain) => Words {
            table: "sgroups_for_domains",
            group_key: "fk_sgroups_for_domains_scaling_group_scaling_groups",
            user_key: "fk_sgroups_for_domains_domain_domains",
            column: "domain",
            wanted: "domains",
            unique: "uq_sgroup_domain",
            both: "scaling_group, domain",
            value: domain.to_string(),
        },
        Usage::Group(group) => Words {
            table: "sgroups_for_groups",
            group_key: "fk_sgroups_for_groups_scaling_group_scaling_groups",
            user_key: "fk_sgroups_for_groups_group_groups",
            column: "group",
            wanted: "groups",
            unique: "uq_sgroup_ugroup",
            both: "scaling_group, \"group\"",
            value: group.to_string(),
        },
        Usage::Keypair(key) => Words {
            table: "sgroups_for_keypairs",
            group_key: "fk_sgroups_for_keypairs_scaling_group_scaling_groups",
            user_key: "fk_sgroups_for_keypairs_access_key_keypairs",
            column: "access_key",
            wanted: "keypairs",
            unique: "uq_sgroup_akey",
            both: "scaling_group, access_key",
            value: key.to_string(),
        },
    }
}

async fn resource_group_exists(tx: &mut Tx, name: &str) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM resource_groups WHERE name = $1)";
    exists!(tx, "looking for a resource group", sql, name)
}

async fn user_exists(tx: &mut Tx, usage: Usage<'_>) -> Result<bool, StoreError> {
    match usage {
        Usage::Domain(domain) => {
            exists!(
                tx,
                "looking for a domain",
                "SELECT EXISTS (SELECT 1 FROM domains WHERE name = $1)",
                domain.as_str()
            )
        }
        Usage::Group(group) => {
            exists!(tx, "looking for a project", "SELECT EXISTS (SELECT 1 FROM projects WHERE id = $1)", group.0)
        }
        Usage::Keypair(key) => {
            let sql = "SELECT EXISTS (SELECT 1 FROM keypairs WHERE access_key = $1)";
            exists!(tx, "looking for a keypair", sql, key.as_str())
        }
    }
}
