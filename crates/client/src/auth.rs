//! Signing in, and who one is.

use http::Method;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::builder::Credentials;
use crate::error::Error;
use crate::transport::{Call, Client};

/// What signing in gives.
#[derive(Clone, Debug)]
pub struct Keys {
    /// The keypair.
    pub credentials: Credentials,
    /// The public half again, to show.
    pub access_key: String,
    /// The secret half, to store.
    pub secret_key: SecretString,
}

/// The caller's roles as `/auth/role` tells them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Roles {
    /// `superadmin` or `user`.
    pub global_role: String,
    /// `admin` or `user`.
    pub domain_role: String,
    /// `user`, when a project was named.
    #[serde(default)]
    pub group_role: Option<String>,
}

/// The SSH key of a keypair, both halves: the server tells the private one this once.
#[derive(Clone, Debug)]
pub struct SshKeypair {
    /// One line as in `authorized_keys`.
    pub public: String,
    /// PEM.
    pub private: SecretString,
}

#[derive(Deserialize)]
struct SshKeys {
    ssh_public_key: Option<String>,
    #[serde(default)]
    ssh_private_key: String,
}

#[derive(Deserialize)]
struct Authorized {
    data: AuthorizedData,
}

#[derive(Deserialize)]
struct AuthorizedData {
    access_key: String,
    secret_key: String,
}

impl Client {
    /// Signs in with an e-mail address and a password; the answer holds a keypair.
    ///
    /// # Errors
    /// `auth-failed` when they don't match, `too-many-requests` after too many tries.
    pub async fn authorize(&self, email: &str, password: &SecretString) -> Result<Keys, Error> {
        let body = json!({
            "type": "keypair", "domain": self.domain(), "username": email, "password": password.expose_secret(),
        });
        let call = Call::new("signing in", Method::POST, &["auth", "authorize"]).body(body);
        let Authorized { data } = self.call_unsigned(call).await?;
        let secret_key = SecretString::from(data.secret_key);
        Ok(Keys {
            credentials: Credentials::new(data.access_key.clone(), secret_key.clone()),
            access_key: data.access_key,
            secret_key,
        })
    }

    /// The caller's roles, in a project when one is named.
    ///
    /// # Errors
    /// `generic-not-found` when the caller is not in that project.
    pub async fn role(&self, group: Option<Uuid>) -> Result<Roles, Error> {
        let group = group.map(|group| group.to_string());
        let query: Vec<_> = group.iter().map(|group| ("group", group.as_str())).collect();
        self.call(Call::new("asking for the role", Method::GET, &["auth", "role"]).query(&query)).await
    }

    /// Another password for the caller's own account.
    ///
    /// # Errors
    /// `auth-failed` when the old one is not that, `rate-limit-exceeded` after too many tries,
    /// `invalid-api-params` for a new one that is too short or too long.
    pub async fn change_password(&self, old: &SecretString, new: &SecretString) -> Result<(), Error> {
        let new = new.expose_secret();
        let body = json!({"old_password": old.expose_secret(), "new_password": new, "new_password2": new});
        self.call_empty(Call::new("changing the password", Method::POST, &["auth", "update-password"]).body(body)).await
    }

    /// The public half of the SSH key that belongs to the keypair, if it has one.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn ssh_public_key(&self) -> Result<Option<String>, Error> {
        let call = Call::new("reading the SSH key", Method::GET, &["auth", "ssh-keypair"]);
        Ok(self.call::<SshKeys>(call).await?.ssh_public_key)
    }

    /// Replaces the SSH key that belongs to the keypair.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn new_ssh_keypair(&self) -> Result<SshKeypair, Error> {
        let call = Call::new("replacing the SSH key", Method::PATCH, &["auth", "ssh-keypair"]);
        let made: SshKeys = self.call(call).await?;
        let private = SecretString::from(made.ssh_private_key);
        Ok(SshKeypair { public: made.ssh_public_key.unwrap_or_default(), private })
    }

    /// Whether the keypair signs correctly.
    ///
    /// # Errors
    /// `auth-failed` when it does not.
    pub async fn check_credentials(&self) -> Result<(), Error> {
        let call = Call::new("checking the keys", Method::POST, &["auth", "test"]).body(json!({"echo": "rollcall"}));
        self.call_empty(call).await
    }
}
