//! What the server's schema has. A field that a server does not know would fail the whole query,
//! so that it is asked before any of Rollcall's own fields is.

use serde::Deserialize;
use serde_json::json;

use super::Sessions;
use crate::error::Error;
use crate::graphql::Query;

#[derive(Deserialize)]
struct Type {
    fields: Vec<Field>,
}

#[derive(Deserialize)]
struct Field {
    name: String,
}

impl Sessions<'_> {
    /// Whether the server's type `kind` has a field.
    pub(super) async fn tells(&self, kind: &'static str, field: &str) -> Result<bool, Error> {
        let found: Option<Type> = self
            .client
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
