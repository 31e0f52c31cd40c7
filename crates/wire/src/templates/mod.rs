//! Bodies of `/template/session`, `/template/cluster` and `create-from-template` (`rest.md` §10 and §3.2).

mod check;
mod git;
mod merge;
mod payload;

#[cfg(test)]
mod tests;

pub use git::GitStep;
pub use merge::{Defaults, FromTemplate, NOT_GIVEN, from_template};
pub use payload::{TemplateItem, TemplateRequest, one};
