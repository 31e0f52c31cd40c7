//! Whether a session may be made, and what exactly: `rest.md` §3.1, "Processing order and errors",
//! top to bottom. Quotas and concurrency are not looked at here: they keep a session in the queue.

mod build;
mod mounts;
pub(crate) mod name;
mod resources;
pub mod script;
mod start_time;

use std::collections::BTreeSet;

use rollcall_model::Timestamp;
use rollcall_model::access::{Caller, Create, Permit, see_agents};
use rollcall_model::account::{Group, ResourceGroup};
use rollcall_model::ids::{AgentId, DomainName};
use rollcall_model::image::Image;
use rollcall_model::session::{ClusterMode, Session, SessionType};
use rollcall_store::{CreateOutcome, Dead, Store};

use crate::clock;
use crate::error::LifecycleError;
use crate::request::{CreateRequest, Created};

/// What admission asks.
pub(crate) struct Admission<'a> {
    pub(crate) store: &'a Store,
    pub(crate) caller: &'a Caller,
    pub(crate) permit: &'a Permit<Create>,
}

/// What the checks found; the parts of the row to be written.
struct Findings {
    image: Image,
    starts_at: Option<Timestamp>,
    group: Group,
    scaling_group: String,
    demand: resources::Demand,
    designated: Option<AgentId>,
}

impl Admission<'_> {
    /// Checks everything in order, then writes the PENDING row.
    pub(crate) async fn create(&self, mut request: CreateRequest) -> Result<Created, LifecycleError> {
        name::check(&request.name)?;
        let designated = self.designated_agent(&request).await?;
        mounts::check_aliases(&request.config.mounts, &request.config.mount_map)?;
        let image = self.image(&request).await?;
        if let Some(existing) = self.live_session(&request.name).await? {
            return reuse(existing, &image, &request);
        }
        let starts_at = batch_rules(&request)?;
        script::check(&request)?;
        if request.session_type == SessionType::Interactive && request.bootstrap_script.is_none() {
            let stored = self.store.bootstrap_script_for(self.permit).await?;
            request.bootstrap_script = (!stored.is_empty()).then(|| script::encode(&stored));
        }
        let group = self.group(&request).await?;
        self.container_limit(&request).await?;
        let scaling_group = self.scaling_group(&request, &group).await?;
        mounts::check_exist(&request.config.mounts)?;
        // Those of agents and of the configuration, as `/config/resource-slots` tells them.
        let known: BTreeSet<String> = self.store.slot_units().await?.into_keys().collect();
        let demand = resources::settle(&image, &known, &request.config.resources, &request.config.resource_opts)?;
        let findings = Findings { image, starts_at, group, scaling_group, demand, designated };
        self.enqueue(&request, findings).await
    }

    async fn enqueue(&self, request: &CreateRequest, findings: Findings) -> Result<Created, LifecycleError> {
        let owner = self.permit.owner();
        let person = self.store.user_by_id(owner.user_id).await?.ok_or_else(|| invalid("Unknown or inactive owner"))?;
        let image = findings.image.clone();
        let new = build::session(request, findings, owner, &person.email, clock::now())?;
        match self.store.create_session(self.permit, &new).await? {
            CreateOutcome::Created => Ok(Created { session: new.session, fresh: true }),
            // Somebody else's request of the same name came in between.
            CreateOutcome::NameTaken(existing) => reuse(existing, &image, request),
            CreateOutcome::NameTakenElsewhere => Err(LifecycleError::name_taken(&request.name)),
            CreateOutcome::OwnerGone => Err(LifecycleError::OwnerGone),
        }
    }

    /// The live session of exactly this name in the owner's domain. One that the owner left in another
    /// domain, and one that is hidden by a session whose id begins with the name, the writing itself finds.
    async fn live_session(&self, name: &str) -> Result<Option<Session>, LifecycleError> {
        let found = self.store.find_sessions(self.permit, name, Dead::Skip).await?;
        let domain = &self.permit.owner().domain;
        Ok(found.into_iter().find(|session| session.name == name && session.domain == *domain))
    }

    async fn designated_agent(&self, request: &CreateRequest) -> Result<Option<AgentId>, LifecycleError> {
        let asked = &request.config.agent_list;
        let Some(first) = asked.first() else { return Ok(None) };
        let refused = |_| LifecycleError::InsufficientPrivilege {
            msg: "You are not allowed to manually assign agents for your session.".to_owned(),
        };
        let right = see_agents(self.caller).map_err(refused)?;
        let wanted = match request.cluster_mode {
            ClusterMode::SingleNode => 1,
            ClusterMode::MultiNode => usize::try_from(request.cluster_size).unwrap_or(0),
        };
        if asked.len() != wanted {
            return Err(LifecycleError::parameter("agent_list", format!("give exactly {wanted}")));
        }
        if asked.iter().any(|agent| agent != first) {
            return Err(LifecycleError::parameter("agent_list", "all kernels of a session run on one agent here"));
        }
        match self.store.agent(&right, first).await? {
            Some(agent) => Ok(Some(agent.id)),
            None => Err(LifecycleError::InstanceNotFound { agent: first.clone() }),
        }
    }

    async fn image(&self, request: &CreateRequest) -> Result<Image, LifecycleError> {
        let image = self.store.image(&request.image).await?.ok_or(LifecycleError::ImageNotFound)?;
        let owner = self.permit.owner();
        // A foreign domain is refused as such further on, without telling what it allows.
        if self.store.domain_allows_registry(&owner.domain, &image.registry).await? {
            Ok(image)
        } else {
            Err(LifecycleError::ImageNotFound)
        }
    }

    /// For oneself: a member, whatever the role. For somebody else: what the owner may use.
    async fn group(&self, request: &CreateRequest) -> Result<Group, LifecycleError> {
        let owner = self.permit.owner();
        let domain = DomainName::from(request.domain.as_str());
        if domain != owner.domain || self.store.domain(&domain).await?.is_none_or(|domain| !domain.is_active) {
            return Err(invalid("Invalid domain"));
        }
        let group = self.store.group_by_name(&domain, &request.group).await?;
        let group = group.filter(|group| group.is_active).ok_or_else(|| invalid("Invalid group"))?;
        let own = owner.user_id == self.caller.identity().user_id;
        let by_role = !own && owner.role.is_administrative();
        if by_role || self.store.is_member(group.id, owner.user_id).await? {
            Ok(group)
        } else {
            Err(invalid("Invalid group"))
        }
    }

    async fn container_limit(&self, request: &CreateRequest) -> Result<(), LifecycleError> {
        if request.cluster_size < 1 {
            return Err(LifecycleError::parameter("cluster_size", "value should be at least 1"));
        }
        let name = &self.permit.owner().resource_policy;
        let policy = self.store.policy(name).await?;
        let most = policy.ok_or_else(|| invalid("The keypair has no resource policy"))?.max_containers_per_session;
        if request.cluster_size > most {
            let msg = format!("You cannot create session with more than {most} containers.");
            return Err(LifecycleError::QuotaExceeded { msg });
        }
        Ok(())
    }

    async fn scaling_group(&self, request: &CreateRequest, group: &Group) -> Result<String, LifecycleError> {
        let key = &self.permit.owner().access_key;
        let allowed = self.store.resource_groups_for(&group.domain, group.id, key).await?;
        let named = |name: &String| allowed.iter().find(|allowed| allowed.name == *name);
        let found: Option<&ResourceGroup> = match &request.config.scaling_group {
            Some(name) => named(name),
            None => allowed.first(),
        };
        found
            .map(|group| group.name.clone())
            .ok_or_else(|| LifecycleError::ScalingGroupNotFound { name: request.config.scaling_group.clone() })
    }
}

fn invalid(msg: &str) -> LifecycleError {
    LifecycleError::invalid(msg)
}

/// The live session of the name instead of a new one, if that was allowed and the image is the same.
fn reuse(existing: Session, image: &Image, request: &CreateRequest) -> Result<Created, LifecycleError> {
    if request.reuse && existing.image == image.canonical() {
        Ok(Created { session: existing, fresh: false })
    } else {
        Err(LifecycleError::SessionExists { existing: existing.id })
    }
}

fn batch_rules(request: &CreateRequest) -> Result<Option<Timestamp>, LifecycleError> {
    match request.session_type {
        SessionType::Batch if request.startup_command.as_deref().unwrap_or("").trim().is_empty() => {
            Err(invalid("Batch sessions must have a non-empty startup command"))
        }
        SessionType::Interactive if request.starts_at.is_some() => {
            Err(invalid("Parameter starts_at should be used only for batch sessions"))
        }
        SessionType::Batch | SessionType::Interactive => request.starts_at.as_deref().map(read_start_time).transpose(),
    }
}

fn read_start_time(text: &str) -> Result<Timestamp, LifecycleError> {
    start_time::parse(text, clock::now())
        .map(rollcall_model::time::truncate)
        .ok_or_else(|| invalid("starts_at must be an ISO-8601 time or a time from now such as `2h` or `30m`"))
}
