//! The first start: everything a new installation consists of, written in one transaction.

use rollcall_model::Timestamp;
use rollcall_model::account::{DefaultForUnspecified, KeypairPolicy, Preset, ResourceGroup};
use rollcall_model::agent::Agent;
use rollcall_model::ids::{AccessKey, DomainName, GroupId, UserId};
use rollcall_model::role::Role;
use rollcall_model::session::{Kernel, Session};
use rollcall_model::status::{Status, Step};
use secrecy::SecretString;

use crate::agents::insert_agent;
use crate::codec::{micros, slots_text, text};
use crate::counters::count;
use crate::engine::{Tx, retrying, run, writing};
use crate::error::Doing;
use crate::sessions::write::{insert_history, insert_kernel, insert_session};
use crate::{Store, StoreError};

/// A domain with its project `default`.
#[derive(Clone, Debug)]
pub struct NewDomain {
    /// Name.
    pub name: DomainName,
    /// Id of its project.
    pub group_id: GroupId,
    /// Name of its project.
    pub group_name: String,
    /// Registries whose images it may use.
    pub allowed_registries: Vec<String>,
}

/// A person with one keypair, a member of their domain's project.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// Id.
    pub id: UserId,
    /// E-mail.
    pub email: String,
    /// Name for people.
    pub full_name: String,
    /// Unique name.
    pub username: String,
    /// Role; administrative ones get the key's admin flag.
    pub role: Role,
    /// Domain.
    pub domain: DomainName,
    /// Argon2id hash from [`crate::passwords::hash`], made outside the transaction.
    pub password_hash: String,
    /// Public half.
    pub access_key: AccessKey,
    /// Secret half, sealed before it is written.
    pub secret_key: SecretString,
    /// Name of the key's policy.
    pub resource_policy: String,
    /// Requests per 900 seconds.
    pub rate_limit: i32,
}

/// One line of a session's history.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryEntry {
    /// The step; `None` is the creation, or a change that leaves the status as it is.
    pub step: Option<Step>,
    /// Status before; `None` at the creation.
    pub from: Option<Status>,
    /// Status after.
    pub to: Status,
    /// Reason.
    pub reason: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// A session that happened before the installation began, for a believable demo.
#[derive(Clone, Debug)]
pub struct PastSession {
    /// The session in its last state.
    pub session: Session,
    /// Its kernels.
    pub kernels: Vec<Kernel>,
    /// Its way there.
    pub history: Vec<HistoryEntry>,
}

/// Everything the first start writes.
#[derive(Clone, Debug, Default)]
pub struct Founding {
    /// Domains, each with its project; each may use every one of `resource_groups`.
    pub domains: Vec<NewDomain>,
    /// People.
    pub people: Vec<NewPerson>,
    /// Policies of keypairs.
    pub policies: Vec<KeypairPolicy>,
    /// Presets.
    pub presets: Vec<Preset>,
    /// Resource groups.
    pub resource_groups: Vec<ResourceGroup>,
    /// Agents known from the start.
    pub agents: Vec<Agent>,
    /// A past; written with counters and history, without events.
    pub demo: Vec<PastSession>,
}

impl Store {
    /// Writes the founding in one transaction, unless any domain exists already: then nothing
    /// happens and the answer is `false`.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Secret`].
    pub async fn found(&self, founding: &Founding, at: Timestamp) -> Result<bool, StoreError> {
        retrying!(self.try_found(founding, at))
    }

    async fn try_found(&self, founding: &Founding, at: Timestamp) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        // Two first starts on one PostgreSQL server: the second waits here, and sees the first's.
        let alone = tx.text("SELECT 1", "LOCK TABLE domains IN EXCLUSIVE MODE");
        writing!(&mut tx, db => sqlx::query(alone).execute(db).await.map(|_| ())).doing("founding alone")?;
        let sql = "SELECT EXISTS (SELECT 1 FROM domains)";
        let founded = writing!(&mut tx, db => sqlx::query_scalar::<_, bool>(sql).fetch_one(db).await);
        if founded.doing("looking for an earlier founding")? {
            return Ok(false);
        }
        for policy in &founding.policies {
            insert_policy(&mut tx, policy).await?;
        }
        for preset in &founding.presets {
            insert_preset(&mut tx, preset).await?;
        }
        for group in &founding.resource_groups {
            insert_resource_group(&mut tx, group).await?;
        }
        for domain in &founding.domains {
            insert_domain(&mut tx, domain, &founding.resource_groups, at).await?;
        }
        for person in &founding.people {
            self.insert_person(&mut tx, person, &founding.domains, at).await?;
        }
        for agent in &founding.agents {
            insert_agent(&mut tx, agent).await?;
        }
        for past in &founding.demo {
            insert_past(&mut tx, past).await?;
        }
        self.commit(tx).await?;
        Ok(true)
    }

    async fn insert_person(
        &self,
        tx: &mut Tx,
        person: &NewPerson,
        domains: &[NewDomain],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        run!(
            tx,
            "founding a person",
            "INSERT INTO users (id, username, email, full_name, description, password_hash, need_password_change, \
             status, status_info, role, domain_name, created_at, modified_at) \
             VALUES ($1, $2, $3, $4, '', $5, FALSE, 'active', NULL, $6, $7, $8, $8)",
            person.id.0,
            person.username.as_str(),
            person.email.as_str(),
            person.full_name.as_str(),
            person.password_hash.as_str(),
            person.role.as_str(),
            person.domain.as_str(),
            micros(at),
        )?;
        run!(
            tx,
            "founding a keypair",
            "INSERT INTO keypairs (access_key, sealed_secret, user_id, is_active, is_admin, resource_policy, \
             rate_limit, num_queries, last_used, created_at) VALUES ($1, $2, $3, TRUE, $4, $5, $6, 0, NULL, $7)",
            person.access_key.as_str(),
            self.keyring().seal(&person.access_key, &person.secret_key)?,
            person.id.0,
            person.role.is_administrative(),
            person.resource_policy.as_str(),
            i64::from(person.rate_limit),
            micros(at),
        )?;
        for domain in domains.iter().filter(|domain| domain.name == person.domain) {
            let sql = "INSERT INTO memberships (project_id, user_id) VALUES ($1, $2)";
            run!(tx, "founding a membership", sql, domain.group_id.0, person.id.0)?;
        }
        Ok(())
    }
}

pub(crate) async fn insert_policy(tx: &mut Tx, policy: &KeypairPolicy) -> Result<(), StoreError> {
    run!(
        tx,
        "founding a policy",
        "INSERT INTO policies (name, default_for_unspecified, total_resource_slots, max_concurrent_sessions, \
         max_containers_per_session, idle_timeout, max_vfolder_count, max_vfolder_size, allowed_vfolder_hosts, \
         max_session_lifetime, max_extension, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        policy.name.as_str(),
        unspecified(policy.default_for_unspecified),
        slots_text(&policy.total_resource_slots),
        i64::from(policy.max_concurrent_sessions),
        i64::from(policy.max_containers_per_session),
        policy.idle_timeout,
        i64::from(policy.max_vfolder_count),
        policy.max_vfolder_size,
        text(&policy.allowed_vfolder_hosts),
        policy.max_session_lifetime,
        policy.max_extension,
        micros(policy.created_at),
    )
    .map(|_| ())
}

pub(crate) async fn insert_preset(tx: &mut Tx, preset: &Preset) -> Result<(), StoreError> {
    let sql = "INSERT INTO presets (name, resource_slots, shared_memory) VALUES ($1, $2, $3)";
    let slots = slots_text(&preset.resource_slots);
    run!(tx, "founding a preset", sql, preset.name.as_str(), slots, preset.shared_memory).map(|_| ())
}

pub(crate) async fn insert_resource_group(tx: &mut Tx, group: &ResourceGroup) -> Result<(), StoreError> {
    run!(
        tx,
        "founding a resource group",
        "INSERT INTO resource_groups (name, description, is_active, created_at, wsproxy_addr, driver, driver_opts, \
         scheduler, scheduler_opts) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        group.name.as_str(),
        group.description.as_deref(),
        group.is_active,
        micros(group.created_at),
        group.wsproxy_addr.as_deref(),
        group.driver.as_str(),
        group.driver_opts.to_string(),
        group.scheduler.as_str(),
        group.scheduler_opts.to_string(),
    )
    .map(|_| ())
}

pub(crate) fn unspecified(default: DefaultForUnspecified) -> &'static str {
    match default {
        DefaultForUnspecified::Limited => "LIMITED",
        DefaultForUnspecified::Unlimited => "UNLIMITED",
    }
}

async fn insert_domain(
    tx: &mut Tx,
    domain: &NewDomain,
    resource_groups: &[ResourceGroup],
    at: Timestamp,
) -> Result<(), StoreError> {
    let name = domain.name.as_str();
    let sql = "INSERT INTO domains (name, description, is_active, total_resource_slots, allowed_registries, \
               created_at, modified_at) VALUES ($1, NULL, TRUE, '{}', $2, $3, $3)";
    run!(tx, "founding a domain", sql, name, text(&domain.allowed_registries), micros(at))?;
    let sql = "INSERT INTO projects (id, name, description, is_active, domain_name, total_resource_slots, \
               created_at, modified_at) VALUES ($1, $2, NULL, TRUE, $3, '{}', $4, $4)";
    run!(tx, "founding a project", sql, domain.group_id.0, domain.group_name.as_str(), name, micros(at))?;
    for group in resource_groups {
        let sql = "INSERT INTO resource_group_domains (resource_group, domain_name) VALUES ($1, $2)";
        run!(tx, "founding a domain's resource group", sql, group.name.as_str(), name)?;
    }
    Ok(())
}

async fn insert_past(tx: &mut Tx, past: &PastSession) -> Result<(), StoreError> {
    insert_session(tx, &past.session).await?;
    for kernel in &past.kernels {
        insert_kernel(tx, kernel).await?;
    }
    for entry in &past.history {
        insert_history(tx, past.session.id, entry).await?;
    }
    count(tx, &past.session, None, past.session.status).await
}
