//! Between a viewer and a shim: a connection of its own, so that a slow one holds up nobody else.

use std::io;
use std::path::Path;

use super::link::{self, Asking, Hearing};
use super::order::Order;
use crate::shim::protocol::{Reply, Request};
use crate::terminal::{Terminal, TerminalServer, Typed};

/// Typed bytes sent at once.
const PIECE: usize = 16 << 10;

/// Opens the terminal of the kernel in `directory`, and carries until either side ends.
pub(super) async fn open(directory: &Path, order: &Order) -> io::Result<Terminal> {
    let (mut asking, hearing) = link::connect(directory, order).await?;
    asking.ask(&Request::Attach { replay: true }).await?;
    let (viewer, TerminalServer { typed, printed }) = Terminal::pair();
    tokio::spawn(async move {
        tokio::select! {
            // Whichever ends first takes the connection with it.
            _ = type_on(asking, typed) => {}
            _ = print(hearing, printed) => {}
        }
    });
    Ok(viewer)
}

async fn type_on(mut asking: Asking, mut typed: tokio::sync::mpsc::Receiver<Typed>) -> io::Result<()> {
    while let Some(typed) = typed.recv().await {
        match typed {
            Typed::Input(bytes) => {
                for piece in bytes.chunks(PIECE) {
                    asking.say(&Request::Input, piece).await?;
                }
            }
            Typed::Size { rows, cols } => asking.ask(&Request::Resize { rows, cols }).await?,
        }
    }
    Ok(())
}

async fn print(mut hearing: Hearing, printed: tokio::sync::mpsc::Sender<Vec<u8>>) -> io::Result<()> {
    while let Some((reply, payload)) = hearing.next().await? {
        match reply {
            Reply::Output => {
                if !payload.is_empty() && printed.send(payload).await.is_err() {
                    return Ok(());
                }
            }
            Reply::Exit { .. } => return Ok(()),
            Reply::Hello { .. } | Reply::Refused { .. } | Reply::Status { .. } => {}
        }
    }
    Ok(())
}
