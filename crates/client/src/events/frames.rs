//! Reading server-sent events: lines that end with CRLF or LF, in pieces of any size.

use std::collections::VecDeque;

/// The longest line, and the most data of one frame.
const MOST_BYTES: usize = 1 << 20;

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) event: String,
    pub(super) data: String,
}

/// A reader; it keeps what has not come whole.
#[derive(Debug, Default)]
pub(super) struct Frames {
    line: Vec<u8>,
    frame: Frame,
    whole: VecDeque<Frame>,
}

impl Frames {
    /// The next whole frame.
    pub(super) fn pop(&mut self) -> Option<Frame> {
        self.whole.pop_front()
    }

    /// Reads a piece; the error says what is wrong with it.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), String> {
        let mut parts = bytes.split(|byte| *byte == b'\n');
        // What follows the last line end has no end yet.
        let rest = parts.next_back().unwrap_or_default();
        for part in parts {
            self.line.extend_from_slice(part);
            let line = std::mem::take(&mut self.line);
            self.read(line.strip_suffix(b"\r").unwrap_or(&line))?;
        }
        self.line.extend_from_slice(rest);
        bounded(self.line.len())
    }

    fn read(&mut self, line: &[u8]) -> Result<(), String> {
        let line = std::str::from_utf8(line).map_err(|_| "it is not in UTF-8".to_owned())?;
        if line.is_empty() {
            let frame = std::mem::take(&mut self.frame);
            if !frame.data.is_empty() {
                self.whole.push_back(frame);
            }
            return Ok(());
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => self.frame.event = value.to_owned(),
            "data" => {
                if !self.frame.data.is_empty() {
                    self.frame.data.push('\n');
                }
                self.frame.data.push_str(value);
            }
            // Comments begin with the colon; `retry` and what else there may be are of no use here.
            _ => {}
        }
        bounded(self.frame.event.len() + self.frame.data.len())
    }
}

fn bounded(bytes: usize) -> Result<(), String> {
    if bytes > MOST_BYTES { Err(format!("an event is over {MOST_BYTES} bytes")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const TEXT: &str = "event: one\r\ndata: {\"a\":\"é\"}\r\nretry: 5\r\n\r\n: ping\r\n\r\nevent:two\ndata: x\ndata: y\n\n\
                        event: without data\r\n\r\ndata\r\nunknown: z\r\n\r\nevent: three\r\ndata: unfinished\r\n";

    fn read(pieces: impl Iterator<Item = &'static [u8]>) -> Vec<(String, String)> {
        let mut frames = Frames::default();
        pieces.for_each(|piece| frames.push(piece).unwrap());
        std::iter::from_fn(|| frames.pop()).map(|frame| (frame.event, frame.data)).collect()
    }

    #[test]
    fn frames_come_whole_however_they_are_cut() {
        let whole = read([TEXT.as_bytes()].into_iter());
        let expected = [("one", "{\"a\":\"é\"}"), ("two", "x\ny")];
        assert_eq!(whole, expected.map(|(event, data)| (event.to_owned(), data.to_owned())));
        for size in 1..40 {
            assert_eq!(read(TEXT.as_bytes().chunks(size)), whole, "in pieces of {size}");
        }
    }

    #[test]
    fn nothing_grows_without_end() {
        let mut frames = Frames::default();
        let piece = vec![b'x'; 1 << 16];
        assert!((0..17).any(|_| frames.push(&piece).is_err()));
        let mut frames = Frames::default();
        let line = [b"data: ".as_slice(), &piece, b"\n"].concat();
        assert!((0..17).any(|_| frames.push(&line).is_err()));
        assert!(Frames::default().push(b"data: \xff\n").is_err());
    }
}
