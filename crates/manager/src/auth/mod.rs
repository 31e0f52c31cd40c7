//! Who is asking: signatures, passwords, and how often one may try either.

pub(crate) mod credential;
pub(crate) mod password;
pub(crate) mod rate;
pub(crate) mod signed;
pub(crate) mod strangers;
