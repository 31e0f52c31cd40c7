//! What is used of a key's, a project's and a domain's share, and what the machines have left.

use std::collections::BTreeMap;

use rollcall_model::agent::AgentStatus;
use rollcall_model::resources::OwnShare;
use rollcall_model::slots::{DECLARED, INTRINSIC, SlotKind, Slots, UNITS};

use crate::codec::{corrupt, slots};
use crate::engine::reading;
use crate::error::Doing;
use crate::{AgentFilter, Store, StoreError};

/// The path behind all that begin with [`DECLARED`].
const BEHIND_DECLARED: &str = "config/resource_slots0";

/// Sums over the sessions that occupy quota, all but TERMINATING ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Occupancy {
    /// Of the key.
    pub key: Slots,
    /// Of the project.
    pub group: Slots,
    /// Of the domain.
    pub domain: Slots,
    /// Of the key, in each resource group.
    pub key_by_resource_group: BTreeMap<String, Slots>,
}

/// Sessions of equal size are counted by the database.
#[derive(sqlx::FromRow)]
struct SizeRow {
    occupied_slots: String,
    scaling_group: Option<String>,
    of_key: bool,
    of_group: bool,
    of_domain: bool,
    sessions: i64,
}

/// The rule of the reserving transaction: SCHEDULED to SUSPENDED and ERROR (1 to 8, 11), but nothing
/// in ERROR on an agent recorded LOST.
const SIZES: &str = "SELECT s.occupied_slots, s.scaling_group, s.access_key = $1 AS of_key, \
    s.group_id = $2 AS of_group, s.domain_name = $3 AS of_domain, COUNT(*) AS sessions FROM sessions s \
    WHERE s.status IN (1, 2, 3, 4, 5, 6, 7, 8, 11) AND (s.access_key = $1 OR s.group_id = $2 OR s.domain_name = $3) \
    AND NOT (s.status = 11 AND EXISTS (SELECT 1 FROM agents a WHERE a.id = s.agent AND a.status = 'LOST')) \
    GROUP BY 1, 2, 3, 4, 5";

impl Store {
    /// What is used of a share now.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn occupancy(&self, share: &OwnShare) -> Result<Occupancy, StoreError> {
        let owner = share.owner();
        let rows = reading!(self, db => {
            sqlx::query_as::<_, SizeRow>(SIZES)
                .bind(owner.access_key.as_str()).bind(share.group().0).bind(owner.domain.as_str())
                .fetch_all(db).await
        });
        let mut used = Occupancy::default();
        for row in rows.doing("summing up what sessions use")? {
            let held = many(&row)?;
            if row.of_group {
                add(&mut used.group, &held)?;
            }
            if row.of_domain {
                add(&mut used.domain, &held)?;
            }
            if row.of_key {
                add(&mut used.key, &held)?;
                let resource_group = row.scaling_group.unwrap_or_default();
                add(used.key_by_resource_group.entry(resource_group).or_default(), &held)?;
            }
        }
        Ok(used)
    }

    /// What each ALIVE and schedulable agent of these resource groups has left, with its group's
    /// name. Says nothing else of the agents.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn spare_slots(
        &self,
        _share: &OwnShare,
        resource_groups: &[String],
    ) -> Result<Vec<(String, Slots)>, StoreError> {
        let alive = AgentFilter { scaling_group: None, status: Some(AgentStatus::Alive) };
        let agents = self.select_agents(None, &alive).await?;
        let usable = agents.into_iter().filter(|agent| agent.schedulable);
        let usable = usable.filter(|agent| resource_groups.contains(&agent.scaling_group));
        Ok(usable
            .map(|agent| {
                let rest = |(name, amount): (&str, rollcall_model::slots::Amount)| {
                    let left = amount.checked_sub(agent.occupied_slots.get(name));
                    (name.to_owned(), left.unwrap_or(rollcall_model::slots::Amount::ZERO))
                };
                let spare = Slots(agent.available_slots.iter().map(rest).collect());
                (agent.scaling_group, spare)
            })
            .collect())
    }

    /// Every slot there is and its unit: `cpu` and `mem`, what agents announce, what is configured.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn slot_units(&self) -> Result<BTreeMap<String, String>, StoreError> {
        let unit = |name: &str| SlotKind::of(name).unit().to_owned();
        let mut units = BTreeMap::from(INTRINSIC.map(|name| (name.to_owned(), unit(name))));
        let sql = "SELECT DISTINCT available_slots FROM agents";
        let announced = reading!(self, db => sqlx::query_scalar::<_, String>(sql).fetch_all(db).await);
        for text in announced.doing("reading the slots of agents")? {
            let slots = slots(&text, &"an agent")?;
            units.extend(slots.iter().map(|(name, _)| (name.to_owned(), unit(name))));
        }
        let sql = "SELECT name, value FROM config_entries WHERE name >= $1 AND name < $2";
        let declared = reading!(self, db => {
            sqlx::query_as::<_, (String, String)>(sql).bind(DECLARED).bind(BEHIND_DECLARED).fetch_all(db).await
        });
        for (name, unit) in declared.doing("reading the slots of the configuration")? {
            let name = name.trim_start_matches(DECLARED);
            if UNITS.contains(&unit.as_str()) && !name.is_empty() && !name.contains('/') {
                units.insert(name.to_owned(), unit);
            }
        }
        Ok(units)
    }
}

fn many(row: &SizeRow) -> Result<Slots, StoreError> {
    let one = slots(&row.occupied_slots, &"a session")?;
    let sum = u32::try_from(row.sessions).ok().and_then(|sessions| one.scale(sessions));
    sum.ok_or_else(too_large)
}

fn add(sum: &mut Slots, more: &Slots) -> Result<(), StoreError> {
    *sum = sum.add(more).ok_or_else(too_large)?;
    Ok(())
}

fn too_large() -> StoreError {
    corrupt("slots", &"sessions", &"their sum is too large")
}
