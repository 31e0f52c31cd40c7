//! A machine in memory: kernels run at once and end when asked to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use rollcall_model::ids::{AgentId, KernelId};
use rollcall_model::image::{Image, ImageLimit};
use rollcall_model::machine::{CpuUse, MachineStats};
use rollcall_model::stats::KernelStats;
use rollcall_runtime::{
    About, Engine, Fence, KernelSpec, KernelState, Observed, RuntimeError, Started, Terminal, Typed,
};
use tokio::sync::watch;

pub(crate) struct Machine {
    about: About,
    kernels: Arc<Mutex<HashMap<KernelId, (KernelSpec, KernelState)>>>,
    changes: watch::Sender<u64>,
    /// Looks for images wait while it is true.
    pub(crate) hold_looks: watch::Sender<bool>,
}

impl Machine {
    pub(crate) fn new() -> Self {
        let limit = |key: &str, min: &str| ImageLimit { key: key.into(), min: min.into(), max: None };
        let image = Image {
            registry: "local.rollcall".into(),
            name: "rollcall/shell".into(),
            tag: "1".into(),
            digest: "sha256:0".into(),
            labels: vec![("kind".into(), "shell".into())],
            aliases: vec!["sh".into()],
            size_bytes: 0,
            limits: vec![limit("cpu", "1"), limit("mem", "64m")],
            installed: true,
        };
        let about = About {
            agent: AgentId::from("i-test"),
            cpu_milli: 8000,
            mem_bytes: 16 << 30,
            fence: Fence::None,
            fence_text: "no fence".into(),
            limits_text: "none".into(),
            starts_sessions: true,
            network_text: "none".into(),
            images: vec![image],
        };
        let hold_looks = watch::Sender::new(false);
        Self { about, kernels: Arc::default(), changes: watch::Sender::new(0), hold_looks }
    }

    fn end(&self, kernel: KernelId) {
        if let Some((_, state)) = self.kernels.lock().unwrap().get_mut(&kernel) {
            *state = KernelState::Exited { code: 129, signal: Some(1), at: chrono::Utc::now(), oom: false };
        }
        self.changes.send_modify(|count| *count += 1);
    }
}

#[async_trait]
impl Engine for Machine {
    fn about(&self) -> &About {
        &self.about
    }

    async fn look_for_images(&self) -> Result<Vec<Image>, RuntimeError> {
        self.hold_looks.subscribe().wait_for(|held| !held).await.unwrap();
        Ok(self.images())
    }

    async fn start(&self, spec: &KernelSpec) -> Result<Started, RuntimeError> {
        self.kernels.lock().unwrap().insert(spec.kernel, (spec.clone(), KernelState::Running));
        self.changes.send_modify(|count| *count += 1);
        Ok(Started { container_id: format!("c-{}", spec.hostname), service_ports: serde_json::json!([]) })
    }

    async fn list(&self) -> Result<Vec<Observed>, RuntimeError> {
        let kernels = self.kernels.lock().unwrap();
        let observed = kernels.iter().map(|(kernel, (spec, state))| Observed {
            kernel: *kernel,
            session: spec.session,
            generation: spec.generation,
            container_id: format!("c-{}", spec.hostname),
            state: state.clone(),
        });
        Ok(observed.collect())
    }

    async fn terminate(&self, kernel: KernelId) -> Result<(), RuntimeError> {
        self.end(kernel);
        Ok(())
    }

    async fn kill(&self, kernel: KernelId) -> Result<(), RuntimeError> {
        self.end(kernel);
        Ok(())
    }

    async fn logs(&self, kernel: KernelId) -> Result<Option<Vec<u8>>, RuntimeError> {
        let kernels = self.kernels.lock().unwrap();
        Ok(kernels.get(&kernel).map(|(spec, _)| format!("log of {}", spec.session_name).into_bytes()))
    }

    async fn stats(&self, kernel: KernelId) -> Option<KernelStats> {
        let kernels = self.kernels.lock().unwrap();
        kernels.get(&kernel).map(|_| KernelStats { mem_bytes: 4096, ..KernelStats::default() })
    }

    async fn machine(&self) -> Option<MachineStats> {
        let cpu = CpuUse { used_ms: 500, capacity_ms: 2000 };
        Some(MachineStats { cpu, mem_used_bytes: 4096, mem_total_bytes: 8192, ..MachineStats::default() })
    }

    /// Prints back what is typed, and sizes as `ROWSxCOLS`; begins with how many viewers came before.
    async fn attach(&self, kernel: KernelId) -> Result<Option<Terminal>, RuntimeError> {
        let running = |(_, state): &(KernelSpec, KernelState)| *state == KernelState::Running;
        let generation = match self.kernels.lock().unwrap().get(&kernel).filter(|kernel| running(kernel)) {
            Some((spec, _)) => spec.generation,
            None => return Ok(None),
        };
        let (viewer, mut server) = Terminal::pair();
        let mut changes = self.changes.subscribe();
        let machine = self.kernels.clone();
        tokio::spawn(async move {
            let _ = server.printed.send(format!("generation {generation}\n").into_bytes()).await;
            loop {
                tokio::select! {
                    typed = server.typed.recv() => {
                        let printed = match typed {
                            None => return,
                            Some(Typed::Input(bytes)) => bytes,
                            Some(Typed::Size { rows, cols }) => format!("{rows}x{cols}").into_bytes(),
                        };
                        let _ = server.printed.send(printed).await;
                    }
                    _ = changes.changed() => {
                        let same = |(spec, state): &(KernelSpec, KernelState)| {
                            *state == KernelState::Running && spec.generation == generation
                        };
                        if !machine.lock().unwrap().get(&kernel).is_some_and(same) {
                            return;
                        }
                    }
                }
            }
        });
        Ok(Some(viewer))
    }

    async fn forget(&self, kernel: KernelId) -> Result<(), RuntimeError> {
        self.kernels.lock().unwrap().remove(&kernel);
        Ok(())
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}
