//! Usage of the machine as a whole, looked at with each round of samples.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use rollcall_model::machine::{CpuUse, MachineStats};

/// What the machine's use is made from.
#[derive(Debug)]
pub(super) struct Usage {
    /// On the file system whose room is told.
    place: PathBuf,
    last: Option<Look>,
    pub(super) stats: MachineStats,
}

/// Numbers that grow since the machine started.
#[derive(Clone, Debug, PartialEq)]
struct Look {
    at: Instant,
    /// All processors first, then each: ticks that were busy, and all ticks.
    processors: Vec<(i64, i64)>,
    received: i64,
    sent: i64,
}

impl Usage {
    pub(super) fn new(place: PathBuf) -> Self {
        Self { place, last: None, stats: MachineStats::default() }
    }

    /// Looks again. What cannot be read stays 0.
    pub(super) fn look(&mut self) {
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        let (received, sent) = traffic(&read("/proc/net/dev"));
        let look = Look { at: Instant::now(), processors: processors(&read("/proc/stat")), received, sent };
        let disk = self.disk().unwrap_or_default();
        let stats = &mut self.stats;
        if let Some(last) = &self.last {
            let uses: Vec<CpuUse> =
                look.processors.iter().zip(&last.processors).map(|(now, before)| used(*now, *before)).collect();
            stats.cpu = uses.first().copied().unwrap_or_default();
            stats.cores = uses.into_iter().skip(1).collect();
            let elapsed_ms = i64::try_from(look.at.duration_since(last.at).as_millis()).unwrap_or(i64::MAX).max(1);
            let rate = |now: i64, before: i64| (now - before).max(0).saturating_mul(1_000) / elapsed_ms;
            stats.net_rx_rate = rate(look.received, last.received);
            stats.net_tx_rate = rate(look.sent, last.sent);
        }
        (stats.mem_used_bytes, stats.mem_total_bytes) = memory(&read("/proc/meminfo"));
        (stats.disk_used_bytes, stats.disk_total_bytes) = disk;
        self.last = Some(look);
    }

    /// Taken, and all.
    fn disk(&self) -> Option<(i64, i64)> {
        let found = rustix::fs::statvfs(&self.place).ok()?;
        let bytes = |blocks: u64| i64::try_from(blocks.saturating_mul(found.f_frsize)).unwrap_or(i64::MAX);
        Some((bytes(found.f_blocks.saturating_sub(found.f_bfree)), bytes(found.f_blocks)))
    }
}

/// Busy and all ticks between two looks, as milliseconds.
fn used((busy, all): (i64, i64), (busy_before, all_before): (i64, i64)) -> CpuUse {
    let ms = |ticks: i64| {
        let per_second = i64::try_from(rustix::param::clock_ticks_per_second()).unwrap_or(100).max(1);
        ticks.max(0).saturating_mul(1_000) / per_second
    };
    CpuUse { used_ms: ms(busy - busy_before), capacity_ms: ms(all - all_before) }
}

/// The `cpu` lines of `/proc/stat`: user, nice, system, idle, iowait, irq, softirq, steal. Guests are
/// in the first two already.
fn processors(text: &str) -> Vec<(i64, i64)> {
    let line = |line: &str| {
        let numbers: Vec<i64> =
            line.split_ascii_whitespace().skip(1).take(8).filter_map(|number| number.parse().ok()).collect();
        let all: i64 = numbers.iter().sum();
        let idle: i64 = numbers.iter().skip(3).take(2).sum();
        (all - idle, all)
    };
    text.lines().filter(|text| text.starts_with("cpu")).map(line).collect()
}

/// Taken and all bytes of `/proc/meminfo`.
fn memory(text: &str) -> (i64, i64) {
    let bytes = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<i64>().ok());
        kib.unwrap_or(0).saturating_mul(1_024)
    };
    let (all, free) = (bytes("MemTotal"), bytes("MemAvailable"));
    ((all - free).max(0), all)
}

/// Bytes received and sent of `/proc/net/dev`, without the loopback's.
fn traffic(text: &str) -> (i64, i64) {
    let mut sums = (0_i64, 0_i64);
    for line in text.lines() {
        let Some((name, numbers)) = line.split_once(':') else { continue };
        if name.trim() == "lo" {
            continue;
        }
        let number = |place: usize| numbers.split_ascii_whitespace().nth(place).and_then(|text| text.parse().ok());
        let (received, sent): (i64, i64) = (number(0).unwrap_or(0), number(8).unwrap_or(0));
        sums = (sums.0.saturating_add(received), sums.1.saturating_add(sent));
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processors_are_busy_or_idle() {
        let text = "cpu  10 1 5 80 4 0 0 0 3 0\ncpu0 10 1 5 80 4 0 0 0 3 0\nintr 7\n";
        assert_eq!(processors(text), [(16, 100), (16, 100)]);
        assert_eq!(processors(""), []);
        let half = used((66, 200), (16, 100));
        assert!((half.percent() - 50.0).abs() < f64::EPSILON, "{half:?}");
        assert_eq!(used((0, 0), (5, 5)), CpuUse::default(), "a counter that went back says nothing");
    }

    #[test]
    fn memory_is_what_is_not_available() {
        let text = "MemTotal:        1000 kB\nMemFree:          100 kB\nMemAvailable:     400 kB\n";
        assert_eq!(memory(text), (600 * 1024, 1000 * 1024));
        assert_eq!(memory("nonsense"), (0, 0));
    }

    #[test]
    fn the_loopback_is_no_traffic() {
        let text = "Inter-|   Receive                            |  Transmit\n face |bytes    packets\n    \
                    lo: 900 1 0 0 0 0 0 0 900 1 0 0 0 0 0 0\n  eth0: 100 1 0 0 0 0 0 0 50 1 0 0 0 0 0 0\n";
        assert_eq!(traffic(text), (100, 50));
    }

    #[test]
    fn this_machine_has_something() {
        let mut usage = Usage::new(std::env::temp_dir());
        usage.look();
        usage.look();
        let stats = &usage.stats;
        assert!(stats.mem_total_bytes > stats.mem_used_bytes && stats.mem_used_bytes > 0, "{stats:?}");
        assert!(stats.disk_total_bytes >= stats.disk_used_bytes && stats.disk_total_bytes > 0, "{stats:?}");
        assert!(!stats.cores.is_empty() && stats.cpu.percent() <= 100.0, "{stats:?}");
    }
}
