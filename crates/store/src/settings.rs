//! Where the database is.

use std::fmt;
use std::path::PathBuf;

use secrecy::SecretString;

/// Which engine, and where.
#[derive(Clone)]
pub enum Settings {
    /// An embedded database in one file.
    Sqlite {
        /// File; its directory is made with mode 0700 when missing.
        path: PathBuf,
    },
    /// A PostgreSQL server.
    Postgres {
        /// `postgres://user:password@host:port/database`.
        url: SecretString,
    },
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite { path } => write!(f, "{}", path.display()),
            Self::Postgres { .. } => f.write_str("PostgreSQL"),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Settings({self})")
    }
}
