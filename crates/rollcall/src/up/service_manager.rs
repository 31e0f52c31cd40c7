//! What a service manager is told, and what it may ask for: systemd's notification protocol. Without
//! one nothing of this happens.

use std::io;

use rollcall_manager::Certificates;
use sd_notify::NotifyState;
use tokio::signal::unix::{SignalKind, signal};

/// The API answers. From now on the manager hears a sign of life too, where it wants one.
pub(super) fn ready(api: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(&format!("Serving {api}"))]);
    if let Some(limit) = sd_notify::watchdog_enabled() {
        tokio::spawn(async move {
            // Comes from the threads that answer requests: if they hang, it stays away.
            let mut pace = tokio::time::interval(limit / 3);
            loop {
                pace.tick().await;
                tell(&[NotifyState::Watchdog]);
            }
        });
    }
}

/// The program is about to end.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("Stopping; sessions go on")]);
}

/// Reads certificates anew on each SIGHUP. Where there are none and nobody manages the program, the
/// signal means what it always did: the terminal is gone.
pub(super) fn reload_on_hangup(certificates: Vec<Certificates>) -> io::Result<()> {
    if certificates.is_empty() && std::env::var_os("NOTIFY_SOCKET").is_none() {
        return Ok(());
    }
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            // Newer managers want to know since when, in the same message.
            let since = NotifyState::monotonic_usec_now().ok();
            let states: Vec<NotifyState<'_>> = [NotifyState::Reloading].into_iter().chain(since).collect();
            tell(&states);
            reload(&certificates);
            tell(&[NotifyState::Ready]);
        }
    });
    Ok(())
}

fn reload(certificates: &[Certificates]) {
    if certificates.is_empty() {
        tracing::info!("nothing to read anew: other settings hold until the next start");
    }
    for certificates in certificates {
        match certificates.reload() {
            Ok(()) => tracing::info!("certificates were read anew; new connections use them"),
            Err(error) => tracing::error!(%error, "certificates stay as they were: {error}"),
        }
    }
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "telling the service manager failed: {error}");
    }
}
