//! The process itself, under the names that every dashboard knows. What the system does not tell is
//! left out.

use std::sync::LazyLock;
use std::sync::atomic::AtomicU64;
use std::time::{SystemTime, UNIX_EPOCH};

use procfs::process::{LimitValue, Process};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// When this process was first asked, which is when it starts to serve.
static STARTED: LazyLock<f64> =
    LazyLock::new(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64());

/// Notes the start.
pub(super) fn started() {
    LazyLock::force(&STARTED);
}

/// As it is now.
pub(super) fn registry() -> Registry {
    let mut registry = Registry::with_prefix("process");
    let mut gauge = |name: &str, help: &str, value: f64| {
        let gauge: Gauge<f64, AtomicU64> = Gauge::default();
        gauge.set(value);
        registry.register(name, help, gauge);
    };
    gauge("start_time_seconds", "When it began, in seconds since 1970", *STARTED);
    let Ok(process) = Process::myself() else { return registry };
    if let Ok(count) = process.fd_count() {
        gauge("open_fds", "Open file descriptors", count as f64);
    }
    if let Ok(limits) = process.limits()
        && let LimitValue::Value(most) = limits.max_open_files.soft_limit
    {
        gauge("max_fds", "File descriptors that may be open", most as f64);
    }
    if let Ok(stat) = process.stat() {
        gauge("resident_memory_bytes", "Memory in use", (stat.rss * procfs::page_size()) as f64);
        gauge("virtual_memory_bytes", "Memory mapped", stat.vsize as f64);
        gauge("threads", "Threads", stat.num_threads as f64);
        let cpu: Counter<f64, AtomicU64> = Counter::default();
        cpu.inc_by((stat.utime + stat.stime) as f64 / procfs::ticks_per_second() as f64);
        registry.register("cpu_seconds", "Processor time used", cpu);
    }
    registry
}
