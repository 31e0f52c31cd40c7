//! An engine in a directory of its own, and how to wait for it.

use std::path::PathBuf;
use std::time::Duration;

use rollcall_model::ids::{AgentId, KernelId, SessionId};
use rollcall_runtime::local::{FenceChoice, LocalEngine, LocalSettings};
use rollcall_runtime::{Cluster, Engine, KernelSpec, KernelState, Observed, RuntimeError};
use rust_decimal::Decimal;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct World {
    pub(crate) directory: tempfile::TempDir,
    pub(crate) engine: LocalEngine,
    pub(crate) fence: FenceChoice,
}

impl World {
    /// `None`, and said so, if the fence is missing here.
    pub(crate) async fn new(fence: FenceChoice) -> Option<Self> {
        // A closed directory, and one so deep that its sockets would not fit without a descriptor.
        let directory = tempfile::Builder::new().prefix(&"rollcall-".repeat(9)).tempdir().unwrap();
        match LocalEngine::open(settings(directory.path().join("runtime"), fence)).await {
            Ok(engine) => Some(Self { directory, engine, fence }),
            Err(RuntimeError::FenceMissing { fence, reason }) => {
                missing(&format!("{fence} does not work here ({reason})"));
                None
            }
            Err(error) => panic!("{error:?}"),
        }
    }

    pub(crate) fn state_dir(&self) -> PathBuf {
        self.directory.path().join("runtime")
    }

    pub(crate) fn kernel_dir(&self, kernel: KernelId) -> PathBuf {
        self.state_dir().join("kernels").join(kernel.to_string())
    }

    /// Another engine on the same directory, as after a restart of the manager.
    pub(crate) async fn another(&self) -> LocalEngine {
        LocalEngine::open(settings(self.state_dir(), self.fence)).await.unwrap()
    }

    /// Runs a command to its end and returns its output.
    pub(crate) async fn output_of(&self, command: &str) -> String {
        let spec = batch(command);
        self.engine.start(&spec).await.unwrap();
        ended(&self.engine, spec.kernel).await;
        let log = log(&self.engine, spec.kernel).await;
        self.engine.forget(spec.kernel).await.unwrap();
        log
    }
}

fn missing(what: &str) {
    rollcall_testkit::skip::missing(
        "the runtime story",
        what,
        "apt-get install bubblewrap, or use a kernel with Landlock",
    );
}

pub(crate) fn settings(state_dir: PathBuf, fence: FenceChoice) -> LocalSettings {
    let mut settings = LocalSettings::new(state_dir, std::env::current_exe().unwrap(), AgentId::from("i-test"));
    settings.fence = fence;
    settings
}

pub(crate) fn batch(command: &str) -> KernelSpec {
    KernelSpec { startup_command: Some(command.to_owned()), ..interactive("bash") }
}

pub(crate) fn interactive(image: &str) -> KernelSpec {
    let kernel = KernelId::random();
    KernelSpec {
        kernel,
        session: SessionId(kernel.0),
        session_name: "mysess".to_owned(),
        generation: 0,
        image: image.to_owned(),
        hostname: "main1".to_owned(),
        cluster: Cluster::single(),
        cpu: Decimal::ONE,
        mem_bytes: 256 << 20,
        shmem_bytes: 16 << 20,
        environ: vec![("GREETING".to_owned(), "hello there".to_owned())],
        startup_command: None,
        bootstrap_script: None,
        files: Vec::new(),
    }
}

/// Waits until something holds.
pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let begin = std::time::Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(begin.elapsed() < PATIENCE, "waited too long for {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub(crate) async fn observed(engine: &LocalEngine, kernel: KernelId) -> Option<Observed> {
    engine.list().await.unwrap().into_iter().find(|observed| observed.kernel == kernel)
}

/// Waits for the end and tells it.
pub(crate) async fn ended(engine: &LocalEngine, kernel: KernelId) -> KernelState {
    until("the kernel's end", async || {
        observed(engine, kernel)
            .await
            .map(|observed| observed.state)
            .filter(|state| !matches!(state, KernelState::Running))
    })
    .await
}

pub(crate) async fn log(engine: &LocalEngine, kernel: KernelId) -> String {
    String::from_utf8_lossy(&engine.logs(kernel).await.unwrap().unwrap_or_default()).replace('\r', "")
}

/// Waits for words in the output.
pub(crate) async fn said(engine: &LocalEngine, kernel: KernelId, words: &str) -> String {
    until(&format!("{words:?} in the output"), async || {
        Some(log(engine, kernel).await).filter(|log| log.contains(words))
    })
    .await
}

pub(crate) fn code(state: &KernelState) -> i32 {
    match state {
        KernelState::Exited { code, .. } => *code,
        other => panic!("not ended: {other:?}"),
    }
}
