//! Control groups of version 2, or 1 where mounted: limits, usage and the surest way to kill.
//! Plain files; a group is a directory below `rollcall/` of each hierarchy.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The groups of one kernel. Empty paths mean that the hierarchy is missing or not permitted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Groups {
    pub(crate) unified: Option<PathBuf>,
    pub(crate) memory: Option<PathBuf>,
    pub(crate) cpu: Option<PathBuf>,
    pub(crate) cpuacct: Option<PathBuf>,
    pub(crate) pids: Option<PathBuf>,
    /// Controllers that version 2 has here.
    pub(crate) unified_limits: Vec<String>,
}

/// What a group says of its use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) cpu_us: Option<i64>,
    pub(crate) mem_bytes: Option<i64>,
    pub(crate) mem_max_bytes: Option<i64>,
}

const YOUNG: std::time::Duration = std::time::Duration::from_secs(60);
const PIDS_MAX: &str = "1024";

/// Where hierarchies are mounted and can be written: found by making a group and removing it.
pub(crate) fn probe() -> Groups {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let mut groups = Groups::default();
    for line in mounts.lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        let &[_, point, kind, options, ..] = fields.as_slice() else { continue };
        let base = Path::new(point).join("rollcall");
        if kind == "cgroup2" && groups.unified.is_none() {
            groups.unified_limits = controllers(Path::new(point));
            groups.unified = usable(&base);
        } else if kind == "cgroup" {
            let has = |name: &str| options.split(',').any(|option| option == name);
            for (name, place) in [
                ("memory", &mut groups.memory),
                ("cpu", &mut groups.cpu),
                ("cpuacct", &mut groups.cpuacct),
                ("pids", &mut groups.pids),
            ] {
                if has(name) {
                    *place = usable(&base);
                }
            }
        }
    }
    if groups.unified.is_none() {
        groups.unified_limits.clear();
    }
    groups
}

fn controllers(root: &Path) -> Vec<String> {
    let text = fs::read_to_string(root.join("cgroup.controllers")).unwrap_or_default();
    text.split_whitespace().filter(|name| matches!(*name, "memory" | "cpu" | "pids")).map(str::to_owned).collect()
}

fn usable(base: &Path) -> Option<PathBuf> {
    let trial = base.join(format!("trial-{}", std::process::id()));
    let made = fs::create_dir_all(&trial).is_ok()
        && fs::OpenOptions::new().write(true).open(trial.join("cgroup.procs")).is_ok();
    let _ = fs::remove_dir(&trial);
    let _ = fs::remove_dir(base);
    made.then(|| base.to_owned())
}

impl Groups {
    fn limit_holder<'a>(&'a self, name: &str, version1: &'a Option<PathBuf>) -> Option<&'a PathBuf> {
        if version1.is_some() {
            return version1.as_ref();
        }
        self.unified.as_ref().filter(|_| self.unified_limits.iter().any(|have| have == name))
    }

    /// Whether memory is limited by a group.
    pub(crate) fn limits_memory(&self) -> bool {
        self.limit_holder("memory", &self.memory).is_some()
    }

    /// Whether processor time is limited by a group.
    pub(crate) fn limits_cpu(&self) -> bool {
        self.limit_holder("cpu", &self.cpu).is_some()
    }

    /// Whether the number of processes is limited by a group.
    pub(crate) fn limits_pids(&self) -> bool {
        self.limit_holder("pids", &self.pids).is_some()
    }

    /// The groups of one kernel below these.
    pub(crate) fn for_kernel(&self, name: &str) -> Self {
        let below = |base: &Option<PathBuf>| base.as_ref().map(|base| base.join(name));
        Self {
            unified: below(&self.unified),
            memory: below(&self.memory),
            cpu: below(&self.cpu),
            cpuacct: below(&self.cpuacct),
            pids: below(&self.pids),
            unified_limits: self.unified_limits.clone(),
        }
    }

    /// Each group once (two controllers may share a hierarchy).
    pub(crate) fn paths(&self) -> Vec<&PathBuf> {
        let mut paths: Vec<&PathBuf> =
            [&self.unified, &self.memory, &self.cpu, &self.cpuacct, &self.pids].into_iter().flatten().collect();
        paths.sort();
        paths.dedup();
        paths
    }

    /// Makes the groups and writes the limits.
    pub(crate) fn create(&self, cpu_milli: i64, mem_bytes: i64) -> io::Result<()> {
        for path in self.paths() {
            fs::create_dir_all(path)?;
        }
        self.enable_unified();
        let quota = (cpu_milli * 100).max(1_000);
        if let Some(path) = &self.memory {
            fs::write(path.join("memory.limit_in_bytes"), mem_bytes.to_string())?;
            // Without swap accounting the file is missing; then memory alone is limited.
            let _ = fs::write(path.join("memory.memsw.limit_in_bytes"), mem_bytes.to_string());
        } else if let Some(path) = self.limit_holder("memory", &self.memory) {
            fs::write(path.join("memory.max"), mem_bytes.to_string())?;
            let _ = fs::write(path.join("memory.swap.max"), "0");
        }
        if let Some(path) = &self.cpu {
            fs::write(path.join("cpu.cfs_period_us"), "100000")?;
            fs::write(path.join("cpu.cfs_quota_us"), quota.to_string())?;
        } else if let Some(path) = self.limit_holder("cpu", &self.cpu) {
            fs::write(path.join("cpu.max"), format!("{quota} 100000"))?;
        }
        if let Some(path) = self.limit_holder("pids", &self.pids) {
            fs::write(path.join("pids.max"), PIDS_MAX)?;
        }
        Ok(())
    }

    fn enable_unified(&self) {
        let Some(path) = &self.unified else { return };
        for name in &self.unified_limits {
            for above in path.ancestors().skip(1).take(2).collect::<Vec<_>>().into_iter().rev() {
                let _ = fs::write(above.join("cgroup.subtree_control"), format!("+{name}"));
            }
        }
    }

    /// Moves the calling process into the groups.
    pub(crate) fn join(&self) -> io::Result<()> {
        self.paths().into_iter().try_for_each(|path| fs::write(path.join("cgroup.procs"), "0"))
    }

    /// The processes in the groups.
    pub(crate) fn members(&self) -> Vec<i32> {
        let mut members: Vec<i32> = self
            .paths()
            .into_iter()
            .filter_map(|path| fs::read_to_string(path.join("cgroup.procs")).ok())
            .flat_map(|text| text.lines().filter_map(|line| line.parse().ok()).collect::<Vec<i32>>())
            .collect();
        members.sort_unstable();
        members.dedup();
        members
    }

    /// Kills all members at once where the kernel can do that.
    pub(crate) fn kill(&self) -> bool {
        self.unified.as_ref().is_some_and(|path| fs::write(path.join("cgroup.kill"), "1").is_ok())
    }

    /// Removes the groups; those above only when they are empty.
    pub(crate) fn remove(&self) {
        for path in self.paths() {
            let _ = fs::remove_dir(path);
            if let Some(above) = path.parent() {
                let _ = fs::remove_dir(above);
            }
        }
    }

    /// Removes groups that nobody is in: left by shims that were killed while no engine looked, also
    /// those of directories that are gone. Young ones are let alone, for they may be in the making.
    pub(crate) fn tidy(&self) {
        for base in self.paths() {
            for group in fs::read_dir(base).into_iter().flatten().flatten() {
                let age =
                    group.metadata().and_then(|metadata| metadata.modified()).ok().and_then(|made| made.elapsed().ok());
                if age.is_some_and(|age| age > YOUNG) {
                    // Refused by the system while there are processes in it.
                    let _ = fs::remove_dir(group.path());
                }
            }
        }
    }

    /// What the groups say of their use.
    pub(crate) fn usage(&self) -> Usage {
        Usage { cpu_us: self.cpu_us(), mem_bytes: self.mem_bytes(), mem_max_bytes: self.mem_max_bytes() }
    }

    fn cpu_us(&self) -> Option<i64> {
        if let Some(path) = &self.cpuacct {
            return number(&path.join("cpuacct.usage")).map(|nanoseconds| nanoseconds / 1_000);
        }
        keyed(&self.unified.as_ref()?.join("cpu.stat"), "usage_usec")
    }

    fn mem_bytes(&self) -> Option<i64> {
        let (used, cache) = match &self.memory {
            Some(path) => {
                (number(&path.join("memory.usage_in_bytes"))?, keyed(&path.join("memory.stat"), "total_inactive_file"))
            }
            None => {
                let path = self.limit_holder("memory", &None)?;
                (number(&path.join("memory.current"))?, keyed(&path.join("memory.stat"), "inactive_file"))
            }
        };
        // Files that were read and can be dropped at any time are not use.
        Some((used - cache.unwrap_or(0)).max(0))
    }

    fn mem_max_bytes(&self) -> Option<i64> {
        match &self.memory {
            Some(path) => number(&path.join("memory.max_usage_in_bytes")),
            None => number(&self.limit_holder("memory", &None)?.join("memory.peak")),
        }
    }

    /// Whether the memory limit ended a process.
    pub(crate) fn oom_killed(&self) -> bool {
        let count = match &self.memory {
            Some(path) => keyed(&path.join("memory.oom_control"), "oom_kill"),
            None => self.limit_holder("memory", &None).and_then(|path| keyed(&path.join("memory.events"), "oom_kill")),
        };
        count.is_some_and(|count| count > 0)
    }
}

fn number(path: &Path) -> Option<i64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

fn keyed(path: &Path, key: &str) -> Option<i64> {
    let text = fs::read_to_string(path).ok()?;
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')?.trim().parse().ok())
}
