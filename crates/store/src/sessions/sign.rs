//! The last sign of life of a session, shared by whoever notes it and whoever judges by it.
//!
//! A transaction that ends an idle session reads it after it has locked the row, so that a sign that
//! came while it waited for the lock still counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rollcall_model::Timestamp;

use crate::codec::{micros, moment};

/// Before every moment there is.
const NONE: i64 = i64::MIN;

/// The last sign of life; never goes back.
#[derive(Clone, Debug)]
pub struct Sign(Arc<AtomicI64>);

impl Default for Sign {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(NONE)))
    }
}

impl Sign {
    /// A sign at this moment.
    pub fn note(&self, at: Timestamp) {
        self.0.fetch_max(micros(at), Ordering::SeqCst);
    }

    /// The last one.
    #[must_use]
    pub fn last(&self) -> Option<Timestamp> {
        let last = self.0.load(Ordering::SeqCst);
        (last != NONE).then(|| moment(last))
    }

    /// Whether somebody else holds it.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }
}

impl PartialEq for Sign {
    fn eq(&self, other: &Self) -> bool {
        self.last() == other.last()
    }
}
