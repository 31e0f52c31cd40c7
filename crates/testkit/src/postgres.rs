//! A private PostgreSQL for the tests of one process, or the one named by
//! `ROLLCALL_TEST_POSTGRES_URL`. It lives in a temporary directory, and dies with this process
//! whatever ends it.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Names a server to use instead of starting one: `postgres://user:password@host:port/postgres`.
pub const URL_VARIABLE: &str = "ROLLCALL_TEST_POSTGRES_URL";

const START: Duration = Duration::from_secs(30);
const PORTS_TO_TRY: u32 = 5;

/// A running server. Dropping it stops the server and removes its files.
#[derive(Debug)]
pub struct Postgres {
    url: String,
    keeper: Option<Keeper>,
}

/// The thread that started the server. It lives as long as the server: the kernel kills a child
/// "when its parent dies", and means the thread.
#[derive(Debug)]
struct Keeper {
    stop: mpsc::Sender<()>,
    thread: JoinHandle<()>,
}

/// A server of our own, in its directory.
struct Server {
    url: String,
    process: Child,
    programs: PathBuf,
    home: tempfile::TempDir,
}

/// Why there is no server, and what would help.
#[derive(Clone, Debug)]
pub struct Missing {
    /// What is missing.
    pub reason: String,
    /// What to do.
    pub remedy: String,
}

impl Postgres {
    /// The server that this process's tests share: started for the first that asks, stopped when
    /// the last has dropped it.
    ///
    /// # Errors
    /// [`Missing`] when its programs are not there or it does not start.
    pub fn shared() -> Result<Arc<Self>, Missing> {
        static SHARED: Mutex<Weak<Postgres>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = shared.upgrade() {
            return Ok(running);
        }
        let started = Arc::new(Self::start()?);
        *shared = Arc::downgrade(&started);
        Ok(started)
    }

    /// The server named by the environment, or a new one.
    ///
    /// # Errors
    /// [`Missing`] when its programs are not there or it does not start.
    pub fn start() -> Result<Self, Missing> {
        if let Ok(url) = std::env::var(URL_VARIABLE) {
            return Ok(Self { url, keeper: None });
        }
        let (stop, stopped) = mpsc::channel();
        let (tell, told) = mpsc::channel();
        let thread = std::thread::spawn(move || match Server::start() {
            Err(missing) => drop(tell.send(Err(missing))),
            Ok(mut server) => {
                let _ = tell.send(Ok(server.url.clone()));
                // An error says that nobody is left to wait for.
                let _ = stopped.recv();
                server.end();
            }
        });
        let url = told.recv().unwrap_or_else(|_| Err(missing(&"the thread that starts it ended")))?;
        Ok(Self { url, keeper: Some(Keeper { stop, thread }) })
    }

    /// URL of the database `postgres`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The same server's URL of another database.
    #[must_use]
    pub fn url_of(&self, database: &str) -> String {
        let (address, parameters) = self.url.split_once('?').map_or((self.url.as_str(), None), |(a, p)| (a, Some(p)));
        let server = address.rsplit_once('/').map_or(address, |(server, _)| server);
        parameters.map_or_else(|| format!("{server}/{database}"), |given| format!("{server}/{database}?{given}"))
    }

    /// Makes an empty database.
    ///
    /// # Errors
    /// [`Missing`] when the server refuses.
    pub fn create_database(&self, name: &str) -> Result<String, Missing> {
        let programs = programs().ok_or_else(|| missing(&"PostgreSQL's programs are not installed"))?;
        let made = Command::new(programs.join("psql"))
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &self.url, "-c", &format!("CREATE DATABASE \"{name}\"")])
            .output()
            .map_err(|error| missing(&error))?;
        match made.status.success() {
            true => Ok(self.url_of(name)),
            false => Err(missing(&String::from_utf8_lossy(&made.stderr))),
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(keeper) = self.keeper.take() {
            drop(keeper.stop);
            let _ = keeper.thread.join();
        }
    }
}

impl Server {
    fn start() -> Result<Self, Missing> {
        let programs = programs().ok_or_else(|| missing(&"PostgreSQL's programs are not installed"))?;
        let home = tempfile::Builder::new().prefix("rollcall-pg-").tempdir().map_err(|error| missing(&error))?;
        let data = home.path().join("data");
        hand_over(home.path())?;
        initialise(&programs, &data)?;
        for _ in 0..PORTS_TO_TRY {
            let port = free_port()?;
            let mut process = spawn(&programs, &data, home.path(), port)?;
            if answers(&programs, &mut process, port) {
                let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
                return Ok(Self { url, process, programs, home });
            }
            let _ = process.kill();
            let _ = process.wait();
        }
        let log = std::fs::read_to_string(home.path().join("log")).unwrap_or_default();
        Err(missing(&format!("the server does not start: {}", log.lines().last().unwrap_or("it says nothing"))))
    }

    /// At once, as nothing in there is worth keeping, but in order, so that it gives back its
    /// shared memory.
    fn end(&mut self) {
        let mut stop = as_server_account(&self.programs.join("pg_ctl"), self.home.path());
        let _ = run(stop.arg("-D").arg(self.home.path().join("data")).args(["-m", "immediate", "-w", "stop"]));
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn missing(reason: &dyn std::fmt::Display) -> Missing {
    Missing {
        reason: reason.to_string().trim().to_owned(),
        remedy: format!("install the package postgresql, or name a server in {URL_VARIABLE}"),
    }
}

/// The newest installed version's programs.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(Result::ok)
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, programs)| programs.join("initdb").exists())
        .collect();
    found.sort();
    found.pop().map(|(_, programs)| programs)
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// The server refuses to run as root: its home belongs to the account `postgres` then.
fn hand_over(home: &Path) -> Result<(), Missing> {
    std::fs::set_permissions(home, std::fs::Permissions::from_mode(0o700)).map_err(|error| missing(&error))?;
    if is_root() {
        run(Command::new("chown").arg("postgres:").arg(home))?;
    }
    Ok(())
}

/// A command as the account that may run the server, killed when this process is gone.
fn as_server_account(program: &Path, home: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]);
    if is_root() {
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
    }
    command.arg(program).current_dir(home).env("HOME", home);
    command
}

fn run(command: &mut Command) -> Result<(), Missing> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| missing(&error))?;
    if output.status.success() { Ok(()) } else { Err(missing(&String::from_utf8_lossy(&output.stderr))) }
}

fn initialise(programs: &Path, data: &Path) -> Result<(), Missing> {
    let home = data.parent().unwrap_or(data);
    run(as_server_account(&programs.join("initdb"), home).arg("-D").arg(data).args([
        "-A",
        "trust",
        "-U",
        "postgres",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    ]))
}

/// From the kernel. Somebody else may take it before the server does: the caller tries again.
fn free_port() -> Result<u16, Missing> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| missing(&error))?;
    listener.local_addr().map(|address| address.port()).map_err(|error| missing(&error))
}

fn spawn(programs: &Path, data: &Path, home: &Path, port: u16) -> Result<Child, Missing> {
    let log = std::fs::OpenOptions::new().create(true).append(true).open(home.join("log"));
    let log = log.map_err(|error| missing(&error))?;
    as_server_account(&programs.join("postgres"), home)
        .arg("-D")
        .arg(data)
        .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"])
        .arg("-c")
        .arg(format!("unix_socket_directories={}", home.display()))
        .stdin(Stdio::null())
        .stdout(log.try_clone().map_err(|error| missing(&error))?)
        .stderr(log)
        .spawn()
        .map_err(|error| missing(&error))
}

fn answers(programs: &Path, server: &mut Child, port: u16) -> bool {
    let began = Instant::now();
    while began.elapsed() < START {
        if !matches!(server.try_wait(), Ok(None)) {
            return false;
        }
        let asked =
            Command::new(programs.join("pg_isready")).args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]).status();
        if asked.is_ok_and(|answer| answer.success()) {
            return true;
        }
        std::thread::sleep(Duration::from_millis(30));
    }
    false
}
