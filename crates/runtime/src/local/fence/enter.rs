//! The hidden subcommand `_enter`: fences itself in and becomes the kernel's program. It is a
//! process of its own so that nothing needs to run between fork and exec.
//!
//! Standard input and output are the kernel's terminal. Standard error is a pipe to the shim: it
//! carries the reason of a failure, or one byte when the program is about to run.

use std::ffi::OsString;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use rustix::process::{Signal, ioctl_tiocsctty, set_parent_process_death_signal, setsid, umask};

use super::{HOME, bubblewrap, landlock, place};
use crate::Fence;
use crate::local::order::{self, Order};

/// Tells the shim, gives standard error to the terminal, runs the bootstrap script, and becomes the
/// program. The words are in `$@`.
const BEGIN: &str = r#"printf '\001' >&2; exec 2>&1; exec "$@""#;
const BEGIN_WITH_SCRIPT: &str = r#"printf '\001' >&2; exec 2>&1
printf '%s\n' "$1" >"$HOME/.bootstrap.sh" && chmod 700 "$HOME/.bootstrap.sh" && "$HOME/.bootstrap.sh"
shift; exec "$@""#;

/// The hidden subcommand `_enter`: fences this process in and becomes the kernel's program. Takes
/// the arguments after the subcommand's name.
pub fn enter_main(mut arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let outcome = arguments
        .next()
        .ok_or_else(|| io::Error::other("no directory given"))
        .and_then(|path| enter(&PathBuf::from(path)));
    // Only a failure returns.
    if let Err(error) = outcome {
        let _ = writeln!(io::stderr(), "{error}");
    }
    ExitCode::from(126)
}

fn enter(directory: &Path) -> io::Result<()> {
    let order: Order = order::read(&directory.join(order::ORDER))?
        .ok_or_else(|| io::Error::other("no order in the kernel's directory"))?;
    setsid()?;
    ioctl_tiocsctty(io::stdin())?;
    umask(rustix::fs::Mode::from_raw_mode(0o022));
    told("setting limits", place::limit(&order))?;
    let home = told("preparing the home", place::settle(&order, directory))?;
    // After the change of user, which clears it: the kernel does not outlive its shim.
    set_parent_process_death_signal(Some(Signal::KILL))?;
    let mut command = match order.fence {
        Fence::Bubblewrap => inside_bubblewrap(&order, &home)?,
        Fence::Landlock => {
            std::env::set_current_dir(&home)?;
            told("entering Landlock", landlock::apply(&home, order.uid.is_some(), order.host_network))?;
            plain(&order, &home)
        }
        Fence::None => {
            std::env::set_current_dir(&home)?;
            rustix::thread::set_no_new_privs(true)?;
            plain(&order, &home)
        }
    };
    Err(command.exec())
}

fn told<T>(act: &str, outcome: io::Result<T>) -> io::Result<T> {
    outcome.map_err(|error| io::Error::new(error.kind(), format!("{act}: {error}")))
}

fn inside_bubblewrap(order: &Order, home: &Path) -> io::Result<Command> {
    let mut command = bubblewrap::command(order, home)?;
    for (name, value) in environment(order, Path::new(HOME)) {
        command.arg("--setenv").arg(name).arg(value);
    }
    command.arg("--").args(words(order)).env_clear();
    Ok(command)
}

fn plain(order: &Order, home: &Path) -> Command {
    let words = words(order);
    let mut command = Command::new("/bin/sh");
    command.args(words.iter().skip(1)).env_clear().envs(environment(order, home));
    if order.uid.is_none() {
        // The shared /tmp is closed under Landlock; with a mount namespace there is a private one.
        let temporary = home.join(".tmp");
        let _ = std::fs::create_dir(&temporary);
        command.env("TMPDIR", temporary);
    }
    command
}

fn words(order: &Order) -> Vec<String> {
    let mut words = vec!["/bin/sh".to_owned(), "-c".to_owned()];
    match &order.bootstrap {
        Some(script) => words.extend([BEGIN_WITH_SCRIPT.to_owned(), "sh".to_owned(), script.clone()]),
        None => words.extend([BEGIN.to_owned(), "sh".to_owned()]),
    }
    words.extend(order.command.iter().cloned());
    words
}

fn environment(order: &Order, home: &Path) -> Vec<(String, String)> {
    let standard = [
        ("LANG", "C.UTF-8".to_owned()),
        ("PATH", "/usr/local/bin:/usr/bin:/bin".to_owned()),
        ("TERM", "xterm-256color".to_owned()),
        ("HOME", home.display().to_string()),
    ];
    let given = |name: &str| name != "HOME" && order.environ.iter().any(|(other, _)| other == name);
    let mut all: Vec<(String, String)> =
        standard.into_iter().filter(|(name, _)| !given(name)).map(|(name, value)| (name.to_owned(), value)).collect();
    all.extend(order.environ.iter().filter(|(name, _)| name != "HOME").cloned());
    all
}
