//! The superadmin's free configuration: texts by paths with slashes. A prefix is a whole path:
//! `a/b` stands for itself and for what begins with `a/b/`, never for `a/bc`.
//!
//! Values may be secrets: no error and no log line of this file carries one.

use rollcall_model::resources::Superintend;

use crate::engine::{reading, retrying, run};
use crate::error::Doing;
use crate::{Store, StoreError};

/// Where a path's own entries begin and where they end: `0` comes right after `/`.
fn below(path: &str) -> (String, String) {
    (format!("{path}/"), format!("{path}0"))
}

impl Store {
    /// One entry.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn config_entry(&self, _may: Superintend, path: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT value FROM config_entries WHERE name = $1";
        let value = reading!(self, db => sqlx::query_scalar::<_, String>(sql).bind(path).fetch_optional(db).await);
        value.doing("reading an entry of the configuration")
    }

    /// A path's own entry and those below it, by path.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn config_below(&self, _may: Superintend, path: &str) -> Result<Vec<(String, String)>, StoreError> {
        let (first, end) = below(path);
        let sql = "SELECT name, value FROM config_entries WHERE name = $1 OR (name >= $2 AND name < $3) ORDER BY name";
        let rows = reading!(self, db => {
            sqlx::query_as::<_, (String, String)>(sql)
                .bind(path).bind(first.as_str()).bind(end.as_str()).fetch_all(db).await
        });
        rows.doing("reading the configuration")
    }

    /// Sets entries, all or none.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn set_config(&self, _may: Superintend, entries: &[(String, String)]) -> Result<(), StoreError> {
        retrying!(self.try_set_config(entries))
    }

    async fn try_set_config(&self, entries: &[(String, String)]) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for (path, value) in entries {
            let sql = "INSERT INTO config_entries (name, value) VALUES ($1, $2) \
                       ON CONFLICT (name) DO UPDATE SET value = excluded.value";
            run!(&mut tx, "writing the configuration", sql, path.as_str(), value.as_str())?;
        }
        tx.commit().await
    }

    /// Removes an entry, with `and_below` what is below it too.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn delete_config(&self, _may: Superintend, path: &str, and_below: bool) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        run!(&mut tx, "removing from the configuration", "DELETE FROM config_entries WHERE name = $1", path)?;
        if and_below {
            let (first, end) = below(path);
            let sql = "DELETE FROM config_entries WHERE name >= $1 AND name < $2";
            run!(&mut tx, "removing from the configuration", sql, first.as_str(), end.as_str())?;
        }
        tx.commit().await
    }

    /// Every registry that images come from, with its address: configured under
    /// `config/docker/registry/<name>`, else the engine's own.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn registries(&self, may: Superintend) -> Result<Vec<(String, String)>, StoreError> {
        const CONFIGURED: &str = "config/docker/registry";
        let mut registries = std::collections::BTreeMap::new();
        for image in self.images().await? {
            registries.insert(image.registry.clone(), format!("local://{}", image.registry));
        }
        for (path, url) in self.config_below(may, CONFIGURED).await? {
            let name = path.trim_start_matches(CONFIGURED).trim_start_matches('/');
            if !name.is_empty() && !name.contains('/') {
                registries.insert(name.to_owned(), url);
            }
        }
        Ok(registries.into_iter().collect())
    }
}
