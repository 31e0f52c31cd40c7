//! The shapes of `status_data` (`session-lifecycle.md` §4).

use rollcall_model::Timestamp;
use rollcall_model::ids::AgentId;
use serde_json::{Value, json};

/// §4.2: how the main kernel ended and how far the session is.
pub(crate) fn ending(exit_code: Option<i32>, session: &'static str) -> Value {
    json!({"kernel": {"exit_code": exit_code}, "session": {"status": session}})
}

/// One failure in the words of §4.3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// `agent` or `other`.
    pub(crate) src: &'static str,
    /// Kind of the failure.
    pub(crate) name: &'static str,
    /// What it says.
    pub(crate) repr: String,
    /// Where.
    pub(crate) agent: Option<AgentId>,
}

impl Failure {
    fn json(&self) -> Value {
        let mut object = json!({"src": self.src, "name": self.name, "repr": self.repr});
        if let Some(agent) = &self.agent {
            object["agent_id"] = json!(agent.as_str());
        }
        object
    }
}

/// §4.3: one failure stands for itself, several make a collection.
pub(crate) fn errors(failures: &[Failure]) -> Value {
    match failures {
        [one] => json!({"error": one.json()}),
        many => {
            let repr = format!("MultiAgentError({} errors)", many.len());
            let collection: Vec<Value> = many.iter().map(Failure::json).collect();
            json!({"error": {"src": "agent", "name": "MultiAgentError", "repr": repr, "collection": collection}})
        }
    }
}

/// §4.1: why a session waits.
pub(crate) fn waiting(retries: i64, last_try: Timestamp, predicates: Option<(Value, Value)>) -> Value {
    let last_try = rollcall_model::time::print_iso(last_try);
    let mut scheduler = json!({"retries": retries, "last_try": last_try});
    if let Some((failed, passed)) = predicates {
        scheduler["failed_predicates"] = failed;
        scheduler["passed_predicates"] = passed;
    }
    json!({ "scheduler": scheduler })
}

/// The number of failed tries that `data` tells of; 0 where it tells none.
pub(crate) fn retries(data: Option<&Value>) -> i64 {
    data.and_then(|data| data.pointer("/scheduler/retries")).and_then(Value::as_i64).unwrap_or(0)
}
