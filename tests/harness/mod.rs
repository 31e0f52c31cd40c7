//! The real program on a data directory of its own, and the clients that drive it.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod foreign;
pub mod node;
pub mod pty;
pub mod python;
pub mod signed;
pub mod traces;
pub mod web;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Longest wait for anything here.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Looks until there is something, at most for [`PATIENCE`].
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The program under test.
pub fn program() -> &'static str {
    env!("CARGO_BIN_EXE_rollcall")
}

/// The directory that the program was built into.
pub fn target() -> &'static Path {
    Path::new(program()).ancestors().nth(2).unwrap()
}

/// The repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// An account of the accounts file.
#[derive(Clone, Debug)]
pub struct Account {
    pub role: String,
    pub domain: String,
    pub email: String,
    pub password: String,
    pub access_key: String,
    pub secret_key: String,
}

impl Account {
    fn read(entry: &Value) -> Self {
        let text =
            |key: &str| entry[key].as_str().unwrap_or_else(|| panic!("no {key} in the accounts file")).to_owned();
        Self {
            role: text("role"),
            domain: text("domain"),
            email: text("email"),
            password: text("password"),
            access_key: text("access_key"),
            secret_key: text("secret_key"),
        }
    }
}

/// A running `rollcall up`. Dropping it ends the program and everything it started.
#[derive(Debug)]
pub struct Up {
    pub home: tempfile::TempDir,
    pub api: String,
    pub accounts: Vec<Account>,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    child: Child,
}

impl Up {
    /// Starts it on a new data directory and waits until it answers.
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_with(arguments, &[])
    }

    /// The same with more environment.
    pub fn start_with(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let home = tempfile::Builder::new().prefix("rc-").tempdir().unwrap();
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let environment: Vec<(String, String)> =
            environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let child = spawn(home.path(), &arguments, &environment, "127.0.0.1:0");
        let mut up = Self { home, api: String::new(), accounts: Vec::new(), arguments, environment, child };
        let file = up.home.path().join("accounts.json");
        let document: Value = wait_for("the accounts file", || {
            up.must_live();
            fs::read(&file).ok().map(|text| serde_json::from_slice(&text).unwrap())
        });
        up.api = document["api"].as_str().unwrap().to_owned();
        up.accounts = document["accounts"].as_array().unwrap().iter().map(Account::read).collect();
        up
    }

    /// The data directory.
    pub fn data_dir(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// What it printed so far.
    pub fn printed(&self) -> String {
        fs::read_to_string(self.home.path().join("out")).unwrap_or_default()
    }

    /// What it logged so far.
    pub fn logged(&self) -> String {
        fs::read_to_string(self.home.path().join("err")).unwrap_or_default()
    }

    /// Its process id.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Where its console listens.
    #[allow(dead_code, reason = "not every test has a browser")]
    pub fn console(&self) -> String {
        self.told("Console")
    }

    /// Where its WebUI listens.
    #[allow(dead_code, reason = "not every test has a browser")]
    pub fn webui(&self) -> String {
        self.told("WebUI")
    }

    /// The address in the line that begins with `label`, of the last start.
    fn told(&self, label: &str) -> String {
        wait_for("the banner", || {
            let printed = self.printed();
            let line = printed.lines().rev().find(|line| line.trim_start().starts_with(label))?;
            let address = &line[line.find("http://127.0.0.1")?..];
            Some(address.trim_end_matches([')', ' ']).to_owned())
        })
    }

    /// The first account of this role in this domain.
    pub fn account(&self, role: &str, domain: &str) -> &Account {
        self.accounts
            .iter()
            .find(|account| account.role == role && account.domain == domain)
            .unwrap_or_else(|| panic!("no {role} in {domain}"))
    }

    /// Sends a signal: `INT`, `TERM`, `KILL`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end.
    pub fn ended(&mut self) -> std::process::ExitStatus {
        let child = &mut self.child;
        wait_for("the end of the program", || child.try_wait().unwrap())
    }

    /// Other arguments for the next start.
    pub fn arguments_from_now_on(&mut self, arguments: &[&str]) {
        self.arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    }

    /// Another value of a variable for the next start.
    pub fn environment_from_now_on(&mut self, name: &str, value: &str) {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Starts it again on the same directory and address, and waits until it answers.
    pub fn start_again(&mut self) {
        let address = self.api.split_once("://").unwrap().1.to_owned();
        fs::write(self.home.path().join("out"), "").unwrap();
        self.child = spawn(self.home.path(), &self.arguments, &self.environment, &address);
        wait_for("an answer after the second start", || {
            self.must_live();
            self.printed().contains("answers after").then_some(())
        });
    }

    fn must_live(&mut self) {
        if let Some(status) = self.child.try_wait().unwrap() {
            panic!("the program ended with {status}: {}{}", self.printed(), self.logged());
        }
    }

    /// Our own command line as this account.
    pub fn rollcall(&self, account: &Account, arguments: &[&str]) -> Output {
        let mut command = Command::new(program());
        command.args(arguments).stdin(Stdio::null()).env("HOME", self.home.path());
        command.env_remove("XDG_CONFIG_HOME").env_remove("ROLLCALL_PROFILE").env_remove("XDG_STATE_HOME");
        command.envs(self.credentials(account));
        command.output().unwrap()
    }

    /// The same, which must succeed; its standard output.
    pub fn rollcall_ok(&self, account: &Account, arguments: &[&str]) -> String {
        succeeded(&format!("rollcall {}", arguments.join(" ")), &self.rollcall(account, arguments))
    }

    /// The variables that every client understands.
    pub fn credentials(&self, account: &Account) -> Vec<(&'static str, String)> {
        vec![
            ("BACKEND_ENDPOINT", self.api.clone()),
            ("BACKEND_ENDPOINT_TYPE", "api".to_owned()),
            ("BACKEND_ACCESS_KEY", account.access_key.clone()),
            ("BACKEND_SECRET_KEY", account.secret_key.clone()),
            ("BACKEND_DOMAIN", account.domain.clone()),
            ("BACKEND_GROUP", "default".to_owned()),
        ]
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = std::io::Write::write_all(&mut std::io::stderr(), self.logged().as_bytes());
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        traces::end_all_under(&self.data_dir());
    }
}

fn spawn(home: &Path, arguments: &[String], environment: &[(String, String)], api: &str) -> Child {
    let file = |name: &str| fs::OpenOptions::new().create(true).append(true).open(home.join(name)).unwrap();
    Command::new(program())
        .args(["up", "--api", api, "--data-dir"])
        .arg(home.join("data"))
        .arg("--accounts")
        .arg(home.join("accounts.json"))
        .args(arguments)
        // Tests side by side would take each other's usual port.
        .env("ROLLCALL_METRICS_LISTEN", "off")
        .env("ROLLCALL_CONSOLE_LISTEN", "127.0.0.1:0")
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(file("out"))
        .stderr(file("err"))
        .spawn()
        .unwrap()
}

/// The output of a command that must have succeeded.
pub fn succeeded(what: &str, output: &Output) -> String {
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{what} failed with {}:\n{stdout}{stderr}", output.status);
    stdout
}
