//! The shim: the one parent a kernel has. It outlives the manager.
#![allow(clippy::todo)]

use std::ffi::OsString;
use std::process::ExitCode;

/// The hidden subcommand `_shim`. Takes the arguments after the subcommand's name.
pub fn main(_arguments: impl Iterator<Item = OsString>) -> ExitCode {
    todo!()
}
