//! `docs/vulnerabilities.md` names each class and tests that exist.

use std::collections::BTreeMap;
use std::path::Path;

/// The classes of this field, as the file's first column has them.
const CLASSES: [&str; 23] = [
    "App or terminal port of a session reachable without its owner",
    "Open sign-up active by default",
    "Personal data and keys readable inside the session",
    "Privilege by environment variable",
    "A resolver or route without a check",
    "Checked on read, not on write; an empty scope means all",
    "Checked on create, not on update, or on one runtime only",
    "Prefix or glob confusion in rules",
    "Stream outlives the right",
    "Token in the address",
    "Cross-site requests by trusting fetch metadata",
    "Cookie tossing, script from a session's origin",
    "Scope escalation through user administration",
    "Credentials cached for the next caller",
    "The server's own rights used for anonymous; upgrades through a proxy",
    "Signature not verified; match by the end of a domain",
    "Secrets in logs",
    "Path traversal to an executable",
    "Unbounded connections or work",
    "Login guessing",
    "Terminal escapes in names and logs",
    "Container escape",
    "Signing keys in clear in the database",
];

#[test]
fn every_class_names_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = std::fs::read_to_string(root.join("docs/vulnerabilities.md")).unwrap();
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .map(|row| row.split(" | ").collect())
        .filter(|row: &Vec<&str>| row[0] != "class")
        .collect();
    let classes: Vec<&str> = rows.iter().map(|row| row[0]).collect();
    assert_eq!(classes, CLASSES);
    let mut sources = BTreeMap::new();
    for row in rows {
        let [class, cases, tests, state] = row[..] else { panic!("{row:?} has no four columns") };
        assert!(!cases.is_empty(), "{class} names no case");
        let known = ["holds", "not yet: ", "cannot: "].iter().any(|word| state.starts_with(word));
        assert!(known, "{class} is {state:?}");
        let tests: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!tests.is_empty() || !state.starts_with("holds"), "{class} holds by no test");
        for test in tests {
            let (file, function) = test.rsplit_once("::").unwrap_or_else(|| panic!("{test} is no file::function"));
            let source = sources.entry(file.to_owned()).or_insert_with(|| {
                std::fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{class}: {file}: {error}"))
            });
            assert!(source.contains(&format!("fn {function}(")), "{class}: there is no {function} in {file}");
        }
    }
}
