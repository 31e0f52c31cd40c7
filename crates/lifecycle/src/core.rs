//! What every part of this crate shares, and the one way to advance a session.

use std::sync::Arc;

use rollcall_model::access::{MayAdvance, System};
use rollcall_model::ids::{AgentId, SessionId};
use rollcall_model::session::Session;
use rollcall_model::slots::Slots;
use rollcall_runtime::Engine;
use rollcall_store::{Advance, Advanced, NewAgent, Store};
use rust_decimal::Decimal;
use tokio::sync::{Notify, Semaphore};

use crate::clock;
use crate::course::Courses;
use crate::error::LifecycleError;
use crate::feed::Feed;
use crate::hub::Hub;
use crate::limits::reprieves::Reprieves;
use crate::limits::signs::Signs;
use crate::meters::Meters;
use crate::request::Settings;

/// The parts.
pub(crate) struct Core {
    pub(crate) system: System,
    pub(crate) store: Store,
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) settings: Settings,
    pub(crate) hub: Hub,
    pub(crate) feed: Feed,
    pub(crate) signs: Signs,
    pub(crate) reprieves: Reprieves,
    pub(crate) courses: Courses,
    /// Tells the loop to look again.
    pub(crate) wake: Notify,
    /// Bounds the starts going on.
    pub(crate) starts: Semaphore,
    /// One look for images at a time: it starts every program that could be one.
    pub(crate) looking: Semaphore,
    pub(crate) meters: Meters,
}

impl Core {
    pub(crate) fn new(system: System, store: Store, engine: Arc<dyn Engine>, settings: Settings) -> Self {
        let starts = Semaphore::new(settings.parallel_starts.max(1));
        let looking = Semaphore::new(1);
        Self {
            system,
            store,
            engine,
            settings,
            hub: Hub::default(),
            signs: Signs::default(),
            reprieves: Reprieves::default(),
            courses: Courses::default(),
            wake: Notify::new(),
            starts,
            looking,
            meters: Meters::default(),
            feed: Feed::default(),
        }
    }

    /// The agent that this engine is.
    pub(crate) fn agent(&self) -> &AgentId {
        &self.engine.about().agent
    }

    /// A session as it is now.
    pub(crate) async fn session(&self, id: SessionId) -> Result<Option<Session>, LifecycleError> {
        Ok(self.store.session(&self.system.scope(), id).await?)
    }

    /// Takes a step and tells those who wait for it.
    pub(crate) async fn advance<A: MayAdvance>(&self, may: &A, advance: &Advance) -> Result<Advanced, LifecycleError> {
        let advanced = self.store.advance(may, advance).await?;
        if let Advanced::Done(session) = &advanced {
            self.meters.taken(advance, session);
            self.hub.touch(advance.session);
            self.wake.notify_one();
        }
        Ok(advanced)
    }

    /// Reports the agent and its images.
    pub(crate) async fn register(&self) -> Result<(), LifecycleError> {
        let about = self.engine.about();
        let agent = NewAgent {
            id: about.agent.clone(),
            region: "local".to_owned(),
            scaling_group: self.settings.scaling_group.clone(),
            available_slots: Slots::of(Decimal::new(about.cpu_milli, 3), about.mem_bytes),
            addr: format!("local://{}", about.agent.as_str().trim_start_matches("i-")),
            version: self.settings.version.clone(),
            compute_plugins: about.to_json(),
        };
        self.store.register_agent(self.system, &agent, clock::now()).await?;
        self.store.put_images(self.system, &about.agent, &self.engine.images()).await?;
        Ok(())
    }
}
