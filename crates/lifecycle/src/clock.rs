//! The one place of this crate that reads the wall clock.

use rollcall_model::Timestamp;

/// Now, as precise as it can be stored.
pub(crate) fn now() -> Timestamp {
    rollcall_model::time::truncate(chrono::Utc::now())
}
