//! Keypairs.

use rollcall_model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Admin;
use crate::error::Error;

const FIELDS: &str = "user_id access_key is_active is_admin resource_policy created_at last_used concurrency_used rate_limit num_queries";

/// A keypair, without its secret half.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Keypair {
    /// Owner's e-mail; the API calls it `user_id`.
    #[serde(rename(deserialize = "user_id"))]
    pub email: String,
    /// Public half.
    pub access_key: String,
    /// May sign.
    pub is_active: Option<bool>,
    /// The key's own admin flag.
    pub is_admin: Option<bool>,
    /// Resource policy.
    pub resource_policy: Option<String>,
    /// Made at.
    pub created_at: Option<Timestamp>,
    /// Signed last at.
    pub last_used: Option<Timestamp>,
    /// Sessions that count now.
    pub concurrency_used: Option<i64>,
    /// Requests in 15 minutes.
    pub rate_limit: Option<i64>,
    /// Requests so far.
    pub num_queries: Option<i64>,
}

/// Which keypairs; what is left out does not narrow.
#[derive(Clone, Debug, Default)]
pub struct KeypairFilter<'a> {
    /// Of this domain.
    pub domain: Option<&'a str>,
    /// Of this person.
    pub email: Option<&'a str>,
    /// That may sign, or that may not.
    pub is_active: Option<bool>,
}

impl Admin<'_> {
    /// Keypairs, [`MOST_ROWS`](super::MOST_ROWS) at most, in the server's order.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn keypairs(&self, filter: &KeypairFilter<'_>) -> Result<Vec<Keypair>, Error> {
        let variables = json!({"domain_name": filter.domain, "email": filter.email, "is_active": filter.is_active});
        let text = format!(
            "query($domain_name: String, $email: String, $is_active: Boolean) \
             {{ keypairs(domain_name: $domain_name, email: $email, is_active: $is_active) {{ {FIELDS} }} }}"
        );
        self.all("listing keypairs", "keypairs", text, variables).await
    }

    /// A keypair; `None` when it cannot be seen.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn keypair(&self, access_key: &str) -> Result<Option<Keypair>, Error> {
        let text = format!("query($access_key: String) {{ keypair(access_key: $access_key) {{ {FIELDS} }} }}");
        self.one("looking up the keypair", "keypair", text, json!({"access_key": access_key})).await
    }
}
