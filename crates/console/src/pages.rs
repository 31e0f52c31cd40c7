//! Pages of the console: what is served at its address, and the terminal of a session.

use axum::body::Body;
use axum::extract::Path;
use axum::routing::get;
use axum::{Json, Router};
use http::{Method, Response, StatusCode};
use maud::html;
use serde_json::{Value, json};
use tower_http::cors::{AllowHeaders, Any, CorsLayer};

use crate::assets;
use crate::gateway::{Gateway, GatewayError};
use crate::look::{POLICY_OF_TERMINALS, answer, document};
use crate::site::{self, TasteOf};

/// The longest ticket that is passed on.
const LONGEST: usize = 2048;

/// Everything at the console's address besides the gateway; `public` is that address.
///
/// # Errors
/// [`GatewayError::Client`] when the way to the manager cannot be made.
pub fn pages(gateway: &Gateway, public: &str) -> Result<Router, GatewayError> {
    let public = public.trim_end_matches('/').to_owned();
    // Browsers come here from the pages of any WebUI, and bring nothing but a ticket.
    let any_origin =
        CorsLayer::new().allow_origin(Any).allow_methods([Method::GET]).allow_headers(AllowHeaders::mirror_request());
    let ways = Router::new()
        .route("/v2/proxy/{ticket}/{session}/add", get(move |path| way(public.clone(), path)))
        .route("/proxy/{*rest}", get(no_proxy))
        .layer(any_origin);
    let site = site::routes(gateway.clone()).map_err(GatewayError::Client)?;
    Ok(site.route("/terminal", get(terminal)).merge(assets::routes()).merge(ways).fallback(site::nothing))
}

/// The page of a terminal. Which one is said in the fragment, which no server sees: fetching it
/// spends nothing.
async fn terminal(TasteOf(taste): TasteOf) -> Response<Body> {
    let language = taste.language;
    let scripts: &[&str] = if assets::missing().is_none() { &["xterm.js", "addon-fit.js", "terminal.js"] } else { &[] };
    let body = html! {
        body data-connecting=(language.t("terminal-connecting"))
            data-lost=(language.t("terminal-lost"))
            data-ended=(language.t("terminal-ended"))
            data-again=(language.t("terminal-again"))
        {
            p #status role="status" aria-live="polite" {
                @if let Some(reason) = assets::missing() { (language.with("terminal-missing", [("reason", reason)])) }
            }
            div #terminal {}
            noscript { main { p { (language.t("terminal-noscript")) } } }
        }
    };
    let title = language.t("terminal");
    answer(document(taste, &title, &["xterm.css", "terminal.css"], scripts, &body), POLICY_OF_TERMINALS)
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
