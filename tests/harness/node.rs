//! The unmodified JavaScript client under Node.js.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::{Account, Up, succeeded};

/// Names the directory with the installed package, as `npm ci` leaves it.
pub const VARIABLE: &str = "ROLLCALL_TEST_NODE";

/// The client against a server.
#[derive(Clone, Debug)]
pub struct Node<'a> {
    pub packages: PathBuf,
    pub up: &'a Up,
}

/// Where the package is installed, or a loud skip.
pub fn packages(test: &str) -> Option<PathBuf> {
    let home = std::env::var_os(VARIABLE).map_or_else(|| super::target().join("node-client"), PathBuf::from);
    let packages = home.join("node_modules");
    let reason = if !packages.join("backend.ai-client/package.json").exists() {
        format!("no npm package backend.ai-client in {}", packages.display())
    } else if !Command::new("node").arg("--version").output().is_ok_and(|output| output.status.success()) {
        "no Node.js".to_owned()
    } else {
        return Some(packages);
    };
    let remedy = format!("run `bash .ci/run`, or name a copy of tests/node with `npm ci` done in {VARIABLE}");
    rollcall_testkit::skip::missing(test, &reason, &remedy);
    None
}

impl Node<'_> {
    /// What the script's subcommand tells, as JSON.
    pub fn tells(&self, account: &Account, arguments: &[&str]) -> Value {
        let output = Command::new("node")
            .arg(super::repository().join("tests/node/client.cjs"))
            .args(arguments)
            .envs(self.up.credentials(account))
            .env("NODE_PATH", &self.packages)
            .env("NODE_NO_WARNINGS", "1")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = succeeded(&format!("client.cjs {}", arguments.join(" ")), &output);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}"))
    }
}
