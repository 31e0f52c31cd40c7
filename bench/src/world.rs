//! The real program on a data directory of its own. Dropping it ends the program and its sessions.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rollcall_client::{Client, Credentials};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::error::BenchError;
use crate::plain::Login;
use crate::processes;

/// Longest wait for a start or an end. The first start of a large past takes longest.
const PATIENCE: Duration = Duration::from_secs(120);

/// People of the demonstration, and of its first domain.
pub(crate) const PEOPLE: u64 = 7;
/// Those of them in the first domain.
pub(crate) const FIRST_DOMAIN_PEOPLE: u64 = 4;

/// Somebody who asks.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) role: String,
    pub(crate) domain: String,
    pub(crate) client: Client,
    pub(crate) email: String,
    pub(crate) password: String,
}

/// A running `rollcall up`.
#[derive(Debug)]
pub(crate) struct World {
    home: tempfile::TempDir,
    program: PathBuf,
    address: SocketAddr,
    /// Where the console listens.
    pub(crate) console: SocketAddr,
    child: Option<Child>,
    /// The accounts, in the order they were printed in.
    pub(crate) accounts: Vec<Account>,
}

/// The program beside this one.
pub(crate) fn program() -> Result<PathBuf, BenchError> {
    let own = std::env::current_exe().map_err(BenchError::system("finding this program"))?;
    let program = own.with_file_name("rollcall");
    if program.is_file() { Ok(program) } else { Err(BenchError::NoProgram(program)) }
}

impl World {
    /// Founds one with a demo past of this many finished sessions each, and waits until it answers.
    pub(crate) fn found(sessions_each: u64) -> Result<Self, BenchError> {
        let home = tempfile::Builder::new()
            .prefix("rc-bench-")
            .tempdir()
            .map_err(BenchError::system("making a temporary directory"))?;
        let free = || free_address().map_err(BenchError::system("finding a free port"));
        let (address, console) = (free()?, free()?);
        let mut world = Self { home, program: program()?, address, console, child: None, accounts: Vec::new() };
        let file = world.home.path().join("accounts.json");
        let count = sessions_each.to_string();
        world.start(&["--demo", "--demo-sessions", &count, "--accounts", &file.to_string_lossy()])?;
        let began = Instant::now();
        let text = loop {
            match fs::read(&file) {
                Ok(text) => break text,
                Err(_) if began.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(5)),
                Err(_) => return Err(BenchError::Late { what: "the accounts file".to_owned(), after: PATIENCE }),
            }
        };
        world.accounts = accounts(&text)?;
        Ok(world)
    }

    /// Starts the program and gives the time from there to the first answer that it is ready.
    pub(crate) fn start(&mut self, more: &[&str]) -> Result<Duration, BenchError> {
        let out = || File::create(self.home.path().join("out")).map_err(BenchError::system("making a file"));
        let mut command = Command::new(&self.program);
        command.args([
            "up",
            "--cpu-overcommit",
            "200",
            "--console",
            &self.console.to_string(),
            "--api",
            &self.address.to_string(),
            "--data-dir",
        ]);
        command.arg(self.data_dir()).args(more).env_remove("ROLLCALL_DATABASE_URL").env("RUST_LOG", "warn");
        // Readers of the figures are many, people of the demonstration few.
        command.env("ROLLCALL_API_STREAMS_PER_PERSON", "1000");
        command.stdin(Stdio::null()).stdout(out()?).stderr(Stdio::inherit());
        let began = Instant::now();
        let mut child = command.spawn().map_err(BenchError::system("starting `rollcall up`"))?;
        loop {
            if is_ready(self.address) {
                self.child = Some(child);
                return Ok(began.elapsed());
            }
            let ended = child.try_wait().map_err(BenchError::system("looking after `rollcall up`"))?;
            if let Some(status) = ended {
                return Err(BenchError::Ended(status.to_string()));
            }
            if began.elapsed() > PATIENCE {
                self.child = Some(child);
                return Err(BenchError::Late { what: "/readyz".to_owned(), after: PATIENCE });
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Interrupts the program and waits for its end.
    pub(crate) fn stop(&mut self) -> Result<(), BenchError> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        // A failure shows in the wait.
        let _ = kill_process(Pid::from_child(&child), Signal::INT);
        let began = Instant::now();
        while child.try_wait().map_err(BenchError::system("waiting for the end of `rollcall up`"))?.is_none() {
            if began.elapsed() > PATIENCE {
                self.child = Some(child);
                return Err(BenchError::Late { what: "the end of `rollcall up`".to_owned(), after: PATIENCE });
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Where everything is kept.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// The process of the server.
    pub(crate) fn process(&self) -> Vec<i32> {
        self.child.iter().map(|child| Pid::from_child(child).as_raw_nonzero().get()).collect()
    }

    /// The first word of what it says about its fence.
    pub(crate) fn fence(&self) -> String {
        let text = fs::read_to_string(self.home.path().join("out")).unwrap_or_default();
        let line = text.lines().find_map(|line| line.trim_start().strip_prefix("Fence "));
        let words = line.and_then(|line| line.split_whitespace().next()).unwrap_or("an unknown fence");
        words.trim_end_matches([':', ',', ';']).to_owned()
    }

    /// The first account of this role in the first domain.
    pub(crate) fn account(&self, role: &str) -> Result<&Account, BenchError> {
        let found = self.first_domain().find(|account| account.role == role);
        found.ok_or_else(|| BenchError::Wrong(format!("no {role} among the accounts")))
    }

    /// A login of the first account of this role.
    pub(crate) async fn login(&self, role: &str) -> Result<Login, BenchError> {
        let account = self.account(role)?;
        Login::new(self.address, &account.email, &account.password).await
    }

    /// The accounts of the first domain.
    pub(crate) fn first_domain(&self) -> impl Iterator<Item = &Account> {
        self.accounts.iter().filter(|account| account.domain == "default")
    }

    /// Waits until the data directory has this many shims.
    pub(crate) async fn shims(&self, count: usize) -> Result<Vec<i32>, BenchError> {
        let began = Instant::now();
        loop {
            let shims = processes::shims(&self.data_dir());
            if shims.len() == count {
                return Ok(shims);
            }
            if began.elapsed() > PATIENCE {
                return Err(BenchError::Late { what: format!("{count} shims"), after: PATIENCE });
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        processes::end_all_under(&self.data_dir());
    }
}

fn free_address() -> std::io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

fn is_ready(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut head = [0_u8; 12];
        stream.read_exact(&mut head)?;
        Ok(&head == b"HTTP/1.1 200")
    };
    ask().unwrap_or(false)
}

fn accounts(text: &[u8]) -> Result<Vec<Account>, BenchError> {
    let strange = || BenchError::Wrong("the accounts file cannot be understood".to_owned());
    let document: Value = serde_json::from_slice(text).map_err(|_| strange())?;
    let api = document["api"].as_str().ok_or_else(strange)?;
    let account = |entry: &Value| {
        let text = |key: &str| entry[key].as_str().map(str::to_owned).ok_or_else(strange);
        let keys = Credentials::new(text("access_key")?, text("secret_key")?.into());
        let domain = text("domain")?;
        let client = Client::builder(api)?.credentials(keys).domain(domain.as_str()).build()?;
        Ok(Account { role: text("role")?, domain, client, email: text("email")?, password: text("password")? })
    };
    document["accounts"].as_array().ok_or_else(strange)?.iter().map(account).collect()
}
