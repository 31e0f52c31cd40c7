//! What each part of the program is told: the settings in the form of the crates that use them.

use std::num::NonZeroU32;

use rollcall_lifecycle::{LimitSettings, Retention};
use rollcall_runtime::local::LocalSettings;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::settings::Config;

impl Config {
    /// For the API server.
    pub(crate) fn manager(&self) -> rollcall_manager::Settings {
        rollcall_manager::Settings {
            accept_sha1: self.api.accept_sha1,
            body_limit: usize::try_from(self.api.body_limit.0).unwrap_or(usize::MAX),
            header_timeout: self.api.header_timeout,
            body_timeout: self.api.body_timeout,
            query_timeout: self.api.query_timeout,
            max_connections: self.api.max_connections.get(),
            shutdown_grace: self.api.shutdown_grace,
            password_checks: self.login.parallel_checks.get(),
            password_queue: self.login.queue_timeout,
            login_failures: self.login.failures.get(),
            login_block: self.login.block,
            signature_failures: self.login.signature_failures.get(),
            signature_window: self.login.signature_window,
            group_resource_visibility: self.accounts.group_resource_visibility,
            sign_up: self.accounts.signup,
            login_idle: self.login.idle,
            login_absolute: self.login.absolute,
            terminal_for_admins: self.sessions.terminal_for_admins,
            streams_per_person: self.api.streams_per_person.get(),
            streams_per_key: self.api.streams_per_key.get(),
            event_ping: self.api.event_ping,
            event_patience: self.api.event_patience,
            trusted_proxies: self.api.trusted_proxies.0.clone(),
            console: None,
        }
    }

    /// For the gateway of a listener that speaks TLS or not.
    pub(crate) fn gateway(&self, encrypted: bool) -> rollcall_console::Settings {
        rollcall_console::Settings {
            origins: self.console.origins.0.clone(),
            public: self.console.public_url.clone(),
            trusted_proxies: self.console.trusted_proxies.0.clone(),
            encrypted,
            login_idle: self.login.idle,
            login_absolute: self.login.absolute,
            login_failures: self.login.failures.get(),
            login_block: self.login.block,
            ..rollcall_console::Settings::default()
        }
    }

    /// For what happens to sessions.
    pub(crate) fn lifecycle(&self) -> rollcall_lifecycle::Settings {
        rollcall_lifecycle::Settings {
            parallel_starts: self.sessions.parallel_starts.get(),
            start_timeout: self.sessions.start_timeout,
            limits: LimitSettings {
                idle_default: self.sessions.idle_default,
                end_warning: self.sessions.end_warning,
                idle_cpu_milli_pct: self
                    .sessions
                    .idle_cpu
                    .map(|percent| (percent * Decimal::ONE_THOUSAND).to_i64().unwrap_or(i64::MAX)),
                ..LimitSettings::default()
            },
            retention: Retention {
                finished_age: self.retention.finished_age,
                finished_per_key: self.retention.finished_per_key.map(NonZeroU32::get),
                events_age: self.retention.events_age,
                ..Retention::default()
            },
            ..rollcall_lifecycle::Settings::default()
        }
    }

    /// For the engine, whose own places the caller knows.
    pub(crate) fn engine(&self, mut settings: LocalSettings) -> LocalSettings {
        settings.cpu_overcommit = self.sessions.cpu_overcommit;
        settings.session_network = self.sessions.network.into();
        settings.fence = self.sessions.fence.into();
        settings.unsandboxed = self.sessions.unsandboxed;
        settings.mem_reserve_bytes = self.sessions.memory_reserve.0;
        settings.first_uid = self.sessions.first_uid.get();
        settings.uid_count = self.sessions.uid_count.get();
        settings
    }
}
