//! What keeps a kernel from everything else.

use std::ffi::OsString;
use std::process::ExitCode;

/// The hidden subcommand `_enter`: fences this process in and becomes the kernel's program. Takes the
/// arguments after the subcommand's name.
pub fn enter_main(_arguments: impl Iterator<Item = OsString>) -> ExitCode {
    todo!()
}
