//! What exactly is missing when no agent takes a session.

use rollcall_model::ids::AgentId;
use rollcall_model::slots::{Amount, Slots};

use super::pick::Room;

/// Why no agent takes a session. Names the session's own wish and the best there is, and nothing of
/// others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shortage {
    /// An agent was chosen for it; else any of its resource group would do.
    pub(crate) chosen: bool,
    /// What is missing.
    pub(crate) lack: Lack,
}

/// What is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lack {
    /// Agents that take sessions.
    Agents,
    /// An agent that is large enough when it is empty.
    Size {
        /// Of what.
        slot: String,
        /// The wish.
        needs: Amount,
        /// What the largest agent has.
        largest: Amount,
    },
    /// As [`Lack::Size`], where no slot alone is too small.
    SizeTogether(Slots),
    /// Room.
    Room {
        /// For what.
        slot: String,
        /// The wish.
        needs: Amount,
        /// The most that is free on one agent.
        free: Amount,
    },
    /// As [`Lack::Room`], where no slot alone is short.
    RoomTogether(Slots),
}

/// What is missing for `demand`, which none of `rooms` (or not the designated one) takes.
pub(crate) fn shortage(rooms: &[Room], demand: &Slots, designated: Option<&AgentId>) -> Shortage {
    let rooms: Vec<&Room> = rooms.iter().filter(|room| designated.is_none_or(|agent| agent == room.agent())).collect();
    Shortage { chosen: designated.is_some(), lack: lack(&rooms, demand) }
}

fn lack(rooms: &[&Room], demand: &Slots) -> Lack {
    if rooms.is_empty() {
        return Lack::Agents;
    }
    if let Some((slot, needs, largest)) = short(demand, |slot| rooms.iter().map(|room| room.size().get(slot)).max()) {
        return Lack::Size { slot, needs, largest };
    }
    if !rooms.iter().any(|room| demand.fits_into(room.size())) {
        return Lack::SizeTogether(demand.clone());
    }
    match short(demand, |slot| rooms.iter().map(|room| room.free().get(slot)).max()) {
        Some((slot, needs, free)) => Lack::Room { slot, needs, free },
        None => Lack::RoomTogether(demand.clone()),
    }
}

/// The first slot of which more is wanted than there is.
fn short(demand: &Slots, most: impl Fn(&str) -> Option<Amount>) -> Option<(String, Amount, Amount)> {
    let short = |(slot, needs): (&str, Amount)| {
        let most = most(slot).unwrap_or(Amount::ZERO);
        (needs > most).then(|| (slot.to_owned(), needs, most))
    };
    demand.iter().find_map(short)
}
