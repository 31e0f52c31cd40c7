//! The first start: everything a new installation consists of, written in one transaction.

use rollcall_model::Timestamp;
use rollcall_model::account::{KeypairPolicy, Preset, ResourceGroup};
use rollcall_model::agent::Agent;
use rollcall_model::ids::{AccessKey, DomainName, GroupId, UserId};
use rollcall_model::role::Role;
use rollcall_model::session::{Kernel, Session};
use rollcall_model::status::{Status, Step};
use secrecy::SecretString;

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
    /// The step; `None` is the creation.
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
        todo!("{founding:?} {at}")
    }
}
