//! What every request goes through, whatever it asks for.

pub(crate) mod forwarded;
pub(crate) mod leftover;
pub(crate) mod observe;
pub(crate) mod params;
