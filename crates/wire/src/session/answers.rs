//! What is answered about sessions.

use rollcall_model::Timestamp;
use rollcall_model::ids::SessionId;
use rollcall_model::limits::Remaining;
use rollcall_model::session::Session;
use rollcall_model::stats::KernelStats;
use rollcall_model::time::print_iso;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::problem::{Problem, ProblemType};
use crate::stats;

/// A service of a running session, as creation answers it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ServicePort {
    /// Name.
    pub name: String,
    /// `http`, `tcp`, `preopen` or `pty`.
    pub protocol: String,
    /// Ports inside.
    pub ports: Vec<u16>,
    /// Path to open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url_template: Option<Value>,
    /// Arguments it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_arguments: Option<Value>,
    /// Environment it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_envs: Option<Value>,
}

/// Turns a session's `service_ports` into the form of the creation answer.
#[must_use]
pub fn service_ports(raw: Option<&Value>) -> Vec<ServicePort> {
    raw.and_then(Value::as_array).map(|ports| ports.iter().map(service_port).collect()).unwrap_or_default()
}

fn service_port(raw: &Value) -> ServicePort {
    let text = |key: &str| raw.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let extra = |key: &str| raw.get(key).filter(|value| !value.is_null()).cloned();
    let ports = raw.get("container_ports").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    ServicePort {
        name: text("name"),
        protocol: text("protocol"),
        ports: ports.iter().filter_map(|port| u16::try_from(port.as_u64()?).ok()).collect(),
        url_template: extra("url_template"),
        allowed_arguments: extra("allowed_arguments"),
        allowed_envs: extra("allowed_envs"),
    }
}

/// 201 of `POST /session`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Created {
    /// Id.
    pub session_id: SessionId,
    /// Name.
    pub session_name: String,
    /// Status name, or `TIMEOUT` when the wait ended first.
    pub status: String,
    /// Services; empty until it runs.
    pub service_ports: Vec<ServicePort>,
    /// True.
    pub created: bool,
}

impl Created {
    /// The answer about a new session. Services are told once it runs.
    #[must_use]
    pub fn of(session: &Session, timed_out: bool) -> Self {
        let is_running = session.status == rollcall_model::status::Status::Running && !timed_out;
        Self {
            session_id: session.id,
            session_name: session.name.clone(),
            status: if timed_out { "TIMEOUT" } else { session.status.as_str() }.to_owned(),
            service_ports: if is_running { service_ports(session.service_ports.as_ref()) } else { Vec::new() },
            created: true,
        }
    }
}

/// 200 of `POST /session`: a live session of that name was there. Its services have another key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reused {
    /// Id.
    #[serde(rename = "sessionId")]
    pub session_id: SessionId,
    /// Name.
    #[serde(rename = "sessionName")]
    pub session_name: String,
    /// Status name.
    pub status: String,
    /// As stored.
    pub service_ports: Option<Value>,
    /// False.
    pub created: bool,
}

impl Reused {
    /// The answer about a session that was there.
    #[must_use]
    pub fn of(session: &Session) -> Self {
        Self {
            session_id: session.id,
            session_name: session.name.clone(),
            status: session.status.as_str().to_owned(),
            service_ports: session.service_ports.clone(),
            created: false,
        }
    }
}

/// `GET /session/_/match`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchAnswer {
    /// Ten at most.
    pub matches: Vec<Matched>,
}

/// A session that matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matched {
    /// Id.
    pub id: SessionId,
    /// Name.
    pub name: String,
    /// Status name.
    pub status: String,
}

impl MatchAnswer {
    /// The answer with these sessions.
    #[must_use]
    pub fn of(sessions: &[Session]) -> Self {
        let matched = |session: &Session| Matched {
            id: session.id,
            name: session.name.clone(),
            status: session.status.as_str().to_owned(),
        };
        Self { matches: sessions.iter().map(matched).collect() }
    }
}

/// `GET /session/{s}/logs`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogsAnswer {
    /// Wrapper.
    pub result: LogsResult,
}

/// The log inside [`LogsAnswer`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogsResult {
    /// Text.
    pub logs: String,
}

impl LogsAnswer {
    /// The answer with this text.
    #[must_use]
    pub fn of(logs: String) -> Self {
        Self { result: LogsResult { logs } }
    }
}

/// `DELETE /session/{s}`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DestroyAnswer {
    /// Status and last measured use.
    pub stats: Map<String, Value>,
}

impl DestroyAnswer {
    /// It was still waiting.
    #[must_use]
    pub fn cancelled() -> Self {
        Self { stats: Map::from_iter([("status".to_owned(), "cancelled".into())]) }
    }

    /// It ends, or has ended, with this use measured last.
    #[must_use]
    pub fn terminated(last: Option<&KernelStats>) -> Self {
        let mut stats = Map::from_iter([("status".to_owned(), "terminated".into())]);
        if let Some(Value::Object(metrics)) = last.map(stats::print) {
            stats.extend(metrics);
            stats.insert("version".to_owned(), 2.into());
        }
        Self { stats }
    }
}

/// What a running session has left, as it is answered: the same fields as in GraphQL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemainingTime {
    /// How long and why, in plain sentences.
    pub sentence: String,
    /// When it ends unless something happens.
    pub ends_at: Timestamp,
    /// By which limit.
    pub reason: String,
    /// Seconds until then.
    pub seconds: i64,
    /// Seconds by which its end may still be pushed out.
    pub extendable_seconds: i64,
}

/// `POST /session/{s}/extend`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtendAnswer {
    /// What is left; null where it ended at the same time.
    pub remaining: Option<RemainingTime>,
}

impl ExtendAnswer {
    /// The answer about a session that was extended.
    #[must_use]
    pub fn of(remaining: Option<&Remaining>) -> Self {
        let remaining = remaining.map(|left| RemainingTime {
            sentence: left.sentence.clone(),
            ends_at: left.ends_at,
            reason: left.reason.as_str().to_owned(),
            seconds: left.seconds,
            extendable_seconds: left.extendable_seconds,
        });
        Self { remaining }
    }
}

/// `session-already-exists` of `POST /session`.
#[must_use]
pub fn already_exists(existing: SessionId) -> Problem {
    Problem::new(ProblemType::SessionAlreadyExists).with_data(json!({"existingSessionId": existing}))
}

/// `too-many-sessions-matched`, with ten of them at most.
#[must_use]
pub fn too_many_matched(sessions: &[Session]) -> Problem {
    let matched = |session: &Session| {
        json!({
            "id": session.id,
            "name": session.name,
            "status": session.status.as_str(),
            "created_at": print_iso(session.created_at),
        })
    };
    let matches: Vec<_> = sessions.iter().take(10).map(matched).collect();
    Problem::new(ProblemType::TooManySessionsMatched).with_data(json!({"matches": matches}))
}
