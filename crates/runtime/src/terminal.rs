//! A kernel's terminal, as one who looks at it has it: what is typed goes one way, what is printed the
//! other. Several may look at one terminal; each has all of it.

use tokio::sync::mpsc;

/// What a viewer sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    /// Keys.
    Input(Vec<u8>),
    /// The size of the viewer's window; the last one counts for all viewers.
    Size {
        /// Lines.
        rows: u16,
        /// Columns.
        cols: u16,
    },
}

/// A viewer's end of a terminal. Dropping it leaves the terminal as it is.
#[derive(Debug)]
pub struct Terminal {
    typed: mpsc::Sender<Typed>,
    printed: mpsc::Receiver<Vec<u8>>,
}

/// The engine's end of it.
#[derive(Debug)]
pub struct TerminalServer {
    /// What the viewer sends; ends when the viewer has left.
    pub typed: mpsc::Receiver<Typed>,
    /// What the viewer sees; dropping it tells that the kernel has ended.
    pub printed: mpsc::Sender<Vec<u8>>,
}

/// Pieces under way in each direction; the other side waits when there are more.
const UNDER_WAY: usize = 32;

impl Terminal {
    /// Both ends.
    #[must_use]
    pub fn pair() -> (Self, TerminalServer) {
        let (typed, to_kernel) = mpsc::channel(UNDER_WAY);
        let (from_kernel, printed) = mpsc::channel(UNDER_WAY);
        (Self { typed, printed }, TerminalServer { typed: to_kernel, printed: from_kernel })
    }

    /// Sends; `false` when the kernel has ended.
    pub async fn send(&self, typed: Typed) -> bool {
        self.typed.send(typed).await.is_ok()
    }

    /// What is printed next, first what late viewers are shown of what was; `None` when the kernel has
    /// ended.
    pub async fn next(&mut self) -> Option<Vec<u8>> {
        self.printed.recv().await
    }
}
