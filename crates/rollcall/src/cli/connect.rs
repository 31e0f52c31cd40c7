//! From a profile to a client, and to what its caller may see.

use std::path::{Path, PathBuf};

use rollcall_client::{Client, ClientBuilder, Credentials, Error};
use rollcall_model::list::columns::LoginMode;
use rollcall_model::role::Role;
use secrecy::SecretString;

use super::failure::Failure;
use super::profile::{self, Profile};
use super::requests;

/// A client and the profile it came from.
pub(super) struct Connection {
    pub(super) client: Client,
    pub(super) profile: Profile,
}

/// Chooses the profile and makes a client; nothing is sent yet.
pub(super) fn connect(named: Option<&str>) -> Result<Connection, Failure> {
    let profile = profile::choose(named)?;
    let keys = Credentials::new(profile.access_key.clone(), SecretString::from(profile.secret_key.clone()));
    let authority = authority_file().or_else(|| profile.ca.clone());
    let client = requests::recorded(builder(&profile.endpoint, authority.as_deref())?)
        .domain(profile.domain.clone())
        .credentials(keys)
        .build()?;
    Ok(Connection { client, profile })
}

/// Names a file with the certificates of the authority to trust instead of the system's.
const AUTHORITY: &str = "ROLLCALL_CA_FILE";

/// The file that the environment names.
pub(crate) fn authority_file() -> Option<PathBuf> {
    std::env::var_os(AUTHORITY).filter(|name| !name.is_empty()).map(PathBuf::from)
}

/// A client's beginning, with the authority that is to be trusted.
pub(super) fn builder(endpoint: &str, authority: Option<&Path>) -> Result<ClientBuilder, Failure> {
    let builder = Client::builder(endpoint)?;
    let Some(file) = authority else { return Ok(builder) };
    let pem = std::fs::read(file)
        .map_err(|error| Failure::usage(format!("reading the authority's file {} failed: {error}", file.display())))?;
    builder.trust(&pem).map_err(|error| Failure::from(error).about(&file.display().to_string()))
}

impl Connection {
    /// How owners are called: by e-mail for who signed in with one.
    pub(super) fn login_mode(&self) -> LoginMode {
        if self.profile.email.is_some() { LoginMode::Session } else { LoginMode::Api }
    }

    /// The caller's role. A server that does not tell is taken at its keypair's word.
    pub(super) async fn role(&self) -> Result<Role, Failure> {
        match self.client.user(None).await {
            Ok(Some(user)) => Ok(user.role.parse().unwrap_or(Role::User)),
            Ok(None) | Err(Error::Response { .. } | Error::Server { status: 400 | 404, .. }) => {
                let keypair = self.client.keypair(None).await?;
                Ok(if keypair.is_some_and(|keypair| keypair.is_admin) { Role::Admin } else { Role::User })
            }
            Err(error) => Err(error.into()),
        }
    }
}
