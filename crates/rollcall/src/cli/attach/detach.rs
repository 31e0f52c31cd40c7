//! The keys that leave a terminal, found among those that are passed on.

use std::str::FromStr;

/// A sequence of keys; empty is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DetachKeys(Vec<u8>);

impl FromStr for DetachKeys {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self(Vec::new()));
        }
        let keys = text.split(',').map(|key| self::key(key.trim()));
        keys.collect::<Option<_>>().map(Self).ok_or_else(|| {
            "keys are written as `ctrl-p` or `x`, with commas in between; `none` is no such keys".to_owned()
        })
    }
}

fn key(name: &str) -> Option<u8> {
    let control = name.strip_prefix("ctrl-").or_else(|| name.strip_prefix('^').filter(|rest| !rest.is_empty()));
    match control.unwrap_or(name).as_bytes() {
        [letter] if control.is_some() => {
            let letter = letter.to_ascii_uppercase();
            (b'@'..=b'_').contains(&letter).then_some(letter & 0x1f)
        }
        [letter] if letter.is_ascii_graphic() => Some(*letter),
        _ => None,
    }
}

/// Looks for the keys in what is typed.
#[derive(Debug)]
pub(super) struct Watch {
    keys: Vec<u8>,
    /// The begin of the sequence, as far as it was typed.
    held: Vec<u8>,
}

impl Watch {
    pub(super) fn new(keys: DetachKeys) -> Self {
        Self { keys: keys.0, held: Vec::new() }
    }

    /// What of `typed` is passed on, and whether the keys were among it: what follows them is not.
    pub(super) fn typed(&mut self, typed: &[u8]) -> (Vec<u8>, bool) {
        if self.keys.is_empty() {
            return (typed.to_vec(), false);
        }
        let mut passed = Vec::new();
        for byte in typed {
            self.held.push(*byte);
            while !self.keys.starts_with(&self.held) {
                passed.push(self.held.remove(0));
            }
            if self.held == self.keys {
                return (passed, true);
            }
        }
        (passed, false)
    }

    /// Whether keys are held back that may become the sequence.
    pub(super) fn holds(&self) -> bool {
        !self.held.is_empty()
    }

    /// What was held back for too long to be meant.
    pub(super) fn release(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.held)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn keys(text: &str) -> DetachKeys {
        text.parse().unwrap()
    }

    #[test]
    fn keys_are_written_by_their_names() {
        assert_eq!(keys("ctrl-p,ctrl-q").0, [16, 17]);
        assert_eq!(keys("ctrl-P, x,ctrl-],^a,ctrl-@,^").0, [16, b'x', 0x1d, 1, 0, b'^']);
        assert!(keys("none").0.is_empty());
        for wrong in ["", "ctrl-", "ctrl-1", "xy", "ctrl-p,", "é", "ctrl-é", " "] {
            assert!(wrong.parse::<DetachKeys>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn they_are_found_however_they_are_cut() {
        let check = |sequence: &str, typed: &[u8], passed: &[u8], left: bool| {
            for size in 1..=typed.len() {
                let mut watch = Watch::new(keys(sequence));
                let (mut all, mut is_left) = (Vec::new(), false);
                for piece in typed.chunks(size) {
                    let (more, left) = watch.typed(piece);
                    all.extend(more);
                    is_left |= left;
                    if left {
                        break;
                    }
                }
                assert_eq!((all.as_slice(), is_left), (passed, left), "{typed:?} in pieces of {size}");
            }
        };
        check("ctrl-p,ctrl-q", b"ls\x10\x11rm", b"ls", true);
        check("ctrl-p,ctrl-q", b"a\x10b\x11", b"a\x10b\x11", false);
        check("ctrl-p,ctrl-q", b"\x10\x10\x11", b"\x10", true);
        check("a,a,b", b"aaab", b"a", true);
        check("none", b"\x10\x11", b"\x10\x11", false);
    }

    #[test]
    fn what_is_held_is_given_back() {
        let mut watch = Watch::new(keys("ctrl-p,ctrl-q"));
        assert_eq!(watch.typed(b"x\x10"), (b"x".to_vec(), false));
        assert!(watch.holds());
        assert_eq!(watch.release(), b"\x10");
        assert_eq!(watch.typed(b"\x11"), (b"\x11".to_vec(), false));
    }
}
