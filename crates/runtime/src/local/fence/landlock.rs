//! The second fence: Landlock rules on an ordinary process.

use std::io;
use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetError, RulesetStatus, Scope, path_beneath_rules,
};

use super::{ETC, SYSTEM};

/// The newest rules this program knows how to use.
const NEWEST: ABI = ABI::V7;

const READ_WRITE_DEVICES: &[&str] = &["/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/ptmx", "/dev/pts"];
const READ_FILES: &[&str] = &[
    "/dev/random",
    "/dev/urandom",
    "/proc/cpuinfo",
    "/proc/filesystems",
    "/proc/loadavg",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/uptime",
    "/proc/version",
];

/// How much of Landlock this kernel has: the ABI's number; 0 is none.
pub(crate) fn level() -> u32 {
    let holds = |ruleset: Result<Ruleset, RulesetError>| ruleset.and_then(Ruleset::create).is_ok();
    let hard = || Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
    let levels: [(u32, bool); 5] = [
        (6, holds(hard().scope(Scope::from_all(ABI::V6)))),
        (5, holds(hard().handle_access(AccessFs::from_all(ABI::V5)))),
        (4, holds(hard().handle_access(AccessNet::from_all(ABI::V4)))),
        (3, holds(hard().handle_access(AccessFs::from_all(ABI::V3)))),
        (1, holds(hard().handle_access(AccessFs::from_all(ABI::V1)))),
    ];
    levels.into_iter().find_map(|(level, works)| works.then_some(level)).unwrap_or(0)
}

/// Fences this process in. `private_tmp`: `/tmp` and `/dev/shm` are this kernel's alone.
pub(super) fn apply(home: &Path, private_tmp: bool, host_network: bool) -> io::Result<()> {
    let status = rules(home, private_tmp, host_network).map_err(io::Error::other)?;
    if status.ruleset == RulesetStatus::NotEnforced || !status.no_new_privs {
        return Err(io::Error::other("Landlock is not in force"));
    }
    Ok(())
}

fn rules(home: &Path, private_tmp: bool, host_network: bool) -> Result<landlock::RestrictionStatus, RulesetError> {
    let all = AccessFs::from_all(NEWEST);
    let read: BitFlags<AccessFs> = AccessFs::from_read(NEWEST);
    let mut ruleset = Ruleset::default().set_compatibility(CompatLevel::BestEffort).handle_access(all)?;
    if !host_network {
        ruleset = ruleset.handle_access(AccessNet::from_all(NEWEST))?;
    }
    ruleset = ruleset.scope(Scope::from_all(NEWEST))?;
    let mut writable = vec![home];
    if private_tmp {
        writable.extend([Path::new("/tmp"), Path::new("/dev/shm")]);
    }
    let mut readable: Vec<&str> = READ_FILES.to_vec();
    if host_network {
        readable.extend(["/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf"]);
    }
    let devices = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::ReadDir | AccessFs::IoctlDev;
    ruleset
        .create()?
        .add_rules(path_beneath_rules(SYSTEM, read))?
        .add_rules(path_beneath_rules(ETC, AccessFs::ReadFile | AccessFs::ReadDir))?
        .add_rules(path_beneath_rules(readable, AccessFs::ReadFile))?
        .add_rules(path_beneath_rules(READ_WRITE_DEVICES, devices))?
        .add_rules(path_beneath_rules(
            writable,
            all & !AccessFs::IoctlDev & !AccessFs::MakeChar & !AccessFs::MakeBlock,
        ))?
        .restrict_self()
}
