//! The kernel's processes as their shim holds them: terminal, start, signals, end.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::process::{Pid, PidfdFlags, Signal, WaitOptions, WaitStatus, pidfd_open, wait};
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{Winsize, tcgetwinsize, tcsetwinsize};

use crate::Fence;
use crate::local::cgroup::Groups;
use crate::local::fence::READY;
use crate::local::order::Order;
use crate::local::process::{self, Process};

/// A fence that is not up by then never will be.
const START_LIMIT: Duration = Duration::from_secs(20);

#[derive(Debug)]
pub(super) struct Kernel {
    master: OwnedFd,
    watch: OwnedFd,
    /// The first process: bubblewrap itself, or the program.
    first: Process,
    fence: Fence,
    groups: Groups,
    /// Kept open: bubblewrap still has the other end as its standard error.
    _errors: io::PipeReader,
}

/// How the first process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) code: i32,
    pub(super) signal: Option<i32>,
}

impl Kernel {
    /// Starts the kernel and returns once its program is about to run.
    pub(super) fn start(directory: &Path, order: &Order) -> io::Result<Self> {
        let (master, slave) = terminal()?;
        let (mut errors, writer) = io::pipe()?;
        let mut command = Command::new("/proc/self/exe");
        command.arg("_enter").arg(directory).env_clear();
        command.stdin(Stdio::from(slave.try_clone()?)).stdout(Stdio::from(slave)).stderr(Stdio::from(writer));
        let child = command.spawn()?;
        // Reaped by `reap`, with everything else.
        let pid = i32::try_from(child.id()).map_err(io::Error::other)?;
        drop(command);
        let watched = Pid::from_raw(pid).ok_or_else(|| io::Error::other("no process id"))?;
        let watch = pidfd_open(watched, PidfdFlags::empty())?;
        let first = process::read(pid).ok_or_else(|| io::Error::other("the kernel's process is gone"))?;
        let mut kernel = Self {
            master,
            watch,
            first,
            fence: order.fence,
            groups: order.cgroups.clone(),
            _errors: errors.try_clone()?,
        };
        if let Err(error) = ready(&mut errors) {
            kernel.kill_all();
            return Err(error);
        }
        let flags = fcntl_getfl(&kernel.master)?;
        fcntl_setfl(&kernel.master, flags | OFlags::NONBLOCK)?;
        Ok(kernel)
    }

    pub(super) fn identity(&self) -> (i32, u64) {
        (self.first.pid, self.first.start_time)
    }

    pub(super) fn master(&self) -> &OwnedFd {
        &self.master
    }

    /// Becomes readable when the first process ended.
    pub(super) fn watch(&self) -> &OwnedFd {
        &self.watch
    }

    pub(super) fn size(&self) -> (u16, u16) {
        tcgetwinsize(&self.master).map_or((0, 0), |size| (size.ws_row, size.ws_col))
    }

    pub(super) fn resize(&self, rows: u16, cols: u16) -> io::Result<()> {
        Ok(tcsetwinsize(&self.master, Winsize { ws_row: rows, ws_col: cols, ws_xpixel: 0, ws_ypixel: 0 })?)
    }

    /// Sends signals to the kernel's processes, not to those of the fence around them.
    pub(super) fn signal(&self, signals: &[Signal]) {
        // Under bubblewrap the first two are its watcher and its init; they must live for the rest
        // to end in its own time.
        let fence_depth = if self.fence == Fence::Bubblewrap { 2 } else { 0 };
        for (process, depth) in self.processes() {
            if depth > fence_depth {
                process::signal(&process, signals);
            }
        }
    }

    /// All processes below the shim; the first has depth 1.
    fn processes(&self) -> Vec<(Process, usize)> {
        let me = i32::try_from(std::process::id()).unwrap_or(0);
        process::descendants(me)
    }

    /// Kills everything at once, once: the first process ends, and with it the namespace.
    pub(super) fn kill(&self) {
        if !self.groups.kill() {
            for (process, _) in self.processes() {
                process::signal(&process, &[Signal::KILL]);
            }
        }
    }

    /// Kills until nothing is left, and reaps it. Only for after the first process ended: what it
    /// left behind ends with it.
    pub(super) fn kill_all(&mut self) -> Option<Ended> {
        let mut ended = None;
        let limit = Instant::now() + Duration::from_secs(10);
        loop {
            self.kill();
            ended = self.reap().or(ended);
            if !self.processes().iter().any(|(process, _)| !process.zombie) || Instant::now() > limit {
                return self.reap().or(ended);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Reaps what ended; tells when the first process was among it.
    pub(super) fn reap(&self) -> Option<Ended> {
        let mut ended = None;
        while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG) {
            if pid.as_raw_nonzero().get() == self.first.pid {
                ended = Some(Ended::from(status));
            }
        }
        ended
    }

    /// Whether processes other than the first may be waiting to be reaped (bubblewrap has an init).
    pub(super) fn adopts_orphans(&self) -> bool {
        self.fence != Fence::Bubblewrap
    }
}

impl From<WaitStatus> for Ended {
    fn from(status: WaitStatus) -> Self {
        let signal = status.terminating_signal();
        Self { code: status.exit_status().unwrap_or_else(|| 128 + signal.unwrap_or(0)), signal }
    }
}

fn terminal() -> io::Result<(OwnedFd, OwnedFd)> {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let slave = ioctl_tiocgptpeer(&master, OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    tcsetwinsize(&master, Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 })?;
    Ok((master, slave))
}

/// Waits for the byte that says that the program is about to run, or for the reason why not.
fn ready(errors: &mut io::PipeReader) -> io::Result<()> {
    let limit = Instant::now() + START_LIMIT;
    let mut said = Vec::new();
    loop {
        let left = limit.saturating_duration_since(Instant::now());
        let timeout = rustix::event::Timespec {
            tv_sec: i64::try_from(left.as_secs()).unwrap_or(0),
            tv_nsec: i64::from(left.subsec_nanos()),
        };
        if poll(&mut [PollFd::from_borrowed_fd(errors.as_fd(), PollFlags::IN)], Some(&timeout))? == 0 {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "the fence did not come up in time"));
        }
        let mut buffer = [0; 1024];
        let count = errors.read(&mut buffer)?;
        let bytes = buffer.get(..count).unwrap_or_default();
        if bytes.contains(&READY) {
            return Ok(());
        }
        if count == 0 {
            return Err(io::Error::other(String::from_utf8_lossy(&said).trim().to_owned()));
        }
        said.extend_from_slice(bytes);
    }
}

/// A signal by its name without `SIG`.
pub(super) fn named(name: &str) -> Option<Signal> {
    Some(match name {
        "HUP" => Signal::HUP,
        "INT" => Signal::INT,
        "QUIT" => Signal::QUIT,
        "TERM" => Signal::TERM,
        "KILL" => Signal::KILL,
        "USR1" => Signal::USR1,
        "USR2" => Signal::USR2,
        "CONT" => Signal::CONT,
        "STOP" => Signal::STOP,
        _ => return None,
    })
}

/// The master as a file to read and write.
pub(super) fn as_file(master: &OwnedFd) -> io::Result<File> {
    Ok(File::from(master.try_clone()?))
}
