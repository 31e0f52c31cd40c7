//! People, keys, projects, domains, policies, presets and resource groups, for administrators.
//!
//! What a change leaves out stays as it is: the API cannot empty a value. A change that the server
//! does not make is [`Error::Refused`], with its words and what they mean.
//!
//! Every field asked for is one that servers of the API have had since 21.09, so that these work
//! against older servers too. The secret half of a keypair is never asked for in a look-up.

mod domains;
mod groups;
mod keypairs;
mod mutation;
mod policies;
mod presets;
mod refusal;
mod resource_groups;
mod users;

use serde::de::DeserializeOwned;
use serde::{Deserialize as _, Deserializer};
use serde_json::Value;

use crate::error::Error;
use crate::graphql::Query;
use crate::transport::Client;

pub use domains::{Domain, DomainChange};
pub use groups::{Group, GroupChange, Members};
pub use keypairs::{Keypair, KeypairChange, KeypairFilter, MadeKeypair, USUAL_RATE_LIMIT};
pub use policies::{Policy, PolicyChange};
pub use presets::Preset;
pub use refusal::{Refusal, Why};
pub use resource_groups::{ResourceGroup, ResourceGroupChange, UsableBy};
pub use users::{Membership, NewUser, User, UserChange, UserFilter};

/// The most rows that a server gives of people and of keypairs (`graphql.md` §5).
pub const MOST_ROWS: usize = 100;

/// What administrators do.
#[derive(Clone, Copy, Debug)]
pub struct Admin<'a> {
    client: &'a Client,
}

impl Client {
    /// What administrators do.
    #[must_use]
    pub const fn admin(&self) -> Admin<'_> {
        Admin { client: self }
    }
}

impl Admin<'_> {
    async fn one<T: DeserializeOwned>(
        &self,
        act: &'static str,
        root: &'static str,
        text: String,
        variables: Value,
    ) -> Result<Option<T>, Error> {
        self.client.graphql(Query { act, root, text, variables, timeout: None }).await
    }

    /// A list; servers answer null for an empty one, and may put null in place of a row.
    async fn all<T: DeserializeOwned>(
        &self,
        act: &'static str,
        root: &'static str,
        text: String,
        variables: Value,
    ) -> Result<Vec<T>, Error> {
        let rows: Option<Vec<Option<T>>> = self.one(act, root, text, variables).await?;
        Ok(rows.unwrap_or_default().into_iter().flatten().collect())
    }
}

/// Reads a `BigInt`: older servers write large ones as a number with a point.
#[expect(clippy::cast_possible_truncation, reason = "`as` stops at the bounds, which is as good as any answer there")]
fn big<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let number = Option::<serde_json::Number>::deserialize(deserializer)?;
    Ok(number.and_then(|number| number.as_i64().or_else(|| number.as_f64().map(|amount| amount as i64))))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    #[derive(serde::Deserialize)]
    struct Row {
        #[serde(default, deserialize_with = "super::big")]
        amount: Option<i64>,
    }

    #[test]
    fn large_numbers_with_and_without_a_point() {
        let read = |row| serde_json::from_value::<Row>(row).unwrap().amount;
        assert_eq!(read(json!({"amount": 600})), Some(600));
        assert_eq!(read(json!({"amount": 34_359_738_368.0})), Some(34_359_738_368));
        assert_eq!(read(json!({"amount": null})), None);
        assert_eq!(read(json!({})), None);
        assert!(serde_json::from_value::<Row>(json!({"amount": "600"})).is_err());
    }
}
