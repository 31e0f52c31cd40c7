//! This machine as an agent: which fence works, how limits are kept, what there is to give.

use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rollcall_model::ids::{KernelId, SessionId};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use rustix::process::geteuid;
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};

use super::cgroup::Groups;
use super::fence::{READY, find_program, landlock_level};
use super::order::{self, Order};
use super::{FenceChoice, LocalSettings, SessionNetwork};
use crate::{About, Fence, RuntimeError};

/// What was found out about this machine.
#[derive(Clone, Debug)]
pub(super) struct Machine {
    pub(super) fence: Fence,
    pub(super) bubblewrap: Option<PathBuf>,
    pub(super) groups: Groups,
    pub(super) boot_id: String,
    pub(super) is_root: bool,
    /// Why a better fence is not used.
    why_not: Vec<String>,
    landlock: u32,
}

impl Machine {
    /// Looks at the machine; each fence is tried with a program, not believed.
    pub(super) fn examine(settings: &LocalSettings) -> Result<Self, RuntimeError> {
        let open = |source| RuntimeError::Open { path: settings.state_dir.clone(), source };
        let mut machine = Self {
            fence: Fence::None,
            bubblewrap: find_program("bwrap"),
            groups: super::cgroup::probe(),
            boot_id: super::process::boot_id().map_err(open)?,
            is_root: geteuid().is_root(),
            why_not: Vec::new(),
            landlock: landlock_level(),
        };
        let candidates: &[Fence] = match settings.fence {
            FenceChoice::Auto => &[Fence::Bubblewrap, Fence::Landlock],
            FenceChoice::Bubblewrap => &[Fence::Bubblewrap],
            FenceChoice::Landlock => &[Fence::Landlock],
            FenceChoice::None => &[],
        };
        for &fence in candidates {
            match machine.works(fence, settings) {
                Ok(()) => {
                    machine.fence = fence;
                    return Ok(machine);
                }
                Err(reason) if settings.fence == FenceChoice::Auto => {
                    machine.why_not.push(format!("{fence}: {reason}"))
                }
                Err(reason) => return Err(RuntimeError::FenceMissing { fence: fence.name(), reason }),
            }
        }
        Ok(machine)
    }

    fn works(&self, fence: Fence, settings: &LocalSettings) -> Result<(), String> {
        if fence == Fence::Bubblewrap && self.bubblewrap.is_none() {
            return Err("not installed".to_owned());
        }
        if fence == Fence::Landlock && self.landlock == 0 {
            return Err("not in this kernel".to_owned());
        }
        let directory = settings.state_dir.join(format!("trial-{}-{}", fence.name(), std::process::id()));
        let outcome = self.try_in(&directory, fence, settings);
        let _ = fs::remove_dir_all(&directory);
        match outcome {
            Ok(said) if said.contains(&READY) => Ok(()),
            Ok(said) => Err(String::from_utf8_lossy(&said).trim().to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Runs `true` just as a kernel is run, and returns what came over standard error.
    fn try_in(&self, directory: &Path, fence: Fence, settings: &LocalSettings) -> io::Result<Vec<u8>> {
        order::make_private(directory)?;
        let home = directory.join(order::HOME);
        order::make_private(&home)?;
        let uid = self.is_root.then_some(settings.first_uid);
        if let Some(uid) = uid {
            std::os::unix::fs::chown(&home, Some(uid), Some(uid))?;
        }
        order::write(directory, order::ORDER, &self.trial(fence, uid))?;
        let (_master, slave) = terminal()?;
        let output = Command::new(&settings.shim_program)
            .arg("_enter")
            .arg(directory)
            .env_clear()
            .stdin(Stdio::from(slave.try_clone()?))
            .stdout(Stdio::from(slave))
            .stderr(Stdio::piped())
            .spawn()?
            .wait_with_output()?;
        Ok(output.stderr)
    }

    fn trial(&self, fence: Fence, uid: Option<u32>) -> Order {
        let id = KernelId::random();
        Order {
            kernel: id,
            session: SessionId(id.0),
            generation: 0,
            container_id: String::new(),
            nonce: String::new(),
            launch: String::new(),
            boot_id: self.boot_id.clone(),
            hostname: "trial".to_owned(),
            hosts: Vec::new(),
            environ: Vec::new(),
            command: vec!["true".to_owned()],
            bootstrap: None,
            fence,
            bubblewrap: self.bubblewrap.clone(),
            host_network: false,
            uid,
            cpu_milli: 1_000,
            mem_bytes: 256 << 20,
            shmem_bytes: 1 << 20,
            cgroups: Groups::default(),
        }
    }

    /// What the engine tells of itself.
    pub(super) fn about(&self, settings: &LocalSettings, images: Vec<rollcall_model::image::Image>) -> About {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let cpu = Decimal::from(cores) * settings.cpu_overcommit * Decimal::ONE_THOUSAND;
        About {
            agent: settings.agent_id.clone(),
            cpu_milli: cpu.trunc().to_i64().unwrap_or(1_000),
            mem_bytes: (total_memory() - settings.mem_reserve_bytes).max(0),
            fence: self.fence,
            fence_text: self.fence_text(settings),
            limits_text: self.limits_text(),
            starts_sessions: self.fence != Fence::None || settings.unsandboxed,
            network_text: match (settings.session_network, self.fence) {
                (SessionNetwork::Host, _) | (_, Fence::None) => "sessions share this machine's network".to_owned(),
                (SessionNetwork::Isolated, Fence::Bubblewrap) => {
                    "each session has a loopback of its own and nothing else".to_owned()
                }
                (SessionNetwork::Isolated, Fence::Landlock) if self.landlock >= 4 => {
                    "sessions cannot use TCP; UDP is open".to_owned()
                }
                (SessionNetwork::Isolated, Fence::Landlock) => {
                    "sessions share this machine's network: this kernel's Landlock cannot deny TCP".to_owned()
                }
            },
            images,
        }
    }

    fn fence_text(&self, settings: &LocalSettings) -> String {
        let user = if self.is_root { "; each kernel has a user id of its own" } else { "" };
        match self.fence {
            Fence::Bubblewrap => format!(
                "bubblewrap: own user, process, IPC, host name and network namespaces; read-only system; no capabilities; no nested user namespaces{user}"
            ),
            Fence::Landlock => format!(
                "Landlock (ABI {}){user}. {}. Install bubblewrap for the better fence{}",
                self.landlock,
                self.landlock_gaps(),
                self.reasons()
            ),
            Fence::None if settings.unsandboxed => {
                format!("none: sessions can do whatever this user can{user}{}", self.reasons())
            }
            Fence::None => format!(
                "none, so no session is started: install bubblewrap, or start with --unsandboxed{}",
                self.reasons()
            ),
        }
    }

    fn reasons(&self) -> String {
        if self.why_not.is_empty() { String::new() } else { format!(" ({})", self.why_not.join("; ")) }
    }

    fn landlock_gaps(&self) -> String {
        let mut gaps = vec![
            "names and sizes of files can be asked for by path",
            "Unix sockets with a path and UDP stay reachable",
            "the host's name shows",
        ];
        if self.landlock < 6 {
            gaps.push("signals reach this user's other processes, abstract sockets are open");
        }
        if self.landlock < 4 {
            gaps.push("TCP is open");
        }
        if !self.is_root {
            gaps.push("sessions run as this user; a process that leaves its session may outlive a killed shim where control groups are not permitted");
        }
        format!("Left open: {}", gaps.join("; "))
    }

    fn limits_text(&self) -> String {
        let how = |held: bool, otherwise: &str| if held { "control group".to_owned() } else { otherwise.to_owned() };
        format!(
            "memory: {}; processor: {}; processes: {}",
            how(self.groups.limits_memory(), "rlimit for each process, not for the session"),
            how(self.groups.limits_cpu(), "not limited"),
            how(self.groups.limits_pids(), "rlimit for the user"),
        )
    }
}

fn terminal() -> io::Result<(OwnedFd, OwnedFd)> {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let slave = ioctl_tiocgptpeer(&master, OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    Ok((master, slave))
}

fn total_memory() -> i64 {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kib = text
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB")?.trim().parse::<i64>().ok());
    kib.unwrap_or(0) * 1_024
}

/// A nonce of 256 bits.
pub(super) fn nonce() -> io::Result<String> {
    use std::io::Read;
    let mut bytes = [0; 32];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
