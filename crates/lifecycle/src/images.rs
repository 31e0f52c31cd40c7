//! A new look at what this machine can run, on request.

use std::time::Duration;

use rollcall_model::image::Image;
use rollcall_model::manage::RescanImages;

use crate::{Lifecycle, LifecycleError};

/// Programs that are tried may hang.
const LONGEST_LOOK: Duration = Duration::from_secs(60);

impl Lifecycle {
    /// The registries whose images this machine has.
    #[must_use]
    pub fn registries(&self) -> Vec<String> {
        let mut registries: Vec<String> = self.core.engine.images().into_iter().map(|image| image.registry).collect();
        registries.sort();
        registries.dedup();
        registries
    }

    /// Looks for images again. Only what is found can be started afterwards; [`Lifecycle::offer`]
    /// tells it to everybody.
    ///
    /// # Errors
    /// [`LifecycleError::Engine`], [`LifecycleError::Unavailable`] when it takes too long.
    pub async fn look_for_images(&self, _may: RescanImages) -> Result<Vec<Image>, LifecycleError> {
        // Closed never: the semaphore lives as long as the core.
        let _turn = self.core.looking.acquire().await;
        let looked = tokio::time::timeout(LONGEST_LOOK, self.core.engine.look_for_images()).await;
        let late = || LifecycleError::Unavailable { reason: "looking for images took too long".to_owned() };
        Ok(looked.map_err(|_| late())??)
    }

    /// Offers what was found, and what had been forgotten of it too.
    ///
    /// # Errors
    /// [`LifecycleError::Store`].
    pub async fn offer(&self, _may: RescanImages, images: &[Image]) -> Result<(), LifecycleError> {
        Ok(self.core.store.put_images_again(self.core.system, self.core.agent(), images).await?)
    }
}
