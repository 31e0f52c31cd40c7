//! The rule of session names: `^(?=.{4,64}$)\w[\w.-]*\w$`, ASCII.

use crate::error::LifecycleError;

/// Refuses a name outside the rule, and the reserved one.
pub(crate) fn check(name: &str) -> Result<(), LifecycleError> {
    if is_well_formed(name) && name != "from-template" {
        Ok(())
    } else {
        Err(LifecycleError::parameter(
            "session_name",
            "use 4 to 64 letters, digits, `_`, `-` or `.`, starting and ending with a letter, a digit or `_`",
        ))
    }
}

fn is_well_formed(name: &str) -> bool {
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let inside = |byte: &u8| word(byte) || matches!(byte, b'.' | b'-');
    let bytes = name.as_bytes();
    (4..=64).contains(&bytes.len())
        && bytes.first().is_some_and(word)
        && bytes.last().is_some_and(word)
        && bytes.iter().all(inside)
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn the_rule() {
        let longest = "a".repeat(64);
        for good in ["abcd", "a.-b", "_ab_", "0000", longest.as_str()] {
            assert!(check(good).is_ok(), "{good}");
        }
        let too_long = "a".repeat(65);
        for bad in ["", "abc", "-abc", "abc.", "ab cd", "abcé", "ab/cd", "from-template", too_long.as_str()] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
