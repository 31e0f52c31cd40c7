//! Reading server-sent events: lines that end with CRLF or LF, in pieces of any size.

use std::collections::VecDeque;

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Frame {
    /// Of the stream's place after this event, as the server sent it.
    pub(crate) id: Option<String>,
    pub(crate) event: String,
    pub(crate) data: String,
}

/// A reader; it keeps what has not come whole.
#[derive(Debug)]
pub(crate) struct Frames {
    /// Bytes of the longest line, and of one event at most.
    most: usize,
    line: Vec<u8>,
    frame: Frame,
    whole: VecDeque<Frame>,
}

impl Frames {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, line: Vec::new(), frame: Frame::default(), whole: VecDeque::new() }
    }

    /// Forgets what came: another connection begins.
    pub(crate) fn clear(&mut self) {
        *self = Self::new(self.most);
    }

    /// The next whole frame.
    pub(crate) fn pop(&mut self) -> Option<Frame> {
        self.whole.pop_front()
    }

    /// Reads a piece; the error says what is wrong with it.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), String> {
        let mut parts = bytes.split(|byte| *byte == b'\n');
        // What follows the last line end has no end yet.
        let rest = parts.next_back().unwrap_or_default();
        for part in parts {
            self.line.extend_from_slice(part);
            let line = std::mem::take(&mut self.line);
            self.read(line.strip_suffix(b"\r").unwrap_or(&line))?;
        }
        self.line.extend_from_slice(rest);
        self.bounded(self.line.len())
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
            "id" => self.frame.id = Some(value.to_owned()),
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
        let id = self.frame.id.as_ref().map_or(0, String::len);
        self.bounded(id + self.frame.event.len() + self.frame.data.len())
    }

    fn bounded(&self, bytes: usize) -> Result<(), String> {
        if bytes > self.most { Err(format!("an event is over {} bytes", self.most)) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const TEXT: &str = "event: one\r\ndata: {\"a\":\"é\"}\r\nretry: 5\r\n\r\n: ping\r\n\r\nevent:two\ndata: x\ndata: y\n\n\
                        event: without data\r\n\r\ndata\r\nunknown: z\r\n\r\nevent: three\r\ndata: unfinished\r\n";

    fn read(pieces: impl Iterator<Item = &'static [u8]>) -> Vec<(String, String)> {
        let mut frames = Frames::new(1 << 20);
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
    fn an_event_may_have_an_id() {
        let mut frames = Frames::new(100);
        frames.push(b"id: 7-a\nevent: one\ndata: {}\n\ndata: x\n\nid\ndata: y\n\n").unwrap();
        let ids: Vec<_> = std::iter::from_fn(|| frames.pop()).map(|frame| frame.id).collect();
        assert_eq!(ids, [Some("7-a".to_owned()), None, Some(String::new())]);
        frames.push(b"id: 8\nda").unwrap();
        frames.clear();
        frames.push(b"data: z\n\n").unwrap();
        assert_eq!(frames.pop(), Some(Frame { data: "z".to_owned(), ..Frame::default() }));
    }

    #[test]
    fn nothing_grows_without_end() {
        let mut frames = Frames::new(1 << 20);
        let piece = vec![b'x'; 1 << 16];
        assert!((0..17).any(|_| frames.push(&piece).is_err()));
        let mut frames = Frames::new(1 << 20);
        let line = [b"data: ".as_slice(), &piece, b"\n"].concat();
        assert!((0..17).any(|_| frames.push(&line).is_err()));
        assert!(Frames::new(1 << 20).push(b"data: \xff\n").is_err());
    }
}
