//! Which slots there can be, and in what unit (`rest.md` §2).

/// Below this path of the configuration slots are declared: `<this><name>` = unit.
pub const DECLARED: &str = "config/resource_slots/";
/// Units that the API knows.
pub const UNITS: [&str; 3] = ["count", "bytes", "unique"];
/// Slots that are there without being declared; their unit is that of their kind.
pub const INTRINSIC: [&str; 2] = ["cpu", "mem"];
