//! Bodies of `/manager` and `/resource/watcher` (`rest.md` §2, §7).

use rollcall_model::naming::paragraph;
use serde::{Deserialize, Serialize};

use crate::parameters::Parameters;
use crate::problem::Problem;
use crate::version::{API_VERSION, MANAGER_VERSION};

/// The answer of `GET /manager/announcement`. A disabled one has an empty message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// Whether there is one.
    pub enabled: bool,
    /// Its text.
    pub message: String,
}

impl Announcement {
    /// The announcement, or that there is none.
    #[must_use]
    pub fn of(message: Option<String>) -> Self {
        Self { enabled: message.is_some(), message: message.unwrap_or_default() }
    }
}

/// `POST /manager/announcement`: the new text, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnnouncementRequest {
    /// Text; `None` takes the announcement back.
    pub message: Option<String>,
}

impl AnnouncementRequest {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid-api-params`: an announcement without words, or with words that are none.
    pub fn of(mut parameters: Parameters) -> Result<Self, Problem> {
        let enabled = parameters.boolean(&["enabled"], false);
        let message = parameters.any_text(&["message"]).filter(|_| enabled);
        match &message {
            Some(text) if text.trim().is_empty() => parameters.wrong("message", "blank value is not allowed"),
            Some(text) => {
                if let Err(error) = paragraph("message", text) {
                    parameters.wrong("message", error.to_string());
                }
            }
            None if enabled && !parameters.is_wrong("message") => parameters.wrong("message", "is required"),
            None => {}
        }
        parameters.finish(Self { message })
    }
}

/// What the server as a whole is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ServerStatus {
    /// Takes changes.
    Running,
    /// Reads only.
    Frozen,
}

impl ServerStatus {
    /// By whether the server is frozen.
    #[must_use]
    pub fn of(frozen: bool) -> Self {
        if frozen { Self::Frozen } else { Self::Running }
    }
}

/// The answer of `GET /manager/status`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ManagerStatus {
    /// The processes that answer; each knows itself alone.
    pub nodes: Vec<NodeStatus>,
    /// Of the installation.
    pub status: ServerStatus,
    /// Sessions that hold slots of machines.
    pub active_sessions: i64,
}

/// One process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeStatus {
    /// Name.
    pub id: String,
    /// Processes behind its address.
    pub num_proc: u32,
    /// `host:port`.
    pub service_addr: String,
    /// Seconds after which a silent agent is lost.
    pub heartbeat_timeout: f64,
    /// Whether it speaks TLS.
    pub ssl_enabled: bool,
    /// Sessions that hold slots of machines.
    pub active_sessions: i64,
    /// What it does.
    pub status: ServerStatus,
    /// Manager version.
    pub version: String,
    /// API version: the number and the date.
    pub api_version: (u32, String),
}

impl ManagerStatus {
    /// The answer of one process that serves `service_addr`.
    #[must_use]
    pub fn of_one(
        status: ServerStatus,
        active_sessions: i64,
        service_addr: String,
        heartbeat_timeout: f64,
        ssl_enabled: bool,
    ) -> Self {
        let (number, date) = API_VERSION.trim_start_matches('v').split_once('.').unwrap_or_default();
        let node = NodeStatus {
            id: "manager".to_owned(),
            num_proc: 1,
            service_addr,
            heartbeat_timeout,
            ssl_enabled,
            active_sessions,
            status,
            version: MANAGER_VERSION.to_owned(),
            api_version: (number.parse().unwrap_or_default(), date.to_owned()),
        };
        Self { nodes: vec![node], status, active_sessions }
    }
}

/// `PUT /manager/status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusRequest {
    /// What the server is to be.
    pub status: ServerStatus,
    /// Whether all sessions are ended first.
    pub force_kill: bool,
}

impl StatusRequest {
    /// Reads the parameters; both letter cases are taken.
    ///
    /// # Errors
    /// `invalid-api-params`.
    pub fn of(mut parameters: Parameters) -> Result<Self, Problem> {
        use ServerStatus::{Frozen, Running};
        let choices = [
            ("running", Some(Running)),
            ("RUNNING", Some(Running)),
            ("frozen", Some(Frozen)),
            ("FROZEN", Some(Frozen)),
        ];
        let status = required(&mut parameters, "status", "ManagerStatus", &choices);
        let force_kill = parameters.boolean(&["force_kill"], false);
        parameters.finish(Self { status: status.unwrap_or(Running), force_kill })
    }
}

/// `POST /manager/scheduler/operation`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchedulerRequest {
    /// Whether the agents get new sessions from now on.
    pub schedulable: bool,
    /// Their ids.
    pub agents: Vec<String>,
}

impl SchedulerRequest {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid-api-params`.
    pub fn of(mut parameters: Parameters) -> Result<Self, Problem> {
        let choices = [("include-agents", Some(true)), ("exclude-agents", Some(false))];
        let schedulable = required(&mut parameters, "op", "SchedulerOps", &choices);
        let given = parameters.list(&["args"]);
        let agents: Vec<String> = given.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect();
        if agents.len() < given.len() {
            parameters.wrong("args", "value is not a list of texts");
        } else if agents.is_empty() && !parameters.is_wrong("args") {
            parameters.wrong("args", "is required");
        }
        parameters.finish(Self { schedulable: schedulable.unwrap_or_default(), agents })
    }
}

/// `/resource/watcher` and what is below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatcherRequest {
    /// Whose watcher.
    pub agent: String,
}

impl WatcherRequest {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid-api-params`.
    pub fn of(mut parameters: Parameters) -> Result<Self, Problem> {
        let agent = parameters.required_text(&["agent_id", "agent"], "agent_id");
        parameters.finish(Self { agent })
    }
}

fn required<T: Copy>(
    parameters: &mut Parameters,
    name: &'static str,
    set: &str,
    choices: &[(&str, Option<T>)],
) -> Option<T> {
    let chosen = parameters.choice(&[name], set, choices, None);
    if chosen.is_none() && !parameters.is_wrong(name) {
        parameters.wrong(name, "is required");
    }
    chosen
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::{Value, json};

    use super::*;

    fn of<T>(read: impl Fn(Parameters) -> Result<T, Problem>, body: Value) -> Result<T, Value> {
        let parameters = Parameters::of_request(None, body.to_string().as_bytes()).unwrap();
        read(parameters).map_err(|problem| problem.to_json()["data"].clone())
    }

    #[test]
    fn none_is_disabled_and_empty() {
        assert_eq!(Announcement::of(None), Announcement { enabled: false, message: String::new() });
        assert!(Announcement::of(Some("hi".into())).enabled);
    }

    #[test]
    fn an_announcement_needs_words() {
        let read = |body| of(AnnouncementRequest::of, body).map(|request| request.message);
        assert_eq!(read(json!({"enabled": true, "message": "a\nb"})), Ok(Some("a\nb".into())));
        assert_eq!(read(json!({"message": "kept back"})), Ok(None));
        assert_eq!(read(json!({"enabled": false, "message": null})), Ok(None));
        let wrong = |message, text: &str| {
            assert_eq!(read(json!({"enabled": true, "message": message})), Err(json!({"message": text})));
        };
        wrong(json!(null), "is required");
        wrong(json!(" "), "blank value is not allowed");
        wrong(json!(5), "value is not a string");
        wrong(json!("\u{1b}[2J"), "message must not contain control characters or invisible marks");
    }

    #[test]
    fn a_status_in_both_letter_cases() {
        let read = |body| of(StatusRequest::of, body).map(|request| (request.status, request.force_kill));
        assert_eq!(read(json!({"status": "FROZEN", "force_kill": true})), Ok((ServerStatus::Frozen, true)));
        assert_eq!(read(json!({"status": "running", "force_kill": null})), Ok((ServerStatus::Running, false)));
        assert_eq!(read(json!({})), Err(json!({"status": "is required"})));
        let unknown = json!({"status": "value is not a valid member of ManagerStatus"});
        assert_eq!(read(json!({"status": "Frozen"})), Err(unknown.clone()));
        assert_eq!(read(json!({"status": 1})), Err(unknown));
    }

    #[test]
    fn an_operation_names_its_agents() {
        let read = |body| of(SchedulerRequest::of, body).map(|request| (request.schedulable, request.agents));
        assert_eq!(read(json!({"op": "include-agents", "args": ["a"]})), Ok((true, vec!["a".to_owned()])));
        assert_eq!(read(json!({"op": "x"})).unwrap_err()["op"], "value is not a valid member of SchedulerOps");
        let both = json!({"op": "is required", "args": "is required"});
        assert_eq!(read(json!({"args": []})), Err(both));
        assert_eq!(
            read(json!({"op": "exclude-agents", "args": [1]})).unwrap_err()["args"],
            "value is not a list of texts"
        );
    }
}
