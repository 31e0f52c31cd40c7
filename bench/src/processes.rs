//! Processes of this machine: whose they are, what memory they take, and their end.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::param::clock_ticks_per_second;
use rustix::process::{Pid, Signal, kill_process};

#[derive(Clone, Debug)]
struct Process {
    id: i32,
    parent: i32,
    arguments: String,
}

fn all() -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries.filter_map(Result::ok).filter_map(|entry| process(entry.file_name().to_str()?.parse().ok()?)).collect()
}

/// `None` for a zombie, and for one that is gone.
fn process(id: i32) -> Option<Process> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    if fields.next()? == "Z" {
        return None;
    }
    let parent = fields.next()?.parse().ok()?;
    let arguments = String::from_utf8_lossy(&fs::read(format!("/proc/{id}/cmdline")).ok()?).replace('\0', " ");
    Some(Process { id, parent, arguments })
}

fn is_shim_of(process: &Process, data_dir: &Path) -> bool {
    process.arguments.contains(" _shim ") && process.arguments.contains(&*data_dir.to_string_lossy())
}

/// The shims of a data directory.
pub(crate) fn shims(data_dir: &Path) -> Vec<i32> {
    all().iter().filter(|process| is_shim_of(process, data_dir)).map(|process| process.id).collect()
}

/// Ends the shims of a data directory and everything below them, the children first.
pub(crate) fn end_all_under(data_dir: &Path) {
    let all = all();
    let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
    for process in &all {
        children.entry(process.parent).or_default().push(process.id);
    }
    let mut family: Vec<i32> =
        all.iter().filter(|process| is_shim_of(process, data_dir)).map(|process| process.id).collect();
    let mut next = 0;
    while let Some(id) = family.get(next) {
        family.extend(children.get(id).cloned().unwrap_or_default());
        next += 1;
    }
    for id in family.iter().rev().filter_map(|id| Pid::from_raw(*id)) {
        // One that ended meanwhile is as good.
        let _ = kill_process(id, Signal::KILL);
    }
}

/// Memory of processes, in kB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Memory {
    /// Pages shared with others count in part.
    pub(crate) pss: u64,
    /// Pages shared with others count in full.
    pub(crate) rss: u64,
}

/// The sum over these processes; `None` when one of them is gone.
pub(crate) fn memory(ids: &[i32]) -> Option<Memory> {
    ids.iter().try_fold(Memory::default(), |sum, id| {
        let one = read(&fs::read_to_string(format!("/proc/{id}/smaps_rollup")).ok()?)?;
        Some(Memory { pss: sum.pss + one.pss, rss: sum.rss + one.rss })
    })
}

/// Processor time that these have used so far; `None` when one of them is gone.
pub(crate) fn processor_time(ids: &[i32]) -> Option<Duration> {
    let ticks = ids.iter().try_fold(0, |sum: u64, id| {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // User and system time are the 14th and the 15th field; the name, which may hold anything, is the 2nd.
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
        let (user, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        Some(sum + user + system)
    })?;
    Some(Duration::from_millis(ticks * 1_000 / clock_ticks_per_second()))
}

/// The highest memory (RSS) of these, in kB, since it was last `forgotten`; `None` when one of them is gone.
pub(crate) fn peak(ids: &[i32], forgotten: bool) -> Option<u64> {
    ids.iter().try_fold(0, |sum, id| {
        if forgotten {
            fs::write(format!("/proc/{id}/clear_refs"), "5").ok()?;
        }
        let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        Some(sum + line.split_whitespace().next()?.parse::<u64>().ok()?)
    })
}

fn read(rollup: &str) -> Option<Memory> {
    let value = |key: &str| {
        let line = rollup.lines().find_map(|line| line.strip_prefix(key))?;
        line.split_whitespace().next()?.parse().ok()
    };
    Some(Memory { pss: value("Pss:")?, rss: value("Rss:")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rollup_is_read() {
        let text = "00-ff ---p 00 00:00 0 [rollup]\nRss:  812 kB\nPss:  300 kB\nPss_Dirty:  7 kB\n";
        assert_eq!(read(text), Some(Memory { pss: 300, rss: 812 }));
        assert_eq!(read("Rss:  812 kB\n"), None);
    }
}
