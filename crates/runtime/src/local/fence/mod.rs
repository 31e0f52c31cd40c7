//! What keeps a kernel from everything else: bubblewrap, else Landlock, else nothing.

mod bubblewrap;
mod enter;
mod landlock;
mod place;

pub use enter::enter_main;
pub(crate) use landlock::level as landlock_level;

use std::path::{Path, PathBuf};

/// What the shim reads from a kernel's standard error when its program is about to run.
pub(crate) const READY: u8 = 1;

/// The kernel's home as it sees it, under bubblewrap and wherever this could mount.
pub(crate) const HOME: &str = "/home/work";

/// Directories of the system that a kernel may read and execute.
pub(crate) const SYSTEM: &[&str] = &["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];

/// Files of `/etc` that programs need and that tell nothing of this machine's people.
pub(crate) const ETC: &[&str] = &[
    "/etc/alternatives",
    "/etc/bash.bashrc",
    "/etc/ca-certificates",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/inputrc",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/pki",
    "/etc/protocols",
    "/etc/python3",
    "/etc/python3.11",
    "/etc/services",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/terminfo",
    "/etc/timezone",
];

/// The program of a name on the usual paths, whatever PATH this process was started with.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    ["/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin"]
        .iter()
        .map(|place| Path::new(place).join(name))
        .find(|path| path.is_file())
}
