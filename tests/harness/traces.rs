//! Processes that a data directory's kernels left on this machine.
//!
//! A shim names the directory in its arguments; everything under a shim is found by parentage.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::Command;

/// A process.
#[derive(Clone, Debug)]
pub struct Process {
    pub id: u32,
    pub parent: u32,
    pub arguments: String,
}

impl Process {
    /// The kernel whose shim this is: the last part of the directory in its arguments.
    pub fn kernel(&self) -> Option<String> {
        let (_, rest) = self.arguments.split_once(" _shim ")?;
        Some(Path::new(rest.split(' ').next()?).file_name()?.to_str()?.to_owned())
    }
}

/// Every process of this machine that is not a zombie.
pub fn all() -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries.filter_map(Result::ok).filter_map(|entry| process(entry.file_name().to_str()?.parse().ok()?)).collect()
}

fn process(id: u32) -> Option<Process> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    if fields.next()? == "Z" {
        return None;
    }
    let parent = fields.next()?.parse().ok()?;
    let arguments = String::from_utf8_lossy(&fs::read(format!("/proc/{id}/cmdline")).ok()?).replace('\0', " ");
    Some(Process { id, parent, arguments })
}

/// The shims of a data directory.
pub fn shims(data_dir: &Path) -> Vec<Process> {
    let place = data_dir.to_string_lossy().into_owned();
    all()
        .into_iter()
        .filter(|process| process.arguments.contains(" _shim ") && process.arguments.contains(&place))
        .collect()
}

/// The shims of a data directory with everything below them.
pub fn family(data_dir: &Path) -> Vec<Process> {
    let all = all();
    let mut children: HashMap<u32, Vec<&Process>> = HashMap::new();
    for process in &all {
        children.entry(process.parent).or_default().push(process);
    }
    let mut family = shims(data_dir);
    let mut next = 0;
    while next < family.len() {
        let below = children.get(&family[next].id).into_iter().flatten().copied().cloned();
        family.extend(below.collect::<Vec<_>>());
        next += 1;
    }
    family
}

/// Ends all of them, the children first.
pub fn end_all_under(data_dir: &Path) {
    for process in family(data_dir).iter().rev() {
        let _ = Command::new("kill").args(["-KILL", &process.id.to_string()]).output();
    }
}
