//! Processes as `/proc` tells of them. A signal goes to a process only if it is still the one that
//! was meant: number and start time agree while a descriptor of it is held.

use std::collections::HashMap;
use std::fs;
use std::io;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// One line of `/proc/<pid>/stat`, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) pid: i32,
    pub(crate) parent: i32,
    pub(crate) session: i32,
    pub(crate) zombie: bool,
    pub(crate) cpu_ticks: u64,
    pub(crate) start_time: u64,
    pub(crate) resident_pages: u64,
}

/// Tells one boot of the host from the next.
pub(crate) fn boot_id() -> io::Result<String> {
    Ok(fs::read_to_string("/proc/sys/kernel/random/boot_id")?.trim().to_owned())
}

/// One process, if it exists.
pub(crate) fn read(pid: i32) -> Option<Process> {
    parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

fn parse(line: &str) -> Option<Process> {
    let (head, tail) = line.rsplit_once(')')?;
    let pid = head.split(' ').next()?.parse().ok()?;
    let fields: Vec<&str> = tail.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    Some(Process {
        pid,
        zombie: matches!(*fields.first()?, "Z" | "X"),
        parent: fields.get(1)?.parse().ok()?,
        session: fields.get(3)?.parse().ok()?,
        // With the time of children that were waited for: it would be lost with them otherwise.
        cpu_ticks: number(11)? + number(12)? + number(13)? + number(14)?,
        start_time: number(19)?,
        resident_pages: number(21)?,
    })
}

/// Every process that can be seen.
pub(crate) fn all() -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter_map(read).collect()
}

/// The descendants of a process with their depth; its children have depth 1.
pub(crate) fn descendants(of: i32) -> Vec<(Process, usize)> {
    let mut children: HashMap<i32, Vec<Process>> = HashMap::new();
    for process in all() {
        children.entry(process.parent).or_default().push(process);
    }
    let mut found = Vec::new();
    let mut open = vec![(of, 0)];
    while let Some((parent, depth)) = open.pop() {
        for child in children.remove(&parent).unwrap_or_default() {
            open.push((child.pid, depth + 1));
            found.push((child, depth + 1));
        }
    }
    found
}

/// Sends signals to a process if it still is that process. A missing one is fine.
pub(crate) fn signal(target: &Process, signals: &[Signal]) {
    let Some(pid) = Pid::from_raw(target.pid) else { return };
    let Ok(descriptor) = pidfd_open(pid, PidfdFlags::empty()) else { return };
    if read(target.pid).is_none_or(|now| now.start_time != target.start_time) {
        return;
    }
    for signal in signals {
        let _ = pidfd_send_signal(&descriptor, *signal);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_shift_the_fields() {
        let line = "42 (a) b) (c) S 7 42 41 0 -1 4194560 1 0 0 0 10 20 3 4 20 0 1 0 999 12345 55 1844674";
        let process = parse(line).unwrap();
        assert_eq!((process.pid, process.parent, process.session), (42, 7, 41));
        assert_eq!((process.cpu_ticks, process.start_time, process.resident_pages), (37, 999, 55));
    }

    #[test]
    fn a_process_of_another_start_time_gets_no_signal() {
        let mut child = std::process::Command::new("sleep").arg("600").spawn().unwrap();
        let mut target = read(child.id().try_into().unwrap()).unwrap();
        target.start_time += 1;
        signal(&target, &[Signal::KILL]);
        assert!(child.try_wait().unwrap().is_none());
        target.start_time -= 1;
        signal(&target, &[Signal::KILL]);
        assert!(!child.wait().unwrap().success());
    }
}
