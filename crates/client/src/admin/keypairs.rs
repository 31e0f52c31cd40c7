//! Keypairs.

use rollcall_model::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Admin;
use super::mutation::{Mutation, props};
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

/// Requests in 15 minutes that a new keypair usually has.
pub const USUAL_RATE_LIMIT: u32 = 10_000;

/// What to change of a keypair.
#[derive(Clone, Debug, Default, Serialize)]
pub struct KeypairChange<'a> {
    /// May sign.
    pub is_active: Option<bool>,
    /// The key's own admin flag.
    pub is_admin: Option<bool>,
    /// Resource policy.
    pub resource_policy: Option<&'a str>,
    /// Requests in 15 minutes.
    pub rate_limit: Option<u32>,
}

/// Both halves of a keypair that was just made.
#[derive(Clone, Debug)]
pub struct MadeKeypair {
    /// Public half.
    pub access_key: String,
    /// Secret half.
    pub secret_key: SecretString,
}

impl MadeKeypair {
    pub(super) fn read(act: &'static str, made: Value) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Halves {
            access_key: String,
            secret_key: String,
        }
        let halves: Halves = serde_json::from_value(made).map_err(|error| Error::strange(act, error.to_string()))?;
        Ok(Self { access_key: halves.access_key, secret_key: halves.secret_key.into() })
    }
}

impl Admin<'_> {
    /// Makes a keypair for a person. Nothing tells its secret half again.
    ///
    /// # Errors
    /// [`Error::Refused`], or when the server cannot be reached.
    pub async fn create_keypair(&self, email: &str, new: &KeypairChange<'_>) -> Result<MadeKeypair, Error> {
        let act = "adding the keypair";
        let arguments =
            [("user_id", "String!", json!(email)), ("props", "KeyPairInput!", Value::Object(props(new, act)?))];
        let selection = "keypair { access_key secret_key }";
        let mut made = self.change(Mutation { act, root: "create_keypair", arguments: &arguments, selection }).await?;
        MadeKeypair::read(act, made.remove("keypair").unwrap_or_default())
    }

    /// Changes a keypair.
    ///
    /// # Errors
    /// [`Error::Refused`], or when the server cannot be reached.
    pub async fn change_keypair(&self, access_key: &str, change: &KeypairChange<'_>) -> Result<(), Error> {
        let act = "changing the keypair";
        let props = Value::Object(props(change, act)?);
        let arguments = [("access_key", "String!", json!(access_key)), ("props", "ModifyKeyPairInput!", props)];
        self.do_it(act, "modify_keypair", &arguments).await
    }

    /// Removes a keypair for good.
    ///
    /// # Errors
    /// [`Error::Refused`], also while sessions are its; or when the server cannot be reached.
    pub async fn delete_keypair(&self, access_key: &str) -> Result<(), Error> {
        let arguments = [("access_key", "String!", json!(access_key))];
        self.do_it("removing the keypair", "delete_keypair", &arguments).await
    }
}
