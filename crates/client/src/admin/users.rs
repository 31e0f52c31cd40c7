//! People.

use rollcall_model::Timestamp;
use rollcall_model::ids::{GroupId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Admin;
use crate::error::Error;
use crate::json_string;

const FIELDS: &str = "uuid username email full_name description need_password_change is_active status status_info \
                      created_at modified_at domain_name role groups { id name }";

/// A person's account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// Id.
    #[serde(rename(deserialize = "uuid"))]
    pub id: UserId,
    /// Short name.
    pub username: Option<String>,
    /// E-mail, by which the API finds them.
    pub email: String,
    /// Name.
    pub full_name: Option<String>,
    /// What administrators noted.
    pub description: Option<String>,
    /// Has to choose another password.
    pub need_password_change: Option<bool>,
    /// Whether `status` is `active`.
    pub is_active: Option<bool>,
    /// `active`, `inactive`, `deleted` or `before-verification`.
    pub status: Option<String>,
    /// Why, such as `admin-requested`.
    pub status_info: Option<String>,
    /// Made at.
    pub created_at: Option<Timestamp>,
    /// Changed at.
    pub modified_at: Option<Timestamp>,
    /// Domain.
    pub domain_name: Option<String>,
    /// `superadmin`, `admin`, `user` or `monitor`.
    pub role: Option<String>,
    /// Projects joined.
    #[serde(default, deserialize_with = "json_string::list")]
    pub groups: Vec<Membership>,
}

/// A project that somebody joined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// Id.
    pub id: GroupId,
    /// Name.
    pub name: String,
}

/// Which people; what is left out does not narrow.
#[derive(Clone, Debug, Default)]
pub struct UserFilter<'a> {
    /// Of this domain.
    pub domain: Option<&'a str>,
    /// Who joined this project.
    pub group: Option<GroupId>,
    /// In this status, such as `inactive`.
    pub status: Option<&'a str>,
}

impl Admin<'_> {
    /// People, [`MOST_ROWS`](super::MOST_ROWS) at most, in the server's order.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn users(&self, filter: &UserFilter<'_>) -> Result<Vec<User>, Error> {
        let variables = json!({"domain_name": filter.domain, "group_id": filter.group, "status": filter.status});
        let text = format!(
            "query($domain_name: String, $group_id: UUID, $status: String) \
             {{ users(domain_name: $domain_name, group_id: $group_id, status: $status) {{ {FIELDS} }} }}"
        );
        self.all("listing users", "users", text, variables).await
    }

    /// A person; `None` when they cannot be seen.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn user(&self, email: &str) -> Result<Option<User>, Error> {
        let text = format!("query($email: String) {{ user(email: $email) {{ {FIELDS} }} }}");
        self.one("looking up the user", "user", text, json!({"email": email})).await
    }
}
