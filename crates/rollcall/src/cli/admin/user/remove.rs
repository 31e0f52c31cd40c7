//! `rollcall admin user remove`: a person with all that was theirs alone.

use rollcall_model::role::Role;
use serde_json::json;

use super::find;
use super::switch::keypairs;
use crate::cli::admin::answer::{agreed, counted, listed, removed};
use crate::cli::admin::holdings::{self, Whose};
use crate::cli::admin::{HowToRemoveWithSessions, refused};
use crate::cli::connect::Connection;
use crate::cli::failure::Failure;
use crate::cli::text::clean;
use crate::out;

/// Decides about the sessions before anything is done; then ends them, then removes.
pub(super) async fn remove(connection: &Connection, email: &str, how: HowToRemoveWithSessions) -> Result<(), Failure> {
    holdings::may_remove(connection, &[Role::Superadmin], how.end_sessions).await?;
    let (client, admin) = (&connection.client, connection.client.admin());
    find(admin, email).await?;
    let keys = keypairs(admin, email).await?;
    let keys: Vec<&str> = keys.iter().map(|key| key.access_key.as_str()).collect();
    let holdings = holdings::look(client, &Whose::Keys(&keys)).await?;
    let shown = clean(email);
    out::note(format_args!("With {shown} would go"));
    out::note(format_args!("  {}: {}", counted(keys.len() as u64, "keypair"), listed(keys.iter().copied())));
    for line in holdings.lines() {
        out::note(format_args!("  {line}"));
    }
    holdings.decided(email, how.end_sessions)?;
    if !agreed(how.yes, &shown)? {
        return Ok(());
    }
    let ended = holdings.end(client, &format!("{shown} is not removed")).await?;
    if let Err(error) = admin.purge_user(email).await {
        return Err(refused(error).midway(&ended, &[format!("{shown} is not removed")]));
    }
    let finished = holdings.finished + holdings.active.len() as u64;
    let sentence = format!(
        "{shown} removed, with {} and {}",
        counted(keys.len() as u64, "keypair"),
        counted(finished, "finished session")
    );
    let more = json!({"keypairs": keys, "ended_sessions": holdings.ended_json(), "finished_sessions": finished});
    removed(how.json, "user", email, &sentence, more)
}
