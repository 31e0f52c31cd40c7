//! What is wrong with a configuration, and where. Never with the value: it may be a secret.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A flag of the command line.
    Flag(&'static str),
    /// An environment variable.
    Variable(String),
    /// A line of the file, counted from 1.
    Line(PathBuf, usize),
    /// Nobody gave one.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => f.write_str(flag),
            Self::Variable(name) => write!(f, "${name}"),
            Self::Line(path, line) => write!(f, "{}, line {line}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("reading the configuration file `{path}` failed: {source}")]
    Read { path: PathBuf, source: io::Error },
    #[error("{place}: not TOML: {problem}")]
    Syntax { place: Source, problem: String },
    #[error("{place}: unknown section `{name}`; there are {known}")]
    UnknownSection { place: Source, name: String, known: String },
    #[error("{place}: unknown setting `{section}.{name}`; [{section}] has {known}")]
    UnknownSetting { place: Source, section: &'static str, name: String, known: String },
    #[error("{place}: `{key}` must be {form}")]
    Form { place: Source, key: String, form: String },
    /// Right by itself, but not with the rest or with what is on this machine.
    #[error("{place}: `{key}`: {problem}")]
    Unfit { place: Source, key: &'static str, problem: String },
}

impl ConfigError {
    /// The line of the file that is to blame; 0 for what no line is.
    pub(super) fn line(&self) -> usize {
        match self {
            Self::Read { .. } => 0,
            Self::Syntax { place, .. }
            | Self::UnknownSection { place, .. }
            | Self::UnknownSetting { place, .. }
            | Self::Form { place, .. }
            | Self::Unfit { place, .. } => match place {
                Source::Line(_, line) => *line,
                _ => 0,
            },
        }
    }
}
