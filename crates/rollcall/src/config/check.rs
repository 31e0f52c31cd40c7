//! What no setting can say by itself: how they go together, and whether what they name is there.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rollcall_manager::Certificates;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::error::{ConfigError, Source};
use super::settings::Config;
use super::sources::Values;

/// Bytes that a body may have at the least: what people keep of themselves must fit.
const LEAST_BODY: i64 = 64 << 10;

/// Checks the whole, and fills in what a named file holds.
pub(super) fn check(config: &mut Config, values: &Values) -> Vec<ConfigError> {
    let mut problems = Problems { values, errors: Vec::new() };
    api(config, &mut problems);
    web(config, &mut problems);
    let Config { api, console, .. } = &*config;
    let pairs = [
        (&api.tls_certificate, &api.tls_key, ["api.tls_certificate", "api.tls_key"]),
        (&console.tls_certificate, &console.tls_key, ["console.tls_certificate", "console.tls_key"]),
    ];
    for (certificate, key, names) in pairs {
        tls(certificate.as_deref(), key.as_deref(), names, &mut problems);
    }
    metrics(config, &mut problems);
    listeners(config, &mut problems);
    places(config, &mut problems);
    bodies(config, &mut problems);
    database(config, &mut problems);
    user_ids(config, &mut problems);
    problems.errors
}

struct Problems<'a> {
    values: &'a Values,
    errors: Vec<ConfigError>,
}

impl Problems<'_> {
    fn unfit(&mut self, key: &'static str, problem: impl Into<String>) {
        self.errors.push(ConfigError::Unfit { place: self.values.source(key), key, problem: problem.into() });
    }
}

fn api(config: &Config, problems: &mut Problems<'_>) {
    let listen = config.api.listen;
    let encrypted = config.api.tls_certificate.is_some() || config.api.tls_key.is_some();
    if !listen.ip().is_loopback() && !config.api.insecure_http && !encrypted {
        problems.unfit(
            "api.listen",
            format!(
                "{listen} is not a loopback address, and passwords and keys would travel unencrypted; use 127.0.0.1, give a certificate (api.tls_certificate, api.tls_key), or say --insecure-http (api.insecure_http) if the network is trusted"
            ),
        );
    }
}

fn web(config: &Config, problems: &mut Problems<'_>) {
    let encrypted = config.console.tls_certificate.is_some() || config.console.tls_key.is_some();
    let open = config.api.insecure_http || encrypted;
    for (key, listen) in [("console.listen", config.console.listen.0), ("webui.listen", webui(config))] {
        let Some(listen) = listen.filter(|listen| !listen.ip().is_loopback() && !open) else { continue };
        problems.unfit(
            key,
            format!(
                "{listen} is not a loopback address, and passwords and cookies would travel unencrypted; use 127.0.0.1, give a certificate (console.tls_certificate, console.tls_key), or say --insecure-http (api.insecure_http) if the network is trusted"
            ),
        );
    }
}

/// Nothing listens there without a bundle.
fn webui(config: &Config) -> Option<SocketAddr> {
    config.webui.directory.as_ref().map(|_| config.webui.listen)
}

fn tls(certificate: Option<&Path>, key: Option<&Path>, names: [&'static str; 2], problems: &mut Problems<'_>) {
    let [certificate_name, key_name] = names;
    let (certificate, key) = match (certificate, key) {
        (Some(certificate), Some(key)) => (certificate, key),
        (Some(_), None) => {
            let problem = format!("a certificate is of no use without `{key_name}`");
            return problems.unfit(certificate_name, problem);
        }
        (None, Some(_)) => {
            return problems.unfit(key_name, format!("a key is of no use without `{certificate_name}`"));
        }
        (None, None) => return,
    };
    if let Err(error) = Certificates::load(certificate, key) {
        let name = if error.is_of_key(key) { key_name } else { certificate_name };
        problems.unfit(name, error.to_string());
    }
}

fn metrics(config: &Config, problems: &mut Problems<'_>) {
    let Some(listen) = config.metrics.listen.0 else { return };
    if !listen.ip().is_loopback() && !config.metrics.allow_remote {
        problems.unfit(
            "metrics.listen",
            format!(
                "{listen} is not a loopback address, and whoever reaches it could read the figures; use 127.0.0.1, or set metrics.allow_remote if the network is trusted"
            ),
        );
    }
}

/// Each listener has a port of its own.
fn listeners(config: &Config, problems: &mut Problems<'_>) {
    let listeners = [
        ("api.listen", "the API", Some(config.api.listen)),
        ("console.listen", "the console", config.console.listen.0),
        ("webui.listen", "the WebUI", webui(config)),
        ("metrics.listen", "", config.metrics.listen.0),
    ];
    for (at, (key, _, listen)) in listeners.iter().enumerate() {
        let Some(listen) = listen else { continue };
        let meets = |other: &SocketAddr| {
            let shared = other.ip() == listen.ip() || other.ip().is_unspecified() || listen.ip().is_unspecified();
            listen.port() != 0 && listen.port() == other.port() && shared
        };
        if let Some((_, who, _)) = listeners[..at].iter().find(|(_, _, other)| other.as_ref().is_some_and(meets)) {
            problems.unfit(key, format!("{who} listens on port {} already; take another one", listen.port()));
        }
    }
}

fn places(config: &Config, problems: &mut Problems<'_>) {
    if let Some(directory) = config.data.directory.as_deref().filter(|path| path.exists() && !path.is_dir()) {
        problems.unfit("data.directory", format!("`{}` is there, and is no directory", directory.display()));
    }
    if let Some(directory) = config.webui.directory.as_deref().filter(|path| !path.join("index.html").is_file()) {
        let problem = format!("`{}` holds no index.html: name the folder of an unpacked bundle", directory.display());
        problems.unfit("webui.directory", problem);
    }
}

fn bodies(config: &Config, problems: &mut Problems<'_>) {
    if config.api.body_limit.0 < LEAST_BODY {
        let problem = "is less than 64k: a bootstrap script or a template would not fit";
        problems.unfit("api.body_limit", problem);
    }
}

fn database(config: &mut Config, problems: &mut Problems<'_>) {
    if config.database.url.is_some() && config.database.url_file.is_some() {
        problems.unfit("database.url_file", "`database.url` is given too; give one of them");
        return;
    }
    if config.database.url.is_some()
        && let Source::Line(file, _) = problems.values.source("database.url")
        && readable_by_everyone(&file)
    {
        let problem = "holds a password, and everyone on this machine may read the file; take that right away (chmod o-r), or use database.url_file";
        problems.unfit("database.url", problem);
    }
    let mut key = "database.url";
    if let Some(file) = &config.database.url_file {
        key = "database.url_file";
        match std::fs::read_to_string(file) {
            Ok(text) => config.database.url = Some(SecretString::from(text.trim())),
            Err(error) => problems.unfit(key, format!("reading `{}` failed: {error}", file.display())),
        }
    }
    if config.database.url.as_ref().is_some_and(|url| !is_postgres(url)) {
        problems.unfit(key, "must be postgres://USER:PASSWORD@HOST:PORT/NAME");
    }
}

fn is_postgres(url: &SecretString) -> bool {
    Url::parse(url.expose_secret()).is_ok_and(|url| matches!(url.scheme(), "postgres" | "postgresql"))
}

fn readable_by_everyone(file: &Path) -> bool {
    std::fs::metadata(file).is_ok_and(|about| about.permissions().mode() & 0o004 != 0)
}

fn user_ids(config: &Config, problems: &mut Problems<'_>) {
    let (first, count) = (config.sessions.first_uid.get(), config.sessions.uid_count.get());
    if first < 1000 {
        problems.unfit("sessions.first_uid", "user ids below 1000 belong to the system");
    }
    // The highest number means `no user`.
    if first.checked_add(count).is_none() {
        problems.unfit("sessions.uid_count", "there are not so many user ids behind sessions.first_uid");
    }
}
