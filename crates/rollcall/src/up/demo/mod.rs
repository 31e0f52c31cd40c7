//! `--demo`: a believable past for everyone, so that the roles differ at first sight.
//!
//! One seed gives one past; only the moment it is told from moves with the first start. Nothing
//! here runs: finished sessions are over, and those in ERROR belong to an agent recorded as LOST.

mod past;
mod rng;
mod usage;

use rollcall_model::Timestamp;
use rollcall_model::ids::{AccessKey, AgentId, DomainName, GroupId, UserId};
use rollcall_model::session::{Kernel, Session};
use rollcall_model::status::Step;

pub(crate) use rng::Dice;

/// The seed of the demonstration.
pub(crate) const SEED: u64 = 0x0052_6f6c_6c63_616c;

/// The agent of the demonstration's past, recorded as LOST.
pub(crate) const LOST_AGENT: &str = "i-demo-retired";

/// Whose past.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    /// Person.
    pub(crate) user_id: UserId,
    /// E-mail; also tells the people's sequences apart.
    pub(crate) email: String,
    /// Key.
    pub(crate) access_key: AccessKey,
    /// Domain.
    pub(crate) domain: DomainName,
    /// Project.
    pub(crate) group_id: GroupId,
    /// Project's name.
    pub(crate) group_name: String,
}

/// One session of the past, with the steps that led to where it is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Past {
    /// Session.
    pub(crate) session: Session,
    /// Its kernels, the main one first.
    pub(crate) kernels: Vec<Kernel>,
    /// Steps in order.
    pub(crate) history: Vec<(Step, Timestamp)>,
}

/// How much past a person gets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    /// Sessions that ended, at least.
    pub(crate) least: i64,
    /// Sessions that ended, at most.
    pub(crate) most: i64,
}

/// What `--demo` gives everyone.
pub(crate) const BELIEVABLE: Extent = Extent { least: 60, most: 300 };

/// The past of all of them as seen from `now`, by the registry of this machine's images.
pub(crate) fn pasts(owners: &[Owner], registry: &str, extent: Extent, now: Timestamp) -> Vec<Past> {
    let agent = AgentId::from(LOST_AGENT);
    owners
        .iter()
        .flat_map(|owner| {
            let mut dice = Dice::for_person(SEED, &owner.email);
            let finished = dice.between(extent.least, extent.most);
            let failed = dice.between(1, 3);
            let scene = past::Scene { owner, registry, agent: &agent, now };
            let mut sessions: Vec<Past> =
                (0..finished).map(|number| past::finished(&scene, number, &mut dice)).collect();
            sessions.extend((0..failed).map(|number| past::failed(&scene, finished + number, &mut dice)));
            sessions
        })
        .collect()
}

#[cfg(test)]
mod tests;
