//! What `rollcall up` may be told.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;

use rollcall_runtime::local::{FenceChoice, SessionNetwork};
use rust_decimal::Decimal;
use secrecy::SecretString;

/// Arguments of `rollcall up`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct UpArguments {
    /// Where everything is kept; made with mode 0700 [default: rollcall under $XDG_DATA_HOME, else
    /// under ~/.local/share]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Address of the API; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8091")]
    pub(crate) api: SocketAddr,
    /// Serve a non-loopback address without encryption
    #[arg(long)]
    pub(crate) insecure_http: bool,
    /// First start only: a second domain, and a believable past for everyone
    #[arg(long)]
    pub(crate) demo: bool,
    /// How many finished sessions everyone gets with --demo, for measuring
    #[arg(long, hide = true, requires = "demo", value_name = "COUNT", value_parser = clap::value_parser!(i64).range(1..))]
    pub(crate) demo_sessions: Option<i64>,
    /// First start only: write the accounts as JSON too, mode 0600
    #[arg(long, value_name = "FILE")]
    pub(crate) accounts: Option<PathBuf>,
    /// PostgreSQL instead of the embedded database: postgres://USER:PASSWORD@HOST:PORT/NAME. Give it
    /// by the variable, which other people of this machine can't read
    #[arg(long, env = "ROLLCALL_DATABASE_URL", hide_env_values = true, value_name = "URL", value_parser = secret)]
    pub(crate) database: Option<SecretString>,
    /// What keeps sessions apart; auto takes the best that works
    #[arg(long, value_name = "FENCE", value_enum, default_value_t = Fence::Auto)]
    pub(crate) fence: Fence,
    /// Run sessions without any fence where neither works: they can do whatever you can
    #[arg(long)]
    pub(crate) unsandboxed: bool,
    /// Network of sessions
    #[arg(long, value_name = "NETWORK", value_enum, default_value_t = Network::Isolated)]
    pub(crate) session_network: Network,
    /// How many times each core is given out; sessions mostly idle
    #[arg(long, value_name = "FACTOR", default_value = "4", value_parser = factor)]
    pub(crate) cpu_overcommit: Decimal,
    /// Form of the log on standard error; RUST_LOG says how much
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
}

/// `--fence`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Fence {
    /// The best that works
    Auto,
    /// Namespaces of its own
    Bubblewrap,
    /// Kernel rules on an ordinary process
    Landlock,
    /// Neither; sessions start only with --unsandboxed
    None,
}

impl From<Fence> for FenceChoice {
    fn from(fence: Fence) -> Self {
        match fence {
            Fence::Auto => Self::Auto,
            Fence::Bubblewrap => Self::Bubblewrap,
            Fence::Landlock => Self::Landlock,
            Fence::None => Self::None,
        }
    }
}

/// `--session-network`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Network {
    /// Nothing but its own loopback
    Isolated,
    /// The machine's network: sessions reach whatever this machine reaches
    Host,
}

impl From<Network> for SessionNetwork {
    fn from(network: Network) -> Self {
        match network {
            Network::Isolated => Self::Isolated,
            Network::Host => Self::Host,
        }
    }
}

/// `--log-format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    Text,
    /// One object a line
    Json,
}

fn secret(text: &str) -> Result<SecretString, Infallible> {
    Ok(SecretString::from(text))
}

fn factor(text: &str) -> Result<Decimal, String> {
    match text.parse::<Decimal>() {
        Ok(factor) if factor > Decimal::ZERO && factor <= Decimal::from(1000) => Ok(factor),
        _ => Err("a number above 0, at most 1000".to_owned()),
    }
}
