//! The one place that writes: results to standard output, progress to standard error.

use std::fmt::Display;
use std::io::{self, Write as _};

/// A line of the result.
pub(crate) fn line(text: impl Display) {
    // A reader that went away needs no more results.
    let _ = writeln!(io::stdout().lock(), "{text}");
}

/// A line for the one who waits.
pub(crate) fn note(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
