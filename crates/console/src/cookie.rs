//! The cookie of `signing.md` §5.1: 128 random bits, which no script reads and no other site's page
//! sends.

use std::time::Duration;

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

/// Its name, which clients know.
pub(crate) const NAME: &str = "AIOHTTP_SESSION";
const LENGTH: usize = 32;

/// A value of this form.
pub(crate) fn is_formed(value: &str) -> bool {
    value.len() == LENGTH && value.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// The value that the browser brings. Two different ones are none: somebody else has set one of them.
pub(crate) fn brought(headers: &HeaderMap) -> Option<String> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(name, _)| *name == NAME).map(|(_, value)| value.trim_matches('"'));
    let first = values.next().filter(|value| is_formed(value))?;
    values.all(|other| other == first).then(|| first.to_owned())
}

/// `Set-Cookie` with this value.
pub(crate) fn set(value: &str, life: Duration, secure: bool) -> Option<HeaderValue> {
    let expires = chrono::Utc::now() + chrono::TimeDelta::from_std(life).unwrap_or(chrono::TimeDelta::MAX);
    line(value, life.as_secs(), &expires.format("%a, %d %b %Y %H:%M:%S GMT").to_string(), secure)
}

/// `Set-Cookie` that takes it away.
pub(crate) fn removed(secure: bool) -> Option<HeaderValue> {
    line("\"\"", 0, "Thu, 01 Jan 1970 00:00:00 GMT", secure)
}

fn line(value: &str, max_age: u64, expires: &str, secure: bool) -> Option<HeaderValue> {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{NAME}={value}; Path=/; Max-Age={max_age}; Expires={expires}; HttpOnly; SameSite=Lax{secure}");
    let mut line = HeaderValue::try_from(text).ok()?;
    line.set_sensitive(true);
    Some(line)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const VALUE: &str = "0123456789abcdef0123456789abcdef";

    fn of(lines: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(COOKIE, line.parse().unwrap());
        }
        brought(&headers)
    }

    #[test]
    fn only_one_value_of_the_form_counts() {
        assert_eq!(of(&[&format!("a=b; {NAME}={VALUE}; c=d")]).unwrap(), VALUE);
        assert_eq!(of(&[&format!("{NAME}={VALUE}; {NAME}={VALUE}")]).unwrap(), VALUE);
        assert_eq!(of(&[&format!("{NAME}={VALUE}"), &format!("{NAME}={}", VALUE.replace('0', "1"))]), None);
        for value in ["", "x", "0123456789ABCDEF0123456789ABCDEF", "0123456789abcdef0123456789abcdef0"] {
            assert_eq!(of(&[&format!("{NAME}={value}")]), None, "{value}");
        }
    }

    #[test]
    fn it_is_hidden_from_scripts_and_other_sites() {
        let line = set(VALUE, Duration::from_secs(60), true).unwrap();
        assert!(line.is_sensitive());
        let text = line.to_str().unwrap();
        assert!(text.starts_with(&format!("{NAME}={VALUE}; Path=/; Max-Age=60; Expires=")), "{text}");
        assert!(text.ends_with("; HttpOnly; SameSite=Lax; Secure"), "{text}");
        assert!(!removed(false).unwrap().to_str().unwrap().contains("Secure"));
    }
}
