//! What the server's schema has. A field that a server does not know would fail the whole query,
//! so that it is asked before any of Rollcall's own fields is.

use serde::Deserialize;
use serde_json::json;

use crate::error::Error;
use crate::graphql::Query;
use crate::transport::Client;

#[derive(Deserialize)]
struct Type {
    fields: Vec<Field>,
}

#[derive(Deserialize)]
struct Field {
    name: String,
}

impl Client {
    /// Whether the server's type `kind` has a field.
    pub(crate) async fn tells(&self, kind: &'static str, field: &str) -> Result<bool, Error> {
        let found: Option<Type> = self
            .graphql(Query {
                act: "asking for the server's schema",
                root: "__type",
                text: format!("query {{ __type(name: \"{kind}\") {{ fields {{ name }} }} }}"),
                variables: json!({}),
                timeout: None,
            })
            .await?;
        Ok(found.is_some_and(|found| found.fields.iter().any(|known| known.name == field)))
    }
}
