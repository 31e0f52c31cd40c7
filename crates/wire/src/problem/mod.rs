//! Problem documents (`errors.md` §1 and §2).

mod kind;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

pub use kind::ProblemType;

/// The content type of a problem document.
pub const CONTENT_TYPE: &str = "application/problem+json; charset=utf-8";

/// What comes before the slug in `type`.
pub const TYPE_PREFIX: &str = "https://api.backend.ai/probs/";

/// A refusal or failure as clients see it.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    kind: ProblemType,
    msg: Option<String>,
    // Boxed, because a problem is the error of many functions.
    data: Option<Box<Value>>,
    agent: Option<Box<AgentDetails>>,
}

/// What went wrong where the session runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgentDetails {
    /// No answer in time.
    Timeout,
    /// The request made no sense to the agent.
    InvalidInput(String),
    /// The operation failed there.
    Failure(String),
}

impl Problem {
    /// The bare type.
    #[must_use]
    pub fn new(kind: ProblemType) -> Self {
        Self { kind, msg: None, data: None, agent: None }
    }

    /// Adds what it was this time.
    #[must_use]
    pub fn with_msg(self, msg: impl Into<String>) -> Self {
        Self { msg: Some(msg.into()), ..self }
    }

    /// Adds details.
    #[must_use]
    pub fn with_data(self, data: Value) -> Self {
        Self { data: Some(Box::new(data)), ..self }
    }

    /// Adds what the agent said. `msg` and `data` are not sent beside it.
    #[must_use]
    pub fn with_agent(self, details: AgentDetails) -> Self {
        Self { agent: Some(Box::new(details)), ..self }
    }

    /// The type.
    #[must_use]
    pub fn kind(&self) -> ProblemType {
        self.kind
    }

    /// What it was this time.
    #[must_use]
    pub fn msg(&self) -> Option<&str> {
        self.msg.as_deref()
    }

    /// Details.
    #[must_use]
    pub fn data(&self) -> Option<&Value> {
        self.data.as_deref()
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.kind.status()
    }

    /// The fixed title of its type.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.kind.title()
    }

    /// `<title>` or `<title> (<msg>)`, as GraphQL errors tell it (`errors.md` §4).
    #[must_use]
    pub fn message(&self) -> String {
        match &self.msg {
            Some(msg) => format!("{} ({msg})", self.kind.title()),
            None => self.kind.title().to_owned(),
        }
    }

    /// The document.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut document = Map::new();
        document.insert("type".to_owned(), Value::String(format!("{TYPE_PREFIX}{}", self.kind.slug())));
        document.insert("title".to_owned(), self.kind.title().into());
        if let Some(agent) = &self.agent {
            document.insert("agent-details".to_owned(), agent.to_json());
            return Value::Object(document);
        }
        if let Some(msg) = &self.msg {
            document.insert("msg".to_owned(), msg.as_str().into());
        }
        if let Some(data) = &self.data {
            document.insert("data".to_owned(), Value::clone(data));
        }
        Value::Object(document)
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl From<ProblemType> for Problem {
    fn from(kind: ProblemType) -> Self {
        Self::new(kind)
    }
}

impl AgentDetails {
    fn to_json(&self) -> Value {
        let (slug, exception) = match self {
            Self::Timeout => return json!({"type": format!("{TYPE_PREFIX}agent-timeout"), "title": null}),
            Self::InvalidInput(exception) => ("agent-invalid-input", exception),
            Self::Failure(exception) => ("agent-failure", exception),
        };
        json!({
            "type": format!("{TYPE_PREFIX}{slug}"),
            "title": "Agent-side exception occurred.",
            "exception": exception,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_have_what_was_given_and_no_more() {
        let bare = Problem::new(ProblemType::SessionNotFound);
        assert_eq!(
            bare.to_json().to_string(),
            r#"{"type":"https://api.backend.ai/probs/session-not-found","title":"No such session."}"#
        );
        let full = Problem::new(ProblemType::InvalidApiParams)
            .with_msg("Input validation error")
            .with_data(json!({"name": "is required"}));
        assert_eq!(
            full.to_json().to_string(),
            r#"{"type":"https://api.backend.ai/probs/invalid-api-params","title":"Missing or invalid API parameters.","msg":"Input validation error","data":{"name":"is required"}}"#
        );
    }

    #[test]
    fn agent_details_stand_alone() {
        let failed = Problem::new(ProblemType::KernelRestartFailed)
            .with_msg("never sent")
            .with_agent(AgentDetails::Failure("oops".into()));
        let document = failed.to_json();
        assert_eq!(document.get("msg"), None);
        assert_eq!(
            document["agent-details"],
            json!({"type": "https://api.backend.ai/probs/agent-failure", "title": "Agent-side exception occurred.", "exception": "oops"})
        );
        let timeout = Problem::new(ProblemType::KernelRestartFailed).with_agent(AgentDetails::Timeout).to_json();
        assert_eq!(timeout["agent-details"]["title"], Value::Null);
    }

    #[test]
    fn messages_put_the_details_in_parentheses() {
        let denied = Problem::new(ProblemType::GenericForbidden).with_msg("superadmin privilege required");
        assert_eq!(denied.message(), "Forbidden operation. (superadmin privilege required)");
        assert_eq!(Problem::new(ProblemType::GenericForbidden).message(), "Forbidden operation.");
    }
}
