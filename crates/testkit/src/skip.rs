//! A test whose outside peer is missing says so aloud instead of passing in silence.

use std::io::Write;
use std::path::PathBuf;

/// Names the file that collects one line for each skipped test.
pub const TALLY_VARIABLE: &str = "ROLLCALL_SKIP_TALLY";

/// Set to `all`, it turns every skip into a failure.
pub const REQUIRE_VARIABLE: &str = "ROLLCALL_REQUIRE";

/// Says that `test` cannot run because of `reason`, and what would help. The caller returns
/// afterwards, and the test passes.
///
/// # Panics
/// Under `ROLLCALL_REQUIRE=all`: then the peer is expected to be there.
pub fn missing(test: &str, reason: &str, remedy: &str) {
    let line = format!("SKIPPED {test}: {reason}; {remedy}\n");
    // The test harness captures the print macros and not the handle itself: this is seen.
    let _ = std::io::stderr().write_all(line.as_bytes());
    if let Ok(mut tally) = std::fs::OpenOptions::new().create(true).append(true).open(tally_file()) {
        let _ = tally.write_all(line.as_bytes());
    }
    assert!(!required(), "{REQUIRE_VARIABLE}=all, but {test} cannot run: {reason}; {remedy}");
}

/// Whether a missing peer is a failure.
#[must_use]
pub fn required() -> bool {
    std::env::var(REQUIRE_VARIABLE).is_ok_and(|value| value == "all")
}

/// The file that collects the skips: named by the variable, else `rollcall-skips` in the target
/// directory, two above the running test.
#[must_use]
pub fn tally_file() -> PathBuf {
    if let Some(named) = std::env::var_os(TALLY_VARIABLE) {
        return PathBuf::from(named);
    }
    let program = std::env::current_exe().unwrap_or_default();
    let target = program.ancestors().find(|path| path.join(".rustc_info.json").exists());
    target.map_or_else(std::env::temp_dir, std::path::Path::to_path_buf).join("rollcall-skips")
}
