//! Who is in which project.

use rollcall_model::ids::{DomainName, GroupId, UserId};

use super::{duplicate, exists, missing};
use crate::StoreError;
use crate::engine::{Tx, run};

const TABLE: &str = "association_groups_users";

/// Joins those of the projects that belong to the person's domain; the others are left out.
pub(crate) async fn join_groups(
    tx: &mut Tx,
    user: UserId,
    domain: &DomainName,
    groups: &[GroupId],
) -> Result<(), StoreError> {
    for group in groups {
        run!(
            tx,
            "writing a membership",
            "INSERT INTO memberships (project_id, user_id) SELECT p.id, $1 FROM projects p \
             WHERE p.id = $2 AND p.domain_name = $3 AND NOT EXISTS \
             (SELECT 1 FROM memberships m WHERE m.project_id = p.id AND m.user_id = $1)",
            user.0,
            group.0,
            domain.as_str(),
        )?;
    }
    Ok(())
}

/// Leaves all projects.
pub(crate) async fn leave_all_groups(tx: &mut Tx, user: UserId) -> Result<(), StoreError> {
    run!(tx, "removing memberships", "DELETE FROM memberships WHERE user_id = $1", user.0).map(|_| ())
}

/// Adds people of the project's own domain. Somebody of another domain is as unknown as nobody.
pub(crate) async fn add_members(
    tx: &mut Tx,
    group: GroupId,
    domain: &DomainName,
    users: &[UserId],
) -> Result<(), StoreError> {
    for user in users {
        let sql = "SELECT EXISTS (SELECT 1 FROM users WHERE id = $1 AND domain_name = $2)";
        if !exists!(tx, "looking for a new member", sql, user.0, domain.as_str())? {
            return Err(missing(TABLE, "fk_association_groups_users_user_id_users", "user_id", user, "users"));
        }
        let sql = "SELECT EXISTS (SELECT 1 FROM memberships WHERE project_id = $1 AND user_id = $2)";
        if exists!(tx, "looking for a membership", sql, group.0, user.0)? {
            let both = format!("{user}, {group}");
            return Err(duplicate("uq_association_user_id_group_id", "user_id, group_id", &both));
        }
        let sql = "INSERT INTO memberships (project_id, user_id) VALUES ($1, $2)";
        run!(tx, "writing a membership", sql, group.0, user.0)?;
    }
    Ok(())
}

/// Removes people; whoever is no member stays none.
pub(crate) async fn remove_members(tx: &mut Tx, group: GroupId, users: &[UserId]) -> Result<(), StoreError> {
    for user in users {
        let sql = "DELETE FROM memberships WHERE project_id = $1 AND user_id = $2";
        run!(tx, "removing a membership", sql, group.0, user.0)?;
    }
    Ok(())
}
