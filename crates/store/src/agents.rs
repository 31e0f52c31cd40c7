//! Machines that run kernels, and what is taken of them.

use rollcall_model::Timestamp;
use rollcall_model::access::{SeeAgents, System};
use rollcall_model::agent::{Agent, AgentStatus};
use rollcall_model::ids::AgentId;
use rollcall_model::manage::Manage;
use rollcall_model::resources::Superintend;
use rollcall_model::slots::Slots;
use std::collections::{BTreeSet, HashMap};

use crate::accounts::manage::known;
use crate::codec::{corrupt, maybe_moment, micros, moment, parsed, slots, slots_text, storable, text};
use crate::engine::{Tx, reading, retrying, run, writing};
use crate::error::Doing;
use crate::sessions::sum_slots;
use crate::{Refusal, Store, StoreError};

/// An agent that reports for duty.
#[derive(Clone, Debug, PartialEq)]
pub struct NewAgent {
    /// Id.
    pub id: AgentId,
    /// Region.
    pub region: String,
    /// Resource group.
    pub scaling_group: String,
    /// Everything it has to give.
    pub available_slots: Slots,
    /// Address.
    pub addr: String,
    /// Version of its program.
    pub version: String,
    /// What its engine says of itself.
    pub compute_plugins: serde_json::Value,
}

/// Which agents.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AgentFilter {
    /// Of this resource group.
    pub scaling_group: Option<String>,
    /// Of this status.
    pub status: Option<AgentStatus>,
}

#[derive(sqlx::FromRow)]
struct AgentRow {
    id: String,
    status: String,
    status_changed: i64,
    region: String,
    scaling_group: String,
    schedulable: bool,
    available_slots: String,
    addr: String,
    first_contact: i64,
    lost_at: Option<i64>,
    version: String,
    compute_plugins: String,
}

impl AgentRow {
    fn agent(self, occupied: &HashMap<String, Slots>) -> Result<Agent, StoreError> {
        let status = AgentStatus::parse(&self.status);
        Ok(Agent {
            status: status.ok_or_else(|| corrupt("status", &self.id, &self.status))?,
            status_changed: moment(self.status_changed),
            region: self.region,
            scaling_group: self.scaling_group,
            schedulable: self.schedulable,
            available_slots: slots(&self.available_slots, &self.id)?,
            occupied_slots: occupied.get(&self.id).cloned().unwrap_or_default(),
            addr: self.addr,
            first_contact: moment(self.first_contact),
            lost_at: maybe_moment(self.lost_at),
            version: self.version,
            compute_plugins: parsed(&self.compute_plugins, "plugins", &self.id)?,
            id: AgentId(self.id),
        })
    }
}

/// Slots that one kernel holds of its agent.
#[derive(sqlx::FromRow)]
struct HeldRow {
    agent: String,
    occupied_slots: String,
}

fn summed(rows: Vec<HeldRow>) -> Result<HashMap<String, Slots>, StoreError> {
    let mut sums: HashMap<String, Slots> = HashMap::new();
    for row in rows {
        let held = slots(&row.occupied_slots, &row.agent)?;
        let sum = sums.get(&row.agent).map_or(Ok(held.clone()), |sum| sum_slots(sum, &held, &row.agent))?;
        sums.insert(row.agent, sum);
    }
    Ok(sums)
}

/// What an agent has to give; its row stays locked until the transaction ends.
pub(crate) async fn lock_available(tx: &mut Tx, agent: &str) -> Result<Option<Slots>, StoreError> {
    let sql = tx.text(
        "SELECT available_slots FROM agents WHERE id = $1 AND status = 'ALIVE' AND schedulable",
        "SELECT available_slots FROM agents WHERE id = $1 AND status = 'ALIVE' AND schedulable FOR UPDATE",
    );
    let text: Option<String> = writing!(tx, db => sqlx::query_scalar(sql).bind(agent).fetch_optional(db).await)
        .doing("reading an agent's slots")?;
    text.map(|text| slots(&text, &agent)).transpose()
}

/// What kernels hold of an agent.
pub(crate) async fn occupied_of(tx: &mut Tx, agent: &str) -> Result<Slots, StoreError> {
    let sql = "SELECT agent, occupied_slots FROM kernels WHERE agent = $1 AND status NOT IN (0, 10, 12)";
    let rows = writing!(tx, db => sqlx::query_as::<_, HeldRow>(sql).bind(agent).fetch_all(db).await);
    Ok(summed(rows.doing("reading what an agent's kernels hold")?)?.remove(agent).unwrap_or_default())
}

pub(crate) async fn insert_agent(tx: &mut Tx, agent: &Agent) -> Result<(), StoreError> {
    run!(
        tx,
        "writing an agent",
        "INSERT INTO agents (id, status, status_changed, region, scaling_group, schedulable, available_slots, addr, \
         first_contact, last_contact, lost_at, version, compute_plugins) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        agent.id.as_str(),
        agent.status.as_str(),
        micros(agent.status_changed),
        agent.region.as_str(),
        agent.scaling_group.as_str(),
        agent.schedulable,
        slots_text(&agent.available_slots),
        agent.addr.as_str(),
        micros(agent.first_contact),
        micros(agent.first_contact),
        agent.lost_at.map(micros),
        agent.version.as_str(),
        text(&agent.compute_plugins),
    )
    .map(|_| ())
}

/// `$1` an id, `$2` a resource group, `$3` a status; null is any. In the order of the API's list.
const SELECT_AGENTS: &str = "SELECT id, status, status_changed, region, scaling_group, schedulable, \
     available_slots, addr, first_contact, lost_at, version, compute_plugins FROM agents \
     WHERE ($1 IS NULL OR id = $1) AND ($2 IS NULL OR scaling_group = $2) AND ($3 IS NULL OR status = $3) \
     ORDER BY status, scaling_group, id";

impl Store {
    /// Notes an agent as ALIVE, new or back again. Whether it may be scheduled stays as it was.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn register_agent(&self, _system: System, agent: &NewAgent, at: Timestamp) -> Result<(), StoreError> {
        retrying!(self.try_register(agent, at))
    }

    async fn try_register(&self, agent: &NewAgent, at: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        run!(
            &mut tx,
            "registering an agent",
            "INSERT INTO agents (id, status, status_changed, region, scaling_group, schedulable, available_slots, \
             addr, first_contact, last_contact, lost_at, version, compute_plugins) \
             VALUES ($1, 'ALIVE', $2, $3, $4, TRUE, $5, $6, $2, $2, NULL, $7, $8) \
             ON CONFLICT (id) DO UPDATE SET \
             status_changed = CASE WHEN agents.status = 'ALIVE' THEN agents.status_changed ELSE $2 END, \
             status = 'ALIVE', region = $3, scaling_group = $4, available_slots = $5, addr = $6, \
             last_contact = $2, lost_at = NULL, version = $7, compute_plugins = $8",
            agent.id.as_str(),
            micros(at),
            agent.region.as_str(),
            agent.scaling_group.as_str(),
            slots_text(&agent.available_slots),
            agent.addr.as_str(),
            agent.version.as_str(),
            text(&agent.compute_plugins),
        )?;
        self.commit(tx).await
    }

    /// Lets an agent take sessions from now on, or no new ones.
    ///
    /// # Errors
    /// [`Refusal::NoMatch`], [`StoreError::Query`].
    pub async fn set_schedulable(&self, _may: &Manage, id: &str, schedulable: bool) -> Result<(), StoreError> {
        let id = known(id)?;
        let mut tx = self.begin().await?;
        let sql = "UPDATE agents SET schedulable = $2 WHERE id = $1";
        if run!(&mut tx, "changing an agent", sql, id, schedulable)? == 0 {
            return Err(Refusal::NoMatch.into());
        }
        self.commit(tx).await
    }

    /// The same for several agents, all or none.
    ///
    /// # Errors
    /// [`Refusal::NoMatch`] when one of them is unknown, [`StoreError::Query`].
    pub async fn set_all_schedulable(
        &self,
        _may: Superintend,
        ids: &[String],
        schedulable: bool,
    ) -> Result<(), StoreError> {
        // In one order, so that two at once never wait for each other.
        let ids: BTreeSet<&str> = ids.iter().map(|id| known(id)).collect::<Result<_, _>>()?;
        let mut tx = self.begin().await?;
        for id in ids {
            let sql = "UPDATE agents SET schedulable = $2 WHERE id = $1";
            if run!(&mut tx, "changing an agent", sql, id, schedulable)? == 0 {
                tx.rollback().await?;
                return Err(Refusal::NoMatch.into());
            }
        }
        self.commit(tx).await
    }

    /// Notes that an agent answers; a LOST one is ALIVE again.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn heartbeat(&self, _system: System, agent: &AgentId, at: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        run!(
            &mut tx,
            "noting an agent's heartbeat",
            "UPDATE agents SET last_contact = $2, lost_at = NULL, \
             status_changed = CASE WHEN status = 'LOST' THEN $2 ELSE status_changed END, \
             status = CASE WHEN status = 'LOST' THEN 'ALIVE' ELSE status END WHERE id = $1",
            agent.as_str(),
            micros(at),
        )?;
        tx.commit().await
    }

    /// Sets an agent's status.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn mark_agent(
        &self,
        _system: System,
        agent: &AgentId,
        status: AgentStatus,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        run!(
            &mut tx,
            "marking an agent",
            "UPDATE agents SET status = $2, status_changed = $3, lost_at = $4 WHERE id = $1 AND status <> $2",
            agent.as_str(),
            status.as_str(),
            micros(at),
            (status == AgentStatus::Lost).then(|| micros(at)),
        )?;
        self.commit(tx).await
    }

    /// Marks ALIVE agents LOST that were last heard of before `silent_since`, all but `own`; how many.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn lose_silent_agents(
        &self,
        _system: System,
        own: &AgentId,
        silent_since: Timestamp,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let lost = run!(
            &mut tx,
            "marking silent agents",
            "UPDATE agents SET status = 'LOST', status_changed = $3, lost_at = $3 \
             WHERE status = 'ALIVE' AND last_contact < $2 AND id <> $1",
            own.as_str(),
            micros(silent_since),
            micros(at),
        )?;
        // Nobody waits for an agent to be lost.
        tx.commit().await?;
        Ok(lost)
    }

    /// Agents by status, resource group and id, with what is taken of each.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn agents(&self, _permit: &SeeAgents, filter: &AgentFilter) -> Result<Vec<Agent>, StoreError> {
        if !filter.scaling_group.as_deref().is_none_or(storable) {
            return Ok(Vec::new());
        }
        self.select_agents(None, filter).await
    }

    /// One agent.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn agent(&self, _permit: &SeeAgents, id: &str) -> Result<Option<Agent>, StoreError> {
        if !storable(id) {
            return Ok(None);
        }
        Ok(self.select_agents(Some(id), &AgentFilter::default()).await?.pop())
    }

    /// ALIVE and schedulable agents of a resource group, with what is taken of each.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn candidate_agents(&self, _system: System, scaling_group: &str) -> Result<Vec<Agent>, StoreError> {
        let filter = AgentFilter { scaling_group: Some(scaling_group.to_owned()), status: Some(AgentStatus::Alive) };
        let mut agents = self.select_agents(None, &filter).await?;
        agents.retain(|agent| agent.schedulable);
        Ok(agents)
    }

    pub(crate) async fn select_agents(&self, id: Option<&str>, filter: &AgentFilter) -> Result<Vec<Agent>, StoreError> {
        let status = filter.status.map(AgentStatus::as_str);
        let rows = reading!(self, db => {
            sqlx::query_as::<_, AgentRow>(SELECT_AGENTS)
                .bind(id).bind(filter.scaling_group.as_deref()).bind(status).fetch_all(db).await
        });
        let rows = rows.doing("reading agents")?;
        let sql = "SELECT agent, occupied_slots FROM kernels WHERE status NOT IN (0, 10, 12) \
                   AND agent IS NOT NULL AND ($1 IS NULL OR agent = $1)";
        let held = reading!(self, db => sqlx::query_as::<_, HeldRow>(sql).bind(id).fetch_all(db).await);
        let held = summed(held.doing("reading what kernels hold")?)?;
        rows.into_iter().map(|row| row.agent(&held)).collect()
    }
}
