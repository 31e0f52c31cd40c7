//! A kernel's life: start, output, usage, end, restart, adoption, loss.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use rollcall_model::ids::KernelId;
use rollcall_runtime::local::{FenceChoice, LocalEngine};
use rollcall_runtime::shim::protocol::{Decoder, Reply, Request, VERSION, encode};
use rollcall_runtime::{Engine, Fence, KernelState, RuntimeError};

use crate::world::{World, batch, code, ended, interactive, log, observed, said, settings, until};

pub(crate) async fn starts_and_logs_and_counts(world: &World) {
    let spec = batch(
        "echo begun; i=0; while [ $i -lt 2000000 ]; do i=$((i+1)); done; dd if=/dev/zero of=big bs=64k count=16 2>/dev/null; echo counted; sleep 600",
    );
    let begin = std::time::Instant::now();
    let started = world.engine.start(&spec).await.unwrap();
    println!("   started in {} ms", begin.elapsed().as_millis());
    assert!(!started.container_id.is_empty());
    assert_eq!(observed(&world.engine, spec.kernel).await.unwrap().state, KernelState::Running);
    said(&world.engine, spec.kernel, "begun").await;
    let stats = until("usage", async || {
        world.engine.stats(spec.kernel).await.filter(|stats| stats.cpu_used_us > 100_000 && stats.mem_bytes > 0)
    })
    .await;
    assert_eq!((stats.cpu_capacity_milli, stats.mem_capacity_bytes), (1_000, 256 << 20));
    assert!(stats.mem_max_bytes >= stats.mem_bytes);
    until("a utilisation", async || {
        world.engine.stats(spec.kernel).await.filter(|stats| stats.cpu_util_max_milli_pct > 0)
    })
    .await;
    world.engine.kill(spec.kernel).await.unwrap();
    assert_eq!(code(&ended(&world.engine, spec.kernel).await), 137);
    let last = world.engine.stats(spec.kernel).await.unwrap();
    assert!(last.cpu_used_us >= stats.cpu_used_us, "the last usage is kept");
    world.engine.forget(spec.kernel).await.unwrap();
}

pub(crate) async fn ends_with_its_exit_code(world: &World) {
    for (command, expected) in [("exit 0", 0), ("echo out; exit 7", 7), ("kill -9 $$", 137), ("nonsense-command", 127)]
    {
        let spec = batch(command);
        world.engine.start(&spec).await.unwrap();
        assert_eq!(code(&ended(&world.engine, spec.kernel).await), expected, "{command}");
        world.engine.forget(spec.kernel).await.unwrap();
    }
}

pub(crate) async fn terminates_with_a_last_word(world: &World) {
    let spec = batch("trap 'echo last word; exit 3' TERM; trap '' HUP; echo ready; while :; do sleep 0.05; done");
    world.engine.start(&spec).await.unwrap();
    said(&world.engine, spec.kernel, "ready").await;
    let mut changes = world.engine.changes();
    changes.mark_unchanged();
    world.engine.terminate(spec.kernel).await.unwrap();
    world.engine.terminate(spec.kernel).await.unwrap();
    changes.changed().await.unwrap();
    assert_eq!(code(&ended(&world.engine, spec.kernel).await), 3);
    assert!(log(&world.engine, spec.kernel).await.contains("last word"));
    world.engine.forget(spec.kernel).await.unwrap();

    let spec = interactive("bash");
    world.engine.start(&spec).await.unwrap();
    said(&world.engine, spec.kernel, "$").await;
    let begin = std::time::Instant::now();
    world.engine.terminate(spec.kernel).await.unwrap();
    ended(&world.engine, spec.kernel).await;
    assert!(begin.elapsed().as_millis() < 2_900, "an idle shell ends at the hang-up, not at the kill");
    world.engine.forget(spec.kernel).await.unwrap();
    world.engine.terminate(KernelId::random()).await.unwrap();
}

pub(crate) async fn is_killed_when_it_ignores_the_wish(world: &World) {
    let spec = batch(
        "trap '' HUP TERM; setsid sh -c 'trap \"\" HUP TERM; while :; do sleep 1; done' & echo stubborn; while :; do sleep 1; done",
    );
    world.engine.start(&spec).await.unwrap();
    said(&world.engine, spec.kernel, "stubborn").await;
    let begin = std::time::Instant::now();
    world.engine.terminate(spec.kernel).await.unwrap();
    assert_eq!(code(&ended(&world.engine, spec.kernel).await), 137);
    assert!(begin.elapsed().as_millis() >= 2_900, "it had its three seconds");
    none_left(spec.kernel).await;
    world.engine.forget(spec.kernel).await.unwrap();
}

pub(crate) async fn restarts_with_its_home(world: &World) {
    let mut spec = batch("echo kept > note; sleep 600");
    world.engine.start(&spec).await.unwrap();
    spec.generation = 1;
    spec.startup_command = Some("echo \"found $(cat note)\"; sleep 600".to_owned());
    until("the note", async || world.kernel_dir(spec.kernel).join("home/note").exists().then_some(())).await;
    world.engine.start(&spec).await.unwrap();
    said(&world.engine, spec.kernel, "found kept").await;
    assert_eq!(observed(&world.engine, spec.kernel).await.unwrap().generation, 1);
    spec.generation = 0;
    let old = world.engine.start(&spec).await;
    assert!(matches!(old, Err(RuntimeError::OldGeneration { known: 1, asked: 0, .. })), "{old:?}");
    world.engine.forget(spec.kernel).await.unwrap();
}

pub(crate) async fn a_terminal_is_resized_and_typed_into(world: &World) {
    let spec = interactive("bash");
    world.engine.start(&spec).await.unwrap();
    said(&world.engine, spec.kernel, "$").await;
    let mut viewer = Viewer::new(world, spec.kernel);
    viewer.say(&Request::Attach { replay: true }, b"");
    viewer.say(&Request::Resize { rows: 50, cols: 150 }, b"");
    viewer.say(&Request::Input, b"stty size; echo $((6*7))answer\r");
    assert!(viewer.hear("42answer").contains("50 150"));
    viewer.say(&Request::Status, b"");
    loop {
        if let (Reply::Status { rows, cols, ending, .. }, _) = viewer.next() {
            assert_eq!((rows, cols, ending), (50, 150, false));
            break;
        }
    }
    world.engine.forget(spec.kernel).await.unwrap();
}

pub(crate) async fn is_adopted_by_the_next_engine(world: &World) {
    let running = batch("echo up; trap 'exit 5' TERM; trap '' HUP; while :; do sleep 0.05; done");
    world.engine.start(&running).await.unwrap();
    said(&world.engine, running.kernel, "up").await;
    let done = batch("exit 9");
    world.engine.start(&done).await.unwrap();
    ended(&world.engine, done.kernel).await;

    let next = world.another().await;
    assert_eq!(observed(&next, running.kernel).await.unwrap().state, KernelState::Running);
    assert_eq!(code(&observed(&next, done.kernel).await.unwrap().state), 9);
    assert_eq!(
        next.start(&running).await.unwrap().container_id,
        observed(&next, running.kernel).await.unwrap().container_id
    );
    next.terminate(running.kernel).await.unwrap();
    assert_eq!(code(&ended(&next, running.kernel).await), 5);
    assert_eq!(code(&ended(&world.engine, running.kernel).await), 5, "the first engine hears of it too");
    for kernel in [running.kernel, done.kernel] {
        world.engine.forget(kernel).await.unwrap();
    }
    a_reboot_loses_what_ran(world).await;
}

/// What a directory looks like after the host was restarted: a shim is recorded, of another boot.
async fn a_reboot_loses_what_ran(world: &World) {
    let spec = batch("sleep 600");
    world.engine.start(&spec).await.unwrap();
    world.engine.kill(spec.kernel).await.unwrap();
    ended(&world.engine, spec.kernel).await;
    let directory = world.kernel_dir(spec.kernel);
    std::fs::remove_file(directory.join("exit.json")).unwrap();
    let path = directory.join("shim.json");
    let mut shim: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    shim["boot_id"] = "another".into();
    // A number that someone else has by now: it must not be touched.
    let mut bystander = std::process::Command::new("sleep").arg("600").spawn().unwrap();
    shim["pid"] = bystander.id().into();
    std::fs::write(&path, shim.to_string()).unwrap();
    let next = world.another().await;
    assert_eq!(observed(&next, spec.kernel).await.unwrap().state, KernelState::Lost);
    assert!(bystander.try_wait().unwrap().is_none());
    bystander.kill().unwrap();
    bystander.wait().unwrap();
    world.engine.forget(spec.kernel).await.unwrap();
}

pub(crate) async fn a_second_start_is_the_first(world: &World) {
    let spec = batch("echo once >> count; sleep 600");
    let starts = (0..4).map(|_| world.engine.start(&spec));
    let all = futures_all(starts.collect()).await;
    assert!(all.windows(2).all(|pair| pair[0] == pair[1]));
    // A shim that is started by hand finds the lock taken.
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .arg("_shim")
        .arg(world.kernel_dir(spec.kernel))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "held");
    until("the count", async || world.kernel_dir(spec.kernel).join("home/count").exists().then_some(())).await;
    assert_eq!(std::fs::read_to_string(world.kernel_dir(spec.kernel).join("home/count")).unwrap(), "once\n");
    world.engine.forget(spec.kernel).await.unwrap();
}

async fn futures_all<F: Future<Output = Result<rollcall_runtime::Started, RuntimeError>>>(
    starts: Vec<F>,
) -> Vec<String> {
    let mut starts: Vec<_> = starts.into_iter().map(Box::pin).collect();
    let mut done = vec![None; starts.len()];
    std::future::poll_fn(|context| {
        for (start, done) in starts.iter_mut().zip(&mut done).filter(|(_, done)| done.is_none()) {
            if let std::task::Poll::Ready(started) = start.as_mut().poll(context) {
                *done = Some(started.unwrap().container_id);
            }
        }
        if done.iter().all(Option::is_some) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

pub(crate) async fn a_killed_shim_leaves_nothing(world: &World) {
    let spec = batch("setsid sleep 601 & sleep 602 & echo running; sleep 603");
    world.engine.start(&spec).await.unwrap();
    said(&world.engine, spec.kernel, "running").await;
    let shim: serde_json::Value =
        serde_json::from_slice(&std::fs::read(world.kernel_dir(spec.kernel).join("shim.json")).unwrap()).unwrap();
    let pid = rustix::process::Pid::from_raw(shim["pid"].as_i64().unwrap().try_into().unwrap()).unwrap();
    assert!(!marked(spec.kernel).is_empty(), "the kernel's processes can be found");
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    assert_eq!(ended(&world.engine, spec.kernel).await, KernelState::Lost);
    none_left(spec.kernel).await;
    let again = world.engine.start(&spec).await;
    assert!(matches!(again, Err(RuntimeError::Start { .. })), "a command that ran is not run twice");
    world.engine.forget(spec.kernel).await.unwrap();
}

pub(crate) async fn is_forgotten_entirely(world: &World) {
    let spec = batch("mkdir -p deep/er; echo x > deep/er/file; chmod 000 deep/er deep; echo closed; sleep 600");
    world.engine.start(&spec).await.unwrap();
    said(&world.engine, spec.kernel, "closed").await;
    world.engine.forget(spec.kernel).await.unwrap();
    assert!(!world.kernel_dir(spec.kernel).exists());
    assert_eq!(observed(&world.engine, spec.kernel).await, None);
    assert_eq!(world.engine.logs(spec.kernel).await.unwrap(), None);
    none_left(spec.kernel).await;
    for place in ["memory", "cpu", "pids", "unified", ""] {
        let group = std::path::Path::new("/sys/fs/cgroup").join(place).join("rollcall").join(spec.kernel.to_string());
        assert!(!group.exists(), "{group:?}");
    }
    world.engine.forget(spec.kernel).await.unwrap();
}

pub(crate) async fn bootstraps_once_and_refuses_nonsense(world: &World) {
    let mut spec = batch("echo then $MADE $(cat made)");
    spec.bootstrap_script = Some("#!/bin/bash\necho \"first 'quoted'\"; echo by-script > made\n".to_owned());
    world.engine.start(&spec).await.unwrap();
    assert_eq!(code(&ended(&world.engine, spec.kernel).await), 0);
    assert_eq!(log(&world.engine, spec.kernel).await, "first 'quoted'\nthen by-script\n");
    world.engine.forget(spec.kernel).await.unwrap();
    let mut spec = batch("true");
    spec.image = "nothing:1".to_owned();
    assert!(matches!(world.engine.start(&spec).await, Err(RuntimeError::NoImage { .. })));
}

pub(crate) async fn images_start(world: &World) {
    for image in &world.engine.about().images {
        let mut spec = interactive(&image.canonical());
        spec.mem_bytes = 512 << 20;
        world.engine.start(&spec).await.unwrap();
        let prompt = if image.name.ends_with("bash") { "$" } else { ">" };
        said(&world.engine, spec.kernel, prompt).await;
        assert_eq!(
            observed(&world.engine, spec.kernel).await.unwrap().state,
            KernelState::Running,
            "{}",
            image.canonical()
        );
        world.engine.forget(spec.kernel).await.unwrap();
    }
}

pub(crate) async fn memory_and_processes_are_bounded(world: &World) {
    let about = world.engine.about();
    println!("   {}; limits: {}", about.fence_text, about.limits_text);
    let mut spec = batch("python3 -c 'x = bytearray(400 << 20); print(\"had it all\")'; echo code $?");
    spec.mem_bytes = 64 << 20;
    world.engine.start(&spec).await.unwrap();
    let log = said(&world.engine, spec.kernel, "code ").await;
    assert!(!log.contains("had it all"), "{log}");
    world.engine.forget(spec.kernel).await.unwrap();
}

/// With neither fence nothing is started unless that was asked for.
pub(crate) fn without_a_fence() {
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio.block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let mut settings = settings(directory.path().join("runtime"), FenceChoice::None);
        let engine = LocalEngine::open(settings.clone()).await.unwrap();
        assert_eq!(engine.about().fence, Fence::None);
        assert!(engine.about().fence_text.contains("install bubblewrap"));
        assert!(matches!(engine.start(&batch("true")).await, Err(RuntimeError::NoFence { .. })));
        drop(engine);
        settings.unsandboxed = true;
        let engine = LocalEngine::open(settings).await.unwrap();
        let spec = batch("echo $HOME; exit 4");
        engine.start(&spec).await.unwrap();
        assert_eq!(code(&ended(&engine, spec.kernel).await), 4);
        engine.forget(spec.kernel).await.unwrap();
    });
    println!("ok without_a_fence");
}

fn marked(kernel: KernelId) -> Vec<String> {
    let mark = format!("BACKENDAI_KERNEL_ID={kernel}");
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let has = |path: &std::path::Path| {
        std::fs::read(path.join("environ"))
            .is_ok_and(|bytes| bytes.split(|byte| *byte == 0).any(|one| one == mark.as_bytes()))
    };
    entries
        .filter(|entry| has(&entry.path()))
        .map(|entry| std::fs::read_to_string(entry.path().join("cmdline")).unwrap_or_default())
        .collect()
}

async fn none_left(kernel: KernelId) {
    until("the last process", async || marked(kernel).is_empty().then_some(())).await;
}

/// A client of the shim's own protocol.
struct Viewer {
    stream: UnixStream,
    decoder: Decoder,
}

impl Viewer {
    fn new(world: &World, kernel: KernelId) -> Self {
        let directory = world.kernel_dir(kernel);
        let opened = std::fs::File::open(&directory).unwrap();
        let path = format!("/proc/self/fd/{}/sock", std::os::fd::AsRawFd::as_raw_fd(&opened));
        let order: serde_json::Value =
            serde_json::from_slice(&std::fs::read(directory.join("order.json")).unwrap()).unwrap();
        let nonce = order["nonce"].as_str().unwrap().to_owned();
        for wrong in [Request::Kill, Request::Hello { version: VERSION, kernel, nonce: "0".repeat(64) }] {
            let mut stranger = Self { stream: UnixStream::connect(&path).unwrap(), decoder: Decoder::default() };
            stranger.say(&wrong, b"");
            assert!(matches!(stranger.next().0, Reply::Refused { .. }));
        }
        let mut viewer = Self { stream: UnixStream::connect(&path).unwrap(), decoder: Decoder::default() };
        viewer.say(&Request::Hello { version: VERSION, kernel, nonce }, b"");
        assert!(matches!(viewer.next().0, Reply::Hello { .. }));
        viewer
    }

    fn say(&mut self, request: &Request, payload: &[u8]) {
        self.stream.write_all(&encode(request, payload).unwrap()).unwrap();
    }

    fn next(&mut self) -> (Reply, Vec<u8>) {
        loop {
            if let Some(frame) = self.decoder.take().unwrap() {
                return frame;
            }
            let mut buffer = [0; 4096];
            let count = self.stream.read(&mut buffer).unwrap();
            assert!(count > 0, "the shim hung up");
            self.decoder.push(&buffer[..count]);
        }
    }

    fn hear(&mut self, words: &str) -> String {
        let mut heard = String::new();
        while !heard.contains(words) {
            let (reply, payload) = self.next();
            if reply == Reply::Output {
                heard.push_str(&String::from_utf8_lossy(&payload));
            }
        }
        heard
    }
}
