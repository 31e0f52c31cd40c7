//! `rollcall console`: the web part alone, before a manager that runs elsewhere.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use rollcall_console::Gateway;
use rollcall_manager::serve_web;
use tokio::net::TcpListener;
use url::Url;

use crate::config::{self, Config};
use crate::up::web::Web;

/// Arguments of `rollcall console`; everything else about it is set in the sections `console`, `login` and `log`
/// of the configuration.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ConsoleArguments {
    /// Address of the API of the manager: http://HOST:PORT or https://HOST
    #[arg(long, value_name = "URL", env = "BACKEND_ENDPOINT")]
    endpoint: Url,
    /// Domain in which people sign in at a manager that is none of Rollcall's
    #[arg(long, value_name = "NAME", default_value = "default")]
    domain: String,
    /// Read settings from this file [default: $ROLLCALL_CONFIG, else none]; see `rollcall config`
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address to listen on; port 0 takes a free one [default: 127.0.0.1:8090]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Serve a non-loopback address without encryption
    #[arg(long)]
    insecure_http: bool,
}

/// Serves until interrupted.
pub(crate) fn main(arguments: ConsoleArguments) -> ExitCode {
    let file = config::file(arguments.config.clone());
    let flags = [
        ("--console", arguments.listen.map(|address| address.to_string())),
        ("--insecure-http", arguments.insecure_http.then(|| "true".to_owned())),
    ];
    let flags: Vec<(&'static str, String)> =
        flags.into_iter().filter_map(|(flag, text)| text.map(|text| (flag, text))).collect();
    let config = match config::load(&flags, config::from_environment, file.as_deref()) {
        Ok((config, _)) => config,
        Err(errors) => {
            config::complain(&errors);
            return ExitCode::from(2);
        }
    };
    crate::up::logging::start(&config.log);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            crate::out::error(format_args!("starting the threads failed: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(&config, arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err((text, code)) => {
            crate::out::error(text);
            ExitCode::from(code)
        }
    }
}

async fn run(config: &Config, arguments: ConsoleArguments) -> Result<(), (String, u8)> {
    let mut web = Web::open(config).await.map_err(|error| (error.with_causes(), error.exit_code()))?;
    let Some(public) = web.console() else {
        return Err(("console.listen is off: there is nothing to serve".to_owned(), 2));
    };
    let certificates = web.certificates.clone();
    let mut settings = config.gateway(certificates.is_some());
    settings.domain = arguments.domain;
    let endpoint = arguments.endpoint.to_string();
    let authority = match crate::cli::authority_file() {
        None => None,
        Some(file) => Some(
            std::fs::read(&file)
                .map_err(|error| (format!("reading the authority's file {} failed: {error}", file.display()), 2))?,
        ),
    };
    let gateway =
        Gateway::before(arguments.endpoint, authority.as_deref(), settings).map_err(|error| (error.to_string(), 2))?;
    let listener: TcpListener = web.take_console().ok_or_else(|| ("the listener is gone".to_owned(), 1))?;
    let stop = crate::up::stop_on_signals().map_err(|error| (error.with_causes(), 1))?;
    crate::out::print(web_text(&public, &endpoint));
    let router = gateway.around(rollcall_console::pages(&gateway, &public).map_err(|error| (error.to_string(), 1))?);
    serve_web("console", listener, router, certificates, &config.manager(), stop)
        .await
        .map_err(|error| (error.to_string(), 1))
}

fn web_text(console: &str, endpoint: &str) -> String {
    let missing =
        rollcall_console::missing().map(|reason| format!("  Terminal   missing: {reason}\n")).unwrap_or_default();
    format!(
        "Rollcall {} serves its console.\n\n  Console    {console}\n  Manager    {endpoint}\n{missing}\nCtrl-C ends it.\n",
        env!("CARGO_PKG_VERSION")
    )
}
