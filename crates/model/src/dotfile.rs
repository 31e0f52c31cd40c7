//! Files that are put into the homes of sessions (`rest.md` §8): what one may look like, and which
//! of several wins.

use crate::naming::steers;

/// The most files of one key, project or domain.
pub const MAX_FILES: usize = 100;
/// The most bytes of paths and contents of one key, project or domain; also of one content.
pub const MAX_BYTES: usize = 64 * 1024;
/// The most bytes of a bootstrap script.
pub const MAX_SCRIPT_BYTES: usize = 64 * 1024;

const MAX_PATH_BYTES: usize = 512;
const MAX_PART_BYTES: usize = 255;
const RESERVED: [&str; 6] = [".terminfo", ".jupyter", ".ssh", ".ssh/authorized_keys", ".local", ".config"];

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dotfile {
    /// Where in the home; see [`check_path`].
    pub path: String,
    /// Three octal digits; see [`mode`].
    pub permission: String,
    /// Text.
    pub content: String,
}

/// Why a file cannot have this path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPath {
    /// Empty, or a part of it is.
    #[error("give a path inside the home, without empty parts")]
    Blank,
    /// More than 512 bytes, or a part of more than 255.
    #[error("the path is too long")]
    TooLong,
    /// Begins with a slash.
    #[error("give a path relative to the home")]
    Absolute,
    /// Has a part `.` or `..`.
    #[error("the path must not contain `.` or `..`")]
    Climbs,
    /// Has a control character or a mark that hides or turns text.
    #[error("the path contains a control character or an invisible mark")]
    Control,
    /// Kept for the system.
    #[error("the path is reserved for internal operations")]
    Reserved,
}

/// Whether a file may have this path: relative, going down only, printable, not reserved.
///
/// # Errors
/// The reason.
pub fn check_path(path: &str) -> Result<(), BadPath> {
    if path.starts_with('/') {
        return Err(BadPath::Absolute);
    }
    if path.chars().any(steers) {
        return Err(BadPath::Control);
    }
    if path.len() > MAX_PATH_BYTES {
        return Err(BadPath::TooLong);
    }
    for part in path.split('/') {
        match part {
            "" => return Err(BadPath::Blank),
            "." | ".." => return Err(BadPath::Climbs),
            part if part.len() > MAX_PART_BYTES => return Err(BadPath::TooLong),
            _ => {}
        }
    }
    if RESERVED.contains(&path) { Err(BadPath::Reserved) } else { Ok(()) }
}

/// The mode that three octal digits mean; `None` for any other text.
#[must_use]
pub fn mode(permission: &str) -> Option<u32> {
    let digits = permission.len() == 3 && permission.bytes().all(|digit| (b'0'..=b'7').contains(&digit));
    digits.then(|| u32::from_str_radix(permission, 8).ok()).flatten()
}

/// Whether both cannot be in one home: the same path, or one is a directory of the other.
#[must_use]
pub fn collide(one: &str, other: &str) -> bool {
    let below = |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'));
    one == other || below(one, other) || below(other, one)
}

/// The files of several sets, the most important set first: of two that collide the earlier wins.
#[must_use]
pub fn merge(sets: impl IntoIterator<Item = Vec<Dotfile>>) -> Vec<Dotfile> {
    let mut merged: Vec<Dotfile> = Vec::new();
    for file in sets.into_iter().flatten() {
        if !merged.iter().any(|kept| collide(&kept.path, &file.path)) {
            merged.push(file);
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_paths_down_the_home() {
        for good in [".bashrc", "a/b/.c", ".config/x.toml", "name with blank", ".ssh/config", "...", "ü"] {
            assert_eq!(check_path(good), Ok(()), "{good}");
        }
        let long = "a".repeat(256);
        for (bad, why) in [
            ("", BadPath::Blank),
            ("a//b", BadPath::Blank),
            ("a/", BadPath::Blank),
            ("/etc/passwd", BadPath::Absolute),
            ("..", BadPath::Climbs),
            ("a/../../b", BadPath::Climbs),
            ("./.ssh", BadPath::Climbs),
            ("a\nb", BadPath::Control),
            ("a\0b", BadPath::Control),
            ("a\u{85}b", BadPath::Control),
            (long.as_str(), BadPath::TooLong),
            (".ssh", BadPath::Reserved),
            (".ssh/authorized_keys", BadPath::Reserved),
            (".config", BadPath::Reserved),
        ] {
            assert_eq!(check_path(bad), Err(why), "{bad:?}");
        }
        assert_eq!(check_path(&"a/".repeat(300)), Err(BadPath::TooLong));
    }

    #[test]
    fn permissions_are_three_octal_digits() {
        assert_eq!([mode("644"), mode("000"), mode("777")], [Some(0o644), Some(0), Some(0o777)]);
        for bad in ["", "64", "0644", "4755", "888", "rwx", "+64", "6 4", "٦٤٤"] {
            assert_eq!(mode(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_earlier_set_wins_each_place() {
        let file = |path: &str, content: &str| Dotfile {
            path: path.into(),
            permission: "644".into(),
            content: content.into(),
        };
        let merged = merge([
            vec![file(".a", "key"), file("d/x", "key")],
            vec![file(".a", "project"), file(".b", "project"), file("d", "project"), file(".a/in", "project")],
            vec![file(".b", "domain"), file(".ab", "domain")],
        ]);
        let told: Vec<_> = merged.iter().map(|file| format!("{}={}", file.path, file.content)).collect();
        assert_eq!(told, [".a=key", "d/x=key", ".b=project", ".ab=domain"]);
    }
}
