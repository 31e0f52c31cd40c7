//! The first fence: namespaces of its own, by bubblewrap.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Seek, Write};
use std::os::fd::{AsRawFd, IntoRawFd};
use std::path::Path;
use std::process::Command;

use rustix::fs::{MemfdFlags, memfd_create};

use super::{ETC, HOME, SYSTEM};
use crate::local::order::Order;

const IDENTITY: &str = "1000";

/// The command that runs bubblewrap; the program's own words are still to be added.
pub(super) fn command(order: &Order, home: &Path) -> io::Result<Command> {
    let program = order.bubblewrap.as_deref().ok_or_else(|| io::Error::other("the order names no bubblewrap"))?;
    let mut command = Command::new(program);
    command.args(["--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]);
    if !order.host_network {
        command.arg("--unshare-net");
    }
    command.args(["--disable-userns", "--die-with-parent", "--cap-drop", "ALL", "--clearenv"]);
    command.args(["--uid", IDENTITY, "--gid", IDENTITY, "--hostname", &order.hostname]);
    system(&mut command);
    made_up(&mut command, order)?;
    command.args(["--proc", "/proc", "--dev", "/dev"]);
    let size = |bytes: i64| bytes.max(1 << 20).to_string();
    command.args(["--size", &size(order.shmem_bytes), "--tmpfs", "/dev/shm", "--remount-ro", "/dev"]);
    command.args(["--size", &size(order.mem_bytes), "--perms", "1777", "--tmpfs", "/tmp"]);
    command.arg("--bind").arg(home).arg(HOME).args(["--remount-ro", "/", "--chdir", HOME]);
    Ok(command)
}

fn system(command: &mut Command) {
    for path in SYSTEM {
        match std::fs::read_link(path) {
            Ok(target) => command.arg("--symlink").arg(target).arg(path),
            Err(_) => command.args(["--ro-bind-try", path, path]),
        };
    }
    for path in ETC {
        command.args(["--ro-bind-try", path, path]);
    }
}

fn made_up(command: &mut Command, order: &Order) -> io::Result<()> {
    let mut hosts = String::from("127.0.0.1 localhost\n::1 localhost\n");
    for host in &order.hosts {
        hosts.push_str(&format!("127.0.0.1 {host}\n"));
    }
    let mut files = vec![
        (
            "/etc/passwd",
            format!(
                "root:x:0:0:root:/:/usr/sbin/nologin\nwork:x:{IDENTITY}:{IDENTITY}::{HOME}:/bin/bash\nnobody:x:65534:65534::/:/usr/sbin/nologin\n"
            ),
        ),
        ("/etc/group", format!("root:x:0:\nwork:x:{IDENTITY}:\nnogroup:x:65534:\n")),
        ("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n".to_owned()),
    ];
    if order.host_network {
        command.args([
            "--ro-bind-try",
            "/etc/hosts",
            "/etc/hosts",
            "--ro-bind-try",
            "/etc/resolv.conf",
            "/etc/resolv.conf",
        ]);
    } else {
        files.push(("/etc/hosts", hosts));
        files.push(("/etc/resolv.conf", String::new()));
    }
    for (path, text) in files {
        // Kept open over exec on purpose: bubblewrap reads and closes it.
        let mut file = File::from(memfd_create(path.rsplit('/').next().unwrap_or("file"), MemfdFlags::empty())?);
        file.write_all(text.as_bytes())?;
        file.rewind()?;
        command.args(["--perms", "0444", "--ro-bind-data"]).arg(OsString::from(file.as_raw_fd().to_string())).arg(path);
        let _ = file.into_raw_fd();
    }
    Ok(())
}
