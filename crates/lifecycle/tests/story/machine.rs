//! A scripted machine in memory: does on demand what a real one can't be made to do. It outlives
//! the engines (and with them the lifecycles) that drive it, as real kernels outlive a manager.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use async_trait::async_trait;
use rollcall_model::ids::{AgentId, KernelId};
use rollcall_model::image::{Image, ImageLimit};
use rollcall_model::stats::KernelStats;
use rollcall_runtime::{About, Engine, Fence, KernelSpec, KernelState, Observed, RuntimeError, Started};
use tokio::sync::{Notify, watch};

const GIB: i64 = 1 << 30;

/// The machine.
pub(crate) struct Machine {
    about: About,
    state: Mutex<State>,
    changes: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    kernels: HashMap<KernelId, (KernelSpec, KernelState)>,
    starts: Vec<(KernelId, i32)>,
    fail_starts: HashSet<i32>,
    busy: HashMap<KernelId, Instant>,
    stubborn: bool,
    broken: bool,
}

impl Machine {
    /// Four cores and eight gigabytes.
    pub(crate) fn new() -> Arc<Self> {
        Self::sized("i-test", 4, 8)
    }

    /// An agent of so many cores and gigabytes.
    pub(crate) fn sized(agent: &str, cores: u32, gigabytes: i64) -> Arc<Self> {
        let about = About {
            agent: AgentId::from(agent),
            cpu_milli: i64::from(cores) * 1000,
            mem_bytes: gigabytes * GIB,
            fence: Fence::None,
            fence_text: "no fence".to_owned(),
            limits_text: "none".to_owned(),
            starts_sessions: true,
            network_text: "none".to_owned(),
            images: vec![image("shell", "sh"), image("python", "py")],
        };
        Arc::new(Self { about, state: Mutex::default(), changes: watch::Sender::new(0) })
    }

    /// An engine on this machine that answers for ever.
    pub(crate) fn engine(self: &Arc<Self>) -> Arc<Hands> {
        self.engine_for(usize::MAX, Halt::After)
    }

    /// An engine that stops answering at its `calls`-th changing call.
    pub(crate) fn engine_for(self: &Arc<Self>, calls: usize, halt: Halt) -> Arc<Hands> {
        Arc::new(Hands { machine: Arc::clone(self), left: AtomicUsize::new(calls), halt, halted: Notify::new() })
    }

    /// Its name.
    pub(crate) fn agent(&self) -> &AgentId {
        &self.about.agent
    }

    /// Every start that took place, by kernel and generation.
    pub(crate) fn starts(&self) -> Vec<(KernelId, i32)> {
        self.lock().starts.clone()
    }

    /// The kernels that run.
    pub(crate) fn running(&self) -> HashSet<KernelId> {
        let state = self.lock();
        state.kernels.iter().filter(|(_, (_, state))| *state == KernelState::Running).map(|(id, _)| *id).collect()
    }

    /// Everything known of kernels.
    pub(crate) fn known(&self) -> usize {
        self.lock().kernels.len()
    }

    /// What a kernel was started with.
    pub(crate) fn spec(&self, kernel: KernelId) -> KernelSpec {
        self.lock().kernels[&kernel].0.clone()
    }

    /// The process ends by itself.
    pub(crate) fn exit(&self, kernel: KernelId, code: i32) {
        self.set(kernel, exited(code, None));
    }

    /// The process and every trace of its end are gone.
    pub(crate) fn lose(&self, kernel: KernelId) {
        self.set(kernel, KernelState::Lost);
    }

    /// Starts of this generation fail from now on.
    pub(crate) fn fail_starts(&self, generation: i32) {
        self.lock().fail_starts.insert(generation);
    }

    /// The kernel takes a whole core from now on.
    pub(crate) fn be_busy(&self, kernel: KernelId) {
        self.lock().busy.insert(kernel, Instant::now());
    }

    /// Kernels do not end when asked to.
    pub(crate) fn be_stubborn(&self) {
        self.lock().stubborn = true;
    }

    /// The engine tells nothing of its kernels, or does again.
    pub(crate) fn be_broken(&self, broken: bool) {
        self.lock().broken = broken;
        self.bump();
    }

    fn set(&self, kernel: KernelId, to: KernelState) {
        if let Some((_, state)) = self.lock().kernels.get_mut(&kernel) {
            *state = to;
        }
        self.bump();
    }

    fn bump(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

fn exited(code: i32, signal: Option<i32>) -> KernelState {
    KernelState::Exited { code, signal, at: chrono::Utc::now(), oom: false }
}

fn image(name: &str, alias: &str) -> Image {
    let limit = |key: &str, min: &str, max: Option<&str>| ImageLimit {
        key: key.to_owned(),
        min: min.to_owned(),
        max: max.map(str::to_owned),
    };
    Image {
        registry: "local.rollcall".to_owned(),
        name: format!("rollcall/{name}"),
        tag: "1".to_owned(),
        digest: "sha256:0".to_owned(),
        labels: Vec::new(),
        aliases: vec![alias.to_owned()],
        size_bytes: 0,
        limits: vec![limit("cpu", "1", Some("64")), limit("mem", "256m", None)],
        installed: true,
    }
}

/// Where an engine stops answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Halt {
    /// With the call not done.
    Before,
    /// With the call done.
    After,
}

/// One lifecycle's engine.
pub(crate) struct Hands {
    machine: Arc<Machine>,
    left: AtomicUsize,
    halt: Halt,
    halted: Notify,
}

impl Hands {
    /// Returns once the engine stopped answering.
    pub(crate) async fn halted(&self) {
        self.halted.notified().await;
    }

    async fn call<T>(&self, act: impl FnOnce(&Machine) -> T) -> T {
        let before = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| Some(left.saturating_sub(1)));
        let left = before.unwrap();
        if left > 1 {
            return act(&self.machine);
        }
        if left == 1 && self.halt == Halt::After {
            let _ = act(&self.machine);
        }
        self.halted.notify_one();
        std::future::pending().await
    }
}

#[async_trait]
impl Engine for Hands {
    fn about(&self) -> &About {
        &self.machine.about
    }

    async fn start(&self, spec: &KernelSpec) -> Result<Started, RuntimeError> {
        let spec = spec.clone();
        let answer = self
            .call(move |machine| {
                let mut state = machine.lock();
                if state.fail_starts.contains(&spec.generation) {
                    return Err(RuntimeError::Start { kernel: spec.kernel, reason: "scripted".to_owned() });
                }
                let known = state.kernels.get(&spec.kernel).map(|(known, _)| known.generation);
                if known.is_none_or(|known| known < spec.generation) {
                    state.starts.push((spec.kernel, spec.generation));
                    state.kernels.insert(spec.kernel, (spec.clone(), KernelState::Running));
                }
                let ports = serde_json::json!([{"name": spec.hostname, "protocol": "pty", "container_ports": [7681], "host_ports": [null]}]);
                Ok(Started { container_id: format!("c-{}", spec.kernel), service_ports: ports })
            })
            .await;
        self.machine.bump();
        answer
    }

    async fn list(&self) -> Result<Vec<Observed>, RuntimeError> {
        let state = self.machine.lock();
        if state.broken {
            return Err(RuntimeError::Closed);
        }
        let observed = state.kernels.iter().map(|(kernel, (spec, state))| Observed {
            kernel: *kernel,
            session: spec.session,
            generation: spec.generation,
            container_id: format!("c-{kernel}"),
            state: state.clone(),
        });
        Ok(observed.collect())
    }

    async fn terminate(&self, kernel: KernelId) -> Result<(), RuntimeError> {
        self.call(|machine| {
            let stubborn = machine.lock().stubborn;
            if !stubborn && machine.running().contains(&kernel) {
                machine.set(kernel, exited(129, Some(1)));
            }
        })
        .await;
        Ok(())
    }

    async fn kill(&self, kernel: KernelId) -> Result<(), RuntimeError> {
        self.call(|machine| {
            if machine.running().contains(&kernel) {
                machine.set(kernel, exited(137, Some(9)));
            }
        })
        .await;
        Ok(())
    }

    async fn logs(&self, kernel: KernelId) -> Result<Option<Vec<u8>>, RuntimeError> {
        let state = self.machine.lock();
        Ok(state.kernels.get(&kernel).map(|(spec, _)| format!("log of {}", spec.hostname).into_bytes()))
    }

    async fn stats(&self, kernel: KernelId) -> Option<KernelStats> {
        let state = self.machine.lock();
        let used = state.busy.get(&kernel).map(|since| i64::try_from(since.elapsed().as_micros()).unwrap());
        let stats = KernelStats { mem_bytes: 4096, cpu_used_us: used.unwrap_or(0), ..KernelStats::default() };
        state.kernels.get(&kernel).map(|_| stats)
    }

    async fn forget(&self, kernel: KernelId) -> Result<(), RuntimeError> {
        self.call(|machine| machine.lock().kernels.remove(&kernel)).await;
        self.machine.bump();
        Ok(())
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.machine.changes.subscribe()
    }
}
