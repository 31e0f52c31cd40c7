//! A kernel's output: a bounded log on disk and the ring that a late viewer is shown.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::local::order;

/// Size of one log file; there are two.
const LOG_BYTES: u64 = 1 << 20;
/// What a late viewer is shown.
const RING_BYTES: usize = 256 << 10;

#[derive(Debug)]
pub(super) struct Output {
    directory: PathBuf,
    file: File,
    written: u64,
    ring: VecDeque<u8>,
}

impl Output {
    pub(super) fn open(directory: &Path) -> io::Result<Self> {
        let file = open(directory)?;
        let written = file.metadata()?.len();
        Ok(Self { directory: directory.to_owned(), file, written, ring: VecDeque::new() })
    }

    /// Keeps output. A full disk loses the log and not the kernel.
    pub(super) fn keep(&mut self, bytes: &[u8]) {
        let surplus = (self.ring.len() + bytes.len()).saturating_sub(RING_BYTES).min(self.ring.len());
        self.ring.drain(..surplus);
        self.ring.extend(bytes.get(bytes.len().saturating_sub(RING_BYTES)..).unwrap_or_default());
        let _ = self.log(bytes);
    }

    fn log(&mut self, bytes: &[u8]) -> io::Result<()> {
        let length = bytes.len() as u64;
        if self.written + length > LOG_BYTES {
            fs::rename(self.directory.join(order::LOG), self.directory.join(order::OLD_LOG))?;
            self.file = open(&self.directory)?;
            self.written = 0;
        }
        self.written += length;
        self.file.write_all(bytes)
    }

    pub(super) fn replay(&self) -> Vec<u8> {
        self.ring.iter().copied().collect()
    }
}

fn open(directory: &Path) -> io::Result<File> {
    File::options().append(true).create(true).mode(0o600).open(directory.join(order::LOG))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn log_and_ring_stay_bounded_and_keep_the_latest() {
        let directory = tempfile::tempdir().unwrap();
        let mut output = Output::open(directory.path()).unwrap();
        for number in 0..400_u32 {
            output.keep(format!("{number:08}").repeat(1_000).as_bytes());
        }
        let ring = output.replay();
        assert_eq!(ring.len(), RING_BYTES);
        assert!(ring.ends_with(b"00000399"));
        for name in [order::LOG, order::OLD_LOG] {
            assert!(fs::metadata(directory.path().join(name)).unwrap().len() <= LOG_BYTES);
        }
        assert!(fs::read(directory.path().join(order::LOG)).unwrap().ends_with(b"00000399"));
    }
}
