//! What a new installation consists of, put into the store's words.

use rollcall_model::Timestamp;
use rollcall_model::account::{KeypairPolicy, Preset, ResourceGroup};
use rollcall_model::agent::{Agent, AgentStatus};
use rollcall_model::ids::{AgentId, DomainName, GroupId};
use rollcall_model::role::Role;
use rollcall_model::slots::Slots;
use rollcall_model::status::Status;
use rollcall_store::{Founding, HistoryEntry, NewDomain, NewPerson, PastSession, passwords};
use rust_decimal::Decimal;
use serde_json::json;

use super::accounts::Account;
use super::demo::{self, Extent, Owner, Past};
use super::error::UpError;

/// The resource group, the project of each domain, and the policy of each key.
pub(super) const DEFAULT: &str = "default";

const RATE_LIMIT: i32 = 10_000;
const CONCURRENT_SESSIONS: i32 = 30;
const CONTAINERS_PER_SESSION: i32 = 8;
const GIB: i64 = 1024 * 1024 * 1024;

/// Everything of the first start. `extent` asks for a past.
pub(super) async fn plan(
    accounts: &[Account],
    registries: &[String],
    extent: Option<Extent>,
    now: Timestamp,
) -> Result<Founding, UpError> {
    let domains = domains(accounts, registries);
    let people = people(accounts).await?;
    let registry = registries.first().map_or(DEFAULT, String::as_str);
    let past = extent.map(|extent| demo::pasts(&owners(accounts, &domains), registry, extent, now));
    Ok(Founding {
        people,
        policies: vec![policy(now)],
        presets: vec![preset("small", 1, GIB), preset("medium", 2, 4 * GIB), preset("large", 4, 8 * GIB)],
        resource_groups: vec![resource_group(now)],
        agents: past.iter().map(|_| lost_agent(now)).collect(),
        demo: past.into_iter().flatten().map(past_session).collect(),
        domains,
    })
}

fn domains(accounts: &[Account], registries: &[String]) -> Vec<NewDomain> {
    let mut names: Vec<&DomainName> = accounts.iter().map(|account| &account.domain).collect();
    names.dedup();
    let new = |name: &DomainName| NewDomain {
        name: name.clone(),
        group_id: GroupId::random(),
        group_name: DEFAULT.to_owned(),
        allowed_registries: registries.to_vec(),
    };
    names.into_iter().map(new).collect()
}

/// The people with their passwords hashed, all at once: each hash takes a core for a while.
async fn people(accounts: &[Account]) -> Result<Vec<NewPerson>, UpError> {
    let hashing: Vec<_> = accounts
        .iter()
        .map(|account| {
            let password = account.password.clone();
            tokio::task::spawn_blocking(move || passwords::hash(&password))
        })
        .collect();
    let mut people = Vec::with_capacity(accounts.len());
    for (account, hash) in accounts.iter().zip(hashing) {
        let hash = hash.await.map_err(UpError::Hashing)?.map_err(UpError::Founding)?;
        people.push(person(account, hash));
    }
    Ok(people)
}

fn person(account: &Account, password_hash: String) -> NewPerson {
    NewPerson {
        id: account.id,
        email: account.email.clone(),
        full_name: account.full_name.clone(),
        username: account.email.clone(),
        role: account.role,
        domain: account.domain.clone(),
        password_hash,
        access_key: account.access_key.clone(),
        secret_key: account.secret_key.clone(),
        resource_policy: DEFAULT.to_owned(),
        rate_limit: RATE_LIMIT,
    }
}

fn owners(accounts: &[Account], domains: &[NewDomain]) -> Vec<Owner> {
    let owner = |account: &Account| {
        let domain = domains.iter().find(|domain| domain.name == account.domain)?;
        Some(Owner {
            user_id: account.id,
            email: account.email.clone(),
            access_key: account.access_key.clone(),
            domain: domain.name.clone(),
            group_id: domain.group_id,
            group_name: domain.group_name.clone(),
        })
    };
    accounts.iter().filter(|account| account.role != Role::Monitor).filter_map(owner).collect()
}

fn policy(now: Timestamp) -> KeypairPolicy {
    KeypairPolicy::unlimited(DEFAULT, CONCURRENT_SESSIONS, CONTAINERS_PER_SESSION, now)
}

fn resource_group(now: Timestamp) -> ResourceGroup {
    ResourceGroup { description: Some("This machine".to_owned()), ..ResourceGroup::new(DEFAULT, now) }
}

fn preset(name: &str, cores: i64, mem_bytes: i64) -> Preset {
    Preset {
        name: name.to_owned(),
        resource_slots: Slots::of(Decimal::from(cores), mem_bytes),
        shared_memory: Some(64 * 1024 * 1024),
    }
}

/// The machine that the demonstration's sessions ran on. It is gone and gives nothing.
fn lost_agent(now: Timestamp) -> Agent {
    Agent {
        id: AgentId::from(demo::LOST_AGENT),
        status: AgentStatus::Lost,
        status_changed: now,
        region: "demo".to_owned(),
        scaling_group: DEFAULT.to_owned(),
        schedulable: false,
        available_slots: Slots::of(Decimal::from(64), 256 * GIB),
        occupied_slots: Slots::default(),
        addr: "demo://retired".to_owned(),
        first_contact: now - chrono::TimeDelta::days(200),
        lost_at: Some(now),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        compute_plugins: json!({}),
    }
}

fn past_session(past: Past) -> PastSession {
    let reason = past.session.status_info.clone();
    let mut status = Status::Pending;
    let mut history =
        vec![HistoryEntry { step: None, from: None, to: status, reason: None, at: past.session.created_at }];
    for (step, at) in past.history {
        let last = step.target() == past.session.status;
        let reason = reason.clone().filter(|_| last);
        history.push(HistoryEntry { step: Some(step), from: Some(status), to: step.target(), reason, at });
        status = step.target();
    }
    PastSession { session: past.session, kernels: past.kernels, history }
}
