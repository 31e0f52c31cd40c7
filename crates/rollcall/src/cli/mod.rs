//! The command line: what may be typed, and where it goes.

use std::process::ExitCode;

use crate::up::UpArguments;

/// Everything that may be typed.
#[derive(Debug, clap::Parser)]
#[command(name = "rollcall", version, about = "Compute sessions: start, list, end them.")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Start the whole system on this machine.
    Up(UpArguments),
    /// List sessions.
    Ps,
}

/// Runs a client command.
pub(crate) fn main(arguments: Arguments) -> ExitCode {
    match arguments.command {
        Command::Up(arguments) => crate::up::main(arguments),
        Command::Ps => ExitCode::FAILURE,
    }
}
