//! Passwords of others: asked for without echo, read from standard input, or drawn at random.
//! Never an argument, where every process of the machine could read it.

use rollcall_model::naming;
use secrecy::{ExposeSecret as _, SecretString};

use crate::cli::failure::Failure;
use crate::cli::prompt;
use crate::random::{ALPHANUMERIC, random_text};

/// Letters and digits of a drawn password: 119 bits.
const LENGTH: usize = 20;

/// A password, and whether it was drawn here, so that nobody knows it yet.
pub(super) struct Chosen {
    pub(super) secret: SecretString,
    pub(super) drawn: bool,
}

impl Chosen {
    /// To be shown once, if nobody knows it yet.
    pub(super) fn to_show(&self) -> Option<&str> {
        self.drawn.then(|| self.secret.expose_secret())
    }
}

/// Where it comes from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source {
    Stdin,
    Random,
    Terminal,
}

/// Gets it.
pub(super) fn choose(source: Source) -> Result<Chosen, Failure> {
    match source {
        Source::Random => draw(),
        Source::Stdin => typed(prompt::secret_from_stdin()?),
        Source::Terminal => {
            let first = prompt::secret(
                "Password (leave it empty to draw one)",
                "--password-stdin, or draw one with --random-password",
            )?;
            if first.expose_secret().is_empty() {
                return draw();
            }
            let chosen = typed(first)?;
            let again = prompt::secret("The same again", "--password-stdin")?;
            if again.expose_secret() == chosen.secret.expose_secret() {
                Ok(chosen)
            } else {
                Err(Failure::usage("the two passwords differ").next("Nothing was done. Try again."))
            }
        }
    }
}

fn typed(secret: SecretString) -> Result<Chosen, Failure> {
    naming::password(secret.expose_secret())
        .map_err(|error| Failure::usage(error.to_string()).next("Nothing was done. Choose another one."))?;
    Ok(Chosen { secret, drawn: false })
}

fn draw() -> Result<Chosen, Failure> {
    let text = random_text(ALPHANUMERIC, LENGTH)
        .map_err(|error| Failure::new(format!("drawing a password failed: {error}")))?;
    Ok(Chosen { secret: SecretString::from(text), drawn: true })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_drawn_is_shown_and_what_is_typed_is_not() {
        let [one, other] = [draw().unwrap(), draw().unwrap()];
        assert_eq!(one.to_show().unwrap().len(), LENGTH);
        assert_ne!(one.to_show(), other.to_show());
        assert_eq!(typed("long enough".to_owned().into()).unwrap().to_show(), None);
        assert!(typed("short".to_owned().into()).is_err());
    }
}
