//! The root of all mutations, by subject (`graphql.md` §8). [`frame`] holds what they share; adding
//! one means a function in a file of its subject, its rule in `rollcall_model::manage`, and its row
//! in the table of rights.

mod agents;
mod domains;
pub(crate) mod frame;
mod groups;
mod images;
mod input;
mod keypairs;
mod policies;
mod presets;
mod resource_groups;
mod users;

use async_graphql::MergedObject;

/// All mutations.
#[derive(MergedObject, Default)]
pub(crate) struct Mutations(
    users::UserMutations,
    keypairs::KeyPairMutations,
    groups::GroupMutations,
    domains::DomainMutations,
    policies::PolicyMutations,
    presets::PresetMutations,
    resource_groups::ResourceGroupMutations,
    agents::AgentMutations,
    images::ImageMutations,
);
