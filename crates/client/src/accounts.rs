//! Keypairs, people and projects, as far as the caller may see them.

use rollcall_model::ids::{GroupId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::Error;
use crate::graphql::Query;
use crate::transport::Client;

/// A keypair. The secret half is never asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeypairRow {
    /// Owner's e-mail; the API calls it `user_id`.
    #[serde(rename(deserialize = "user_id"))]
    pub email: String,
    /// Public half.
    pub access_key: String,
    /// May sign.
    pub is_active: bool,
    /// The key's own admin flag.
    pub is_admin: bool,
    /// Resource policy.
    pub resource_policy: Option<String>,
    /// Sessions that count now.
    pub concurrency_used: Option<i64>,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserRow {
    /// Id.
    #[serde(rename(deserialize = "uuid"))]
    pub id: UserId,
    /// E-mail.
    pub email: String,
    /// Name.
    pub full_name: Option<String>,
    /// Domain.
    pub domain_name: String,
    /// `superadmin`, `admin`, `user` or `monitor`.
    pub role: String,
}

/// A project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupRow {
    /// Id.
    pub id: GroupId,
    /// Name.
    pub name: String,
    /// Domain.
    pub domain_name: Option<String>,
    /// In use.
    pub is_active: Option<bool>,
}

/// What one has to start sessions with, see [`Client::own_room`].
#[derive(Clone, Debug, PartialEq)]
pub struct OwnRoom {
    /// Projects, as [`Client::groups`] tells them.
    pub groups: Vec<GroupRow>,
    /// The key that asks.
    pub keypair: Option<KeypairRow>,
    /// Sessions of the key at the same time.
    pub max_concurrent_sessions: Option<i64>,
}

#[derive(Deserialize)]
struct Told {
    groups: Option<Vec<Option<GroupRow>>>,
    keypair: Option<KeypairRow>,
    keypair_resource_policy: Option<Concurrency>,
}

#[derive(Deserialize)]
struct Concurrency {
    max_concurrent_sessions: Option<i64>,
}

const KEYPAIR_FIELDS: &str = "user_id access_key is_active is_admin resource_policy concurrency_used";

impl Client {
    /// A keypair, the signing one unless another is named; `None` when it cannot be seen.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn keypair(&self, access_key: Option<&str>) -> Result<Option<KeypairRow>, Error> {
        self.graphql(Query {
            act: "looking up the keypair",
            root: "keypair",
            text: format!("query($access_key: String) {{ keypair(access_key: $access_key) {{ {KEYPAIR_FIELDS} }} }}"),
            variables: json!({"access_key": access_key}),
            timeout: None,
        })
        .await
    }

    /// All keypairs of the caller's own.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn own_keypairs(&self) -> Result<Vec<KeypairRow>, Error> {
        // Without an e-mail administrators get everybody's.
        let Some(me) = self.user(None).await? else { return Ok(Vec::new()) };
        let rows: Option<Vec<Option<KeypairRow>>> = self
            .graphql(Query {
                act: "listing one's own keypairs",
                root: "keypairs",
                text: format!("query($email: String) {{ keypairs(email: $email) {{ {KEYPAIR_FIELDS} }} }}"),
                variables: json!({ "email": me.email }),
                timeout: None,
            })
            .await?;
        Ok(rows.unwrap_or_default().into_iter().flatten().collect())
    }

    /// A person, oneself unless another is named; `None` when they cannot be seen.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn user(&self, email: Option<&str>) -> Result<Option<UserRow>, Error> {
        self.graphql(Query {
            act: "looking up the user",
            root: "user",
            text: "query($email: String) { user(email: $email) { uuid email full_name domain_name role } }".to_owned(),
            variables: json!({"email": email}),
            timeout: None,
        })
        .await
    }

    /// The projects the caller may see: a user's own, an administrator's domain's, a superadmin's
    /// all.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn groups(&self) -> Result<Vec<GroupRow>, Error> {
        let rows: Option<Vec<Option<GroupRow>>> = self
            .graphql(Query {
                act: "listing projects",
                root: "groups",
                text: "query { groups { id name domain_name is_active } }".to_owned(),
                variables: json!({}),
                timeout: None,
            })
            .await?;
        Ok(rows.unwrap_or_default().into_iter().flatten().collect())
    }

    /// Projects, key and limits of who asks, in one question.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn own_room(&self) -> Result<OwnRoom, Error> {
        let act = "looking up one's own projects and limits";
        let text = format!(
            "query {{ groups {{ id name domain_name is_active }} keypair {{ {KEYPAIR_FIELDS} }} \
             keypair_resource_policy {{ max_concurrent_sessions }} }}"
        );
        let data = self.graphql_data(Query { act, root: "", text, variables: json!({}), timeout: None }).await?;
        let told: Told = serde_json::from_value(data).map_err(|error| Error::strange(act, error.to_string()))?;
        Ok(OwnRoom {
            groups: told.groups.unwrap_or_default().into_iter().flatten().collect(),
            keypair: told.keypair,
            max_concurrent_sessions: told.keypair_resource_policy.and_then(|policy| policy.max_concurrent_sessions),
        })
    }
}
