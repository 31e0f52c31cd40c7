//! Why `rollcall up` could not start, and what to do about it.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use rollcall_console::GatewayError;
use rollcall_lifecycle::LifecycleError;
use rollcall_manager::{ServeError, TlsError};
use rollcall_runtime::RuntimeError;
use rollcall_store::StoreError;

/// What failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UpError {
    #[error("no place for the data: neither XDG_DATA_HOME nor HOME names a directory; give --data-dir DIR")]
    NoHome,
    #[error("making the data directory `{path}` failed")]
    DataDir { path: PathBuf, source: io::Error },
    #[error(
        "`{0}` holds other files and is no data directory of Rollcall; give --data-dir an empty or a new directory"
    )]
    NotOurs(PathBuf),
    #[error("locking the data directory `{path}` failed")]
    Lock { path: PathBuf, source: io::Error },
    #[error("`{path}` is in use by a running `rollcall up`{place}; stop it first, or give another --data-dir")]
    Held { path: PathBuf, place: String },
    #[error(
        "{address} is in use by another program; stop it, or give another address: {flag} 127.0.0.1:0 takes a free port"
    )]
    AddressInUse { address: SocketAddr, flag: &'static str },
    #[error("preparing the console failed")]
    Gateway(#[source] GatewayError),
    #[error("listening on {address} failed")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("serving HTTPS is impossible: {0}")]
    Certificates(TlsError),
    #[error("the API does not answer on {address}")]
    NotAnswering { address: SocketAddr, source: io::Error },
    #[error("the accounts file `{0}` exists already and is never overwritten; move it away, or name another one")]
    AccountsFileExists(PathBuf),
    #[error("writing the accounts to `{path}` failed")]
    AccountsFile { path: PathBuf, source: io::Error },
    #[error("finding the path of this program failed")]
    Program(#[source] io::Error),
    #[error("listening for signals failed")]
    Signals(#[source] io::Error),
    #[error("drawing random keys failed")]
    Random(#[source] io::Error),
    #[error("hashing the passwords failed")]
    Hashing(#[source] tokio::task::JoinError),
    #[error("opening the key file failed")]
    Keyring(#[source] StoreError),
    #[error("opening the database {name} failed")]
    Database { name: String, source: StoreError },
    #[error("setting up the first accounts failed")]
    Founding(#[source] StoreError),
    #[error("opening the engine that runs sessions failed")]
    Engine(#[source] RuntimeError),
    #[error("registering this machine failed")]
    Register(#[source] LifecycleError),
    #[error("the server's task ended badly")]
    Threads(#[source] tokio::task::JoinError),
    #[error("serving the API failed")]
    Serve(#[source] ServeError),
}

impl UpError {
    /// The message and its causes on one line.
    pub(crate) fn with_causes(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        text
    }

    /// 2 where the arguments are to blame, else 1.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::NoHome | Self::NotOurs(_) | Self::Certificates(_) | Self::AccountsFileExists(_) => 2,
            _ => 1,
        }
    }
}
