//! The shim's protocol: frames of a JSON header and a payload, on a Unix socket.
//!
//! A frame is the length of the header and of the payload (32 bit, big endian each), then the two.
//! The first frame of a connection is `hello` with the kernel's id and nonce; everything else
//! before it is refused.

use std::io;

use rollcall_model::ids::KernelId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Version of the protocol; a shim refuses others.
pub const VERSION: u32 = 1;

const MAX_HEADER: usize = 16 << 10;
const MAX_PAYLOAD: usize = 1 << 20;

/// What a client says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Request {
    /// Proves to be allowed here.
    Hello {
        /// [`VERSION`].
        version: u32,
        /// The kernel that is meant.
        kernel: KernelId,
        /// The nonce from its directory.
        nonce: String,
    },
    /// Wants the output from now on, and what the ring still holds.
    Attach {
        /// Whether to send the ring first.
        replay: bool,
    },
    /// Payload goes to the terminal.
    Input,
    /// The terminal's size.
    Resize {
        /// Lines.
        rows: u16,
        /// Columns.
        cols: u16,
    },
    /// A signal to the kernel's processes: `HUP`, `INT`, `QUIT`, `TERM`, `KILL`, `USR1`, `USR2`, `CONT`, `STOP`.
    Signal {
        /// Its name.
        name: String,
    },
    /// HUP and TERM at once, KILL after the grace time.
    Terminate {
        /// Milliseconds.
        grace_ms: u64,
    },
    /// KILL at once.
    Kill,
    /// Asks how it is.
    Status,
}

/// What the shim says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Reply {
    /// Answers a good hello.
    Hello {
        /// [`VERSION`].
        version: u32,
        /// The kernel.
        kernel: KernelId,
        /// Which start of it.
        generation: i32,
        /// The shim's nonce, which proves that it was started from the same directory.
        nonce: String,
    },
    /// Answers everything that is not allowed or not understood.
    Refused {
        /// Why.
        reason: String,
    },
    /// Payload is output of the terminal.
    Output,
    /// Answers a status request.
    Status {
        /// The kernel's first process.
        pid: i32,
        /// Lines.
        rows: u16,
        /// Columns.
        cols: u16,
        /// Whether it was asked to end.
        ending: bool,
    },
    /// The kernel ended; the last frame.
    Exit {
        /// Exit code.
        code: i32,
    },
}

/// Encodes a frame.
pub fn encode<T: Serialize>(header: &T, payload: &[u8]) -> io::Result<Vec<u8>> {
    let header = serde_json::to_vec(header)?;
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).map_err(io::Error::other);
    let mut frame = Vec::with_capacity(8 + header.len() + payload.len());
    frame.extend_from_slice(&length(&header)?.to_be_bytes());
    frame.extend_from_slice(&length(payload)?.to_be_bytes());
    frame.extend_from_slice(&header);
    frame.extend_from_slice(payload);
    Ok(frame)
}

/// Takes frames out of a stream of bytes.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: Vec<u8>,
}

impl Decoder {
    /// Adds received bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole frame; `None` until more bytes came. An error means that the peer does not
    /// speak this protocol and the connection must be closed.
    pub fn take<T: DeserializeOwned>(&mut self) -> io::Result<Option<(T, Vec<u8>)>> {
        let Some((header, payload)) = self.lengths()? else { return Ok(None) };
        let end = 8 + header + payload;
        let Some(body) = self.buffer.get(8..end) else { return Ok(None) };
        let (header, payload) = body.split_at(header);
        let frame = (serde_json::from_slice(header)?, payload.to_vec());
        self.buffer.drain(..end);
        Ok(Some(frame))
    }

    fn lengths(&self) -> io::Result<Option<(usize, usize)>> {
        let [a, b, c, d, e, f, g, h, ..] = *self.buffer.as_slice() else { return Ok(None) };
        let header = u32::from_be_bytes([a, b, c, d]) as usize;
        let payload = u32::from_be_bytes([e, f, g, h]) as usize;
        if header > MAX_HEADER || payload > MAX_PAYLOAD {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "frame too large"));
        }
        Ok(Some((header, payload)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn frames_survive_any_cut(payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..5), cut in 1_usize..50) {
            let stream: Vec<u8> = payloads.iter().flat_map(|payload| encode(&Request::Input, payload).unwrap()).collect();
            let mut decoder = Decoder::default();
            let mut got = Vec::new();
            for piece in stream.chunks(cut) {
                decoder.push(piece);
                while let Some((header, payload)) = decoder.take::<Request>().unwrap() {
                    prop_assert_eq!(header, Request::Input);
                    got.push(payload);
                }
            }
            prop_assert_eq!(got, payloads);
        }

    }

    /// Foreign bytes, alone and between good frames: an error closes the connection, and what was
    /// whole before comes out unchanged.
    #[test]
    fn foreign_bytes() {
        let bytes = || prop::collection::vec(any::<u8>(), 0..200);
        let headed = (0..40_u32, 0..40_u32, r#"(\{"type":"(input|hello|attach|kill|resize)"[^}]{0,20}\}?)?"#, bytes());
        let headed = headed.prop_map(|(header, payload, text, rest)| {
            [&header.to_be_bytes()[..], &payload.to_be_bytes(), text.as_bytes(), &rest].concat()
        });
        let foreign = prop_oneof![bytes(), headed];
        rollcall_testkit::fuzz::run("shim protocol", &(bytes(), foreign, 1..64_usize), |(payload, foreign, cut)| {
            let mut stream = encode(&Request::Input, &payload).unwrap();
            stream.extend_from_slice(&foreign);
            let mut decoder = Decoder::default();
            let mut got = Vec::new();
            'connection: for piece in stream.chunks(cut) {
                decoder.push(piece);
                loop {
                    match decoder.take::<Request>() {
                        Ok(Some(frame)) => got.push(frame),
                        Ok(None) => break,
                        Err(_) => break 'connection,
                    }
                }
            }
            prop_assert_eq!(got.first(), Some(&(Request::Input, payload)));
            Ok(())
        });
    }

    #[test]
    fn a_frame_that_promises_too_much_is_refused_at_once() {
        let mut decoder = Decoder::default();
        decoder.push(&[0, 0, 0, 2, 0xff, 0xff, 0xff, 0xff]);
        assert!(decoder.take::<Request>().is_err());
    }
}
