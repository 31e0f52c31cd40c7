//! What every request goes through, whatever it asks for.

pub(crate) mod observe;
pub(crate) mod params;
