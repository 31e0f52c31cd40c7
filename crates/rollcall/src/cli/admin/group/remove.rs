//! `rollcall admin group remove`: a project with all that was its alone.

use rollcall_client::admin::{Group, UserFilter};
use rollcall_model::role::Role;
use serde_json::json;

use crate::cli::admin::answer::{agreed, counted, removed};
use crate::cli::admin::holdings::{self, Whose};
use crate::cli::admin::{HowToRemoveWithSessions, refused};
use crate::cli::connect::Connection;
use crate::cli::failure::Failure;
use crate::cli::text::clean;
use crate::out;

/// Decides about the sessions before anything is done; then ends them, then removes.
pub(super) async fn remove(
    connection: &Connection,
    group: &Group,
    how: HowToRemoveWithSessions,
) -> Result<(), Failure> {
    holdings::may_remove(connection, &[Role::Superadmin, Role::Admin], how.end_sessions).await?;
    let (client, admin) = (&connection.client, connection.client.admin());
    let shown = format!("group {}", clean(&group.name));
    let filter = UserFilter { group: Some(group.id), ..UserFilter::default() };
    let members = admin.users(&filter).await.map_err(refused)?.len() as u64;
    let holdings = holdings::look(client, &Whose::Group(group.id)).await?;
    out::note(format_args!("With {shown} would go\n  {}", counted(members, "membership")));
    for line in holdings.lines() {
        out::note(format_args!("  {line}"));
    }
    holdings.decided(&shown, how.end_sessions)?;
    if !agreed(how.yes, &shown)? {
        return Ok(());
    }
    let undone = format!("{shown} is not removed");
    let ended = holdings.end(client, &undone).await?;
    if let Err(error) = admin.purge_group(group.id).await {
        return Err(refused(error).midway(&ended, &[undone]));
    }
    let finished = holdings.finished + holdings.active.len() as u64;
    let sentence = format!(
        "{shown} removed, with {} and {}",
        counted(members, "membership"),
        counted(finished, "finished session")
    );
    let more = json!({
        "id": group.id, "memberships": members, "ended_sessions": holdings.ended_json(), "finished_sessions": finished,
    });
    removed(how.json, "group", &group.name, &sentence, more)
}
