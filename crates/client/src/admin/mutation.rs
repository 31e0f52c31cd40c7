//! How changes are sent and what the server says to them.

use rollcall_model::slots::Slots;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use super::{Admin, Refusal};
use crate::error::Error;
use crate::graphql::Query;

/// A mutation. Its text is made of this crate's own words; values travel as variables.
pub(super) struct Mutation<'a> {
    /// The act in words, for errors.
    pub(super) act: &'static str,
    pub(super) root: &'static str,
    /// Name, type and value of each argument.
    pub(super) arguments: &'a [(&'static str, &'static str, Value)],
    /// What is wanted beside `ok` and `msg`.
    pub(super) selection: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    ok: Option<bool>,
    msg: Option<String>,
    #[serde(flatten)]
    items: Map<String, Value>,
}

impl Admin<'_> {
    /// Sends a change and gives what was selected of the answer.
    pub(super) async fn change(&self, mutation: Mutation<'_>) -> Result<Map<String, Value>, Error> {
        let Mutation { act, root, arguments, selection } = mutation;
        let declared: Vec<_> = arguments.iter().map(|(name, kind, _)| format!("${name}: {kind}")).collect();
        let passed: Vec<_> = arguments.iter().map(|(name, ..)| format!("{name}: ${name}")).collect();
        let text =
            format!("mutation({}) {{ {root}({}) {{ ok msg {selection} }} }}", declared.join(", "), passed.join(", "));
        let variables = arguments.iter().map(|(name, _, value)| ((*name).to_owned(), value.clone())).collect();
        let query = Query { act, root, text, variables: Value::Object(variables), timeout: None };
        let answer: Answer =
            self.client.graphql(query).await?.ok_or_else(|| Error::strange(act, format!("`{root}` is null")))?;
        match answer.ok {
            Some(true) => Ok(answer.items),
            _ => Err(Error::Refused { act, refusal: Refusal::read(answer.msg.unwrap_or_default()) }),
        }
    }

    /// Sends a change of which nothing but its success is wanted.
    pub(super) async fn do_it(
        &self,
        act: &'static str,
        root: &'static str,
        arguments: &[(&'static str, &'static str, Value)],
    ) -> Result<(), Error> {
        self.change(Mutation { act, root, arguments, selection: "" }).await.map(|_| ())
    }
}

/// An input object: what is not there is left out, not sent as null.
pub(super) fn props(change: &impl Serialize, act: &'static str) -> Result<Map<String, Value>, Error> {
    match serde_json::to_value(change) {
        Ok(Value::Object(mut props)) => {
            props.retain(|_, value| !value.is_null());
            Ok(props)
        }
        _ => Err(Error::Usage(format!("{act}: the change cannot be written as JSON"))),
    }
}

/// Writes slots as the API wants them in inputs: JSON inside a string.
#[expect(clippy::ref_option, reason = "the signature that serde calls")]
pub(super) fn slots_text<S: Serializer>(slots: &Option<Slots>, serializer: S) -> Result<S::Ok, S::Error> {
    slots.as_ref().map(|slots| slots.to_json().to_string()).serialize(serializer)
}

/// Writes a document as JSON inside a string.
#[expect(clippy::ref_option, reason = "the signature that serde calls")]
pub(super) fn json_text<S: Serializer>(document: &Option<Value>, serializer: S) -> Result<S::Ok, S::Error> {
    document.as_ref().map(Value::to_string).serialize(serializer)
}

/// Writes a password in clear: it travels in the body, as the API wants it.
pub(super) fn exposed<S: Serializer>(secret: &Option<&SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    secret.map(|secret| secret.expose_secret()).serialize(serializer)
}
