//! Finds every public function of the model that decides about a caller, by reading the source: a rule
//! that no table shows is found by its signature, not by anybody's memory.

use std::path::Path;

/// Names of all `pub fn`s that take a `&Caller` and return a `Result`, an `Option` or the type whose maker
/// they are; of the last the type's name is part of theirs.
pub(crate) fn in_source() -> Vec<String> {
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    found.sort();
    assert!(found.len() > 10, "the search for rules finds too few: {found:?}");
    found
}

fn walk(directory: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            rules_of(&std::fs::read_to_string(&path).unwrap(), found);
        }
    }
}

fn rules_of(source: &str, found: &mut Vec<String>) {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut before = source.split("pub fn ").next().unwrap_or_default();
    let mut maker = String::new();
    for part in source.split("pub fn ").skip(1) {
        if let Some((_, implemented)) = before.rsplit_once("\nimpl ") {
            maker = word(implemented);
        }
        before = part;
        let signature = part.split(" {").next().unwrap_or_default();
        let gives = |what: &str| signature.contains(&format!("-> {what}"));
        if !signature.contains("&Caller") {
            continue;
        }
        if gives("Self") || gives("Option<Self>") {
            found.push(format!("{maker}::{}", word(signature)));
        } else if gives("Result") || gives("Option") {
            found.push(word(signature));
        }
    }
}
