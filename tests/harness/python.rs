//! The unmodified Python client in an environment of its own.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use super::{Account, Up};

/// Names the environment's interpreter.
pub const VARIABLE: &str = "ROLLCALL_TEST_PYTHON";

/// The interpreter, or a loud skip.
pub fn interpreter(test: &str) -> Option<PathBuf> {
    let target =
        || std::path::Path::new(super::program()).parent()?.parent().map(|target| target.join("python39/bin/python"));
    let path = std::env::var_os(VARIABLE).map(PathBuf::from).or_else(target)?;
    if path.with_file_name("backend.ai").exists() {
        return Some(path);
    }
    let reason = format!("no Python environment with backend.ai-client 21.9.5 at {}", path.display());
    rollcall_testkit::skip::missing(
        test,
        &reason,
        &format!("run `bash .ci/run`, or name its interpreter in {VARIABLE}"),
    );
    None
}

/// The client's command line as this account.
pub fn backend_ai(python: &std::path::Path, up: &Up, account: &Account, arguments: &[&str]) -> Output {
    let mut command = Command::new(python.with_file_name("backend.ai"));
    run(&mut command, up, account, arguments)
}

/// A script on the client's SDK as this account.
pub fn script(python: &std::path::Path, up: &Up, account: &Account, path: &str) -> Output {
    run(&mut Command::new(python), up, account, &[path])
}

fn run(command: &mut Command, up: &Up, account: &Account, arguments: &[&str]) -> Output {
    command
        .args(arguments)
        .envs(up.credentials(account))
        .env("HOME", up.home.path())
        .env("COLUMNS", "400")
        .env("PYTHONWARNINGS", "ignore")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}
