//! The unmodified Python clients, each in an environment of its own.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::{Account, Up, succeeded, wait_for};

/// Longest life of a command, in seconds.
const LONGEST: &str = "120";

/// One release of the client.
#[derive(Clone, Copy, Debug)]
pub struct Release {
    pub version: &'static str,
    /// Names the interpreter of its environment.
    pub variable: &'static str,
    /// Where `.ci/run` puts that environment, below the target directory.
    pub place: &'static str,
}

/// The one whose contract the server keeps.
pub const OF_2021: Release = Release { version: "21.9.5", variable: "ROLLCALL_TEST_PYTHON", place: "python39" };

/// A later one that negotiates down.
pub const OF_2023: Release = Release { version: "23.9.10", variable: "ROLLCALL_TEST_PYTHON311", place: "python311" };

impl Release {
    /// The interpreter, or a loud skip.
    pub fn interpreter(&self, test: &str) -> Option<PathBuf> {
        let named = std::env::var_os(self.variable).map(PathBuf::from);
        let path = named.unwrap_or_else(|| super::target().join(self.place).join("bin/python"));
        if path.with_file_name("backend.ai").exists() {
            return Some(path);
        }
        let reason = format!("no Python environment with backend.ai-client {} at {}", self.version, path.display());
        let remedy = format!("run `bash .ci/run`, or name its interpreter in {}", self.variable);
        rollcall_testkit::skip::missing(test, &reason, &remedy);
        None
    }
}

/// A client's command line against a server.
#[derive(Clone, Debug)]
pub struct Cli<'a> {
    pub python: PathBuf,
    pub up: &'a Up,
}

impl Cli<'_> {
    /// Runs a command as this account.
    pub fn run(&self, account: &Account, arguments: &[&str]) -> Output {
        self.run_and_type(account, arguments, "")
    }

    /// Runs a command and types an answer to what it asks.
    pub fn run_and_type(&self, account: &Account, arguments: &[&str], typed: &str) -> Output {
        self.execute(self.python.with_file_name("backend.ai").as_os_str(), account, arguments, typed)
    }

    /// The same, which must succeed; its standard output.
    pub fn ok(&self, account: &Account, arguments: &[&str]) -> String {
        succeeded(&format!("backend.ai {}", arguments.join(" ")), &self.run(account, arguments))
    }

    /// Starts a command that goes on by itself, until it has printed something that satisfies; all that it
    /// printed by then.
    pub fn watch(
        &self,
        account: &Account,
        arguments: &[&str],
        mut started: impl FnMut(),
        enough: impl Fn(&str) -> bool,
    ) -> String {
        let mut command = self.command(self.python.with_file_name("backend.ai").as_os_str(), account, arguments);
        let printed = tempfile::NamedTempFile::new().unwrap();
        let file = printed.reopen().unwrap();
        command.stdin(Stdio::null()).stderr(file.try_clone().unwrap()).stdout(file);
        let mut child = command.spawn().unwrap();
        let text = wait_for("what it prints", || {
            started();
            let text = std::fs::read_to_string(printed.path()).unwrap();
            assert!(child.try_wait().unwrap().is_none() || enough(&text), "{arguments:?} ended after:\n{text}");
            enough(&text).then_some(text)
        });
        // The one that bounds its time hands the signal on.
        let _ = Command::new("kill").arg(child.id().to_string()).status();
        let _ = child.wait();
        text
    }

    /// A script on the client's SDK, which must succeed; its standard output.
    pub fn script(&self, account: &Account, script: &Path, arguments: &[&str]) -> String {
        let script = script.to_str().unwrap();
        let output = self.execute(self.python.as_os_str(), account, &[&[script], arguments].concat(), "");
        succeeded(script, &output)
    }

    /// The id of the newest session of this name.
    pub fn id_of(&self, account: &Account, name: &str) -> String {
        let filter = format!("name == \"{name}\"");
        let arguments = ["--output", "json", "ps", "-s", "ALL", "-f", "name,session_id", "--filter", &filter];
        let text = self.ok(account, &arguments);
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        document["items"][0]["session_id"].as_str().unwrap_or_else(|| panic!("no id in {text}")).to_owned()
    }

    fn execute(&self, program: &OsStr, account: &Account, arguments: &[&str], typed: &str) -> Output {
        let mut command = self.command(program, account, arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // One that asks nothing may be gone before it is told.
        let _ = child.stdin.take().unwrap().write_all(typed.as_bytes());
        child.wait_with_output().unwrap()
    }

    fn command(&self, program: &OsStr, account: &Account, arguments: &[&str]) -> Command {
        // Some commands of the client run others of it.
        let programs = self.python.parent().unwrap().to_str().unwrap();
        let path = format!("{programs}:{}", std::env::var("PATH").unwrap_or_default());
        let mut command = Command::new("timeout");
        command.args(["-k", "5", LONGEST]).arg(program).args(arguments).env("PATH", path);
        command.envs(self.up.credentials(account)).current_dir(self.up.home.path()).env("HOME", self.up.home.path());
        command.env("COLUMNS", "400").env("PYTHONWARNINGS", "ignore").env("PYTHONUNBUFFERED", "1");
        command
    }
}

/// A script of this repository.
pub fn script(name: &str) -> PathBuf {
    super::repository().join("tests/python").join(name)
}
