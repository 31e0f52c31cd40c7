//! Removing people, projects and domains for good, with what only they had.
//!
//! What happens to sessions is decided first: while one is active (neither TERMINATED nor
//! CANCELLED), nothing is removed at all. Finished ones go with their kernels, logs and history, and
//! the totals follow in the same transaction. Events of theirs stay in the feed, whose numbers go on,
//! and go with their age as all others do.

use rollcall_model::ids::{DomainName, GroupId};
use rollcall_model::manage::{Manage, ManageGroups};

use super::groups::locked_group;
use super::users::locked_user;
use super::{exists, known, none_active};
use crate::engine::{Tx, retrying, run, writing};
use crate::error::Doing;
use crate::refusal::Refusal;
use crate::sessions::retention::{OverRow, remove};
use crate::{Store, StoreError};

/// Selects sessions as retention does; the rows are held, so that nothing else removes them.
macro_rules! select_theirs {
    ($tx:expr, $condition:literal) => {
        $tx.text(
            concat!("SELECT id, domain_name, group_id, access_key, status FROM sessions WHERE ", $condition),
            concat!(
                "SELECT id, domain_name, group_id, access_key, status FROM sessions WHERE ",
                $condition,
                " FOR UPDATE"
            ),
        )
    };
}

/// TERMINATED and CANCELLED.
const OVER: [i64; 2] = [10, 12];

/// Says no more than that: what is left of another domain is not for everyone who asks.
const CAME_FROM_ELSEWHERE: &str = "the group was in another domain before: only a superadmin can purge it";

/// What a person alone had, but for sessions.
const OF_USER: [&str; 7] = [
    "DELETE FROM error_logs WHERE user_id = $1",
    "DELETE FROM session_templates WHERE user_id = $1",
    "DELETE FROM dotfiles WHERE scope = 'user' AND owner IN (SELECT access_key FROM keypairs WHERE user_id = $1)",
    "DELETE FROM resource_group_keypairs WHERE access_key IN (SELECT access_key FROM keypairs WHERE user_id = $1)",
    "DELETE FROM keypairs WHERE user_id = $1",
    "DELETE FROM memberships WHERE user_id = $1",
    "DELETE FROM users WHERE id = $1",
];

/// What a project alone had, but for sessions and dotfiles.
const OF_GROUP: [&str; 4] = [
    "DELETE FROM session_templates WHERE group_id = $1",
    "DELETE FROM resource_group_projects WHERE project_id = $1",
    "DELETE FROM memberships WHERE project_id = $1",
    "DELETE FROM projects WHERE id = $1",
];

/// What a domain alone had, but for sessions; people and projects stand against its going.
const OF_DOMAIN: [&str; 4] = [
    "DELETE FROM session_templates WHERE domain_name = $1",
    "DELETE FROM dotfiles WHERE scope = 'domain' AND owner = $1",
    "DELETE FROM resource_group_domains WHERE domain_name = $1",
    "DELETE FROM domains WHERE name = $1",
];

impl Store {
    /// Removes a person with keys, memberships, finished sessions, templates, dotfiles and error logs.
    ///
    /// # Errors
    /// [`Refusal::NoMatch`], [`Refusal::InUse`] with active sessions, [`Refusal::LastSuperadmin`],
    /// [`StoreError::Query`].
    pub async fn purge_user(&self, _may: &Manage, email: &str) -> Result<(), StoreError> {
        retrying!(self.try_purge_user(email))
    }

    async fn try_purge_user(&self, email: &str) -> Result<(), StoreError> {
        let mut tx = self.begin_accounts().await?;
        // Creations of sessions refer to the row that is held here: none comes in between.
        let user = locked_user(&mut tx, email).await?;
        let sql = select_theirs!(tx, "user_id = $1");
        let theirs = writing!(&mut tx, db => sqlx::query_as(sql).bind(user.id.0).fetch_all(db).await);
        purge_sessions(&mut tx, theirs.doing("reading the sessions of a person")?, "the user").await?;
        for sql in OF_USER {
            run!(&mut tx, "removing a person", sql, user.id.0)?;
        }
        self.commit_accounts(tx).await
    }

    /// Removes a project with memberships, finished sessions, templates and dotfiles.
    ///
    /// Sessions stay of the domain that they were made in, also when the project moves. Who may manage one
    /// domain alone neither removes those of another nor hears how many there are.
    ///
    /// # Errors
    /// [`Refusal::NoMatch`] for projects out of reach too, [`Refusal::InUse`] with active sessions and with
    /// sessions out of reach, [`StoreError::Query`].
    pub async fn purge_group(&self, may: &ManageGroups, id: GroupId) -> Result<(), StoreError> {
        retrying!(self.try_purge_group(may, id))
    }

    async fn try_purge_group(&self, may: &ManageGroups, id: GroupId) -> Result<(), StoreError> {
        let mut tx = self.begin_accounts().await?;
        locked_group(&mut tx, may, id).await?;
        let sql = select_theirs!(tx, "group_id = $1");
        let theirs: Vec<OverRow> = writing!(&mut tx, db => sqlx::query_as(sql).bind(id.0).fetch_all(db).await)
            .doing("reading the sessions of a project")?;
        if theirs.iter().any(|row| !may.admits(&DomainName::from(row.1.as_str()))) {
            return Err(Refusal::InUse(CAME_FROM_ELSEWHERE.to_owned()).into());
        }
        purge_sessions(&mut tx, theirs, "the group").await?;
        let sql = "DELETE FROM dotfiles WHERE scope = 'group' AND owner = $1";
        run!(&mut tx, "removing a project's dotfiles", sql, id.to_string())?;
        for sql in OF_GROUP {
            run!(&mut tx, "removing a project", sql, id.0)?;
        }
        self.commit_accounts(tx).await
    }

    /// Removes a domain that has neither people nor projects, with the finished sessions that were
    /// made in it.
    ///
    /// # Errors
    /// [`Refusal::NoMatch`], [`Refusal::InUse`], [`StoreError::Query`].
    pub async fn purge_domain(&self, _may: &Manage, name: &DomainName) -> Result<(), StoreError> {
        retrying!(self.try_purge_domain(name))
    }

    async fn try_purge_domain(&self, name: &DomainName) -> Result<(), StoreError> {
        let name = known(name.as_str())?;
        let mut tx = self.begin_accounts().await?;
        if !exists!(&mut tx, "looking for a domain", "SELECT EXISTS (SELECT 1 FROM domains WHERE name = $1)", name)? {
            return Err(Refusal::NoMatch.into());
        }
        let sql = select_theirs!(tx, "domain_name = $1");
        let theirs: Vec<OverRow> = writing!(&mut tx, db => sqlx::query_as(sql).bind(name).fetch_all(db).await)
            .doing("reading the sessions of a domain")?;
        no_active(&theirs, "the domain")?;
        for (what, sql) in [
            ("users", "SELECT EXISTS (SELECT 1 FROM users WHERE domain_name = $1)"),
            ("groups", "SELECT EXISTS (SELECT 1 FROM projects WHERE domain_name = $1)"),
        ] {
            if exists!(&mut tx, "looking for people and projects of a domain", sql, name)? {
                return Err(Refusal::InUse(format!("the domain has {what}: purge or move them first")).into());
            }
        }
        purge_sessions(&mut tx, theirs, "the domain").await?;
        for sql in OF_DOMAIN {
            run!(&mut tx, "removing a domain", sql, name)?;
        }
        self.commit_accounts(tx).await
    }
}

fn no_active(theirs: &[OverRow], whose: &str) -> Result<(), StoreError> {
    let active = theirs.iter().filter(|row| !OVER.contains(&row.4)).count();
    none_active(i64::try_from(active).unwrap_or(i64::MAX), whose, "purging")
}

async fn purge_sessions(tx: &mut Tx, theirs: Vec<OverRow>, whose: &str) -> Result<(), StoreError> {
    no_active(&theirs, whose)?;
    if !theirs.is_empty() {
        remove(tx, &theirs).await?;
    }
    Ok(())
}
