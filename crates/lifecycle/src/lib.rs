//! What happens to a session: admission, the queue, and the loop that brings the engine to what the
//! store wants.
//!
//! This crate never writes a status but through `Store::advance`, never keeps in memory what a
//! restart would have to know, and speaks no HTTP. Start-up, recovery and normal work are the same
//! code: one look at store and engine, and one act per difference.
#![forbid(unsafe_code)]

mod admission;
mod attend;
mod clock;
mod core;
mod course;
mod decide;
mod end_all;
mod error;
mod feed;
mod hub;
mod images;
mod limits;
mod listen;
mod meters;
mod operations;
mod queue;
mod request;
mod retention;
mod run;
#[cfg(test)]
mod sample;
mod spec;
mod status_data;
mod upkeep;

use std::sync::Arc;

use rollcall_model::access::System;
use rollcall_runtime::Engine;
use rollcall_store::{Figures, Store};
use tokio_util::sync::CancellationToken;

pub use crate::admission::script;
use crate::core::Core;
pub use crate::error::LifecycleError;
pub use crate::feed::Feed;
pub use crate::limits::LimitSettings;
pub use crate::listen::{Listener, Occurrence};
pub use crate::meters::{Meters, StepLabel};
pub use crate::request::{CreateConfig, CreateRequest, Created, Destroyed, Settings, WaitOutcome};
pub use crate::retention::Retention;

/// Sessions of one store on one engine. Cheap to clone.
#[derive(Clone)]
pub struct Lifecycle {
    core: Arc<Core>,
}

impl Lifecycle {
    /// Binds a store and an engine. Nothing happens before [`Lifecycle::run`].
    #[must_use]
    pub fn new(system: System, store: Store, engine: Arc<dyn Engine>, settings: Settings) -> Self {
        Self { core: Arc::new(Core::new(system, store, engine, settings)) }
    }

    /// The events of the store, for who follows them.
    #[must_use]
    pub fn feed(&self) -> &Feed {
        &self.core.feed
    }

    /// The engine, for what it says of itself.
    #[must_use]
    pub fn engine(&self) -> &Arc<dyn Engine> {
        &self.core.engine
    }

    /// How long another agent may be silent before it is lost.
    #[must_use]
    pub fn heartbeat_timeout(&self) -> std::time::Duration {
        self.core.settings.heartbeat_timeout
    }

    /// Reports this engine's agent and its images to the store. [`Lifecycle::run`] does it too; a
    /// program that wants to serve creations at once waits for it first.
    ///
    /// # Errors
    /// [`LifecycleError::Store`].
    pub async fn register(&self) -> Result<(), LifecycleError> {
        self.core.register().await
    }

    /// What this process has counted of sessions.
    #[must_use]
    pub fn meters(&self) -> &Meters {
        &self.core.meters
    }

    /// The whole installation at this moment, for those who watch it.
    ///
    /// # Errors
    /// [`LifecycleError::Store`].
    pub async fn figures(&self) -> Result<Figures, LifecycleError> {
        Ok(self.core.store.figures(self.core.system, clock::now()).await?)
    }

    /// Schedules and reconciles until `stop`. A failing store or engine never ends it.
    pub async fn run(&self, stop: CancellationToken) {
        tokio::join!(run::run(Arc::clone(&self.core), stop.clone()), upkeep::run(&self.core, &stop));
    }
}
