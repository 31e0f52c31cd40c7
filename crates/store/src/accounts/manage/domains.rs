//! Domains: made, changed, renamed, switched off.

use rollcall_model::Timestamp;
use rollcall_model::account::Domain;
use rollcall_model::ids::DomainName;
use rollcall_model::manage::Manage;
use rollcall_model::slots::Slots;

use super::{duplicate, exists, known};
use crate::codec::{micros, slots_text, text};
use crate::engine::{Tx, retrying, run};
use crate::error::Doing;
use crate::refusal::Refusal;
use crate::{Store, StoreError};

/// What to change; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct DomainChange {
    /// Another name.
    pub name: Option<DomainName>,
    /// Free text.
    pub description: Option<String>,
    /// Whether its people may do anything.
    pub is_active: Option<bool>,
    /// Quota.
    pub total_resource_slots: Option<Slots>,
    /// Folder hosts.
    pub allowed_vfolder_hosts: Option<Vec<String>>,
    /// Registries whose images it may use.
    pub allowed_registries: Option<Vec<String>>,
    /// Id in another system.
    pub integration_id: Option<String>,
}

/// Everything that names a domain, in an order in which no reference is ever broken.
const RENAME: [&str; 10] = [
    "INSERT INTO domains (name, description, is_active, total_resource_slots, allowed_vfolder_hosts, \
     allowed_registries, integration_id, created_at, modified_at) SELECT $2, description, is_active, \
     total_resource_slots, allowed_vfolder_hosts, allowed_registries, integration_id, created_at, modified_at \
     FROM domains WHERE name = $1",
    "UPDATE users SET domain_name = $2 WHERE domain_name = $1",
    "UPDATE projects SET domain_name = $2 WHERE domain_name = $1",
    "UPDATE resource_group_domains SET domain_name = $2 WHERE domain_name = $1",
    "UPDATE session_templates SET domain_name = $2 WHERE domain_name = $1",
    "UPDATE dotfiles SET owner = $2 WHERE scope = 'domain' AND owner = $1",
    "UPDATE sessions SET domain_name = $2 WHERE domain_name = $1",
    "UPDATE counts_by_domain SET domain_name = $2 WHERE domain_name = $1",
    "UPDATE counts_by_owner SET domain_name = $2 WHERE domain_name = $1",
    "UPDATE events SET domain_name = $2 WHERE domain_name = $1",
];

impl Store {
    /// Makes a domain without projects or people.
    ///
    /// # Errors
    /// [`Refusal::Integrity`] for a taken name, [`StoreError::Query`].
    pub async fn create_domain(&self, _may: &Manage, new: &Domain) -> Result<Domain, StoreError> {
        retrying!(self.try_create_domain(new))?;
        self.domain(&new.name).await?.ok_or_else(|| Refusal::NoMatch.into())
    }

    async fn try_create_domain(&self, new: &Domain) -> Result<(), StoreError> {
        let mut tx = self.begin_accounts().await?;
        free_name(&mut tx, &new.name).await?;
        run!(
            &mut tx,
            "writing a domain",
            "INSERT INTO domains (name, description, is_active, total_resource_slots, allowed_vfolder_hosts, \
             allowed_registries, integration_id, created_at, modified_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
            new.name.as_str(),
            new.description.as_deref(),
            new.is_active,
            slots_text(&new.total_resource_slots),
            text(&new.allowed_vfolder_hosts),
            text(&new.allowed_registries),
            new.integration_id.as_deref(),
            micros(new.created_at),
        )?;
        self.commit_accounts(tx).await
    }

    /// Changes a domain. Another name goes into everything that names it, old sessions included:
    /// whoever takes the old name later must not find them. So it waits until no session is active.
    ///
    /// # Errors
    /// [`Refusal::NoMatch`], [`Refusal::Integrity`] for a taken name, [`Refusal::InUse`] for another
    /// name with active sessions, [`Refusal::LastSuperadmin`], [`StoreError::Query`].
    pub async fn modify_domain(
        &self,
        _may: &Manage,
        name: &DomainName,
        change: &DomainChange,
        at: Timestamp,
    ) -> Result<Domain, StoreError> {
        retrying!(self.try_modify_domain(name, change, at))?;
        let name = change.name.as_ref().unwrap_or(name);
        self.domain(name).await?.ok_or_else(|| Refusal::NoMatch.into())
    }

    async fn try_modify_domain(
        &self,
        name: &DomainName,
        change: &DomainChange,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let old = known(name.as_str())?;
        let mut tx = self.begin_accounts().await?;
        let changed = run!(
            &mut tx,
            "changing a domain",
            "UPDATE domains SET description = COALESCE($2, description), is_active = COALESCE($3, is_active), \
             total_resource_slots = COALESCE($4, total_resource_slots), \
             allowed_vfolder_hosts = COALESCE($5, allowed_vfolder_hosts), \
             allowed_registries = COALESCE($6, allowed_registries), \
             integration_id = COALESCE($7, integration_id), modified_at = $8 WHERE name = $1",
            old,
            change.description.as_deref(),
            change.is_active,
            change.total_resource_slots.as_ref().map(slots_text),
            change.allowed_vfolder_hosts.as_ref().map(text),
            change.allowed_registries.as_ref().map(text),
            change.integration_id.as_deref(),
            micros(at),
        )?;
        if changed == 0 {
            return Err(Refusal::NoMatch.into());
        }
        if let Some(new) = change.name.as_ref().filter(|new| *new != name) {
            free_name(&mut tx, new).await?;
            rename(&mut tx, old, new.as_str()).await?;
        }
        self.commit_accounts(tx).await
    }

    /// Switches a domain off: its people can do nothing from the next request on.
    ///
    /// # Errors
    /// [`Refusal::NoMatch`], [`Refusal::LastSuperadmin`], [`StoreError::Query`].
    pub async fn delete_domain(&self, may: &Manage, name: &DomainName, at: Timestamp) -> Result<(), StoreError> {
        let off = DomainChange { is_active: Some(false), ..DomainChange::default() };
        self.modify_domain(may, name, &off, at).await.map(|_| ())
    }
}

async fn free_name(tx: &mut Tx, name: &DomainName) -> Result<(), StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM domains WHERE name = $1)";
    if exists!(tx, "looking for a domain", sql, name.as_str())? {
        return Err(duplicate("pk_domains", "name", name));
    }
    Ok(())
}

async fn rename(tx: &mut Tx, old: &str, new: &str) -> Result<(), StoreError> {
    hold_domain(tx, old).await?;
    let sql = "SELECT EXISTS (SELECT 1 FROM sessions WHERE domain_name = $1 AND status NOT IN (10, 12))";
    if exists!(tx, "looking for sessions of a domain", sql, old)? {
        return Err(Refusal::InUse("a domain with active sessions cannot be renamed".to_owned()).into());
    }
    for sql in RENAME {
        run!(tx, "renaming a domain", sql, old, new)?;
    }
    run!(tx, "renaming a domain", "DELETE FROM domains WHERE name = $1", old).map(|_| ())
}

/// Waits for creations of sessions under way, keeps new ones waiting, and holds the totals still.
/// On SQLite the transaction is alone anyway.
async fn hold_domain(tx: &mut Tx, domain: &str) -> Result<(), StoreError> {
    let Tx::Postgres(tx) = tx else { return Ok(()) };
    let people = "SELECT id FROM users WHERE domain_name = $1 ORDER BY id FOR UPDATE";
    sqlx::query(people).bind(domain).execute(&mut **tx).await.doing("holding a domain's people")?;
    let totals = "LOCK TABLE counts_by_domain, counts_by_owner IN SHARE ROW EXCLUSIVE MODE";
    sqlx::query(totals).execute(&mut **tx).await.map(|_| ()).doing("holding the totals")
}
