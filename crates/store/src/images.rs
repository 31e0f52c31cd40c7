//! Environments that agents offer.

use rollcall_model::access::System;
use rollcall_model::ids::AgentId;
use rollcall_model::image::Image;

use crate::codec::{parsed, text};
use crate::engine::{reading, retrying, run};
use crate::error::Doing;
use crate::{Store, StoreError};

#[derive(sqlx::FromRow)]
struct ImageRow {
    canonical: String,
    body: String,
    installed: bool,
}

impl ImageRow {
    fn image(self) -> Result<Image, StoreError> {
        let image: Image = parsed(&self.body, "image", &self.canonical)?;
        Ok(Image { installed: self.installed, ..image })
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

impl Store {
    /// Says what an agent offers now; what it no longer offers is no longer installed there.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn put_images(&self, _system: System, agent: &AgentId, images: &[Image]) -> Result<(), StoreError> {
        retrying!(self.try_put_images(agent, images))
    }

    /// Every known image by canonical name.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn images(&self) -> Result<Vec<Image>, StoreError> {
        let sql = select_images!("ORDER BY i.canonical");
        let rows = reading!(self, db => sqlx::query_as::<_, ImageRow>(sql).fetch_all(db).await);
        rows.doing("reading images")?.into_iter().map(ImageRow::image).collect()
    }

    /// An image by its canonical reference or an alias.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn image(&self, reference: &str) -> Result<Option<Image>, StoreError> {
        if reference.contains('\0') {
            return Ok(None);
        }
        let sql = select_images!(
            "WHERE i.canonical = $1 OR i.canonical = (SELECT canonical FROM image_aliases WHERE alias = $1) \
             ORDER BY CASE WHEN i.canonical = $1 THEN 0 ELSE 1 END LIMIT 1"
        );
        let row = reading!(self, db => sqlx::query_as::<_, ImageRow>(sql).bind(reference).fetch_optional(db).await);
        row.doing("reading an image")?.map(ImageRow::image).transpose()
    }

    async fn try_put_images(&self, agent: &AgentId, images: &[Image]) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        run!(&mut tx, "clearing an agent's images", "DELETE FROM image_agents WHERE agent = $1", agent.as_str())?;
        for image in images {
            let canonical = image.canonical();
            let sql = "INSERT INTO images (canonical, body) VALUES ($1, $2) \
                       ON CONFLICT (canonical) DO UPDATE SET body = excluded.body";
            run!(&mut tx, "writing an image", sql, canonical.as_str(), text(image))?;
            let sql = "INSERT INTO image_agents (canonical, agent) VALUES ($1, $2) ON CONFLICT DO NOTHING";
            run!(&mut tx, "writing an agent's image", sql, canonical.as_str(), agent.as_str())?;
            let sql = "DELETE FROM image_aliases WHERE canonical = $1";
            run!(&mut tx, "clearing an image's aliases", sql, canonical.as_str())?;
            for alias in &image.aliases {
                // The last to claim an alias has it.
                let sql = "INSERT INTO image_aliases (alias, canonical) VALUES ($1, $2) \
                           ON CONFLICT (alias) DO UPDATE SET canonical = excluded.canonical";
                run!(&mut tx, "writing an image's alias", sql, alias.as_str(), canonical.as_str())?;
            }
        }
        tx.commit().await
    }
}
