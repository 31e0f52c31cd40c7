//! Names and data of events (`rest.md` §6.1).

use rollcall_model::event::Event;
use rollcall_model::ids::SessionId;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::parameters::Parameters;
use crate::problem::Problem;

/// Every event that is relayed to clients.
pub const RELAYED: [&str; 14] = [
    "session_enqueued",
    "session_scheduled",
    "session_started",
    "session_cancelled",
    "session_terminated",
    "session_success",
    "session_failure",
    "kernel_preparing",
    "kernel_pulling",
    "kernel_creating",
    "kernel_started",
    "kernel_cancelled",
    "kernel_terminating",
    "kernel_terminated",
];

/// Events besides those of the contract, told to whoever asks for them (`notices=true`): a limit is about to
/// end a session, its end was pushed out, an operation on it failed.
pub const NOTICES: [&str; 3] = ["session_ending_soon", "session_extended", "session_error"];

/// The last event of a stream that ends, told by the stream itself.
pub const SERVER_CLOSE: &str = "server_close";

/// `GET /events/session`: which events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventsRequest {
    /// Only this session; goes before the name.
    pub session: Option<SessionId>,
    /// Only the session of this name and of one key.
    pub name: Option<String>,
    /// That key; the signing one where it is left out.
    pub owner: Option<String>,
    /// Only sessions of this project.
    pub group: Option<String>,
    /// Only events of one kind.
    pub scope: Option<Scope>,
    /// Whether [`NOTICES`] are told too. Clients of Backend.AI never ask, and hear what they know.
    pub notices: bool,
}

/// Kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Of sessions.
    Session,
    /// Of kernels.
    Kernel,
}

impl Scope {
    /// How the names of such events begin.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Session => "session_",
            Self::Kernel => "kernel_",
        }
    }
}

impl EventsRequest {
    /// Reads the parameters. `*` is any.
    ///
    /// # Errors
    /// `invalid-api-params`.
    pub fn of(mut parameters: Parameters) -> Result<Self, Problem> {
        let scopes = [("*", None), ("session", Some(Scope::Session)), ("kernel", Some(Scope::Kernel))];
        let request = Self {
            session: parameters.uuid(&["sessionId"]).map(SessionId),
            name: parameters.text(&["name", "sessionName"]).filter(|name| name != "*"),
            owner: parameters.text(&["ownerAccessKey"]),
            group: parameters.text(&["group", "groupName"]).filter(|name| name != "*"),
            scope: parameters.choice(&["scope"], "EventScopes", &scopes, None),
            notices: parameters.boolean(&["notices"], false),
        };
        parameters.finish(request)
    }

    /// Whether events of this name were asked for.
    #[must_use]
    pub fn admits(&self, name: &str) -> bool {
        let told = RELAYED.contains(&name) || self.notices && NOTICES.contains(&name);
        told && self.scope.is_none_or(|scope| name.starts_with(scope.prefix()))
    }
}

/// `GET /events/background-task`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskRequest {
    /// Which task.
    pub task: Uuid,
}

impl TaskRequest {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid-api-params`.
    pub fn of(mut parameters: Parameters) -> Result<Self, Problem> {
        const NAMES: [&str; 2] = ["task_id", "taskId"];
        let task = parameters.uuid(&NAMES);
        if task.is_none() && !NAMES.iter().any(|name| parameters.is_wrong(name)) {
            parameters.wrong("task_id", "is required");
        }
        parameters.finish(Self { task: task.unwrap_or_default() })
    }
}

/// The data of an event. `clusterRole` and `clusterIdx` belong to kernel events; an index of 0 is
/// left out.
#[must_use]
pub fn data(event: &Event) -> Value {
    let mut data = Map::from_iter([
        ("reason".to_owned(), Value::from(event.reason.as_str())),
        ("sessionName".to_owned(), event.session_name.as_str().into()),
        ("ownerAccessKey".to_owned(), event.access_key.as_str().into()),
        ("sessionId".to_owned(), event.session_id.to_string().into()),
        ("kernelId".to_owned(), event.kernel_id.to_string().into()),
    ]);
    if let Some(role) = &event.cluster_role {
        data.insert("clusterRole".to_owned(), role.as_str().into());
    }
    if let Some(index) = event.cluster_idx.filter(|index| *index != 0) {
        data.insert("clusterIdx".to_owned(), index.into());
    }
    Value::Object(data)
}

#[cfg(test)]
mod tests {
    use rollcall_model::ids::{GroupId, SessionId, UserId};
    use rollcall_model::time::from_micros;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_may_be_asked_for() {
        let read = |query: &str| EventsRequest::of(Parameters::of_query(query));
        let any = EventsRequest { session: None, name: None, owner: None, group: None, scope: None, notices: false };
        assert_eq!(read("name=*&group=*&scope=*"), Ok(any.clone()));
        let one = EventsRequest { name: Some("a".into()), scope: Some(Scope::Kernel), ..any.clone() };
        assert_eq!(read("sessionName=a&scope=kernel"), Ok(one.clone()));
        let more = EventsRequest { notices: true, ..any.clone() };
        assert_eq!(read("notices=true"), Ok(more.clone()));
        assert!(NOTICES.iter().all(|name| more.admits(name) && !any.admits(name)));
        assert!(any.admits("session_started") && any.admits("kernel_started") && !any.admits("session_preparing"));
        assert!(!one.admits("session_started") && one.admits("kernel_started"));
        let wrong = |query, name: &str| {
            assert!(read(query).is_err_and(|problem| problem.to_json()["data"].get(name).is_some()), "{query}");
        };
        wrong("sessionId=1", "sessionId");
        wrong("scope=all", "scope");
        wrong("name=", "name");
        for query in ["", "task_id=", "taskId=x"] {
            assert!(TaskRequest::of(Parameters::of_query(query)).is_err(), "{query}");
        }
        assert!(TaskRequest::of(Parameters::of_query("taskId=00000000-0000-0000-0000-000000000001")).is_ok());
    }

    #[test]
    fn data_has_the_contracts_keys() {
        let session_id = SessionId(Uuid::nil());
        let event = Event {
            number: 1,
            name: "kernel_started".into(),
            reason: String::new(),
            session_id,
            session_name: "mysess".into(),
            kernel_id: session_id.main_kernel(),
            cluster_role: Some("main".into()),
            cluster_idx: Some(1),
            access_key: "AK".into(),
            user_id: UserId(Uuid::nil()),
            domain: "default".into(),
            group_id: GroupId(Uuid::nil()),
            at: from_micros(0),
        };
        let nil = "00000000-0000-0000-0000-000000000000";
        assert_eq!(
            data(&event).to_string(),
            format!(
                r#"{{"reason":"","sessionName":"mysess","ownerAccessKey":"AK","sessionId":"{nil}","kernelId":"{nil}","clusterRole":"main","clusterIdx":1}}"#
            )
        );
        assert!(RELAYED.contains(&event.name.as_str()) && !RELAYED.contains(&SERVER_CLOSE));
    }
}
