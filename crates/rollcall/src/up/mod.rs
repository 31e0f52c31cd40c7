//! `rollcall up`: the whole system on this machine.

pub(crate) mod hidden;

use std::process::ExitCode;

/// Arguments of `rollcall up`.
#[derive(Debug, clap::Args)]
pub(crate) struct UpArguments {}

/// Runs until interrupted.
pub(crate) fn main(_arguments: UpArguments) -> ExitCode {
    crate::out::error("`rollcall up` is not wired yet");
    ExitCode::FAILURE
}
