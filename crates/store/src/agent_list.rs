//! Pages of agents with a filter and an order of their own (`graphql.md` §6). There are few machines:
//! the database chooses, memory orders, because what is taken of them is in no column.

use std::cmp::Ordering;
use std::collections::HashSet;

use rollcall_model::access::SeeAgents;
use rollcall_model::agent::Agent;
use rollcall_model::list::order::OrderKey;
use rollcall_model::list::request::RowsRequest;
use rollcall_model::slots::Slots;
use sea_query::{Condition, Query};

use crate::accounts::lists::filtered;
use crate::sessions::condition::Kind;
use crate::sessions::query::{self, Table, column, computed};
use crate::{AgentFilter, ListPage, Store, StoreError};

const AGENTS: Table = Table {
    name: "agents",
    columns: &[
        ("id", column("agents", "id", Kind::Text)),
        (
            "status",
            computed(
                "agents",
                "(CASE agents.status WHEN 'ALIVE' THEN 0 WHEN 'LOST' THEN 1 WHEN 'RESTARTING' THEN 2 ELSE 3 END)",
                Kind::Number,
            ),
        ),
        ("status_changed", column("agents", "status_changed", Kind::Number)),
        ("region", column("agents", "region", Kind::Text)),
        ("scaling_group", column("agents", "scaling_group", Kind::Text)),
        ("schedulable", column("agents", "schedulable", Kind::Truth)),
        ("addr", column("agents", "addr", Kind::Text)),
        ("first_contact", column("agents", "first_contact", Kind::Number)),
        ("lost_at", column("agents", "lost_at", Kind::Number)),
        ("version", column("agents", "version", Kind::Text)),
    ],
};

#[derive(sqlx::FromRow)]
struct IdRow {
    id: String,
}

impl Store {
    /// One page of agents, and how many there are; by status, resource group and id unless asked
    /// otherwise.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Filter`].
    pub async fn list_agents(
        &self,
        permit: &SeeAgents,
        filter: &AgentFilter,
        request: &RowsRequest,
    ) -> Result<ListPage<Agent>, StoreError> {
        let mut agents = self.agents(permit, filter).await?;
        if let Some(condition) = filtered(&AGENTS, request)? {
            let chosen = Query::select()
                .column(("agents", "id"))
                .from("agents")
                .cond_where(Condition::all().add(condition))
                .to_owned();
            let chosen: Vec<IdRow> = query::fetch(self, &chosen, "choosing agents").await?;
            let chosen: HashSet<String> = chosen.into_iter().map(|row| row.id).collect();
            agents.retain(|agent| chosen.contains(agent.id.as_str()));
        }
        // Stable: what is the same by each key stays in the list's own order.
        agents.sort_by(|left, right| by_keys(&request.order, left, right));
        let total = i64::try_from(agents.len()).unwrap_or(i64::MAX);
        let skipped = usize::try_from(request.page.offset()).unwrap_or(usize::MAX);
        let wanted = usize::try_from(request.page.limit()).unwrap_or(usize::MAX);
        Ok(ListPage { items: agents.into_iter().skip(skipped).take(wanted).collect(), total })
    }
}

fn by_keys(order: &[OrderKey], left: &Agent, right: &Agent) -> Ordering {
    let compared = order.iter().map(|key| {
        let found = by_key(&key.key, left, right);
        if key.descending { found.reverse() } else { found }
    });
    compared.fold(Ordering::Equal, Ordering::then)
}

fn by_key(key: &str, left: &Agent, right: &Agent) -> Ordering {
    match key {
        "id" => left.id.as_str().cmp(right.id.as_str()),
        "status" => left.status.as_str().cmp(right.status.as_str()),
        "status_changed" => left.status_changed.cmp(&right.status_changed),
        "region" => left.region.cmp(&right.region),
        "scaling_group" => left.scaling_group.cmp(&right.scaling_group),
        "schedulable" => left.schedulable.cmp(&right.schedulable),
        "first_contact" => left.first_contact.cmp(&right.first_contact),
        // Nothing comes after every moment, so that it is last going up and first going down.
        "lost_at" => (left.lost_at.is_none(), left.lost_at).cmp(&(right.lost_at.is_none(), right.lost_at)),
        "version" => left.version.cmp(&right.version),
        "available_slots" => by_slots(&left.available_slots, &right.available_slots),
        "occupied_slots" => by_slots(&left.occupied_slots, &right.occupied_slots),
        _ => Ordering::Equal,
    }
}

fn by_slots(left: &Slots, right: &Slots) -> Ordering {
    (left.cpu(), left.mem(), &left.0).cmp(&(right.cpu(), right.mem(), &right.0))
}
