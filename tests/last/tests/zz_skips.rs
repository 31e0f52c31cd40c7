//! How many tests were skipped, and why. Runs last, see the package's description.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::Write as _;

use rollcall_testkit::skip;

#[test]
fn the_skips_are_counted_last() {
    let file = skip::tally_file();
    let tally = std::fs::read_to_string(&file).unwrap_or_default();
    let _ = std::fs::remove_file(&file);
    let mut lines: Vec<&str> = tally.lines().collect();
    lines.sort_unstable();
    lines.dedup();
    let mut told = format!("\n{} tests were SKIPPED\n", lines.len());
    for line in &lines {
        told.push_str(&format!("  {line}\n"));
    }
    // The handle itself: the test harness captures the print macros.
    std::io::stderr().write_all(told.as_bytes()).unwrap();
    assert!(lines.is_empty() || !skip::required(), "every test was required to run");
}

/// A package whose name sorts behind this one's would run after it.
#[test]
fn no_package_sorts_behind_this_one() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let lock = std::fs::read_to_string(root.join("Cargo.lock")).unwrap();
    let names = lock.lines().filter_map(|line| line.strip_prefix("name = \"rollcall"));
    let last = names.map(|name| format!("rollcall{}", name.trim_end_matches('"'))).max().unwrap();
    assert_eq!(last, env!("CARGO_PKG_NAME"));
}
