//! The ordinary part of entering: control groups, limits, the unprivileged user, and a home that
//! stays reachable although the directory above it is closed.
//!
//! A kernel's home lies under a directory of mode 0700. Before root's rights are given up it is
//! opened, and bound by that descriptor to `/home/work` in a mount namespace of this process alone.
//! Binding it in bubblewrap by a descriptor does not work: bubblewrap resolves the path behind it,
//! with the rights it then no longer has.

use std::ffi::CString;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, open};
use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_bind, mount_change};
use rustix::process::{Gid, Resource, Rlimit, Uid, getrlimit, setrlimit};
use rustix::thread::{UnshareFlags, set_thread_groups, set_thread_res_gid, set_thread_res_uid, unshare_unsafe};

use super::HOME;
use crate::local::order::{self, Order};

/// Joins the control groups and sets the limits of the process.
pub(super) fn limit(order: &Order) -> io::Result<()> {
    order.cgroups.join()?;
    lower(Resource::Core, 0)?;
    lower(Resource::Nofile, 65_536)?;
    if !order.cgroups.limits_memory() {
        lower(Resource::Data, u64::try_from(order.mem_bytes).unwrap_or(u64::MAX))?;
    }
    if !order.cgroups.limits_pids() {
        // Counted per user: a user of its own gets a tight limit, a shared one a generous limit.
        lower(Resource::Nproc, if order.uid.is_some() { 1_024 } else { 4_096 })?;
    }
    Ok(())
}

fn lower(resource: Resource, to: u64) -> io::Result<()> {
    let now = getrlimit(resource);
    let least = |limit: Option<u64>| Some(limit.map_or(to, |limit| limit.min(to)));
    Ok(setrlimit(resource, Rlimit { current: least(now.current), maximum: least(now.maximum) })?)
}

/// Makes the home reachable and gives up root's rights. Returns the home's path for this process.
pub(super) fn settle(order: &Order, directory: &Path) -> io::Result<PathBuf> {
    let home = directory.join(order::HOME);
    let Some(uid) = order.uid else { return Ok(home) };
    bind_home(&home, order.shmem_bytes)?;
    drop_to(uid)?;
    Ok(PathBuf::from(HOME))
}

fn bind_home(home: &Path, shmem_bytes: i64) -> io::Result<()> {
    leave_mounts()?;
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?;
    // Only now: a mount of the namespace that was left cannot be bound. And before the next: they
    // may hide the directory the home lies in.
    let descriptor = open(home, OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?;
    let (above, _) = HOME.rsplit_once('/').unwrap_or(("/home", ""));
    // Memory in these counts as the kernel's, as far as that is limited at all.
    let shared = CString::new(format!("mode=1777,size={}", shmem_bytes.max(1 << 20)))?;
    for (place, mode) in [(above, c"mode=0755,size=64k"), ("/tmp", c"mode=1777,size=1g"), ("/dev/shm", &*shared)] {
        if Path::new(place).is_dir() {
            mount("tmpfs", place, "tmpfs", MountFlags::NOSUID | MountFlags::NODEV, mode)?;
        }
    }
    rustix::fs::mkdirat(CWD, HOME, Mode::from_raw_mode(0o700))?;
    let source = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&descriptor));
    Ok(mount_bind(source, HOME)?)
}

#[expect(unsafe_code, reason = "rustix has no safe unshare")]
fn leave_mounts() -> io::Result<()> {
    // SAFETY: this process has one thread, so no other one is surprised by the namespace that is
    // no longer shared with it; descriptors stay as they are.
    Ok(unsafe { unshare_unsafe(UnshareFlags::NEWNS) }?)
}

fn drop_to(uid: u32) -> io::Result<()> {
    let (user, group) = (Uid::from_raw(uid), Gid::from_raw(uid));
    set_thread_groups(&[])?;
    set_thread_res_gid(group, group, group)?;
    Ok(set_thread_res_uid(user, user, user)?)
}
