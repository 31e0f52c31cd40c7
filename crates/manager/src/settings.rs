//! What can be set about the API server. [`Settings::default`] suits a program; tests shorten it.

use std::time::Duration;

use chrono::TimeDelta;
use ipnet::IpNet;
use rollcall_store::LoginLife;

/// Limits and choices of the API server.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether signatures made with SHA-1 are accepted. Clients of today all use SHA-256.
    pub accept_sha1: bool,
    /// Largest request body in bytes.
    pub body_limit: usize,
    /// Time for the head of a request to arrive.
    pub header_timeout: Duration,
    /// Time for the body of a request to arrive, and for a client to take more of an answer.
    pub body_timeout: Duration,
    /// Time for a GraphQL request to be answered.
    pub query_timeout: Duration,
    /// Connections served at once. One more takes the place of the longest idle one, or waits where
    /// all are busy.
    pub max_connections: usize,
    /// Time that running requests have to end after shutdown was asked for.
    pub shutdown_grace: Duration,
    /// Password checks at once. Each takes a core and tens of megabytes.
    pub password_checks: usize,
    /// Time that a login waits for its turn to be checked.
    pub password_queue: Duration,
    /// Failed logins in a row of one account from one address, after which it has to wait.
    pub login_failures: u32,
    /// How long it has to wait, counted from the last try.
    pub login_block: Duration,
    /// Wrong signatures from one address in [`Self::signature_window`], after which its further ones
    /// are refused unseen.
    pub signature_failures: u32,
    /// The window of [`Self::signature_failures`].
    pub signature_window: Duration,
    /// Logins that are not used for so long end.
    pub login_idle: Duration,
    /// Logins end after so long in any case.
    pub login_absolute: Duration,
    /// Whether administrators may open the terminals of those for whom they may act.
    pub terminal_for_admins: bool,
    /// Lists that a person may follow and terminals that they may open at once, together.
    pub streams_per_person: usize,
    /// Time between two comments on an event stream.
    pub event_ping: Duration,
    /// Time that a reader of an event stream may take to make room for one more frame.
    pub event_patience: Duration,
    /// Event streams that one key may have open at once.
    pub streams_per_key: usize,
    /// Whether `check-presets` tells a project's limits and use to its members.
    pub group_resource_visibility: bool,
    /// Whether strangers may make accounts for themselves, which an administrator then enables. As many
    /// from one address as failed logins, in the same time.
    pub sign_up: bool,
    /// Proxies whose `X-Forwarded-For` says where a client is.
    pub trusted_proxies: Vec<IpNet>,
    /// The address of the console, which leads browsers to terminals wherever a resource group names no proxy
    /// of its own.
    pub console: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            accept_sha1: false,
            body_limit: 1024 * 1024,
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            query_timeout: Duration::from_secs(30),
            max_connections: 4096,
            shutdown_grace: Duration::from_secs(10),
            password_checks: 2,
            password_queue: Duration::from_secs(10),
            login_failures: 10,
            login_block: Duration::from_secs(1200),
            signature_failures: 120,
            signature_window: Duration::from_secs(60),
            login_idle: Duration::from_secs(12 * 3600),
            login_absolute: Duration::from_secs(7 * 86_400),
            terminal_for_admins: false,
            streams_per_person: 100,
            event_ping: Duration::from_secs(15),
            event_patience: Duration::from_secs(30),
            streams_per_key: 16,
            group_resource_visibility: false,
            sign_up: false,
            trusted_proxies: Vec::new(),
            console: None,
        }
    }
}

impl Settings {
    /// How long logins last.
    pub(crate) fn login_life(&self) -> LoginLife {
        let span = |span: Duration| TimeDelta::from_std(span).unwrap_or(TimeDelta::MAX);
        LoginLife { idle: span(self.login_idle), absolute: span(self.login_absolute) }
    }
}
