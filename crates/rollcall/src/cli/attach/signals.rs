//! The signals that matter while a terminal is raw.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Those that are listened to.
pub(super) struct Signals {
    resized: Signal,
    ends: [(Signal, u8, &'static str); 4],
}

/// What a signal says.
pub(super) enum Told {
    /// The window has another size.
    Resized,
    /// The program is to end: number and name.
    End(u8, &'static str),
}

impl Signals {
    pub(super) fn listen() -> io::Result<Self> {
        let end = |kind: SignalKind, number, name| Ok::<_, io::Error>((signal(kind)?, number, name));
        Ok(Self {
            resized: signal(SignalKind::window_change())?,
            ends: [
                end(SignalKind::hangup(), 1, "SIGHUP")?,
                end(SignalKind::interrupt(), 2, "SIGINT")?,
                end(SignalKind::quit(), 3, "SIGQUIT")?,
                end(SignalKind::terminate(), 15, "SIGTERM")?,
            ],
        })
    }

    /// The next. Dropping the future loses none.
    pub(super) async fn next(&mut self) -> Told {
        let [hangup, interrupt, quit, terminate] = &mut self.ends;
        let (_, number, name) = tokio::select! {
            _ = self.resized.recv() => return Told::Resized,
            _ = hangup.0.recv() => hangup,
            _ = interrupt.0.recv() => interrupt,
            _ = quit.0.recv() => quit,
            _ = terminate.0.recv() => terminate,
        };
        Told::End(*number, name)
    }
}
