//! Where the database is.

use std::fmt;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};

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

/// Path, or URL with the password struck out.
impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite { path } => write!(f, "{}", path.display()),
            Self::Postgres { url } => f.write_str(&without_password(url.expose_secret())),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Settings({self})")
    }
}

/// Strikes out the password before the `@`, and everything after the `?`, where a password may
/// stand too.
fn without_password(url: &str) -> String {
    let (address, parameters) = url.split_once('?').map_or((url, ""), |(address, _)| (address, "?…"));
    let Some((scheme, rest)) = address.split_once("://") else { return "PostgreSQL".to_owned() };
    // The last `@` ends the credentials, as URL parsers read it.
    let shown = match rest.rsplit_once('@') {
        Some((credentials, place)) => match credentials.split_once(':') {
            Some((user, _)) => format!("{user}:***@{place}"),
            None => format!("{credentials}@{place}"),
        },
        None => rest.to_owned(),
    };
    format!("{scheme}://{shown}{parameters}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_is_struck_out_wherever_it_stands() {
        let cases = [
            ("postgres://u:se:c@ret@db:5432/x", "postgres://u:***@db:5432/x"),
            ("postgres://u@db/x", "postgres://u@db/x"),
            ("postgres://db/x?user=u&password=secret", "postgres://db/x?…"),
            ("password=secret", "PostgreSQL"),
        ];
        for (url, shown) in cases {
            let settings = Settings::Postgres { url: url.into() };
            assert_eq!(settings.to_string(), shown);
            assert!(!format!("{settings:?}").contains("secret"));
        }
    }
}
