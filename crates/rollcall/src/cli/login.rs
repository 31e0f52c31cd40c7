//! `rollcall login` and `rollcall logout`.

use std::path::PathBuf;

use rollcall_client::Credentials;
use secrecy::{ExposeSecret as _, SecretString};

use super::failure::Failure;
use super::profile::{self, Profile};
use super::{connect, prompt, requests, text};
use crate::out;

/// Where `rollcall up` answers unless told otherwise.
const LOCAL: &str = "http://127.0.0.1:8091";

/// Arguments of `rollcall login`.
#[derive(Debug, clap::Args)]
pub(crate) struct LoginArguments {
    /// Address of the server, such as http://127.0.0.1:8091
    endpoint: Option<String>,
    /// Sign in as this person
    #[arg(long, conflicts_with = "access_key")]
    email: Option<String>,
    /// Use this keypair instead of an e-mail address and a password
    #[arg(long, value_name = "KEY")]
    access_key: Option<String>,
    /// Domain of the account
    #[arg(long, default_value = "default")]
    domain: String,
    /// Project that sessions are started in
    #[arg(long, default_value = "default")]
    group: String,
    /// Trust servers of the authority in this file (PEM), and no others [default: $ROLLCALL_CA_FILE, else
    /// those that the system trusts]
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Read the password, or the secret key, from standard input
    #[arg(long, visible_alias = "secret-key-stdin")]
    password_stdin: bool,
}

/// Checks the account with the server and stores its keys.
pub(super) async fn login(profile_name: Option<&str>, arguments: LoginArguments) -> Result<(), Failure> {
    let endpoint = match arguments.endpoint.clone() {
        Some(endpoint) => endpoint,
        None => prompt::line("Address", Some(LOCAL), "an argument: `rollcall login http://…`")?,
    };
    let ca = arguments.ca.clone().or_else(connect::authority_file).map(absolute).transpose()?;
    let builder = requests::recorded(connect::builder(&endpoint, ca.as_deref())?).domain(arguments.domain.clone());
    let (email, access_key, secret_key) = match &arguments.access_key {
        Some(key) => {
            let secret = secret("Secret key", arguments.password_stdin)?;
            let keys = Credentials::new(key.clone(), secret.clone());
            builder.credentials(keys).build()?.check_credentials().await?;
            (None, key.clone(), secret)
        }
        None => {
            let client = builder.build()?;
            // Tells a wrong address before anybody types a password.
            client.server().await?;
            let email = match arguments.email.clone() {
                Some(email) => email,
                None => prompt::line("E-mail", None, "--email")?,
            };
            let password = secret("Password", arguments.password_stdin)?;
            let keys = client.authorize(&email, &password).await.map_err(|error| wrong_password(error, &arguments))?;
            (Some(email), keys.access_key, keys.secret_key)
        }
    };
    let name = profile_name.unwrap_or(profile::DEFAULT);
    let path = profile::path()?;
    let who = email.clone().unwrap_or_else(|| access_key.clone());
    let profile = Profile {
        endpoint,
        domain: arguments.domain,
        group: arguments.group,
        email,
        access_key,
        secret_key: secret_key.expose_secret().to_owned(),
        ca,
    };
    profile::store(&path, name, profile)?;
    out::note(format_args!("Signed in as {}; profile `{name}` is in {}.", text::clean(&who), path.display()));
    if profile_name.is_none() && std::env::var_os("BACKEND_ENDPOINT").is_some() {
        out::note("BACKEND_ENDPOINT is set, and wins over the profile: unset it, or type `--profile default`.");
    }
    Ok(())
}

/// Forgets a profile.
pub(super) fn logout(profile_name: Option<&str>) -> Result<(), Failure> {
    let name = profile_name.unwrap_or(profile::DEFAULT);
    if profile::remove(&profile::path()?, name)? {
        out::note(format_args!("Profile `{name}` is removed. The keypair itself stays valid."));
        Ok(())
    } else {
        Err(Failure::usage(format!("there is no profile `{name}`")))
    }
}

/// A profile is used from any directory.
fn absolute(file: PathBuf) -> Result<PathBuf, Failure> {
    std::path::absolute(&file).map_err(|error| Failure::usage(format!("{} is no path: {error}", file.display())))
}

fn secret(question: &str, from_stdin: bool) -> Result<SecretString, Failure> {
    let secret = if from_stdin { prompt::secret_from_stdin()? } else { prompt::secret(question, "--password-stdin")? };
    if secret.expose_secret().is_empty() { Err(Failure::usage(format!("{question} is empty"))) } else { Ok(secret) }
}

fn wrong_password(error: rollcall_client::Error, arguments: &LoginArguments) -> Failure {
    match error.status() {
        Some(401) => Failure::new(text::clean(&error.to_string())).next(format!(
            "Check the e-mail address, the password and the domain (`{}`; --domain names another).",
            arguments.domain
        )),
        _ => error.into(),
    }
}
