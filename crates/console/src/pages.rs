//! Pages of the console: what is served at its address, and the terminal of a session.

use axum::body::Body;
use axum::extract::Path;
use axum::routing::get;
use axum::{Json, Router};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Method, Response, StatusCode};
use maud::{DOCTYPE, Markup, html};
use serde_json::{Value, json};
use tower_http::cors::{AllowHeaders, Any, CorsLayer};

use crate::assets;

/// Only what is ours, and nothing within a page's own text.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
                      base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// xterm.js sets styles of its own.
const POLICY_OF_TERMINALS: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The longest ticket that is passed on.
const LONGEST: usize = 2048;

/// Everything at the console's address besides the gateway; `public` is that address.
pub fn pages(public: &str) -> Router {
    let public = public.trim_end_matches('/').to_owned();
    // Browsers come here from the pages of any WebUI, and bring nothing but a ticket.
    let any_origin =
        CorsLayer::new().allow_origin(Any).allow_methods([Method::GET]).allow_headers(AllowHeaders::mirror_request());
    let ways = Router::new()
        .route("/v2/proxy/{ticket}/{session}/add", get(move |path| way(public.clone(), path)))
        .route("/proxy/{*rest}", get(no_proxy))
        .layer(any_origin);
    Router::new()
        .route("/", get(home))
        .route("/terminal", get(terminal))
        .merge(assets::routes())
        .merge(ways)
        .fallback(nothing)
}

fn page(markup: Markup, policy: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(markup.into_string()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

fn document(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                @for name in ["xterm.css", "terminal.css"] {
                    @if let Some(address) = assets::address(name) { link rel="stylesheet" href=(address); }
                }
            }
            (body)
        }
    }
}

async fn home() -> Response<Body> {
    let body = html! {
        body {
            main {
                h1 { "Rollcall " (env!("CARGO_PKG_VERSION")) }
                p {
                    "This address signs in clients by cookie and opens terminals. On the command line: "
                    code { "rollcall login" } ", then " code { "rollcall ps" } "."
                }
            }
        }
    };
    page(document("Rollcall", &body), POLICY)
}

/// The page of a terminal. Which one is said in the fragment, which no server sees: fetching it
/// spends nothing.
async fn terminal() -> Response<Body> {
    let scripts: Vec<String> =
        ["xterm.js", "addon-fit.js", "terminal.js"].into_iter().filter_map(assets::address).collect();
    let body = html! {
        body data-connecting="Connecting …"
            data-lost="The connection was lost. Connecting again …"
            data-ended="The session has ended, or is none of yours."
            data-again="The connection was lost. Open the terminal again from the list of sessions."
        {
            p #status role="status" aria-live="polite" {
                @if let Some(reason) = assets::missing() { "This build has no terminal: " (reason) "." }
            }
            div #terminal {}
            noscript { main { p { "The terminal needs JavaScript." } } }
            @if assets::missing().is_none() {
                @for address in &scripts { script src=(address) {} }
            }
        }
    };
    page(document("Terminal", &body), POLICY_OF_TERMINALS)
}

/// GET `/v2/proxy/TICKET/SESSION/add` (`webui-calls.md` §9): where the terminal is. Spends nothing.
async fn way(public: String, Path((ticket, session)): Path<(String, String)>) -> (StatusCode, Json<Value>) {
    let plain = |text: &str| {
        !text.is_empty()
            && text.len() <= LONGEST
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    if !plain(&ticket) || !plain(&session) {
        return (StatusCode::NOT_FOUND, Json(json!({ "code": 404, "title": "This is no ticket." })));
    }
    let url = format!("{public}/terminal#ticket={ticket}&session={session}");
    let port = http::Uri::try_from(&public).ok().and_then(|uri| {
        let usual = if uri.scheme_str() == Some("https") { 443 } else { 80 };
        uri.authority().map(|authority| authority.port_u16().unwrap_or(usual))
    });
    (StatusCode::OK, Json(json!({ "code": 200, "url": url, "port": port })))
}

/// The proxy of older servers asks here whether it knows a session: it knows none.
async fn no_proxy() -> (StatusCode, Json<Value>) {
    (StatusCode::NOT_FOUND, Json(json!({ "code": 404, "title": "There is no such proxy." })))
}

async fn nothing() -> Response<Body> {
    let body = html! { body { main { h1 { "There is nothing here." } p { a href="/" { "Rollcall" } } } } };
    let mut response = page(document("Rollcall", &body), POLICY);
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}
