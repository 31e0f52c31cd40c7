//! The engine's connection to a shim. It is kept while the kernel lives: its end is the news that
//! the shim ended.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use super::order::{self, Order};
use crate::shim::protocol::{self, Decoder, Reply, Request};

/// A shim answers within a poll of its loop; one that does not is not there.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// The half that asks.
#[derive(Debug)]
pub(super) struct Asking(OwnedWriteHalf);

/// The half that hears.
#[derive(Debug)]
pub(super) struct Hearing {
    stream: OwnedReadHalf,
    decoder: Decoder,
}

/// Connects and shakes hands: both sides prove to know the nonce of the directory.
pub(super) async fn connect(directory: &Path, order: &Order) -> io::Result<(Asking, Hearing)> {
    let opened = File::open(directory)?;
    // Through a descriptor, so that the path is short however long the directory's is.
    let stream = UnixStream::connect(format!("/proc/self/fd/{}/{}", opened.as_raw_fd(), order::SOCKET)).await?;
    let (read, write) = stream.into_split();
    let mut asking = Asking(write);
    let mut hearing = Hearing { stream: read, decoder: Decoder::default() };
    let hello = Request::Hello { version: protocol::VERSION, kernel: order.kernel, nonce: order.nonce.clone() };
    asking.ask(&hello).await?;
    let answer = tokio::time::timeout(HANDSHAKE, hearing.next()).await.map_err(io::Error::other)??;
    match answer {
        Some((Reply::Hello { kernel, generation, nonce, .. }, _))
            if kernel == order.kernel && generation == order.generation && nonce == order.nonce =>
        {
            Ok((asking, hearing))
        }
        other => Err(io::Error::other(format!("the shim answered {:?}", other.map(|(reply, _)| reply)))),
    }
}

impl Asking {
    /// Sends a request; answers, where there are any, come to the other half.
    pub(super) async fn ask(&mut self, request: &Request) -> io::Result<()> {
        self.say(request, &[]).await
    }

    /// The same with a payload.
    pub(super) async fn say(&mut self, request: &Request, payload: &[u8]) -> io::Result<()> {
        self.0.write_all(&protocol::encode(request, payload)?).await
    }
}

impl Hearing {
    /// The next frame; `None` when the shim ended.
    pub(super) async fn next(&mut self) -> io::Result<Option<(Reply, Vec<u8>)>> {
        loop {
            if let Some(frame) = self.decoder.take()? {
                return Ok(Some(frame));
            }
            let mut buffer = [0; 4 << 10];
            let count = self.stream.read(&mut buffer).await?;
            if count == 0 {
                return Ok(None);
            }
            self.decoder.push(buffer.get(..count).unwrap_or_default());
        }
    }

    /// Returns when the shim ended.
    pub(super) async fn end(mut self) {
        while let Ok(Some(_)) = self.next().await {}
    }
}
