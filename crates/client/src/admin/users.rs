//! People.

use rollcall_model::Timestamp;
use rollcall_model::ids::{GroupId, UserId};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::mutation::{Mutation, exposed, props};
use super::{Admin, MadeKeypair};
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

/// A person to be made, with a first keypair.
#[derive(Debug, Serialize)]
pub struct NewUser<'a> {
    /// E-mail, by which the API finds them.
    #[serde(skip)]
    pub email: &'a str,
    /// Short name; the e-mail where it is empty.
    pub username: &'a str,
    /// To sign in with.
    #[serde(serialize_with = "exposed")]
    pub password: Option<&'a SecretString>,
    /// Has to choose another password.
    pub need_password_change: bool,
    /// Name.
    pub full_name: Option<&'a str>,
    /// What administrators note.
    pub description: Option<&'a str>,
    /// `active` or `inactive`.
    pub status: &'a str,
    /// Domain.
    pub domain_name: &'a str,
    /// `superadmin`, `admin`, `user` or `monitor`.
    pub role: &'a str,
    /// Projects of that domain to join.
    pub group_ids: &'a [GroupId],
}

/// What to change of a person.
#[derive(Debug, Default, Serialize)]
pub struct UserChange<'a> {
    /// Short name.
    pub username: Option<&'a str>,
    /// To sign in with.
    #[serde(serialize_with = "exposed")]
    pub password: Option<&'a SecretString>,
    /// Has to choose another password.
    pub need_password_change: Option<bool>,
    /// Name.
    pub full_name: Option<&'a str>,
    /// What administrators note.
    pub description: Option<&'a str>,
    /// `active`, `inactive` or another one.
    pub status: Option<&'a str>,
    /// Another domain; without `group_ids` the person leaves all projects.
    pub domain_name: Option<&'a str>,
    /// Role; the admin flag of all keys follows.
    pub role: Option<&'a str>,
    /// All projects from now on.
    pub group_ids: Option<&'a [GroupId]>,
}

impl Admin<'_> {
    /// Makes a person with a keypair. The keypair is told where the server tells it, which others
    /// than Rollcall don't; nothing tells its secret half again.
    ///
    /// # Errors
    /// [`Error::Refused`], or when the server cannot be reached.
    pub async fn create_user(&self, new: &NewUser<'_>) -> Result<Option<MadeKeypair>, Error> {
        let act = "adding the user";
        let tells = self.client.tells("CreateUser", "keypair").await?;
        let arguments =
            [("email", "String!", json!(new.email)), ("props", "UserInput!", Value::Object(props(new, act)?))];
        let selection = if tells { "keypair { access_key secret_key }" } else { "" };
        let mutation = Mutation { act, root: "create_user", arguments: &arguments, selection };
        self.change(mutation).await?.remove("keypair").map(|made| MadeKeypair::read(act, made)).transpose()
    }

    /// Changes a person.
    ///
    /// # Errors
    /// [`Error::Refused`], or when the server cannot be reached.
    pub async fn change_user(&self, email: &str, change: &UserChange<'_>) -> Result<(), Error> {
        let act = "changing the user";
        let props = Value::Object(props(change, act)?);
        let arguments = [("email", "String!", json!(email)), ("props", "ModifyUserInput!", props)];
        self.do_it(act, "modify_user", &arguments).await
    }

    /// Removes a person for good, with keys, memberships and finished sessions.
    ///
    /// # Errors
    /// [`Error::Refused`], also while sessions are active; or when the server cannot be reached.
    pub async fn purge_user(&self, email: &str) -> Result<(), Error> {
        let arguments = [("email", "String!", json!(email)), ("props", "PurgeUserInput!", json!({}))];
        self.do_it("removing the user", "purge_user", &arguments).await
    }
}
