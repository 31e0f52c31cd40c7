//! Whose page a request comes from. A browser says so in `Origin` and `Sec-Fetch-Site`; a command line
//! says nothing and brings no cookie that it was not given.

use std::fmt;
use std::str::FromStr;

use http::header::{HOST, ORIGIN};
use http::{HeaderMap, Method};
use url::Url;

/// Scheme, host and port of pages, as a browser writes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

/// It has not the form of an origin.
#[derive(Debug, thiserror::Error)]
#[error("an origin is http:// or https:// with a host and perhaps a port, and nothing behind")]
pub struct NoOrigin;

impl FromStr for Origin {
    type Err = NoOrigin;

    fn from_str(text: &str) -> Result<Self, NoOrigin> {
        let url = Url::parse(text).map_err(|_| NoOrigin)?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let nobody = url.username().is_empty() && url.password().is_none();
        if !bare || !nobody || !matches!(url.scheme(), "http" | "https") {
            return Err(NoOrigin);
        }
        Ok(Self(url.origin().ascii_serialization()))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Origin {
    /// Whether its pages come over TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// No page, or one of ours.
    Here,
    /// A page of a configured origin.
    Allowed(String),
    /// Any other page.
    Foreign,
}

/// Judges a request by what the browser says of it. `no-cors` and friends are no proof of anything.
pub(crate) fn judge(method: &Method, headers: &HeaderMap, own: &[Origin], allowed: &[Origin]) -> From {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("null"));
    let Some(said) = text(ORIGIN.as_str()) else {
        let site = text("sec-fetch-site").unwrap_or("none");
        // Following a link from elsewhere reads a page, and changes nothing.
        let follows = text("sec-fetch-mode") == Some("navigate") && matches!(*method, Method::GET | Method::HEAD);
        return if follows || matches!(site, "none" | "same-origin") { From::Here } else { From::Foreign };
    };
    // `null`, and what is no origin, is nobody's.
    let Ok(origin) = said.parse::<Origin>() else { return From::Foreign };
    if own.contains(&origin) {
        From::Here
    } else if allowed.contains(&origin) {
        From::Allowed(said.to_owned())
    } else {
        From::Foreign
    }
}

/// The origin of pages of this address, by the request's own `Host`.
pub(crate) fn of_host(headers: &HeaderMap, https: bool) -> Option<Origin> {
    let host = headers.get(HOST)?.to_str().ok()?;
    format!("{}://{host}", if https { "https" } else { "http" }).parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn asked(method: &Method, lines: &[(&'static str, &str)]) -> From {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.insert(*name, value.parse().unwrap());
        }
        let own: Vec<Origin> = of_host(&headers, false).into_iter().collect();
        judge(method, &headers, &own, &["https://friend.example".parse().unwrap()])
    }

    #[test]
    fn a_command_line_and_our_own_pages_are_here() {
        assert_eq!(asked(&Method::POST, &[("host", "a:1")]), From::Here);
        assert_eq!(asked(&Method::POST, &[("host", "a:1"), ("origin", "http://a:1")]), From::Here);
        assert_eq!(asked(&Method::GET, &[("host", "A"), ("origin", "http://a:80")]), From::Here);
        assert_eq!(
            asked(&Method::GET, &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")]),
            From::Here
        );
    }

    #[test]
    fn other_pages_are_not() {
        for origin in ["http://a:2", "https://a:1", "http://b:1", "null", "http://a:1.evil.example", "file://", "x y"] {
            assert_eq!(asked(&Method::POST, &[("host", "a:1"), ("origin", origin)]), From::Foreign, "{origin}");
        }
        for site in ["cross-site", "same-site"] {
            for mode in ["no-cors", "cors", "websocket", "navigate"] {
                let lines = [("host", "a:1"), ("sec-fetch-site", site), ("sec-fetch-mode", mode)];
                assert_eq!(asked(&Method::POST, &lines), From::Foreign, "{site} {mode}");
            }
        }
        let lines = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")];
        assert_eq!(asked(&Method::GET, &lines), From::Foreign);
    }

    #[test]
    fn configured_origins_are_told_apart() {
        let lines = [("host", "a:1"), ("origin", "https://friend.example")];
        assert_eq!(asked(&Method::POST, &lines), From::Allowed("https://friend.example".into()));
        for text in ["friend.example", "https://friend.example/x", "https://u@friend.example", "ftp://a", "https://a?x"]
        {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
    }
}
