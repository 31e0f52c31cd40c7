//! The local engine: sandboxed processes on this machine, each below a shim of its own.
//!
//! What is durable lies in the kernels' directories (`order`); what is in memory can be found again
//! from there, and is by [`LocalEngine::open`].

pub(crate) mod cgroup;
pub mod fence;
mod home;
mod images;
mod kernels;
mod launch;
mod link;
mod machine;
pub(crate) mod order;
pub(crate) mod process;
mod settings;
mod stats;
mod sweep;
mod usage;
mod viewer;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use rollcall_model::ids::KernelId;
use rollcall_model::image::Image;
use rollcall_model::machine::MachineStats;
use rollcall_model::stats::KernelStats;
use tokio::sync::watch;

pub use images::REGISTRY;
pub use settings::{FenceChoice, LocalSettings, SessionNetwork};

use crate::shim::protocol::Request;
use crate::{About, Engine, KernelSpec, Observed, RuntimeError, Started, Terminal};
use kernels::Kernels;
use usage::Usage;

/// What a kernel that was asked to end has until it is killed.
const GRACE: Duration = Duration::from_secs(3);
const SAMPLE_EVERY: Duration = Duration::from_secs(1);

/// The local engine. Dropping it leaves its kernels running.
#[derive(Debug)]
pub struct LocalEngine {
    about: About,
    kernels: Arc<Kernels>,
    usage: Arc<Mutex<Usage>>,
    sampling: tokio::task::JoinHandle<()>,
}

impl LocalEngine {
    /// Opens the engine: finds images, tries the fences, and finds the kernels that an earlier
    /// process left running. Needs a tokio runtime.
    pub async fn open(settings: LocalSettings) -> Result<Self, RuntimeError> {
        let path = settings.state_dir.clone();
        let made = order::make_private(&path).and_then(|()| order::make_private(&path.join("kernels")));
        made.map_err(|source| RuntimeError::Open { path, source })?;
        let looking = tokio::task::spawn_blocking(images::find);
        let examined = settings.clone();
        let machine = blocking(move || machine::Machine::examine(&examined)).await??;
        let found = looking.await.map_err(|_| RuntimeError::Closed)?;
        machine.groups.tidy();
        let about = machine.about(&settings, found.iter().map(|found| found.image.clone()).collect());
        let usage = Arc::new(Mutex::new(Usage::new(settings.state_dir.clone())));
        let kernels = Arc::new(Kernels::new(settings, machine, found));
        kernels.adopt_all().await?;
        let sampling = tokio::spawn(sample_for_ever(Arc::clone(&kernels), Arc::clone(&usage)));
        Ok(Self { about, kernels, usage, sampling })
    }
}

impl Drop for LocalEngine {
    fn drop(&mut self) {
        self.sampling.abort();
    }
}

async fn sample_for_ever(kernels: Arc<Kernels>, usage: Arc<Mutex<Usage>>) {
    let mut ticks = tokio::time::interval(SAMPLE_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let (kernels, usage) = (Arc::clone(&kernels), Arc::clone(&usage));
        let round = move || {
            usage.lock().unwrap_or_else(PoisonError::into_inner).look();
            kernels.sample();
        };
        let _ = tokio::task::spawn_blocking(round).await;
    }
}

/// Runs what blocks apart from the async threads.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, RuntimeError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| RuntimeError::Closed)
}

#[async_trait]
impl Engine for LocalEngine {
    fn about(&self) -> &About {
        &self.about
    }

    fn images(&self) -> Vec<Image> {
        self.kernels.images()
    }

    async fn look_for_images(&self) -> Result<Vec<Image>, RuntimeError> {
        let found = blocking(images::find).await?;
        self.kernels.offer(found);
        Ok(self.kernels.images())
    }

    async fn start(&self, spec: &KernelSpec) -> Result<Started, RuntimeError> {
        if !self.about.starts_sessions {
            return Err(RuntimeError::NoFence { kernel: spec.kernel });
        }
        let (kernels, spec) = (Arc::clone(&self.kernels), spec.clone());
        // A task of its own: a caller that gives up must not leave a start half done.
        tokio::spawn(async move { kernels.start(&spec).await }).await.map_err(|_| RuntimeError::Closed)?
    }

    async fn list(&self) -> Result<Vec<Observed>, RuntimeError> {
        Ok(self.kernels.list())
    }

    async fn terminate(&self, kernel: KernelId) -> Result<(), RuntimeError> {
        let grace_ms = u64::try_from(GRACE.as_millis()).unwrap_or(3_000);
        self.kernels.ask(kernel, &Request::Terminate { grace_ms }).await
    }

    async fn kill(&self, kernel: KernelId) -> Result<(), RuntimeError> {
        self.kernels.ask(kernel, &Request::Kill).await
    }

    async fn logs(&self, kernel: KernelId) -> Result<Option<Vec<u8>>, RuntimeError> {
        let kernels = Arc::clone(&self.kernels);
        blocking(move || kernels.logs(kernel)).await?
    }

    async fn stats(&self, kernel: KernelId) -> Option<KernelStats> {
        self.kernels.stats(kernel)
    }

    async fn machine(&self) -> Option<MachineStats> {
        Some(self.usage.lock().unwrap_or_else(PoisonError::into_inner).stats.clone())
    }

    async fn attach(&self, kernel: KernelId) -> Result<Option<Terminal>, RuntimeError> {
        self.kernels.attach(kernel).await
    }

    async fn forget(&self, kernel: KernelId) -> Result<(), RuntimeError> {
        let kernels = Arc::clone(&self.kernels);
        tokio::spawn(async move { kernels.forget(kernel).await }).await.map_err(|_| RuntimeError::Closed)?
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.kernels.changes()
    }
}
