//! What `rollcall up` may be told.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;

use rollcall_console::webui;
use rollcall_runtime::local::{FenceChoice, SessionNetwork};
use rust_decimal::Decimal;
use secrecy::{ExposeSecret as _, SecretString};

use crate::config::{named, shown};

/// Arguments of `rollcall up`. All that set something are settings of [`crate::config`], which has
/// their defaults too.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct UpArguments {
    /// Read settings from this file [default: $ROLLCALL_CONFIG, else none]; see `rollcall config`
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where everything is kept; made with mode 0700 [default: rollcall under $XDG_DATA_HOME, else
    /// under ~/.local/share]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<String>,
    /// Address of the API; port 0 takes a free one [default: 127.0.0.1:8091]
    #[arg(long, value_name = "ADDR")]
    api: Option<SocketAddr>,
    /// Address of the console, or off; port 0 takes a free one [default: 127.0.0.1:8090]
    #[arg(long, value_name = "ADDR")]
    console: Option<String>,
    /// Serve a WebUI of Backend.AI 21.09 too: its unpacked bundle, the folder with index.html
    #[arg(long, value_name = "DIR")]
    webui: Option<String>,
    /// Address of that WebUI [default: 127.0.0.1:8092]
    #[arg(long, value_name = "ADDR")]
    webui_addr: Option<SocketAddr>,
    /// Serve a non-loopback address without encryption
    #[arg(long)]
    insecure_http: bool,
    /// First start only: a second domain, and a believable past for everyone
    #[arg(long)]
    demo: bool,
    /// How many finished sessions everyone gets with --demo, for measuring
    #[arg(long, hide = true, requires = "demo", value_name = "COUNT", value_parser = clap::value_parser!(i64).range(1..))]
    pub(crate) demo_sessions: Option<i64>,
    /// First start only: write the accounts as JSON too, mode 0600
    #[arg(long, value_name = "FILE")]
    accounts: Option<String>,
    /// PostgreSQL instead of the embedded database: postgres://USER:PASSWORD@HOST:PORT/NAME. Better
    /// given by $ROLLCALL_DATABASE_URL or the configuration, which other people of this machine can't
    /// read
    #[arg(long, value_name = "URL", value_parser = secret)]
    database: Option<SecretString>,
    /// What keeps sessions apart; auto takes the best that works [default: auto]
    #[arg(long, value_name = "FENCE", value_enum)]
    fence: Option<Fence>,
    /// Run sessions without any fence where neither works: they can do whatever you can
    #[arg(long)]
    unsandboxed: bool,
    /// Network of sessions [default: isolated]
    #[arg(long, value_name = "NETWORK", value_enum)]
    session_network: Option<Network>,
    /// How many times each core is given out; sessions mostly idle [default: 4]
    #[arg(long, value_name = "FACTOR")]
    cpu_overcommit: Option<Decimal>,
    /// Form of the log on standard error; RUST_LOG says how much [default: text]
    #[arg(long, value_name = "FORMAT", value_enum)]
    log_format: Option<LogFormat>,
}

impl UpArguments {
    /// The flags that were typed, with the texts that their settings have in a file.
    pub(crate) fn flags(&self) -> Vec<(&'static str, String)> {
        let switch = |on: bool| on.then(|| shown(true));
        let flags = [
            ("--data-dir", self.data_dir.clone()),
            ("--api", self.api.map(shown)),
            ("--console", self.console.clone()),
            ("--webui", self.webui.clone()),
            ("--webui-addr", self.webui_addr.map(shown)),
            ("--insecure-http", switch(self.insecure_http)),
            ("--demo", switch(self.demo)),
            ("--accounts", self.accounts.clone()),
            ("--database", self.database.as_ref().map(|url| url.expose_secret().to_owned())),
            ("--fence", self.fence.map(named)),
            ("--unsandboxed", switch(self.unsandboxed)),
            ("--session-network", self.session_network.map(named)),
            ("--cpu-overcommit", self.cpu_overcommit.map(shown)),
            ("--log-format", self.log_format.map(named)),
        ];
        flags.into_iter().filter_map(|(flag, text)| text.map(|text| (flag, text))).collect()
    }
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

/// How people sign in at the WebUI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum WebUiMode {
    /// By cookie
    Session,
    /// With keys
    Api,
}

impl From<WebUiMode> for webui::Mode {
    fn from(mode: WebUiMode) -> Self {
        match mode {
            WebUiMode::Session => Self::Session,
            WebUiMode::Api => Self::Api,
        }
    }
}

fn secret(text: &str) -> Result<SecretString, Infallible> {
    Ok(SecretString::from(text))
}
