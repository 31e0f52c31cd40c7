//! One page of something and how many there are: `…List` types.

use async_graphql::SimpleObject;

use super::accounts::{KeyPair, User};
use super::container::ComputeContainer;
use super::equipment::Agent;
use super::session::ComputeSession;

/// A page of sessions.
#[derive(SimpleObject)]
#[graphql(rename_fields = "snake_case")]
pub(crate) struct ComputeSessionList {
    pub(crate) items: Vec<Option<ComputeSession>>,
    pub(crate) total_count: i64,
}

/// A page of a session's kernels.
#[derive(SimpleObject)]
#[graphql(rename_fields = "snake_case")]
pub(crate) struct ComputeContainerList {
    pub(crate) items: Vec<Option<ComputeContainer>>,
    pub(crate) total_count: i64,
}

/// A page of agents.
#[derive(SimpleObject)]
#[graphql(rename_fields = "snake_case")]
pub(crate) struct AgentList {
    pub(crate) items: Vec<Option<Agent>>,
    pub(crate) total_count: i64,
}

/// A page of people.
#[derive(SimpleObject)]
#[graphql(rename_fields = "snake_case")]
pub(crate) struct UserList {
    pub(crate) items: Vec<Option<User>>,
    pub(crate) total_count: i64,
}

/// A page of keypairs.
#[derive(SimpleObject)]
#[graphql(rename_fields = "snake_case")]
pub(crate) struct KeyPairList {
    pub(crate) items: Vec<Option<KeyPair>>,
    pub(crate) total_count: i64,
}
