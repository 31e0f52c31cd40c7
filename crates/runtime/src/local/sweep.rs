//! What is left of a kernel whose shim is gone: found by its control groups, its user, its terminal
//! session and its environment, and killed.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::order::{self, Order, ShimRecord};
use super::process::{self, Process};

const LIMIT: Duration = Duration::from_secs(10);

/// Kills until nothing is left, then removes the control groups. Blocks.
pub(super) fn sweep(directory: &Path, order: &Order, boot_id: &str) {
    let shim = order::read::<ShimRecord>(&directory.join(order::SHIM)).ok().flatten();
    // Numbers from before a restart of the host mean other processes now.
    let shim = shim.filter(|shim| shim.boot_id == boot_id && shim.generation == order.generation);
    let limit = Instant::now() + LIMIT;
    loop {
        order.cgroups.kill();
        let left = remains(order, shim.as_ref());
        if left.is_empty() {
            break;
        }
        for process in &left {
            process::signal(process, &[Signal::KILL]);
        }
        if Instant::now() > limit {
            tracing::error!(kernel = %order.kernel, processes = left.len(), "processes of kernel {} do not die", order.kernel);
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    order.cgroups.remove();
}

fn remains(order: &Order, shim: Option<&ShimRecord>) -> Vec<Process> {
    let members = order.cgroups.members();
    let mark = format!("BACKENDAI_KERNEL_ID={}", order.kernel);
    let me = i32::try_from(std::process::id()).unwrap_or(0);
    process::all()
        .into_iter()
        .filter(|process| process.pid != me && !process.zombie)
        .filter(|process| {
            members.contains(&process.pid)
                || shim.is_some_and(|shim| belongs(process, shim))
                || order.uid.is_some_and(|uid| owner(process.pid) == Some(uid))
                || has_mark(process.pid, &mark)
        })
        .collect()
}

fn belongs(process: &Process, shim: &ShimRecord) -> bool {
    let is_shim = process.pid == shim.pid && process.start_time == shim.start_time;
    // A session's number is not given away while it has members.
    is_shim || shim.child.is_some_and(|(pid, start_time)| process.session == pid && process.start_time >= start_time)
}

fn owner(pid: i32) -> Option<u32> {
    Some(fs::metadata(format!("/proc/{pid}")).ok()?.uid())
}

fn has_mark(pid: i32, mark: &str) -> bool {
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
}
