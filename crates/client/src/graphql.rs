//! GraphQL over both endpoints: newer servers wrap the answer, older ones don't.
//!
//! Texts of queries are made of this crate's own words alone; what callers give travels as
//! variables.

use std::time::Duration;

use http::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::error::Error;
use crate::problem::Problem;
use crate::repeat::Repeat;
use crate::transport::{Call, Client};

/// A query and what goes with it.
pub(crate) struct Query {
    /// The act in words, for errors.
    pub(crate) act: &'static str,
    /// The root field whose value is wanted.
    pub(crate) root: &'static str,
    pub(crate) text: String,
    pub(crate) variables: Value,
    pub(crate) timeout: Option<Duration>,
}

impl Client {
    /// Asks and reads the root field; null is `None`.
    pub(crate) async fn graphql<T: DeserializeOwned>(&self, query: Query) -> Result<Option<T>, Error> {
        let (act, root) = (query.act, query.root);
        let mut data = self.graphql_data(query).await?;
        let value = data.get_mut(root).map(Value::take);
        let value = value.ok_or_else(|| Error::strange(act, format!("`{root}` is missing")))?;
        serde_json::from_value(value).map_err(|error| Error::strange(act, error.to_string()))
    }

    /// Asks and gives every root field.
    pub(crate) async fn graphql_data(&self, query: Query) -> Result<Value, Error> {
        let wrapped = self.server().await?.has_filter_and_order();
        let path = ["admin", if wrapped { "gql" } else { "graphql" }];
        let mut call =
            Call::new(query.act, Method::POST, &path).body(json!({"query": query.text, "variables": query.variables}));
        call.timeout = query.timeout;
        call.repeat = if query.text.starts_with("mutation") { Repeat::UnlessSent } else { Repeat::Safe };
        self.call_reading(&call, |received| {
            let answer: Value = received.json(query.act)?;
            if wrapped { unwrap(query.act, answer) } else { Ok(answer) }
        })
        .await
    }
}

/// The content of `data`. Any error fails the whole, though part of the data may be usable: a
/// list that silently lacks something is worse than none.
fn unwrap(act: &'static str, mut answer: Value) -> Result<Value, Error> {
    match answer.get_mut("errors").map(Value::take) {
        Some(Value::Array(errors)) if !errors.is_empty() => {
            let problem = Box::new(Problem::graphql(Value::Array(errors)));
            Err(Error::Server { act, status: 400, problem, retry_after: None })
        }
        _ => answer.get_mut("data").map(Value::take).ok_or_else(|| Error::strange(act, "`data` is missing".to_owned())),
    }
}
