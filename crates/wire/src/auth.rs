//! Bodies of `/auth` (`rest.md` §1).

use std::fmt;

use rollcall_model::role::Role;
use secrecy::{ExposeSecret, SecretString};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};
use uuid::Uuid;

use crate::parameters::Parameters;
use crate::problem::{Problem, ProblemType};

/// Told when e-mail and password do not fit or the account is not in use. The exact text matters.
pub const CREDENTIAL_MISMATCH: &str = "User credential mismatch.";
/// Told when the e-mail address is not confirmed.
pub const NEEDS_VERIFICATION: &str = "This account needs email verification.";
/// Told when the account has no active key.
pub const NO_KEYPAIR: &str = "No API keypairs found.";

/// The answer of `/auth/test`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestAnswer {
    /// `yes`.
    pub authorized: String,
    /// What was sent.
    pub echo: String,
}

impl TestAnswer {
    /// Reads `echo` and answers it.
    ///
    /// # Errors
    /// `invalid-api-params` without an `echo`.
    pub fn of(mut parameters: Parameters) -> Result<Self, Problem> {
        let echo = parameters.required_text(&["echo"], "echo");
        parameters.finish(Self { authorized: "yes".to_owned(), echo })
    }
}

/// The body of `/auth/authorize`.
#[derive(Debug)]
pub struct AuthorizeRequest {
    /// Domain.
    pub domain: String,
    /// E-mail.
    pub username: String,
    /// Password.
    pub password: SecretString,
}

impl AuthorizeRequest {
    /// Reads the parameters; of the two types only `keypair` is served.
    ///
    /// # Errors
    /// `invalid-api-params`.
    pub fn of(mut parameters: Parameters) -> Result<Self, Problem> {
        let kind = parameters.required_text(&["type"], "type");
        if !matches!(kind.as_str(), "" | "keypair" | "jwt") {
            parameters.wrong("type", "value is not a valid member of AuthTokenTypes");
        }
        let domain = parameters.required_text(&["domain"], "domain");
        let username = parameters.required_text(&["username"], "username");
        let password = SecretString::from(parameters.required_text(&["password"], "password"));
        let request = parameters.finish(Self { domain, username, password })?;
        if kind == "jwt" {
            return Err(Problem::new(ProblemType::InvalidApiParams).with_msg("Unsupported authorization type"));
        }
        Ok(request)
    }
}

/// The answer of `/auth/authorize`.
#[derive(Serialize)]
pub struct AuthorizeAnswer {
    /// Key and role.
    pub data: Authorized,
}

/// What an authorized person gets.
pub struct Authorized {
    /// Access key.
    pub access_key: String,
    /// Secret key.
    pub secret_key: SecretString,
    /// Role.
    pub role: Role,
}

impl fmt::Debug for Authorized {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorized")
            .field("access_key", &self.access_key)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

impl Serialize for Authorized {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_struct("Authorized", 4)?;
        map.serialize_field("access_key", &self.access_key)?;
        map.serialize_field("secret_key", self.secret_key.expose_secret())?;
        map.serialize_field("role", self.role.as_str())?;
        map.serialize_field("status", "active")?;
        map.end()
    }
}

/// The parameters of `/auth/role`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleRequest {
    /// Project to tell the role in.
    pub group: Option<Uuid>,
}

impl RoleRequest {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid-api-params` for a malformed id.
    pub fn of(mut parameters: Parameters) -> Result<Self, Problem> {
        let group = parameters.uuid(&["group"]);
        parameters.finish(Self { group })
    }
}

/// The answer of `/auth/role`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleAnswer {
    /// `superadmin` or `user`.
    pub global_role: String,
    /// `admin` or `user`.
    pub domain_role: String,
    /// `user` in a project one has joined, else null.
    pub group_role: Option<String>,
}

impl RoleAnswer {
    /// The roles of a caller: both administrative ones need the key's flag as well.
    #[must_use]
    pub fn of(is_superadmin: bool, is_admin: bool, is_in_group: bool) -> Self {
        Self {
            global_role: if is_superadmin { "superadmin" } else { "user" }.to_owned(),
            domain_role: if is_admin { "admin" } else { "user" }.to_owned(),
            group_role: is_in_group.then(|| "user".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use serde_json::{Value, json};

    use super::*;

    fn authorize(value: &Value) -> Result<AuthorizeRequest, Problem> {
        AuthorizeRequest::of(Parameters::of_request(None, value.to_string().as_bytes()).unwrap())
    }

    #[test]
    fn authorize_takes_keypairs_alone() {
        let body = |kind| json!({"type": kind, "domain": "default", "username": "a@b.c", "password": "secret"});
        let request = authorize(&body("keypair")).unwrap();
        assert_eq!((request.username.as_str(), request.password.expose_secret()), ("a@b.c", "secret"));
        assert!(!format!("{request:?}").contains("secret\""));
        assert_eq!(authorize(&body("jwt")).unwrap_err().kind(), ProblemType::InvalidApiParams);
        let problem = authorize(&json!({"type": "other", "username": ""})).unwrap_err();
        assert_eq!(
            problem.to_json()["data"],
            json!({
                "type": "value is not a valid member of AuthTokenTypes", "domain": "is required",
                "username": "blank value is not allowed", "password": "is required",
            })
        );
    }

    #[test]
    fn answers_have_the_contracts_keys() {
        let data = Authorized { access_key: "AK".into(), secret_key: SecretString::from("SK"), role: Role::Admin };
        assert!(!format!("{data:?}").contains("SK"));
        assert_eq!(
            serde_json::to_string(&AuthorizeAnswer { data }).unwrap(),
            r#"{"data":{"access_key":"AK","secret_key":"SK","role":"admin","status":"active"}}"#
        );
        let test = TestAnswer::of(Parameters::of_query("echo=hi")).unwrap();
        assert_eq!(serde_json::to_value(test).unwrap(), json!({"authorized": "yes", "echo": "hi"}));
        let role = serde_json::to_value(RoleAnswer::of(true, true, false)).unwrap();
        assert_eq!(role, json!({"global_role": "superadmin", "domain_role": "admin", "group_role": null}));
    }
}
