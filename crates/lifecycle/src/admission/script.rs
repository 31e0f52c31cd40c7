//! The texts that a creator gives freely: script, command, environment, tag, options. They are kept as
//! long as the session is, and lists read many at once: each has a bound.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use rollcall_model::naming::{self, SLUG_LENGTH};

use crate::error::LifecycleError;
use crate::request::CreateRequest;

/// Largest script, decoded.
const SCRIPT_LIMIT: usize = 64 * 1024;
/// Largest startup command.
const COMMAND_LIMIT: usize = 64 * 1024;
/// Largest environment, names and values together.
const ENVIRON_LIMIT: usize = 64 * 1024;
/// Largest `resource_opts`, as JSON.
const OPTIONS_LIMIT: usize = 4 * 1024;

/// Refuses what could not be handed to a kernel, and what is too large to be kept.
pub(crate) fn check(request: &CreateRequest) -> Result<(), LifecycleError> {
    if let Some(text) = &request.bootstrap_script {
        let script = decode(text).ok_or_else(|| refused("give base64 of UTF-8 text"))?;
        if script.len() > SCRIPT_LIMIT {
            return Err(refused("larger than 64 KiB"));
        }
    }
    let command = request.startup_command.as_deref().unwrap_or_default();
    if command.contains('\0') {
        return Err(LifecycleError::parameter("startupCommand", "contains a NUL character"));
    }
    if command.len() > COMMAND_LIMIT {
        return Err(LifecycleError::parameter("startupCommand", "larger than 64 KiB"));
    }
    if let Some(tag) = &request.tag {
        naming::line("the tag", tag, SLUG_LENGTH)
            .map_err(|error| LifecycleError::parameter("tag", error.to_string()))?;
    }
    if serde_json::to_string(&request.config.resource_opts).map_or(usize::MAX, |text| text.len()) > OPTIONS_LIMIT {
        return Err(LifecycleError::parameter("resource_opts", "larger than 4 KiB"));
    }
    environ(request)
}

fn environ(request: &CreateRequest) -> Result<(), LifecycleError> {
    let size: usize = request.config.environ.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
    if size > ENVIRON_LIMIT {
        return Err(LifecycleError::parameter("environ", "larger than 64 KiB"));
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
