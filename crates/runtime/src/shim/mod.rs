//! The shim: the one parent a kernel has. It outlives the manager, holds the kernel's terminal and
//! log, reaps its processes and writes down how it ended. It starts no async runtime.

mod kernel;
mod output;
pub mod protocol;
mod server;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rustix::fs::{FlockOperation, flock};
use rustix::process::{set_child_subreaper, setsid};

use crate::local::order::{self, Order, ShimRecord};
use crate::local::process;

/// What the engine reads from a shim's standard output when the kernel runs.
pub(crate) const RUNS: &str = "running";
/// … when another shim holds the kernel.
pub(crate) const HELD: &str = "held";

/// The hidden subcommand `_shim`. Takes the arguments after the subcommand's name: the kernel's
/// directory and the launch in its order. Standard output tells the engine in one line what came of the start.
pub fn main(mut arguments: impl Iterator<Item = OsString>) -> ExitCode {
    // First of all, so that neither Ctrl-C nor a hang-up of the manager's terminal reaches this.
    let _ = setsid();
    let Some(directory) = arguments.next().map(PathBuf::from) else { return ExitCode::FAILURE };
    let launch = arguments.next().unwrap_or_default();
    match run(&directory, &launch) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&error.to_string().replace('\n', " "));
            ExitCode::FAILURE
        }
    }
}

fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
    let _ = io::stdout().flush();
}

/// Gives standard output back, so that the engine sees the end of it.
fn hang_up() -> io::Result<()> {
    Ok(rustix::stdio::dup2_stdout(File::options().write(true).open("/dev/null")?)?)
}

fn run(directory: &Path, launch: &OsStr) -> io::Result<()> {
    let lock = File::options().write(true).create(true).truncate(false).open(directory.join(order::LOCK))?;
    if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
        say(HELD);
        return Ok(());
    }
    std::env::set_current_dir("/")?;
    let order: Order = order::read(&directory.join(order::ORDER))?
        .ok_or_else(|| io::Error::other("no order in the kernel's directory"))?;
    if launch != order.launch.as_str() {
        return Err(io::Error::other("the order was written anew since this start was asked for"));
    }
    if already_ran(directory, &order)? {
        return Err(io::Error::other("this generation of the kernel was already started"));
    }
    set_child_subreaper(Some(rustix::process::getpid()))?;
    let mut record = record(&order)?;
    order::write(directory, order::SHIM, &record)?;
    order
        .cgroups
        .create(order.cpu_milli, order.mem_bytes)
        .map_err(|error| io::Error::new(error.kind(), format!("making control groups: {error}")))?;
    let started =
        server::listen(directory).and_then(|listener| Ok((listener, kernel::Kernel::start(directory, &order)?)));
    let (listener, kernel) = match started {
        Ok(started) => started,
        Err(error) => {
            order.cgroups.remove();
            order::remove(&directory.join(order::SHIM))?;
            return Err(error);
        }
    };
    record.child = Some(kernel.identity());
    order::write(directory, order::SHIM, &record)?;
    let output = output::Output::open(directory)?;
    say(RUNS);
    hang_up()?;
    server::Server::new(&order, directory, listener, kernel, output).run()
    // The lock is given back by the end of this process, after the exit was written.
}

/// A batch command must not run twice because a start was asked for twice.
fn already_ran(directory: &Path, order: &Order) -> io::Result<bool> {
    let shim: Option<ShimRecord> = order::read(&directory.join(order::SHIM))?;
    Ok(shim.is_some_and(|shim| shim.generation == order.generation && shim.child.is_some()))
}

fn record(order: &Order) -> io::Result<ShimRecord> {
    let me = i32::try_from(std::process::id()).map_err(io::Error::other)?;
    Ok(ShimRecord {
        generation: order.generation,
        pid: me,
        start_time: process::read(me).map_or(0, |process| process.start_time),
        boot_id: process::boot_id()?,
        child: None,
    })
}
