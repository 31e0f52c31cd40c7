//! Rollcall's own API, `/v1`: what is asked and answered. Moments are ISO 8601 in UTC, durations
//! seconds, sizes bytes; what is not known is null.

mod ask;
mod change;
mod course;
mod detail;
mod login;
mod preferences;
mod row;
mod steady;

pub use ask::{Count, ListAsked, Start};
pub use change::{Change, Frame, GoodBye, apply, difference};
pub use course::{RecentUsage, UsageAnswer, UsageLine};
pub use detail::{Detail, Explanation, HistoryLine, KernelRow};
pub use login::{KeyLoginAsked, LoginAnswer, LoginAsked, LoginRow};
pub use preferences::{
    MAX_BYTES as MAX_PREFERENCES_BYTES, MAX_DEPTH as MAX_PREFERENCES_DEPTH, preferences, preferences_patch,
    within_bounds,
};
pub use row::{FIELDS, ListAnswer, Remaining, SessionRow, SlotAmounts, Tabs, Usage, Waiting, picked};
pub use steady::{steady, unmoved};
