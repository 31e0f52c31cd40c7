//! The bootstrap script and the environment that a creator gives.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::error::LifecycleError;
use crate::request::CreateRequest;

/// Largest script, decoded.
const SCRIPT_LIMIT: usize = 64 * 1024;

/// Refuses what could not be handed to a kernel.
pub(crate) fn check(request: &CreateRequest) -> Result<(), LifecycleError> {
    if let Some(text) = &request.bootstrap_script {
        let script = decode(text).ok_or_else(|| refused("give base64 of UTF-8 text"))?;
        if script.len() > SCRIPT_LIMIT {
            return Err(refused("larger than 64 KiB"));
        }
    }
    if request.startup_command.as_deref().is_some_and(|command| command.contains('\0')) {
        return Err(LifecycleError::parameter("startupCommand", "contains a NUL character"));
    }
    let usable =
        |(name, value): &(String, String)| !name.is_empty() && !name.contains(['=', '\0']) && !value.contains('\0');
    match request.config.environ.iter().find(|variable| !usable(variable)) {
        Some((name, _)) => {
            Err(LifecycleError::parameter("environ", format!("`{name}` cannot be an environment variable")))
        }
        None => Ok(()),
    }
}

/// The script itself; `None` if `text` is no base64 of UTF-8. Line breaks inside are fine.
#[must_use]
pub fn decode(text: &str) -> Option<String> {
    let compact: String = text.split_ascii_whitespace().collect();
    String::from_utf8(STANDARD.decode(compact).ok()?).ok()
}

/// The form in which a script is given and stored with a session.
#[must_use]
pub fn encode(script: &str) -> String {
    STANDARD.encode(script)
}

fn refused(text: &str) -> LifecycleError {
    LifecycleError::parameter("bootstrap_script", text)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn scripts() {
        assert_eq!(decode("ZWNobyBoaQo=").as_deref(), Some("echo hi\n"));
        assert_eq!(decode("ZWNo\nbyBoaQo=\n").as_deref(), Some("echo hi\n"));
        assert_eq!(decode("%%%"), None);
        assert_eq!(decode("/w=="), None);
    }
}
