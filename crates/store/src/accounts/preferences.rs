//! What a person's clients keep for them: a JSON document of theirs alone, which nobody here reads.

use rollcall_model::own::OwnAccount;
use serde_json::{Map, Value};

use crate::codec::{maybe_parsed, text};
use crate::engine::{reading, run, writing};
use crate::error::Doing;
use crate::{Store, StoreError};

impl Store {
    /// One's own preferences; empty until some are set.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Corrupt`].
    pub async fn preferences(&self, own: &OwnAccount) -> Result<Map<String, Value>, StoreError> {
        let sql = "SELECT document FROM preferences WHERE user_id = $1";
        let found = reading!(self, db => {
            sqlx::query_scalar::<_, String>(sql).bind(own.user().0).fetch_optional(db).await
        });
        let found = found.doing("reading preferences")?;
        Ok(maybe_parsed(found.as_deref(), "preferences", &own.user())?.unwrap_or_default())
    }

    /// Sets one's own preferences in place of those that were.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn set_preferences(&self, own: &OwnAccount, document: &Map<String, Value>) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let sql = "INSERT INTO preferences (user_id, document) VALUES ($1, $2) \
                   ON CONFLICT (user_id) DO UPDATE SET document = excluded.document";
        run!(&mut tx, "setting preferences", sql, own.user().0, text(document))?;
        tx.commit().await
    }

    /// Changes one's own preferences: what `change` leaves is kept, unless it refuses. Of two at the same time none
    /// is lost, for the second begins with what the first left.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Corrupt`]; inside, why `change` refused.
    pub async fn change_preferences<E: Send>(
        &self,
        own: &OwnAccount,
        change: impl FnOnce(&mut Map<String, Value>) -> Result<(), E> + Send,
    ) -> Result<Result<(), E>, StoreError> {
        let mut tx = self.begin().await?;
        // There is a row to hold, then, whoever comes first.
        let sql = "INSERT INTO preferences (user_id, document) VALUES ($1, '{}') ON CONFLICT (user_id) DO NOTHING";
        run!(&mut tx, "making room for preferences", sql, own.user().0)?;
        let sql = tx.text(
            "SELECT document FROM preferences WHERE user_id = $1",
            "SELECT document FROM preferences WHERE user_id = $1 FOR UPDATE",
        );
        let found = writing!(&mut tx, db => {
            sqlx::query_scalar::<_, String>(sql).bind(own.user().0).fetch_one(db).await
        });
        let found = found.doing("reading preferences to change them")?;
        let mut document = maybe_parsed(Some(&found), "preferences", &own.user())?.unwrap_or_default();
        if let Err(refused) = change(&mut document) {
            return Ok(Err(refused));
        }
        let sql = "UPDATE preferences SET document = $2 WHERE user_id = $1";
        run!(&mut tx, "changing preferences", sql, own.user().0, text(&document))?;
        tx.commit().await?;
        Ok(Ok(()))
    }
}
