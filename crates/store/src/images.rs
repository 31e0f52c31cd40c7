//! Environments that agents offer.

use rollcall_model::access::System;
use rollcall_model::ids::AgentId;
use rollcall_model::image::Image;

use crate::{Store, StoreError};

impl Store {
    /// Says what an agent offers now; what it no longer offers is no longer installed there.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn put_images(&self, _system: System, agent: &AgentId, images: &[Image]) -> Result<(), StoreError> {
        todo!("{agent} {images:?}")
    }

    /// Every known image by canonical name.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn images(&self) -> Result<Vec<Image>, StoreError> {
        todo!()
    }

    /// An image by its canonical reference or an alias.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn image(&self, reference: &str) -> Result<Option<Image>, StoreError> {
        todo!("{reference}")
    }
}
