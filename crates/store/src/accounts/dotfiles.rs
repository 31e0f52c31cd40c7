//! Files for the homes of sessions, and the bootstrap script of a key.

use rollcall_model::access::{Create, Permit, System};
use rollcall_model::dotfile::{self, Dotfile};
use rollcall_model::ids::{AccessKey, DomainName, GroupId};
use rollcall_model::own::{ReadDotfiles, Shelf, WriteDotfiles};

use crate::engine::{Tx, reading, retrying, run, writing};
use crate::error::Doing;
use crate::{Store, StoreError};

/// What came of adding or changing a file. But for the first, nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shelved {
    /// Done.
    Done,
    /// There is one at that path, or one of the two would be a directory of the other.
    Taken,
    /// None at that path.
    Missing,
    /// More files than allowed.
    TooMany,
    /// More bytes than allowed.
    TooLarge,
}

#[derive(sqlx::FromRow)]
struct DotfileRow {
    path: String,
    permission: String,
    content: String,
}

impl From<DotfileRow> for Dotfile {
    fn from(row: DotfileRow) -> Self {
        Self { path: row.path, permission: row.permission, content: row.content }
    }
}

/// Scope and owner as columns.
fn columns(shelf: &Shelf) -> (&'static str, String) {
    match shelf {
        Shelf::Key(key) => ("user", key.to_string()),
        Shelf::Group(group) => ("group", group.to_string()),
        Shelf::Domain(domain) => ("domain", domain.to_string()),
    }
}

impl Store {
    /// All files of a shelf by path.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn dotfiles(&self, right: &ReadDotfiles) -> Result<Vec<Dotfile>, StoreError> {
        self.files_of(right.shelf()).await
    }

    /// The one at `path`.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn dotfile(&self, right: &ReadDotfiles, path: &str) -> Result<Option<Dotfile>, StoreError> {
        Ok(self.files_of(right.shelf()).await?.into_iter().find(|file| file.path == path))
    }

    /// Adds a file. Path and permission were checked before.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn add_dotfile(&self, right: &WriteDotfiles, file: &Dotfile) -> Result<Shelved, StoreError> {
        retrying!(self.try_shelve(right.shelf(), file, true))
    }

    /// Changes content and permission of a file.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn change_dotfile(&self, right: &WriteDotfiles, file: &Dotfile) -> Result<Shelved, StoreError> {
        retrying!(self.try_shelve(right.shelf(), file, false))
    }

    /// Removes a file; `false` if there is none.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn remove_dotfile(&self, right: &WriteDotfiles, path: &str) -> Result<bool, StoreError> {
        let (scope, owner) = columns(right.shelf());
        let mut tx = self.begin().await?;
        let sql = "DELETE FROM dotfiles WHERE scope = $1 AND owner = $2 AND path = $3";
        let removed = run!(&mut tx, "removing a dotfile", sql, scope, owner.as_str(), path)?;
        tx.commit().await?;
        Ok(removed > 0)
    }

    /// What is put into the home of a new session: the key's files before the project's before the
    /// domain's.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn dotfiles_of_session(
        &self,
        _system: System,
        access_key: &AccessKey,
        group: GroupId,
        domain: &DomainName,
    ) -> Result<Vec<Dotfile>, StoreError> {
        let shelves = [Shelf::Key(access_key.clone()), Shelf::Group(group), Shelf::Domain(domain.clone())];
        let mut sets = Vec::with_capacity(shelves.len());
        for shelf in &shelves {
            sets.push(self.files_of(shelf).await?);
        }
        Ok(dotfile::merge(sets))
    }

    /// The script stored with a key; empty if there is none.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn bootstrap_script(&self, right: &ReadDotfiles) -> Result<String, StoreError> {
        match right.shelf() {
            Shelf::Key(key) => self.script_of(key).await,
            Shelf::Group(_) | Shelf::Domain(_) => Ok(String::new()),
        }
    }

    /// The script that a new session of the permit's key falls back to; empty if there is none.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn bootstrap_script_for(&self, permit: &Permit<Create>) -> Result<String, StoreError> {
        self.script_of(&permit.owner().access_key).await
    }

    /// Stores a key's script; an empty one is none. Projects and domains have none.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn set_bootstrap_script(&self, right: &WriteDotfiles, script: &str) -> Result<(), StoreError> {
        let Shelf::Key(key) = right.shelf() else { return Ok(()) };
        let mut tx = self.begin().await?;
        let sql = "UPDATE keypairs SET bootstrap_script = $2 WHERE access_key = $1";
        run!(&mut tx, "storing a bootstrap script", sql, key.as_str(), script)?;
        tx.commit().await
    }

    async fn script_of(&self, key: &AccessKey) -> Result<String, StoreError> {
        let sql = "SELECT bootstrap_script FROM keypairs WHERE access_key = $1";
        let script = reading!(self, db => {
            sqlx::query_scalar::<_, String>(sql).bind(key.as_str()).fetch_optional(db).await
        });
        Ok(script.doing("reading a bootstrap script")?.unwrap_or_default())
    }

    async fn files_of(&self, shelf: &Shelf) -> Result<Vec<Dotfile>, StoreError> {
        let (scope, owner) = columns(shelf);
        let sql = "SELECT path, permission, content FROM dotfiles WHERE scope = $1 AND owner = $2 ORDER BY path";
        let rows = reading!(self, db => {
            sqlx::query_as::<_, DotfileRow>(sql).bind(scope).bind(owner.as_str()).fetch_all(db).await
        });
        Ok(rows.doing("reading dotfiles")?.into_iter().map(Dotfile::from).collect())
    }

    async fn try_shelve(&self, shelf: &Shelf, file: &Dotfile, is_new: bool) -> Result<Shelved, StoreError> {
        let (scope, owner) = columns(shelf);
        let mut tx = self.begin().await?;
        let others = locked(&mut tx, scope, &owner).await?;
        let exists = others.iter().any(|other| other.path == file.path);
        let others: Vec<_> = others.into_iter().filter(|other| other.path != file.path).collect();
        let size = |file: &Dotfile| file.path.len() + file.content.len();
        if exists == is_new {
            return Ok(if is_new { Shelved::Taken } else { Shelved::Missing });
        }
        if is_new && others.iter().any(|other| dotfile::collide(&other.path, &file.path)) {
            return Ok(Shelved::Taken);
        }
        if others.len() >= dotfile::MAX_FILES {
            return Ok(Shelved::TooMany);
        }
        if others.iter().map(size).sum::<usize>() + size(file) > dotfile::MAX_BYTES {
            return Ok(Shelved::TooLarge);
        }
        let sql = if is_new {
            "INSERT INTO dotfiles (scope, owner, path, permission, content) VALUES ($1, $2, $3, $4, $5)"
        } else {
            "UPDATE dotfiles SET permission = $4, content = $5 WHERE scope = $1 AND owner = $2 AND path = $3"
        };
        let (path, permission, content) = (file.path.as_str(), file.permission.as_str(), file.content.as_str());
        run!(&mut tx, "writing a dotfile", sql, scope, owner.as_str(), path, permission, content)?;
        tx.commit().await?;
        Ok(Shelved::Done)
    }
}

/// The files of a shelf, which nobody else changes until the end of the transaction.
async fn locked(tx: &mut Tx, scope: &str, owner: &str) -> Result<Vec<Dotfile>, StoreError> {
    // On SQLite the transaction is the only one that writes.
    let alone = tx.text("SELECT $1", "SELECT pg_advisory_xact_lock(hashtextextended($1, 3))");
    let name = format!("dotfiles {scope} {owner}");
    run!(tx, "having dotfiles for oneself", alone, name)?;
    let sql = "SELECT path, permission, content FROM dotfiles WHERE scope = $1 AND owner = $2";
    let rows = writing!(tx, db => sqlx::query_as::<_, DotfileRow>(sql).bind(scope).bind(owner).fetch_all(db).await);
    Ok(rows.doing("reading dotfiles to change")?.into_iter().map(Dotfile::from).collect())
}
