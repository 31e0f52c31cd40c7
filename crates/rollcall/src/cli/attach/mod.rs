//! `rollcall attach`: the terminal of a session on one's own.

mod detach;
mod raw;
mod signals;

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use rollcall_client::Error;
use rollcall_client::sessions::Which;
use rollcall_client::terminal::{Heard, Said, Terminal};
use rollcall_model::status::Status;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::connect::connect;
use super::failure::Failure;
use super::target::{Target, find_of_person};
use super::text;
use crate::out;
use detach::{DetachKeys, Watch};
use raw::{Raw, size};
use signals::{Signals, Told};

/// The first of the keys that leave is passed on when no other follows for so long.
const HELD: Duration = Duration::from_millis(500);

/// What programs switch on and a shell does not expect: the other screen, the mouse, pasting in brackets,
/// other cursor keys, colours, a hidden cursor.
const ORDINARY: &str = "\u{1b}[?1047l\u{1b}[?1000l\u{1b}[?1002l\u{1b}[?1003l\u{1b}[?1006l\u{1b}[?2004l\u{1b}[?1l\u{1b}>\u{1b}[0m\u{1b}[?25h";
/// An empty screen, all of which scrolls.
const CLEAR: &str = "\u{1b}[r\u{1b}[H\u{1b}[2J";

/// Arguments of `rollcall attach`.
#[derive(Debug, clap::Args)]
pub(crate) struct AttachArguments {
    /// Its exact name, or its id
    session: String,
    /// Keys that leave the terminal, while the session goes on, such as ctrl-a,d; none is no such keys
    #[arg(long, value_name = "KEYS", default_value = "ctrl-p,ctrl-q")]
    detach_keys: DetachKeys,
    /// Of this access key (administrators, where the server lets them)
    #[arg(long, value_name = "KEY")]
    owner: Option<String>,
}

/// Why it is over.
enum End {
    /// By the keys, or since nobody can type any more.
    Detached,
    /// The session is over.
    Over,
    /// By a signal: number and name.
    Signalled(u8, &'static str),
    /// The server refused, or the screen cannot be written.
    Failed(Failure),
}

/// Shows the terminal until it is left, or the session ends.
pub(super) async fn attach(profile: Option<&str>, arguments: AttachArguments) -> Result<(), Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::usage("standard input is no terminal, and a session's terminal needs one")
            .next("`rollcall logs SESSION` prints what a session printed, `rollcall logs -f` as it is printed."));
    }
    let client = connect(profile)?.client;
    let target = find_of_person(&client, &arguments.session, Which::Live, arguments.owner.as_deref()).await?;
    if target.row.known_status().is_some_and(|status| status.rank() < Status::Running.rank()) {
        return Err(early(&target));
    }
    let mut terminal = client.terminal(target.id, target.owner.as_deref());
    tell_size(&terminal).await;
    // Until it is open, keys have their usual meaning.
    match terminal.next().await.map_err(|error| refused(error, &target))? {
        Heard::Ended => return Err(over(&target)),
        Heard::Open { .. } | Heard::Printed(_) | Heard::Lost => {}
    }
    let failed = |error| Failure::new(format!("the terminal here cannot be used: {error}"));
    let signals = Signals::listen().map_err(failed)?;
    let raw = Raw::begin(io::stdin()).map_err(failed)?;
    let end = Attached { terminal, watch: Watch::new(arguments.detach_keys), signals, keys: keys() }.run().await;
    if out::is_terminal() {
        let _ = write(ORDINARY.as_bytes());
    }
    drop(raw);
    tell(end, &target)
}

fn tell(end: End, target: &Target) -> Result<(), Failure> {
    let name = target.name();
    match end {
        End::Detached => {
            out::note(format_args!("\nLeft {name}, which goes on. `rollcall attach {name}` comes back to it."));
            Ok(())
        }
        End::Over => {
            out::note(format_args!("\nThe session {name} has ended."));
            Ok(())
        }
        End::Signalled(number, signal) => {
            Err(Failure::signalled(number, format!("ended by {signal}")).next(format!("The session {name} goes on.")))
        }
        End::Failed(failure) => {
            out::note("");
            Err(failure)
        }
    }
}

fn early(target: &Target) -> Failure {
    let name = target.name();
    let (status, _) = text::status(target.row.status.as_deref().unwrap_or("-"));
    Failure::new(format!("{name} does not run yet: it is {status}"))
        .next(format!("`rollcall info {name}` says what it waits for."))
}

fn over(target: &Target) -> Failure {
    Failure::new(format!("the session {} has ended", target.name()))
}

fn refused(error: Error, target: &Target) -> Failure {
    let status = error.status();
    let failure = Failure::from(error).about(&target.name());
    match status {
        Some(403) => failure.next("A terminal is its owner's alone, unless the server lets administrators in."),
        _ => failure,
    }
}

/// A terminal that is shown.
struct Attached {
    terminal: Terminal,
    watch: Watch,
    signals: Signals,
    keys: mpsc::Receiver<Vec<u8>>,
}

impl Attached {
    async fn run(mut self) -> End {
        let mut release = Instant::now();
        loop {
            tokio::select! {
                heard = self.terminal.next() => match heard.map_err(Failure::from).and_then(show) {
                    Ok(false) => {}
                    Ok(true) => return End::Over,
                    Err(failure) => return End::Failed(failure),
                },
                typed = self.keys.recv() => {
                    let Some(typed) = typed else { return End::Detached };
                    let (passed, left) = self.watch.typed(&typed);
                    self.pass(passed).await;
                    if left {
                        return End::Detached;
                    }
                    release = Instant::now() + HELD;
                }
                () = tokio::time::sleep_until(release), if self.watch.holds() => {
                    let held = self.watch.release();
                    self.pass(held).await;
                }
                told = self.signals.next() => match told {
                    Told::Resized => tell_size(&self.terminal).await,
                    Told::End(number, name) => return End::Signalled(number, name),
                },
            }
        }
    }

    async fn pass(&self, keys: Vec<u8>) {
        if !keys.is_empty() {
            self.terminal.say(Said::Input(keys)).await;
        }
    }
}

/// Shows what is heard; whether it was the end.
fn show(heard: Heard) -> Result<bool, Failure> {
    let failed = |error| Failure::new(format!("writing the output failed: {error}"));
    match heard {
        Heard::Printed(bytes) => write(&bytes).map_err(failed)?,
        // What was printed comes again, and is not to stand there twice.
        Heard::Open { again: true } if out::is_terminal() => {
            write(format!("{ORDINARY}{CLEAR}").as_bytes()).map_err(failed)?;
        }
        Heard::Open { .. } => {}
        // The terminal is raw: a new line does not begin at its left by itself.
        Heard::Lost => out::note("\r\n[The connection was lost; it is made again by itself.]\r"),
        Heard::Ended => return Ok(true),
    }
    Ok(false)
}

/// As it is: what a session prints in its terminal is meant to steer it.
fn write(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes).and_then(|()| stdout.flush())
}

async fn tell_size(terminal: &Terminal) {
    if let Some((rows, cols)) = size(io::stdin()) {
        terminal.say(Said::Resize { rows, cols }).await;
    }
}

/// What is typed. A thread reads it, which the program does not wait for at its end: a terminal cannot be
/// read without blocking, other than by changing it for everybody who has it open.
fn keys() -> mpsc::Receiver<Vec<u8>> {
    let (tell, keys) = mpsc::channel(16);
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        loop {
            match rustix::io::read(io::stdin(), &mut buffer) {
                Err(rustix::io::Errno::INTR) => {}
                Ok(0) | Err(_) => return,
                Ok(length) => {
                    let typed = buffer.get(..length).unwrap_or_default().to_vec();
                    if tell.blocking_send(typed).is_err() {
                        return;
                    }
                }
            }
        }
    });
    keys
}
