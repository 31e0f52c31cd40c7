//! What keeps a session's kernels from everything else: Rollcall's own field, which other servers
//! lack.

use std::collections::HashMap;

use rollcall_model::ids::{KernelId, SessionId};
use serde::Deserialize;
use serde_json::json;

use super::Sessions;
use crate::error::Error;
use crate::graphql::Query;
use crate::json_string;

/// Which fence holds a kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Fence {
    /// `bubblewrap`, `Landlock` or `none`.
    pub name: String,
    /// What it holds and what it leaves open.
    pub text: String,
    /// How memory, processor and processes are limited.
    pub limits: String,
    /// What the kernel reaches.
    pub network: String,
}

#[derive(Deserialize)]
struct Fenced {
    containers: Vec<Container>,
}

#[derive(Deserialize)]
struct Container {
    id: KernelId,
    #[serde(default, deserialize_with = "json_string::value")]
    fence: Option<serde_json::Value>,
}

impl Sessions<'_> {
    /// The fence of each kernel of a session; empty where the server does not tell.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn fences(&self, id: SessionId) -> Result<HashMap<KernelId, Fence>, Error> {
        if !self.client.tells("ComputeContainer", "fence").await? {
            return Ok(HashMap::new());
        }
        let fenced: Option<Fenced> = self
            .client
            .graphql(Query {
                act: "asking for the fence",
                root: "compute_session",
                text: "query($id: UUID!) { compute_session(id: $id) { containers { id fence } } }".to_owned(),
                variables: json!({ "id": id }),
                timeout: None,
            })
            .await?;
        let containers = fenced.map(|fenced| fenced.containers).unwrap_or_default();
        let read = |kernel: Container| Some((kernel.id, serde_json::from_value(kernel.fence?).ok()?));
        Ok(containers.into_iter().filter_map(read).collect())
    }
}
