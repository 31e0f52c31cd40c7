//! Usage of running kernels, sampled every second.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::time::Instant;

use rollcall_model::stats::KernelStats;

use super::cgroup::Groups;
use super::process;

/// The home is walked only so often, and never past so many entries: it may be large.
const SCRATCH_EVERY: u64 = 10;
const SCRATCH_ENTRIES: usize = 20_000;

/// What one kernel's samples are made from.
#[derive(Debug)]
pub(super) struct Sampler {
    started: Instant,
    last: Instant,
    rounds: u64,
    /// Bytes by process; a process that ended keeps counting in the sums.
    io: HashMap<(i32, u64), (i64, i64)>,
    /// Processor time found so far, where it is summed over processes.
    cpu_us: i64,
    pub(super) stats: KernelStats,
}

impl Sampler {
    pub(super) fn new(cpu_milli: i64, mem_bytes: i64) -> Self {
        let now = Instant::now();
        let stats =
            KernelStats { cpu_capacity_milli: cpu_milli, mem_capacity_bytes: mem_bytes, ..KernelStats::default() };
        Self { started: now, last: now, rounds: 0, io: HashMap::new(), cpu_us: 0, stats }
    }

    /// Takes a sample. `shim`: the process all others descend from.
    pub(super) fn sample(&mut self, groups: &Groups, shim: i32, home: &Path) {
        let usage = groups.usage();
        let processes = process::descendants(shim);
        let now = Instant::now();
        let elapsed_us = i64::try_from(now.duration_since(self.last).as_micros()).unwrap_or(i64::MAX).max(1);
        let ticks: u64 = processes.iter().map(|(process, _)| process.cpu_ticks).sum();
        // A process that was not waited for takes its time along when it ends: never count back.
        self.cpu_us = self.cpu_us.max(us_of_ticks(ticks));
        let stats = &mut self.stats;
        let used = usage.cpu_us.unwrap_or(self.cpu_us).max(stats.cpu_used_us);
        if self.rounds > 0 {
            stats.cpu_util_milli_pct = (used - stats.cpu_used_us).saturating_mul(100_000) / elapsed_us;
            stats.cpu_util_max_milli_pct = stats.cpu_util_max_milli_pct.max(stats.cpu_util_milli_pct);
        }
        stats.cpu_used_us = used;
        let age_us = i64::try_from(now.duration_since(self.started).as_micros()).unwrap_or(i64::MAX).max(1);
        stats.cpu_util_avg_milli_pct = if self.rounds > 0 { used.saturating_mul(100_000) / age_us } else { 0 };
        let resident: u64 = processes.iter().map(|(process, _)| process.resident_pages).sum();
        stats.mem_bytes =
            usage.mem_bytes.unwrap_or_else(|| i64::try_from(resident.saturating_mul(page_size())).unwrap_or(i64::MAX));
        stats.mem_max_bytes = stats.mem_max_bytes.max(stats.mem_bytes).max(usage.mem_max_bytes.unwrap_or(0));
        self.sample_io(&processes, elapsed_us);
        if self.rounds.is_multiple_of(SCRATCH_EVERY) {
            self.stats.scratch_bytes = size_below(home);
            self.stats.scratch_max_bytes = self.stats.scratch_max_bytes.max(self.stats.scratch_bytes);
        }
        self.rounds += 1;
        self.last = now;
    }

    fn sample_io(&mut self, processes: &[(process::Process, usize)], elapsed_us: i64) {
        let (mut read, mut written) = (0, 0);
        let mut seen = HashMap::new();
        for (process, _) in processes {
            let key = (process.pid, process.start_time);
            let Some(now) = io_of(process.pid) else { continue };
            let before = self.io.get(&key).copied().unwrap_or_default();
            read += (now.0 - before.0).max(0);
            written += (now.1 - before.1).max(0);
            seen.insert(key, now);
        }
        self.io = seen;
        let stats = &mut self.stats;
        stats.io_read_bytes += read;
        stats.io_write_bytes += written;
        stats.io_read_rate = read.saturating_mul(1_000_000) / elapsed_us;
        stats.io_write_rate = written.saturating_mul(1_000_000) / elapsed_us;
    }
}

fn us_of_ticks(ticks: u64) -> i64 {
    let per_second = rustix::param::clock_ticks_per_second().max(1);
    i64::try_from(ticks.saturating_mul(1_000_000) / per_second).unwrap_or(i64::MAX)
}

fn page_size() -> u64 {
    rustix::param::page_size() as u64
}

fn io_of(pid: i32) -> Option<(i64, i64)> {
    let text = fs::read_to_string(format!("/proc/{pid}/io")).ok()?;
    let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.trim().parse::<i64>().ok());
    Some((value("read_bytes:")?, value("write_bytes:")?))
}

/// Space taken below a directory, as blocks on disk. Links are not followed.
fn size_below(directory: &Path) -> i64 {
    use std::os::unix::fs::MetadataExt;
    let mut open = vec![directory.to_owned()];
    let (mut entries, mut blocks) = (0, 0_u64);
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            entries += 1;
            if entries > SCRATCH_ENTRIES {
                return i64::try_from(blocks * 512).unwrap_or(i64::MAX);
            }
            let Ok(metadata) = entry.metadata() else { continue };
            blocks += metadata.blocks();
            if metadata.is_dir() {
                open.push(entry.path());
            }
        }
    }
    i64::try_from(blocks * 512).unwrap_or(i64::MAX)
}
