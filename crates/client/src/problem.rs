//! A refusal as any server of the API writes it (`errors.md` §1), read leniently.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

const PREFIX: &str = "https://api.backend.ai/probs/";

/// A problem document.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Problem {
    /// What kind; programs compare this.
    #[serde(rename = "type")]
    pub type_url: String,
    /// The kind in words.
    pub title: String,
    /// What it was this time.
    pub msg: Option<String>,
    /// Details.
    pub data: Option<Value>,
    /// What the agent said.
    #[serde(rename = "agent-details")]
    pub agent_details: Option<Value>,
}

impl Problem {
    /// The errors of a GraphQL answer, in the form the older endpoint sends them.
    pub(crate) fn graphql(errors: Value) -> Self {
        Self {
            type_url: format!("{PREFIX}graphql-error"),
            title: "GraphQL-generated error.".to_owned(),
            data: Some(errors),
            ..Self::default()
        }
    }

    /// The last part of the type, such as `session-not-found`.
    #[must_use]
    pub fn slug(&self) -> &str {
        self.type_url.strip_prefix(PREFIX).unwrap_or(&self.type_url)
    }

    /// Each detail as a line.
    fn details(&self) -> Vec<String> {
        match &self.data {
            Some(Value::Array(items)) => items
                .iter()
                .filter_map(|item| item.get("message").unwrap_or(item).as_str())
                .map(str::to_owned)
                .collect(),
            Some(Value::Object(fields)) => {
                fields.iter().filter_map(|(name, text)| text.as_str().map(|text| format!("{name}: {text}"))).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let details = self.details();
        if self.slug() == "graphql-error" && !details.is_empty() {
            return f.write_str(&details.join("; "));
        }
        f.write_str(if self.title.is_empty() { "refused without a reason" } else { self.title.trim_end_matches('.') })?;
        if let Some(message) = &self.msg {
            write!(f, ": {}", message.trim_end_matches('.'))?;
        }
        if !details.is_empty() {
            write!(f, " ({})", details.join("; "))?;
        }
        if let Some(exception) = self.agent_details.as_ref().and_then(|details| details.get("exception")) {
            write!(f, ": {exception}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::Problem;

    fn check(document: serde_json::Value, slug: &str, told: &str) {
        let problem: Problem = serde_json::from_value(document).unwrap();
        assert_eq!((problem.slug(), problem.to_string().as_str()), (slug, told));
    }

    #[test]
    fn told_with_what_the_server_gave() {
        let probs = |slug: &str| format!("https://api.backend.ai/probs/{slug}");
        check(
            json!({"type": probs("session-not-found"), "title": "No such session."}),
            "session-not-found",
            "No such session",
        );
        check(
            json!({"type": probs("invalid-api-params"), "title": "Missing or invalid API parameters.",
                   "msg": "Input validation error", "data": {"name": "is required"}}),
            "invalid-api-params",
            "Missing or invalid API parameters: Input validation error (name: is required)",
        );
        check(
            json!({"type": probs("graphql-error"), "title": "GraphQL-generated error.",
                   "data": [{"message": "Forbidden operation."}]}),
            "graphql-error",
            "Forbidden operation.",
        );
        check(json!({}), "", "refused without a reason");
    }
}
