//! How a browser wants its pages: language, theme, zone. Kept in cookies of its own, which prove nothing.

use std::convert::Infallible;

use super::asked::Pairs;
use crate::look::Taste;
use crate::words::Language;
use axum::body::{Body, Bytes};
use axum::extract::FromRequestParts;
use http::header::{COOKIE, LOCATION, REFERER, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri};

/// A year.
const LIFE: u64 = 31_536_000;

/// The taste of who asks.
pub(crate) struct TasteOf(pub(crate) Taste);

impl<S: Sync> FromRequestParts<S> for TasteOf {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(of(&parts.headers)))
    }
}

/// The value of a cookie.
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// By the cookies, and what the browser says of its language.
pub(super) fn of(headers: &HeaderMap) -> Taste {
    let language = cookie(headers, "rollcall_language").and_then(Language::parse);
    let theme = match cookie(headers, "rollcall_theme") {
        Some("light") => Some("light"),
        Some("dark") => Some("dark"),
        _ => None,
    };
    let offset = cookie(headers, "rollcall_offset").and_then(|text| text.parse().ok());
    Taste {
        language: language.unwrap_or_else(|| Language::preferred(headers)),
        theme,
        // No zone is further away than this.
        offset: offset.filter(|minutes: &i32| minutes.abs() <= 16 * 60).unwrap_or(0),
    }
}

/// A cookie that keeps a choice. Scripts may read it.
fn keep(name: &str, value: &str) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("{name}={value}; Path=/; Max-Age={LIFE}; SameSite=Lax")).ok()
}

/// POST `/taste`: keeps a choice and goes back to where it was made.
pub(super) async fn change(headers: HeaderMap, body: Bytes) -> Response<Body> {
    let mut response = back(&headers);
    let asked = Pairs::parse(&body);
    let theme = asked.text("theme").filter(|theme| matches!(*theme, "light" | "dark" | "system"));
    let language = asked.text("language").filter(|code| Language::parse(code).is_some());
    for (name, value) in [("rollcall_theme", theme), ("rollcall_language", language)] {
        if let Some(line) = value.and_then(|value| keep(name, value)) {
            response.headers_mut().append(SET_COOKIE, line);
        }
    }
    response
}

/// To the page where the request comes from, which is one of ours.
pub(super) fn back(headers: &HeaderMap) -> Response<Body> {
    let from = headers.get(REFERER).and_then(|line| url::Url::parse(line.to_str().ok()?).ok());
    let path = from.map_or_else(
        || "/".to_owned(),
        |from| from.query().map_or_else(|| from.path().to_owned(), |query| format!("{}?{query}", from.path())),
    );
    to(&path)
}

/// Where only forms are sent to there is no page: who comes by an address, as after signing in again, is led to the
/// one above.
pub(super) async fn above(method: Method, uri: Uri) -> Response<Body> {
    if method == Method::GET {
        return to(uri.path().rsplit_once('/').map_or("/", |(above, _)| above));
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response
}

/// To another page of this address.
pub(super) fn to(path: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    // `//host` would be another address, and browsers read over blanks and take `\` for `/`.
    let plain = path.bytes().all(|byte| (0x21..0x7f).contains(&byte) && byte != b'\\');
    let path = if plain && path.starts_with('/') && !path.starts_with("//") { path } else { "/" };
    if let Ok(path) = HeaderValue::try_from(path) {
        response.headers_mut().insert(LOCATION, path);
    }
    response
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn no_page_leads_elsewhere() {
        for (asked, told) in [
            ("/a?b=c", "/a?b=c"),
            ("//evil.example", "/"),
            ("https://evil.example", "/"),
            ("/\\evil", "/"),
            ("/\t/evil.example", "/"),
            ("/\n", "/"),
            ("", "/"),
        ] {
            assert_eq!(to(asked).headers()[LOCATION], told, "{asked}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(REFERER, "http://evil.example//other?x=1".parse().unwrap());
        assert_eq!(back(&headers).headers()[LOCATION], "/");
    }

    #[test]
    fn cookies_that_are_strange_change_nothing() {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, "rollcall_offset=99999; rollcall_theme=blue; rollcall_language=xx".parse().unwrap());
        let taste = of(&headers);
        assert_eq!((taste.offset, taste.theme, taste.language), (0, None, Language::English));
        headers.insert(COOKIE, "rollcall_offset=-90; rollcall_theme=dark; rollcall_language=ko".parse().unwrap());
        let taste = of(&headers);
        assert_eq!((taste.offset, taste.theme, taste.language), (-90, Some("dark"), Language::Korean));
    }
}
