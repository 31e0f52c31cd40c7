//! The program: arguments, configuration, wiring. No logic of its own.
//!
//! Exit codes: 0 done; 1 the server or the act failed; 2 wrong use (arguments, configuration,
//! profiles); 130 interrupted.
#![forbid(unsafe_code)]

mod backup;
mod cli;
mod config;
mod console;
mod out;
mod random;
mod up;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    // The kernel-side roles run in processes of their own and must stay small: they leave before
    // arguments are parsed and before any asynchronous runtime exists.
    if let Some(code) = up::hidden::dispatch(std::env::args_os()) {
        return code;
    }
    match cli::Arguments::parse() {
        cli::Arguments { command: cli::Command::Up(arguments), .. } => up::main(arguments),
        arguments => cli::main(arguments),
    }
}
