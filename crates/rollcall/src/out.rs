//! The one place that writes to standard output and standard error.
//!
//! A reader that went away (`rollcall ps | head`) ends the program quietly.

use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};

/// Writes text to standard output as it is.
pub(crate) fn print(text: impl Display) {
    let mut stdout = io::stdout().lock();
    quiet(write!(stdout, "{text}").and_then(|()| stdout.flush()));
}

/// Writes a line to standard output.
pub(crate) fn line(text: impl Display) {
    print(format_args!("{text}\n"));
}

/// Writes a line for people, beside the results, to standard error.
pub(crate) fn note(text: impl Display) {
    // Nothing can be told when standard error itself is gone.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Writes an error to standard error.
pub(crate) fn error(text: impl Display) {
    note(format_args!("error: {text}"));
}

/// Whether standard output is a terminal.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

fn quiet(written: io::Result<()>) {
    match written {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(failure) => {
            error(format_args!("writing the output failed: {failure}"));
            std::process::exit(1);
        }
    }
}

/// Characters in a line of the terminal.
pub(crate) fn width() -> Option<usize> {
    size().map(|(columns, _)| columns)
}

/// Lines of the terminal.
pub(crate) fn height() -> Option<usize> {
    size().map(|(_, rows)| rows)
}

fn size() -> Option<(usize, usize)> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    (size.ws_col > 0 && size.ws_row > 0).then(|| (size.ws_col.into(), size.ws_row.into()))
}
