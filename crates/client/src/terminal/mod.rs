//! The terminal of a session: what it prints, and what is typed into it, over lost connections.
//!
//! ```no_run
//! # async fn example(client: rollcall_client::Client, id: rollcall_model::ids::SessionId)
//! # -> Result<(), rollcall_client::Error> {
//! use rollcall_client::terminal::{Heard, Said};
//!
//! let mut terminal = client.terminal(id, None);
//! terminal.say(Said::Resize { rows: 40, cols: 120 }).await;
//! terminal.say(Said::Input(b"ls\n".to_vec())).await;
//! loop {
//!     match terminal.next().await? {
//!         // What follows begins with what was printed before, so that a screen is cleared first.
//!         Heard::Open { again } => println!("open{}", if again { " again" } else { "" }),
//!         Heard::Printed(bytes) => println!("{} bytes", bytes.len()),
//!         Heard::Lost => println!("the connection is made again"),
//!         Heard::Ended => return Ok(()),
//!     }
//! }
//! # }
//! ```

mod keeper;
mod socket;

use rollcall_model::ids::SessionId;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

pub use rollcall_wire::terminal::Said;

use crate::error::Error;
use crate::transport::Client;
use keeper::Keeper;

const ACT: &str = "opening the terminal";
/// Messages that wait on either side: who reads slowly slows the server down.
const WAITING: usize = 32;

/// What a terminal tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It is open. What it prints begins with its last 256 KiB, also when it was open before.
    Open {
        /// Not for the first time.
        again: bool,
    },
    /// It printed something.
    Printed(Vec<u8>),
    /// The connection was lost. It is made again by itself; what is said until then is not heard.
    Lost,
    /// The session is over: the last thing that is told.
    Ended,
}

/// A terminal that is kept open. Dropping it closes it; the session goes on.
#[derive(Debug)]
pub struct Terminal {
    client: Client,
    heard: mpsc::Receiver<Result<Heard, Error>>,
    said: mpsc::Sender<Said>,
    task: JoinHandle<()>,
}

impl Client {
    /// Opens the terminal of a session; `owner` is the key that it belongs to, where that is another's.
    ///
    /// Must be called inside a tokio runtime.
    #[must_use]
    pub fn terminal(&self, session: SessionId, owner: Option<&str>) -> Terminal {
        let (tell, heard) = mpsc::channel(WAITING);
        let (said, hear) = mpsc::channel(WAITING);
        let keeper = Keeper::new(self.clone(), session, owner.map(str::to_owned), hear, tell);
        Terminal { client: self.clone(), heard, said, task: tokio::spawn(keeper.run()) }
    }
}

impl Terminal {
    /// The next that is heard. Dropping the future loses nothing.
    ///
    /// # Errors
    /// When the first connection cannot be made, and when the server refuses (also later: a right can
    /// be lost). Nothing is heard after that.
    pub async fn next(&mut self) -> Result<Heard, Error> {
        tokio::select! {
            biased;
            () = self.client.cancel().cancelled() => Err(Error::Cancelled { act: ACT }),
            heard = self.heard.recv() => heard.unwrap_or(Ok(Heard::Ended)),
        }
    }

    /// Says something. The size of the window is kept for every later connection; all else is lost
    /// while a connection is made again.
    pub async fn say(&self, said: Said) {
        // Nobody listens any more once the end was told.
        let _ = self.said.send(said).await;
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.task.abort();
    }
}
