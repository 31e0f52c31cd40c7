//! The hidden subcommands of the kernel-side processes.

use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the hidden subcommand the arguments name (`_shim`, `_enter`); none: `None`.
pub(crate) fn dispatch(mut arguments: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    let _program = arguments.next();
    match arguments.next()?.to_str()? {
        "_shim" => Some(rollcall_runtime::shim::main(arguments)),
        "_enter" => Some(rollcall_runtime::local::fence::enter_main(arguments)),
        _ => None,
    }
}
