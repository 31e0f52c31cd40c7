//! Images: environments found on this machine, each tried before it is offered.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rollcall_model::image::{Image, ImageLimit};

use super::fence::{SYSTEM, find_program};

/// Registry of everything found here.
pub const REGISTRY: &str = "local.rollcall";

/// An image and how it is started.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) image: Image,
    /// The interactive program.
    pub(crate) command: Vec<String>,
}

/// Looks for bash, each Python and Node, in parallel: most of the time goes into starting them.
pub(crate) fn find() -> Vec<Found> {
    let system = system_tag();
    let bash =
        std::thread::spawn(|| tried(&find_program("bash")?, &["-c", "echo ${BASH_VERSINFO[0]}.${BASH_VERSINFO[1]}"]));
    let node = std::thread::spawn(|| {
        tried(&find_program("node")?, &["-p", "process.versions.node.split('.').slice(0, 2).join('.')"])
    });
    let pythons: Vec<_> = python_paths()
        .into_iter()
        .map(|path| {
            std::thread::spawn(move || {
                tried(&path, &["-I", "-c", "import sys, ssl; print('%d.%d' % sys.version_info[:2])"])
            })
        })
        .collect();
    let mut found = Vec::new();
    if let Ok(Some((path, version))) = bash.join() {
        found.push(image("bash", &version, &system, &path, &["--norc"], true));
    }
    let mut versions: Vec<(PathBuf, String)> =
        pythons.into_iter().filter_map(|python| python.join().ok().flatten()).collect();
    versions.sort_by_key(|(_, version)| std::cmp::Reverse(numbers(version)));
    versions.dedup_by(|(_, left), (_, right)| left == right);
    for (index, (path, version)) in versions.iter().enumerate() {
        found.push(image("python", version, &system, path, &["-q", "-i"], index == 0));
    }
    if let Ok(Some((path, version))) = node.join() {
        found.push(image("node", &version, &system, &path, &["-i"], true));
    }
    found
}

fn numbers(version: &str) -> Vec<u32> {
    version.split('.').filter_map(|part| part.parse().ok()).collect()
}

/// Pythons that a kernel can see: what lies behind links must be in the system's directories too.
fn python_paths() -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> =
        std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    places.extend(["/usr/bin", "/usr/local/bin"].map(PathBuf::from));
    let mut found: Vec<PathBuf> = places
        .iter()
        .filter_map(|place| std::fs::read_dir(place).ok())
        .flat_map(|entries| entries.flatten())
        .filter(|entry| entry.file_name().to_str().is_some_and(is_python))
        .filter_map(|entry| entry.path().canonicalize().ok())
        .filter(|path| SYSTEM.iter().any(|system| path.starts_with(system)))
        .collect();
    found.sort();
    found.dedup();
    found
}

fn is_python(name: &str) -> bool {
    let version = name.strip_prefix("python3").map(|rest| rest.strip_prefix('.').unwrap_or(rest));
    version.is_some_and(|version| version.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Starts the program for its version: one that does not start is no image.
fn tried(path: &Path, arguments: &[&str]) -> Option<(PathBuf, String)> {
    let output = Command::new(path)
        .args(arguments)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let version = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    let good = output.status.success()
        && !version.is_empty()
        && version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    good.then(|| (path.to_owned(), version))
}

fn image(name: &str, version: &str, system: &str, path: &Path, arguments: &[&str], first: bool) -> Found {
    let tag = format!("{version}-{system}");
    let mut aliases = vec![format!("{name}:{version}")];
    if first {
        aliases.insert(0, name.to_owned());
    }
    let mut command = vec![path.display().to_string()];
    command.extend(arguments.iter().map(|&argument| argument.to_owned()));
    let limit = |key: &str, min: &str| ImageLimit { key: key.to_owned(), min: min.to_owned(), max: None };
    let image = Image {
        registry: REGISTRY.to_owned(),
        name: format!("rollcall/{name}"),
        digest: format!("local:{name}-{tag}"),
        labels: vec![
            ("ai.backend.role".to_owned(), "COMPUTE".to_owned()),
            ("ai.backend.base-distro".to_owned(), system.to_owned()),
        ],
        tag,
        aliases,
        size_bytes: 0,
        limits: vec![limit("cpu", "1"), limit("mem", "64m")],
        installed: true,
    };
    Found { image, command }
}

/// Such as `debian12`; `linux` where the system does not say.
fn system_tag() -> String {
    system_tag_of(&std::fs::read_to_string("/etc/os-release").unwrap_or_default())
}

fn system_tag_of(text: &str) -> String {
    let value = |key: &str| {
        text.lines()
            .find_map(|line| Some(line.strip_prefix(key)?.strip_prefix('=')?.trim_matches(['"', '\'']).to_owned()))
            .unwrap_or_default()
    };
    let tag: String = format!("{}{}", value("ID"), value("VERSION_ID"))
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '.')
        .collect();
    if tag.is_empty() { "linux".to_owned() } else { tag }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_names() {
        for (name, expected) in [
            ("python3", true),
            ("python3.11", true),
            ("python3-config", false),
            ("python3.11-config", false),
            ("python", false),
        ] {
            assert_eq!(is_python(name), expected, "{name}");
        }
    }

    #[test]
    fn system_tags() {
        assert_eq!(system_tag_of("PRETTY_NAME=\"x\"\nVERSION_ID=\"12\"\nID=debian\n"), "debian12");
        assert_eq!(system_tag_of("ID=\"ubuntu\"\nVERSION_ID='22.04'\n"), "ubuntu22.04");
        assert_eq!(system_tag_of(""), "linux");
    }

    #[test]
    fn bash_is_here_and_named_like_the_contract() {
        let found = find();
        let bash = found.iter().find(|found| found.image.aliases.iter().any(|alias| alias == "bash"));
        assert!(bash.is_some_and(|bash| bash.image.canonical().starts_with("local.rollcall/rollcall/bash:5.")));
    }
}
