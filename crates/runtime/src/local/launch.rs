//! From a spec to a running shim: the kernel's directory, and the start itself.

use std::collections::HashSet;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use rustix::fs::{FlockOperation, flock};
use tokio::io::{AsyncBufReadExt, BufReader};

use super::home;
use super::images::Found;
use super::machine::{Machine, nonce};
use super::order::{self, Order};
use super::{LocalSettings, SessionNetwork};
use crate::{HomeFile, KernelSpec, RuntimeError, shim};

/// The shim itself gives up before that.
const START_LIMIT: Duration = Duration::from_secs(30);

/// Writes down what is to be run. `uid`: the user to become, where the engine is root.
pub(super) fn order(
    spec: &KernelSpec,
    settings: &LocalSettings,
    machine: &Machine,
    image: &Found,
    uid: Option<u32>,
) -> io::Result<Order> {
    let command = match &spec.startup_command {
        Some(command) => vec!["/bin/sh".to_owned(), "-c".to_owned(), command.clone()],
        None => image.command.clone(),
    };
    let cpu_milli = (spec.cpu * Decimal::ONE_THOUSAND).trunc().to_i64().unwrap_or(1_000);
    Ok(Order {
        kernel: spec.kernel,
        session: spec.session,
        generation: spec.generation,
        container_id: container_id(spec),
        nonce: nonce()?,
        launch: uuid::Uuid::new_v4().to_string(),
        boot_id: machine.boot_id.clone(),
        hostname: spec.hostname.clone(),
        hosts: spec.cluster.hosts.clone(),
        environ: environ(spec, image),
        command,
        bootstrap: spec.bootstrap_script.clone(),
        fence: machine.fence,
        bubblewrap: machine.bubblewrap.clone(),
        host_network: settings.session_network == SessionNetwork::Host,
        uid,
        cpu_milli,
        mem_bytes: spec.mem_bytes,
        shmem_bytes: spec.shmem_bytes,
        cgroups: machine.groups.for_kernel(&spec.kernel.to_string()),
    })
}

fn container_id(spec: &KernelSpec) -> String {
    format!("{}{:04x}", spec.kernel.0.simple(), spec.generation)
}

/// The creator's environment and the session's own names; never whose session it is.
fn environ(spec: &KernelSpec, image: &Found) -> Vec<(String, String)> {
    let usable = |name: &str, value: &str| !name.is_empty() && !name.contains(['=', '\0']) && !value.contains('\0');
    let mut environ: Vec<(String, String)> = spec
        .environ
        .iter()
        .filter(|(name, value)| !name.starts_with("BACKENDAI_") && usable(name, value))
        .cloned()
        .collect();
    let mains = spec.cluster.hosts.iter().filter(|host| host.starts_with("main")).count();
    let subs = spec.cluster.hosts.len().saturating_sub(mains);
    let replicas = if subs > 0 { format!("main:{mains},sub:{subs}") } else { format!("main:{mains}") };
    let own = [
        ("SESSION_ID", spec.session.to_string()),
        ("SESSION_NAME", spec.session_name.clone()),
        ("CLUSTER_SIZE", spec.cluster.hosts.len().to_string()),
        ("CLUSTER_REPLICAS", replicas),
        ("CLUSTER_HOSTS", spec.cluster.hosts.join(",")),
        ("CLUSTER_ROLE", spec.cluster.role.clone()),
        ("CLUSTER_IDX", spec.cluster.idx.to_string()),
        ("CLUSTER_HOST", spec.hostname.clone()),
        ("KERNEL_ID", spec.kernel.to_string()),
        ("KERNEL_IMAGE", image.image.canonical()),
    ];
    environ.extend(own.map(|(name, value)| (format!("BACKENDAI_{name}"), value)));
    environ
}

/// A user id that no known kernel has. Directories of state begin at different places, so that two
/// engines on one machine hardly meet.
pub(super) fn free_uid(settings: &LocalSettings, taken: &HashSet<u32>) -> Option<u32> {
    let mut hasher = DefaultHasher::new();
    settings.state_dir.hash(&mut hasher);
    let count = settings.uid_count.max(1);
    let offset = u32::try_from(hasher.finish() % u64::from(count)).unwrap_or(0);
    (0..count).map(|step| settings.first_uid + (offset + step) % count).find(|uid| !taken.contains(uid))
}

/// Makes the kernel's directory for a new start; the home of an earlier one is kept. The order is
/// written last: without it there is nothing to start. `false`: a shim holds the kernel, and
/// nothing was changed. The lock is held meanwhile, so that a shim left over from a start that was
/// cut off comes either before all of this or after it, and then finds an order that is not its own.
pub(super) fn prepare(directory: &Path, order: &Order, files: &[HomeFile]) -> io::Result<bool> {
    order::make_private(directory)?;
    let lock =
        File::options().write(true).create(true).truncate(false).mode(0o600).open(directory.join(order::LOCK))?;
    let limit = Instant::now() + Duration::from_secs(2);
    while flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
        // One that wrote how its kernel ended is just about to let go.
        if !directory.join(order::EXIT).exists() || Instant::now() > limit {
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let outcome = write_anew(directory, order, files);
    // Given back by name: a process that is just being started elsewhere may hold a copy of it.
    flock(&lock, FlockOperation::Unlock)?;
    outcome.map(|()| true)
}

fn write_anew(directory: &Path, order: &Order, files: &[HomeFile]) -> io::Result<()> {
    let home = directory.join(order::HOME);
    order::make_private(&home)?;
    if let Some(uid) = order.uid {
        std::os::unix::fs::chown(&home, Some(uid), Some(uid))?;
    }
    home::fill(&home, files, order.uid)?;
    for name in [order::SHIM, order::EXIT, order::SOCKET, order::LOG, order::OLD_LOG] {
        order::remove(&directory.join(name))?;
    }
    order::write(directory, order::ORDER, order)
}

/// Whether a shim holds the kernel.
pub(super) fn is_held(directory: &Path) -> bool {
    let Ok(lock) = File::options().write(true).open(directory.join(order::LOCK)) else { return false };
    let held = flock(&lock, FlockOperation::NonBlockingLockShared).is_err();
    let _ = flock(&lock, FlockOperation::Unlock);
    held
}

/// Starts the shim and waits until the kernel runs. Fine too if another shim already holds it.
pub(super) async fn launch(directory: &Path, order: &Order, program: &Path) -> Result<(), RuntimeError> {
    let failed = |reason: String| RuntimeError::Start { kernel: order.kernel, reason };
    let mut shim =
        spawn(directory, order, program).map_err(|error| failed(format!("the shim did not start: {error}")))?;
    let output = shim.stdout.take().ok_or_else(|| failed("the shim has no output".to_owned()))?;
    // Reaped whenever it ends while this process lives.
    tokio::spawn(async move { shim.wait().await });
    let mut line = String::new();
    let read = tokio::time::timeout(START_LIMIT, BufReader::new(output).read_line(&mut line)).await;
    match (read, line.trim()) {
        (Ok(Ok(_)), shim::RUNS | shim::HELD) => Ok(()),
        (Ok(Ok(_)), "") => Err(failed("the shim ended without a word".to_owned())),
        (Ok(Ok(_)), reason) => Err(failed(reason.to_owned())),
        (Ok(Err(error)), _) => Err(failed(error.to_string())),
        (Err(_), _) => Err(failed("the shim did not answer in time".to_owned())),
    }
}

fn spawn(directory: &Path, order: &Order, program: &Path) -> io::Result<tokio::process::Child> {
    let log = File::options().append(true).create(true).mode(0o600).open(directory.join("shim.log"))?;
    tokio::process::Command::new(program)
        .arg("_shim")
        .arg(directory)
        .arg(&order.launch)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::from(log))
        .spawn()
}

/// Removes a directory even where the kernel took rights away from itself.
pub(super) fn remove_all(directory: &Path) -> io::Result<()> {
    match fs::remove_dir_all(directory) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(_) => {
            open_up(directory);
            fs::remove_dir_all(directory)
        }
    }
}

fn open_up(directory: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let _ = fs::set_permissions(directory, fs::Permissions::from_mode(0o700));
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            open_up(&entry.path());
        }
    }
}
