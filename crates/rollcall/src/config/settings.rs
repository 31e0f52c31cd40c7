//! Every setting of `rollcall up`, once: its section, name, kind, default, flag, and what it is for.
//!
//! The structs, the reading of the file and the reference are all made of this list, so that none
//! can be without a description. To add a setting, add its lines here, use the field, and write the
//! reference anew (`ROLLCALL_WRITE_DOCS=1 cargo test -p rollcall --bin rollcall reference`).

use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use rollcall_console::Origin;
use rust_decimal::Decimal;
use secrecy::SecretString;

use super::error::ConfigError;
use super::sources::Values;
use super::value::{ByteCount, Listener, LogFilter, Several, Value};
use crate::up::{Fence, LogFormat, Network, WebUiMode};

/// A group of settings: a table of the file.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) name: &'static str,
    pub(super) doc: &'static str,
    pub(super) settings: &'static [Setting],
}

/// What there is to know about a setting before anyone gave it.
#[derive(Debug)]
pub(super) struct Setting {
    pub(super) section: &'static str,
    pub(super) name: &'static str,
    pub(super) doc: &'static str,
    /// As it would be written; empty for none.
    pub(super) default: &'static str,
    /// What its values look like.
    pub(super) form: &'static str,
    /// Whether the file has it without quotes.
    pub(super) bare: bool,
    /// Whether it may never be shown.
    pub(super) secret: bool,
    /// Empty for none.
    pub(super) flag: &'static str,
    /// Empty for the usual one.
    variable: &'static str,
}

impl Setting {
    /// `section.name`.
    pub(super) fn key(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }

    /// The environment variable that gives it.
    pub(super) fn variable(&self) -> String {
        if self.variable.is_empty() {
            format!("ROLLCALL_{}_{}", self.section, self.name).to_uppercase()
        } else {
            self.variable.to_owned()
        }
    }
}

macro_rules! settings {
    ($(
        $(#[doc = $section_doc:literal])+
        $section:ident: $Section:ident {$(
            $(#[doc = $doc:literal])+
            $name:ident: $type:ty = $default:literal $(, flag $flag:literal)? $(, variable $variable:literal)?;
        )+}
    )+) => {
        $(
            $(#[doc = $section_doc])+
            #[derive(Clone, Debug)]
            pub(crate) struct $Section {
                $($(#[doc = $doc])+ pub(crate) $name: $type,)+
            }

            impl $Section {
                fn read(values: &Values, errors: &mut Vec<ConfigError>) -> Option<Self> {
                    $(let $name = values.read(concat!(stringify!($section), ".", stringify!($name)), errors);)+
                    Some(Self { $($name: $name?,)+ })
                }
            }
        )+

        /// Everything that can be set, read and checked one by one.
        #[derive(Clone, Debug)]
        pub(crate) struct Config {
            $($(#[doc = $section_doc])+ pub(crate) $section: $Section,)+
        }

        impl Config {
            /// Every value in its type; `None` after at least one error.
            pub(super) fn read(values: &Values, errors: &mut Vec<ConfigError>) -> Option<Self> {
                $(let $section = $Section::read(values, errors);)+
                Some(Self { $($section: $section?,)+ })
            }
        }

        /// All of them, in the order of the reference.
        pub(super) const SECTIONS: &[Section] = &[$(Section {
            name: stringify!($section),
            doc: concat!($($section_doc, "\n",)+),
            settings: &[$(Setting {
                section: stringify!($section),
                name: stringify!($name),
                doc: concat!($($doc, "\n",)+),
                default: $default,
                form: <$type as Value>::FORM,
                bare: <$type as Value>::BARE,
                secret: <$type as Value>::SECRET,
                flag: concat!("" $(, $flag)?),
                variable: concat!("" $(, $variable)?),
            },)+],
        },)+];
    };
}

settings! {
    /// Where things are kept.
    data: Data {
        /// Where everything durable is kept; made with mode 0700. None: `rollcall` under
        /// $XDG_DATA_HOME, else under ~/.local/share.
        directory: Option<PathBuf> = "", flag "--data-dir";
    }
    /// The listener of the API, and the bounds of a request.
    api: Api {
        /// Address of the API; port 0 takes a free one.
        listen: SocketAddr = "127.0.0.1:8091", flag "--api";
        /// Serve an address that is not loopback without encryption.
        insecure_http: bool = "false", flag "--insecure-http";
        /// Serve HTTPS: a file with the certificate and its chain, in PEM form. Read anew on SIGHUP,
        /// without closing a connection.
        tls_certificate: Option<PathBuf> = "";
        /// The file with its private key, in PEM form. Must not be readable by everyone.
        tls_key: Option<PathBuf> = "";
        /// Connections served at once. One more takes the place of the longest idle one.
        max_connections: NonZeroUsize = "4096";
        /// Time for the head of a request to arrive, and for a TLS handshake.
        header_timeout: Duration = "10s";
        /// Time for the body of a request to arrive, and for a client to take more of an answer.
        body_timeout: Duration = "30s";
        /// Time for a GraphQL request to be answered.
        query_timeout: Duration = "30s";
        /// Largest body of a request; 64k at the least.
        body_limit: ByteCount = "1m";
        /// Time that running requests have to end when the server is told to.
        shutdown_grace: Duration = "10s";
        /// Lists that a person may follow and terminals that they may open at once, together.
        streams_per_person: NonZeroUsize = "100";
        /// Streams of events (`/events/*`) that a key may have open at once; all keys together have half of
        /// the connections.
        streams_per_key: NonZeroUsize = "16";
        /// Time between two comments on an event stream, by which both sides know that the other lives.
        event_ping: Duration = "15s";
        /// Time that the reader of an event stream may take for one more frame, before it is let go.
        event_patience: Duration = "30s";
        /// Accept signatures made with SHA-1. Clients of today all use SHA-256.
        accept_sha1: bool = "false";
        /// Proxies before the API whose X-Forwarded-For says where a client is, a console on another machine
        /// among them. A header of anybody else is not looked at.
        trusted_proxies: Several<IpNet> = "";
    }
    /// The web: signing in by cookie, terminals, and the gateway to the API, on a listener of their own.
    console: Console {
        /// Address of the console, or off; port 0 takes a free one.
        listen: Listener = "127.0.0.1:8090", flag "--console";
        /// The address under which browsers reach it, where a proxy stands before it.
        public_url: Option<Origin> = "";
        /// Other origins whose pages may use it with the browser's cookie. Give none that you don't trust
        /// like this server.
        origins: Several<Origin> = "";
        /// Proxies before it whose X-Forwarded-For and X-Forwarded-Proto count.
        trusted_proxies: Several<IpNet> = "";
        /// Serve HTTPS: a file with the certificate and its chain, in PEM form. Read anew on SIGHUP.
        tls_certificate: Option<PathBuf> = "";
        /// The file with its private key, in PEM form. Must not be readable by everyone.
        tls_key: Option<PathBuf> = "";
    }
    /// A WebUI of Backend.AI 21.09, served as it is beside the console.
    webui: WebUi {
        /// The unpacked bundle: the folder with index.html. None: no WebUI.
        directory: Option<PathBuf> = "", flag "--webui";
        /// Its address; port 0 takes a free one.
        listen: SocketAddr = "127.0.0.1:8092", flag "--webui-addr";
        /// How people sign in there: session is by e-mail and password, api by keys that stay in the browser.
        mode: WebUiMode = "session";
    }
    /// Logging in with a password.
    login: Login {
        /// Passwords checked at once. Each takes a core and tens of megabytes.
        parallel_checks: NonZeroUsize = "2";
        /// Time that a login waits for its turn to be checked.
        queue_timeout: Duration = "10s";
        /// Failed logins in a row of one account from one address, after which it has to wait.
        failures: NonZeroU32 = "10";
        /// How long it has to wait, counted from the last try.
        block: Duration = "20m";
        /// A login by e-mail and password that is not used for so long ends.
        idle: Duration = "12h";
        /// Such a login ends after so long in any case.
        absolute: Duration = "7d";
        /// Wrong signatures from one address in signature_window, after which further ones are refused
        /// unseen. Keys that signed rightly from there go on; this machine itself is not bounded.
        signature_failures: NonZeroU32 = "120";
        /// The window of signature_failures.
        signature_window: Duration = "1m";
    }
    /// Figures for Prometheus and its kin, on a listener of their own, at /metrics.
    metrics: Metrics {
        /// Address of that listener, or off. One that is in use is a warning at the start.
        listen: Listener = "127.0.0.1:9091";
        /// Serve them on an address that is not loopback: whoever reaches it can read them.
        allow_remote: bool = "false";
    }
    /// What people may see, and who may come.
    accounts: Accounts {
        /// Tell a project's limits and use to its members, not to administrators alone.
        group_resource_visibility: bool = "false";
        /// Let strangers make accounts for themselves. Account and key are inactive until an administrator
        /// enables both; as many from one address as login.failures. Who may ask learns from the
        /// answer whether an e-mail address has an account.
        signup: bool = "false";
    }
    /// PostgreSQL instead of the embedded database.
    database: Database {
        /// postgres://USER:PASSWORD@HOST:PORT/NAME. None: the embedded database in the data directory.
        /// A configuration file that holds it must not be readable by everyone.
        url: Option<SecretString> = "", flag "--database";
        /// A file that holds that URL and nothing else, such as a credential of the service manager.
        url_file: Option<PathBuf> = "";
    }
    /// What sessions run in.
    sessions: Sessions {
        /// What keeps sessions apart; auto takes the best that works.
        fence: Fence = "auto", flag "--fence";
        /// Run sessions without any fence where none works: they can do whatever this program can.
        unsandboxed: bool = "false", flag "--unsandboxed";
        /// Network of sessions: nothing but a loopback of their own, or the machine's.
        network: Network = "isolated", flag "--session-network";
        /// How many times each core is given out; sessions mostly idle.
        cpu_overcommit: Decimal = "4", flag "--cpu-overcommit";
        /// Memory of this machine that is not given out.
        memory_reserve: ByteCount = "512m";
        /// First of the unprivileged user ids that kernels get where this program runs as root.
        first_uid: NonZeroU32 = "200000";
        /// How many such user ids there are.
        uid_count: NonZeroU32 = "50000";
        /// Kernels started at the same time.
        parallel_starts: NonZeroUsize = "8";
        /// A start that takes longer has failed.
        start_timeout: Duration = "60s";
        /// Idle for longer, an interactive session ends whose key's policy has a negative idle timeout; zero
        /// there is never.
        idle_default: Duration = "10m";
        /// Processor use of a session, in percent of one core, from which on it is at work and not idle. None ("")
        /// means that it never counts, and a computation that nobody watches ends as idle.
        idle_cpu: Option<Decimal> = "5";
        /// How long before a limit ends a session this is told; a tenth of the limit where that is shorter.
        end_warning: Duration = "5m";
        /// Let administrators open the terminals of the sessions of those for whom they may act. The history of
        /// a session then says who did.
        terminal_for_admins: bool = "false";
    }
    /// What is kept of what is over. It is removed in small steps, and the database does not shrink by
    /// it: the room is used anew.
    retention: RetentionSettings {
        /// How long finished sessions are kept, with their logs. None: for ever, since people look back at
        /// them and use is reckoned from them; a thousand take a few megabytes. They are looked at each ten
        /// minutes.
        finished_age: Option<Duration> = "";
        /// How many finished sessions of each key are kept, the newest. None: all of them.
        finished_per_key: Option<NonZeroU32> = "";
        /// How long events are kept for those who follow them. None: for ever.
        events_age: Option<Duration> = "30d";
    }
    /// What only the first start on a data directory looks at.
    first_start: FirstStart {
        /// Make a second domain, and a believable past for everyone.
        demo: bool = "false", flag "--demo";
        /// Write the accounts as JSON too, mode 0600; a file that exists is never overwritten.
        accounts_file: Option<PathBuf> = "", flag "--accounts";
    }
    /// The log on standard error.
    log: Log {
        /// Form: text for people, or json, one object a line.
        format: LogFormat = "text", flag "--log-format";
        /// How much: error, warn, info, debug, trace, also by part: `warn,rollcall_manager=info`.
        filter: LogFilter = "warn", variable "RUST_LOG";
    }
}
