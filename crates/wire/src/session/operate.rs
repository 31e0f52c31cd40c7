//! The parameters of what is done to a session.

use uuid::Uuid;

use super::create::session_name;
use crate::parameters::Parameters;
use crate::problem::Problem;

/// `owner_access_key` of the query string, which counts before any in the body.
///
/// # Errors
/// `invalid-api-params` for a blank one.
pub fn owner_in_query(query: Option<&str>) -> Result<Option<String>, Problem> {
    let mut parameters = Parameters::of_query(query.unwrap_or_default());
    let owner = parameters.text(&["owner_access_key"]);
    parameters.finish(owner)
}

/// Nothing but the owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerRequest {
    /// Key of the owner.
    pub owner_access_key: Option<String>,
}

impl OwnerRequest {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid-api-params`.
    pub fn of(mut parameters: Parameters) -> Result<Self, Problem> {
        let owner_access_key = parameters.text(&["owner_access_key"]);
        parameters.finish(Self { owner_access_key })
    }
}

/// `GET /session/_/match`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchRequest {
    /// Name, UUID, or the beginning of either.
    pub id: String,
}

impl MatchRequest {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid-api-params`.
    pub fn of(mut parameters: Parameters) -> Result<Self, Problem> {
        let id = parameters.required_text(&["id"], "id");
        parameters.finish(Self { id })
    }
}

/// `GET /session/_/logs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskLogsRequest {
    /// The task: the id of its session.
    pub task: Uuid,
}

impl TaskLogsRequest {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid-api-params`.
    pub fn of(mut parameters: Parameters) -> Result<Self, Problem> {
        let names = ["session_name", "sessionName", "task_id", "taskId"];
        let task = parameters.uuid(&names);
        if task.is_none() && !names.iter().any(|name| parameters.is_wrong(name)) {
            parameters.wrong("session_name", "is required");
        }
        parameters.finish(Self { task: task.unwrap_or_default() })
    }
}

/// `DELETE /session/{s}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DestroyRequest {
    /// At once, whatever it is doing.
    pub forced: bool,
    /// Key of the owner.
    pub owner_access_key: Option<String>,
}

impl DestroyRequest {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid-api-params`.
    pub fn of(mut parameters: Parameters) -> Result<Self, Problem> {
        let forced = parameters.boolean(&["forced"], false);
        let owner_access_key = parameters.text(&["owner_access_key"]);
        parameters.finish(Self { forced, owner_access_key })
    }
}

/// `POST /session/{s}/rename`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenameRequest {
    /// The new name.
    pub name: String,
}

impl RenameRequest {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid-api-params`.
    pub fn of(mut parameters: Parameters) -> Result<Self, Problem> {
        let name = session_name(&mut parameters);
        parameters.finish(Self { name })
    }
}

/// `POST /session/{s}/extend`, Rollcall's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtendRequest {
    /// By how much the end is pushed out; at least one.
    pub seconds: i64,
}

impl ExtendRequest {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid-api-params`.
    pub fn of(mut parameters: Parameters) -> Result<Self, Problem> {
        // Zero is none of the allowed values, so it stands for a missing one.
        let seconds = parameters.integer(&["seconds"], 1, 0);
        if seconds == 0 && !parameters.is_wrong("seconds") {
            parameters.wrong("seconds", "is required");
        }
        parameters.finish(Self { seconds })
    }
}
