//! Rules of mounted folders. There are no folders yet, so that every named one is missing; the
//! rules of their aliases come first all the same, in the contract's order.

use std::collections::BTreeSet;

use crate::error::LifecycleError;

const RESERVED: [&str; 10] =
    [".terminfo", ".jupyter", ".tmux.conf", ".ssh", ".local", ".config", "/bin", "/etc", "/proc", "/usr"];

/// Refuses aliases that are empty, reserved, given twice, or the name of a folder asked for.
pub(crate) fn check_aliases(mounts: &[String], aliases: &[(String, String)]) -> Result<(), LifecycleError> {
    let mut seen = BTreeSet::new();
    for (folder, alias) in aliases {
        let problem = if alias.trim().is_empty() {
            "the alias is empty"
        } else if is_reserved(alias) {
            "the alias is reserved"
        } else if mounts.iter().any(|name| name == alias) {
            "the alias is the name of a folder"
        } else if !seen.insert(alias.trim_end_matches('/')) {
            "the alias is given twice"
        } else {
            continue;
        };
        return Err(LifecycleError::parameter("mount_map", format!("{folder}: {problem}: `{alias}`")));
    }
    Ok(())
}

fn is_reserved(alias: &str) -> bool {
    let inside = alias.strip_prefix("/home/work/").unwrap_or(alias).trim_end_matches('/');
    let dotted = inside.strip_prefix('.').is_some_and(|name| name.ends_with("rc") || name.ends_with("_profile"));
    let is_or_in =
        |path: &&str| inside.strip_prefix(*path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    dotted || inside.is_empty() || RESERVED.iter().any(is_or_in)
}

/// Refuses any folder: none exists. Names come back once each, in the order asked for.
pub(crate) fn check_exist(mounts: &[String]) -> Result<(), LifecycleError> {
    if mounts.is_empty() {
        return Ok(());
    }
    let mut seen = BTreeSet::new();
    let missing = mounts.iter().filter(|name| seen.insert(name.as_str())).cloned().collect();
    Err(LifecycleError::VfolderNotFound { missing })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    fn refused(mounts: &[&str], aliases: &[(&str, &str)]) -> bool {
        let mounts: Vec<String> = mounts.iter().map(ToString::to_string).collect();
        let aliases: Vec<_> = aliases.iter().map(|(folder, alias)| (folder.to_string(), alias.to_string())).collect();
        check_aliases(&mounts, &aliases).is_err()
    }

    #[test]
    fn aliases() {
        assert!(!refused(&["one", "two"], &[("one", "/data/one"), ("two", "second")]));
        assert!(refused(&["one"], &[("one", " ")]));
        assert!(refused(&["one"], &[("one", ".ssh")]));
        assert!(refused(&["one"], &[("one", "/home/work/.bashrc")]));
        assert!(refused(&["one"], &[("one", "/etc/passwd")]));
        assert!(refused(&["one"], &[("one", "/")]));
        assert!(!refused(&["one"], &[("one", "/usrdata")]));
        assert!(refused(&["one", "two"], &[("one", "two")]));
        assert!(refused(&["one", "two"], &[("one", "/data"), ("two", "/data/")]));
    }

    #[test]
    fn every_folder_is_missing_once() {
        assert!(check_exist(&[]).is_ok());
        match check_exist(&["b".to_owned(), "a".to_owned(), "b".to_owned()]).unwrap_err() {
            LifecycleError::VfolderNotFound { missing } => assert_eq!(missing, ["b", "a"]),
            other => panic!("{other}"),
        }
    }
}
