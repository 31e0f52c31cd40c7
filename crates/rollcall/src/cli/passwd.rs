//! `rollcall passwd`: another password for one's own account.

use rollcall_model::naming;
use secrecy::{ExposeSecret as _, SecretString};

use super::connect::connect;
use super::failure::Failure;
use super::{prompt, text};
use crate::out;

/// Arguments of `rollcall passwd`.
#[derive(Debug, clap::Args)]
pub(crate) struct PasswdArguments {
    /// Read the old password and the new one from standard input, a line each
    #[arg(long)]
    password_stdin: bool,
}

/// Asks for both, and changes it.
pub(super) async fn passwd(profile: Option<&str>, arguments: PasswdArguments) -> Result<(), Failure> {
    let client = connect(profile)?.client;
    let (old, new) =
        if arguments.password_stdin { (prompt::secret_from_stdin()?, prompt::secret_from_stdin()?) } else { typed()? };
    for (what, secret) in [("Old password", &old), ("New password", &new)] {
        if secret.expose_secret().is_empty() {
            return Err(Failure::usage(format!("{what} is empty")).next("Nothing was changed; try again."));
        }
    }
    naming::password(new.expose_secret())
        .map_err(|reason| Failure::usage(reason.to_string()).next("Nothing was changed; choose another one."))?;
    client.change_password(&old, &new).await.map_err(wrong_password)?;
    out::note("The password is changed. Keypairs stay as they are.");
    Ok(())
}

/// The new one twice: nobody sees what they type.
fn typed() -> Result<(SecretString, SecretString), Failure> {
    let old = prompt::secret("Old password", "--password-stdin")?;
    let new = prompt::secret("New password", "--password-stdin")?;
    let again = prompt::secret("New password again", "--password-stdin")?;
    if new.expose_secret() == again.expose_secret() {
        return Ok((old, new));
    }
    Err(Failure::usage("the two new passwords differ".to_owned()).next("Nothing was changed; try again."))
}

fn wrong_password(error: rollcall_client::Error) -> Failure {
    match error.status() {
        Some(401) => Failure::new(text::clean(&error.to_string()))
            .next("Nothing was changed. After several wrong passwords one has to wait."),
        _ => error.into(),
    }
}
