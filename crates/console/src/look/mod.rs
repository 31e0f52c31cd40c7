//! How pages look: the frame around them, components, icons, times. The tokens of size and colour are at
//! the head of `web/console.css`.

#[cfg(debug_assertions)]
mod gallery;
mod icons;
mod parts;
pub(crate) mod times;

use axum::body::Body;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, Response, StatusCode};
use maud::{DOCTYPE, Markup, html};

#[cfg(debug_assertions)]
pub(crate) use gallery::gallery;
pub(crate) use icons::{icon, sheet};
pub(crate) use parts::{Tone, bar, chip, empty, field, icon_link, length, moment, note, since, sparkline};

use crate::assets;
use crate::words::Language;

/// Only what is ours, and nothing within a page's own text.
pub(crate) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
     worker-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// xterm.js sets styles of its own; our own pages show several terminals side by side.
pub(crate) const POLICY_OF_TERMINALS: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/// What htmx is told: no style of its own, nothing evaluated, and the server's page when one goes back.
const HTMX: &str =
    r#"{"includeIndicatorCSS":false,"history":"reload","noSwap":[204,304,"4xx","5xx"],"defaultTimeout":300000}"#;

/// What a browser says of how it wants pages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taste {
    /// The language.
    pub(crate) language: Language,
    /// `light` or `dark`, where somebody chose.
    pub(crate) theme: Option<&'static str>,
    /// Minutes east of UTC.
    pub(crate) offset: i32,
}

/// A page as an answer.
pub(crate) fn answer(markup: Markup, policy: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(markup.into_string()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    // What is one person's own is nobody else's, also after signing out.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.append(VARY, HeaderValue::from_static("Cookie, Accept-Language, HX-Request"));
    response
}

/// The same with another status.
pub(crate) fn answer_with(status: StatusCode, markup: Markup) -> Response<Body> {
    let mut response = answer(markup, POLICY);
    *response.status_mut() = status;
    response
}

/// A whole document.
pub(crate) fn document(taste: Taste, title: &str, styles: &[&str], scripts: &[&str], body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(taste.language.code()) data-theme=[taste.theme] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="htmx-config" content=(HTMX);
                title { (title) " · Rollcall" }
                @if let Some(address) = assets::address("icon.svg") { link rel="icon" href=(address); }
                @for name in styles {
                    @if let Some(address) = assets::address(name) { link rel="stylesheet" href=(address); }
                }
                @for name in scripts {
                    @if let Some(address) = assets::address(name) { script defer src=(address) {} }
                }
            }
            (body)
        }
    }
}

/// The scripts of every page.
pub(crate) const SCRIPTS: &[&str] = &["htmx.js", "page.js"];
