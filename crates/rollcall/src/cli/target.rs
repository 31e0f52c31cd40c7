//! The session that a name or an id on the command line means.

use rollcall_client::sessions::Which;
use rollcall_client::{Client, SessionRow};
use rollcall_model::ids::SessionId;

use super::failure::Failure;

/// A session and how to call it.
pub(super) struct Target {
    pub(super) row: SessionRow,
    pub(super) id: SessionId,
    /// The owner's key, when it is not the caller's.
    pub(super) owner: Option<String>,
}

impl Target {
    /// Its name, safe to print.
    pub(super) fn name(&self) -> String {
        super::text::clean(self.row.name.as_deref().unwrap_or("-"))
    }
}

/// Looks a session up.
pub(super) async fn find(
    client: &Client,
    reference: &str,
    which: Which,
    owner: Option<&str>,
) -> Result<Target, Failure> {
    target(client, reference, client.sessions().find(reference, which, owner).await?)
}

/// Looks a session up among those of all keys of a person, where the server tells them.
pub(super) async fn find_of_person(
    client: &Client,
    reference: &str,
    which: Which,
    owner: Option<&str>,
) -> Result<Target, Failure> {
    if !client.v1().is_there().await? {
        return find(client, reference, which, owner).await;
    }
    target(client, reference, client.v1().find(reference, which, owner).await?)
}

fn target(client: &Client, reference: &str, row: SessionRow) -> Result<Target, Failure> {
    let id = row.any_id().ok_or_else(|| Failure::new(format!("the server told no id for `{reference}`")))?;
    let owner = row.access_key.clone().filter(|key| client.access_key() != Some(key));
    Ok(Target { row, id, owner })
}
