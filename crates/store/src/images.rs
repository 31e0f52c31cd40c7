//! Environments that agents offer.
//!
//! What an agent says of its images is written whenever it reports; what administrators decided about
//! them (aliases, images to forget) stands beside it and wins.

use std::collections::HashMap;

use rollcall_model::access::System;
use rollcall_model::ids::AgentId;
use rollcall_model::image::{self, Image};
use rollcall_model::manage::Manage;

use crate::codec::{parsed, storable, text};
use crate::engine::{Tx, reading, retrying, run, writing};
use crate::error::Doing;
use crate::{Integrity, Refusal, Store, StoreError};

#[derive(sqlx::FromRow)]
struct ImageRow {
    canonical: String,
    body: String,
    installed: bool,
}

impl ImageRow {
    /// Its own aliases first, in their order.
    fn image(self, mut aliases: Vec<String>) -> Result<Image, StoreError> {
        let image: Image = parsed(&self.body, "image", &self.canonical)?;
        let place = |alias: &String| image.aliases.iter().position(|own| own == alias).unwrap_or(usize::MAX);
        aliases.sort_by_key(place);
        Ok(Image { installed: self.installed, aliases, ..image })
    }
}

/// Selects whole images; continue with `WHERE` or an order.
macro_rules! select_images {
    ($rest:literal) => {
        concat!(
            "SELECT i.canonical, i.body, \
             EXISTS (SELECT 1 FROM image_agents a WHERE a.canonical = i.canonical) AS installed FROM images i ",
            $rest
        )
    };
}

/// A canonical reference itself, or what an alias means.
const RESOLVE: &str = "SELECT i.canonical FROM images i \
    WHERE i.canonical = $1 OR i.canonical = (SELECT canonical FROM image_aliases WHERE alias = $1) \
    ORDER BY CASE WHEN i.canonical = $1 THEN 0 ELSE 1 END LIMIT 1";

impl Store {
    /// Says what an agent offers now; what it no longer offers is no longer installed there, and what
    /// was forgotten stays so.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn put_images(&self, _system: System, agent: &AgentId, images: &[Image]) -> Result<(), StoreError> {
        retrying!(self.try_put_images(agent, images, false))
    }

    /// The same after a new look that somebody asked for: what was forgotten comes back.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn put_images_again(&self, _system: System, agent: &AgentId, images: &[Image]) -> Result<(), StoreError> {
        retrying!(self.try_put_images(agent, images, true))
    }

    /// Every known image by canonical name.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn images(&self) -> Result<Vec<Image>, StoreError> {
        let sql = select_images!("ORDER BY i.canonical");
        let rows = reading!(self, db => sqlx::query_as::<_, ImageRow>(sql).fetch_all(db).await);
        let rows = rows.doing("reading images")?;
        let mut aliases = self.aliases(None).await?;
        rows.into_iter()
            .map(|row| {
                let own = aliases.remove(&row.canonical).unwrap_or_default();
                row.image(own)
            })
            .collect()
    }

    /// An image by its canonical reference or an alias.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn image(&self, reference: &str) -> Result<Option<Image>, StoreError> {
        if !storable(reference) {
            return Ok(None);
        }
        let sql = select_images!(
            "WHERE i.canonical = $1 OR i.canonical = (SELECT canonical FROM image_aliases WHERE alias = $1) \
             ORDER BY CASE WHEN i.canonical = $1 THEN 0 ELSE 1 END LIMIT 1"
        );
        let row = reading!(self, db => sqlx::query_as::<_, ImageRow>(sql).bind(reference).fetch_optional(db).await);
        let Some(row) = row.doing("reading an image")? else { return Ok(None) };
        let aliases = self.aliases(Some(&row.canonical)).await?.remove(&row.canonical).unwrap_or_default();
        row.image(aliases).map(Some)
    }

    /// Aliases by image, of one or of all.
    async fn aliases(&self, canonical: Option<&str>) -> Result<HashMap<String, Vec<String>>, StoreError> {
        let sql = "SELECT canonical, alias FROM image_aliases WHERE $1 IS NULL OR canonical = $1 ORDER BY alias";
        let rows = reading!(self, db => {
            sqlx::query_as::<_, (String, String)>(sql).bind(canonical).fetch_all(db).await
        });
        let mut aliases: HashMap<String, Vec<String>> = HashMap::new();
        for (canonical, alias) in rows.doing("reading aliases of images")? {
            aliases.entry(canonical).or_default().push(alias);
        }
        Ok(aliases)
    }

    async fn try_put_images(&self, agent: &AgentId, images: &[Image], again: bool) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        run!(&mut tx, "clearing an agent's images", "DELETE FROM image_agents WHERE agent = $1", agent.as_str())?;
        for image in images {
            let canonical = image.canonical();
            if again {
                let sql = "DELETE FROM forgotten_images WHERE canonical = $1";
                run!(&mut tx, "remembering an image", sql, canonical.as_str())?;
            } else if is_forgotten(&mut tx, &canonical).await? {
                continue;
            }
            put_image(&mut tx, agent, image, &canonical).await?;
        }
        tx.commit().await
    }

    /// Gives an image one more name.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] for what is no alias or names no image, [`Refusal::Integrity`] for one that
    /// another image has, [`StoreError::Query`].
    pub async fn alias_image(&self, _may: &Manage, alias: &str, target: &str) -> Result<(), StoreError> {
        retrying!(self.try_alias(alias, target))
    }

    async fn try_alias(&self, alias: &str, target: &str) -> Result<(), StoreError> {
        if !image::is_alias(alias) {
            return Err(Refusal::Invalid(image::ALIAS_FORM.to_owned()).into());
        }
        let mut tx = self.begin().await?;
        let canonical = resolved(&mut tx, target).await?;
        let meant = meaning(&mut tx, alias).await?;
        if meant.is_some_and(|meant| meant != canonical) {
            let taken =
                Integrity::Duplicate { constraint: "pk_image_aliases", columns: "alias", value: alias.to_owned() };
            return Err(Refusal::from(taken).into());
        }
        choose(&mut tx, alias, Some(&canonical)).await?;
        let sql = "INSERT INTO image_aliases (alias, canonical) VALUES ($1, $2) ON CONFLICT (alias) DO NOTHING";
        run!(&mut tx, "writing an image's alias", sql, alias, canonical.as_str())?;
        self.commit(tx).await
    }

    /// Takes a name away from the image that has it.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when none has, [`StoreError::Query`].
    pub async fn dealias_image(&self, _may: &Manage, alias: &str) -> Result<(), StoreError> {
        retrying!(self.try_dealias(alias))
    }

    async fn try_dealias(&self, alias: &str) -> Result<(), StoreError> {
        let none = || StoreError::from(Refusal::Invalid("no image has this alias".to_owned()));
        if !storable(alias) {
            return Err(none());
        }
        let mut tx = self.begin().await?;
        let sql = "DELETE FROM image_aliases WHERE alias = $1";
        if run!(&mut tx, "removing an image's alias", sql, alias)? == 0 {
            return Err(none());
        }
        choose(&mut tx, alias, None).await?;
        self.commit(tx).await
    }

    /// No longer offers an image, until images are looked for again. Sessions that run in it go on.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when there is none, [`StoreError::Query`].
    pub async fn forget_image(&self, _may: &Manage, reference: &str) -> Result<(), StoreError> {
        retrying!(self.try_forget(reference))
    }

    async fn try_forget(&self, reference: &str) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let canonical = resolved(&mut tx, reference).await?;
        for sql in [
            "DELETE FROM image_aliases WHERE canonical = $1",
            "DELETE FROM image_agents WHERE canonical = $1",
            "DELETE FROM images WHERE canonical = $1",
            "INSERT INTO forgotten_images (canonical) VALUES ($1) ON CONFLICT (canonical) DO NOTHING",
        ] {
            run!(&mut tx, "forgetting an image", sql, canonical.as_str())?;
        }
        self.commit(tx).await
    }
}

async fn put_image(tx: &mut Tx, agent: &AgentId, image: &Image, canonical: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO images (canonical, body) VALUES ($1, $2) \
               ON CONFLICT (canonical) DO UPDATE SET body = excluded.body";
    run!(tx, "writing an image", sql, canonical, text(image))?;
    let sql = "INSERT INTO image_agents (canonical, agent) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    run!(tx, "writing an agent's image", sql, canonical, agent.as_str())?;
    let sql = "DELETE FROM image_aliases WHERE canonical = $1";
    run!(tx, "clearing an image's aliases", sql, canonical)?;
    for alias in &image.aliases {
        // The last to claim an alias has it, unless somebody decided about it.
        let sql = "INSERT INTO image_aliases (alias, canonical) SELECT $1, $2 \
                   WHERE NOT EXISTS (SELECT 1 FROM chosen_aliases WHERE alias = $1) \
                   ON CONFLICT (alias) DO UPDATE SET canonical = excluded.canonical";
        run!(tx, "writing an image's alias", sql, alias.as_str(), canonical)?;
    }
    let sql = "INSERT INTO image_aliases (alias, canonical) SELECT alias, canonical FROM chosen_aliases \
               WHERE canonical = $1 ON CONFLICT (alias) DO UPDATE SET canonical = excluded.canonical";
    run!(tx, "writing an image's chosen aliases", sql, canonical).map(|_| ())
}

async fn is_forgotten(tx: &mut Tx, canonical: &str) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM forgotten_images WHERE canonical = $1)";
    writing!(tx, db => sqlx::query_scalar::<_, bool>(sql).bind(canonical).fetch_one(db).await)
        .doing("looking for forgotten images")
}

/// The canonical reference of an image.
async fn resolved(tx: &mut Tx, reference: &str) -> Result<String, StoreError> {
    let none = || StoreError::from(Refusal::Invalid("no such image".to_owned()));
    if !storable(reference) {
        return Err(none());
    }
    let found = writing!(tx, db => sqlx::query_scalar::<_, String>(RESOLVE).bind(reference).fetch_optional(db).await);
    found.doing("looking for an image")?.ok_or_else(none)
}

/// What a text means now: the image of that name or alias.
async fn meaning(tx: &mut Tx, alias: &str) -> Result<Option<String>, StoreError> {
    let found = writing!(tx, db => sqlx::query_scalar::<_, String>(RESOLVE).bind(alias).fetch_optional(db).await);
    found.doing("looking for an alias")
}

/// Notes the decision about an alias.
async fn choose(tx: &mut Tx, alias: &str, canonical: Option<&str>) -> Result<(), StoreError> {
    let sql = "INSERT INTO chosen_aliases (alias, canonical) VALUES ($1, $2) \
               ON CONFLICT (alias) DO UPDATE SET canonical = excluded.canonical";
    run!(tx, "noting an alias", sql, alias, canonical).map(|_| ())
}
