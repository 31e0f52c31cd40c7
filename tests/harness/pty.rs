//! A program on a terminal of its own: what it shows, and what is typed.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

use super::{Account, Up, program, wait_for};

/// `rollcall` with arguments, on a terminal. Dropping it ends it.
pub struct OnTerminal {
    ours: File,
    theirs: OwnedFd,
    child: Child,
    shown: Arc<Mutex<Vec<u8>>>,
}

impl OnTerminal {
    /// Starts it as this account, against `api`.
    pub fn start(up: &Up, account: &Account, api: &str, arguments: &[&str]) -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let name = ptsname(&ours, Vec::new()).unwrap();
        let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::CLOEXEC;
        let theirs = rustix::fs::open(name, flags, rustix::fs::Mode::empty()).unwrap();
        let side = || Stdio::from(theirs.try_clone().unwrap());
        // The terminal is to be the program's own, so that it hears of new sizes.
        let mut command = Command::new("setsid");
        command.args(["--ctty", program()]).args(arguments).env("HOME", up.home.path()).env("TERM", "xterm");
        command.env_remove("XDG_CONFIG_HOME").env_remove("ROLLCALL_PROFILE").env_remove("XDG_STATE_HOME");
        command.envs(up.credentials(account)).env("BACKEND_ENDPOINT", api);
        set_size(&ours, 33, 111);
        let child = command.stdin(side()).stdout(side()).stderr(side()).spawn().unwrap();
        let shown = Arc::new(Mutex::new(Vec::new()));
        let mut reader = File::from(ours.try_clone().unwrap());
        let seen = Arc::clone(&shown);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length) = reader.read(&mut buffer) {
                if length == 0 {
                    return;
                }
                seen.lock().unwrap().extend_from_slice(&buffer[..length]);
            }
        });
        Self { ours: File::from(ours), theirs, child, shown }
    }

    pub fn type_in(&mut self, text: &str) {
        self.ours.write_all(text.as_bytes()).unwrap();
    }

    /// Everything that was shown so far.
    pub fn shown(&self) -> String {
        String::from_utf8_lossy(&self.shown.lock().unwrap()).into_owned()
    }

    pub fn wait_to_show(&self, text: &str) {
        let began = std::time::Instant::now();
        while !self.shown().contains(text) {
            assert!(began.elapsed() < super::PATIENCE, "waited in vain for {text:?} in {:?}", self.shown());
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }

    pub fn resize(&self, rows: u16, cols: u16) {
        set_size(&self.ours, rows, cols);
    }

    /// Whether the terminal is as a shell wants it.
    pub fn is_cooked(&self) -> bool {
        let wanted = LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        tcgetattr(self.theirs.as_fd()).unwrap().local_modes.contains(wanted)
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    pub fn ended(&mut self) -> ExitStatus {
        let child = &mut self.child;
        wait_for("the end of the program on its terminal", || child.try_wait().unwrap())
    }
}

impl Drop for OnTerminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn set_size(terminal: impl std::os::fd::AsFd, rows: u16, cols: u16) {
    tcsetwinsize(terminal, Winsize { ws_row: rows, ws_col: cols, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
}
