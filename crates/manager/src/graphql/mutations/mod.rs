//! The root of all mutations, by subject (`graphql.md` §8). [`frame`] holds what they share; adding
//! one means a function in a file of its subject, its rule in `rollcall_model::manage`, and its row
//! in the table of rights.

mod agents;
pub(crate) mod frame;

use async_graphql::MergedObject;

/// All mutations.
#[derive(MergedObject, Default)]
pub(crate) struct Mutations(agents::AgentMutations);
