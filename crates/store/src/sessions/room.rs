//! Whether a session may take its place: the rights of its owner, the limits of its key, project and
//! domain and the agent's room, asked once more inside the transaction that reserves, with their rows
//! locked.

use rollcall_model::bar::Bar;
use rollcall_model::quota::Excess;
use rollcall_model::session::{Kernel, Session};
use rollcall_model::slots::Slots;

use super::advance::Placement;
use super::bars::bar_of;
use super::quota::excesses;
use crate::codec::corrupt;
use crate::engine::Tx;
use crate::{StoreError, agents};

/// Why a session must go on waiting.
pub(crate) enum Refused {
    Barred(Bar),
    NoRoom,
    OverLimit(Vec<Excess>),
}

/// Locks in one order, the rows of the limits and then the agent's.
pub(crate) async fn check_room(
    tx: &mut Tx,
    session: &Session,
    kernels: &[Kernel],
    placement: Option<&Placement>,
) -> Result<Option<Refused>, StoreError> {
    if let Some(bar) = bar_of(tx, session.id).await? {
        return Ok(Some(Refused::Barred(bar)));
    }
    let excesses = excesses(tx, session).await?;
    if !excesses.is_empty() {
        return Ok(Some(Refused::OverLimit(excesses)));
    }
    let Some(placement) = placement else { return Ok(Some(Refused::NoRoom)) };
    let fits = fits(tx, placement, kernels).await?;
    Ok((!fits).then_some(Refused::NoRoom))
}

async fn fits(tx: &mut Tx, placement: &Placement, kernels: &[Kernel]) -> Result<bool, StoreError> {
    let agent = placement.agent.as_str();
    let Some(available) = agents::lock_available(tx, agent).await? else { return Ok(false) };
    let mut wanted = agents::occupied_of(tx, agent).await?;
    for kernel in kernels {
        wanted = sum(&wanted, &kernel.occupied_slots, agent)?;
    }
    Ok(wanted.fits_into(&available))
}

/// The sum of two amounts held on one agent.
pub(crate) fn sum(one: &Slots, other: &Slots, agent: &str) -> Result<Slots, StoreError> {
    one.add(other).ok_or_else(|| corrupt("slots", &agent, &"their sum is too large"))
}
