//! Bodies of `/session` (`rest.md` §3).

mod answers;
mod create;
mod info;
mod operate;
#[cfg(test)]
mod tests;

pub use answers::{
    Created, DestroyAnswer, ExtendAnswer, LogsAnswer, LogsResult, MatchAnswer, Matched, RemainingTime, Reused,
    ServicePort, already_exists, service_ports, too_many_matched,
};
pub use create::{CreateConfig, CreateRequest, NAME_PATTERN, check_name};
pub use info::SessionInfo;
pub use operate::{
    DestroyRequest, ExtendRequest, MatchRequest, OwnerRequest, RenameRequest, TaskLogsRequest, owner_in_query,
};
