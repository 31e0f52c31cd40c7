//! Signing in, with e-mail and password or with a keypair, and out.

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use http::header::SET_COOKIE;
use http::{HeaderMap, Response, StatusCode};
use maud::{Markup, html};
use rollcall_client::Credentials;

use super::asked::Pairs;
use super::{Site, refusal, taste};
use crate::cookie;
use crate::gateway::Circumstances;
use crate::logins::Begun;
use crate::look::{self, SCRIPTS, Taste, Tone, document, field, icon, note, sheet};
use crate::words::Language;

/// GET `/`: the sign-in, or on to the sessions.
pub(super) async fn home(
    State(site): State<Site>,
    Extension(at): Extension<Circumstances>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response<Body> {
    let asked = Pairs::parse(query.unwrap_or_default().as_bytes());
    let taste = taste::of(&headers);
    match site.gateway().logins().kept_there(at.client).await {
        Ok(true) => {}
        Ok(false) => return refusal::foreign(taste),
        Err(error) => return refusal::waiting(taste, &error.to_string()),
    }
    if let Some(cookie) = cookie::brought(&headers) {
        match site.gateway().logins().look(&cookie, at.client).await {
            Ok(Some(_)) => return taste::to(asked.text("next").unwrap_or("/sessions")),
            Ok(None) => {}
            Err(error) => return refusal::waiting(taste, &error.to_string()),
        }
    }
    look::answer(door(taste, &asked, None), look::POLICY)
}

fn door(taste: Taste, asked: &Pairs, wrong: Option<&str>) -> Markup {
    let language = taste.language;
    let by_key = asked.text("mode") == Some("key");
    let link = |mode: &str| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("mode", mode);
        if let Some(next) = asked.text("next") {
            query.append_pair("next", next);
        }
        format!("/?{}", query.finish())
    };
    let input = |id: &str, kind: &str, complete: &str| {
        let value = if kind == "password" { "" } else { asked.exact(id) };
        html! { input id=(id) name=(id) type=(kind) value=(value) autocomplete=(complete) required aria-invalid=[wrong.map(|_| "true")] maxlength="512"; }
    };
    let body = html! {
        body {
            (sheet())
            main.door {
                div.panel {
                    h1.brand { (icon("roll")) "Rollcall" }
                    nav.switch aria-label=(language.t("sign-in-how")) {
                        a href=(link("email")) aria-current=[(!by_key).then_some("true")] { (language.t("sign-in-email")) }
                        a href=(link("key")) aria-current=[by_key.then_some("true")] { (language.t("sign-in-key")) }
                    }
                    @if let Some(wrong) = wrong { (note(Tone::Bad, wrong)) }
                    form method="post" action="/sign-in" {
                        input type="hidden" name="mode" value=(if by_key { "key" } else { "email" });
                        @if let Some(next) = asked.text("next") { input type="hidden" name="next" value=(next); }
                        @if by_key {
                            (field("access_key", &language.t("access-key"), &input("access_key", "text", "username"), None, None))
                            (field("secret_key", &language.t("secret-key"), &input("secret_key", "password", "current-password"), None, None))
                        } @else {
                            (field("email", &language.t("email"), &input("email", "email", "username"), None, None))
                            (field("password", &language.t("password"), &input("password", "password", "current-password"), None, None))
                        }
                        button.button.main { (language.t("sign-in")) }
                    }
                    footer {
                        @for other in Language::ALL {
                            @if other != language {
                                form method="post" action="/taste" { button.button.plain name="language" value=(other.code()) lang=(other.code()) { (other.name()) } }
                            }
                        }
                    }
                }
            }
        }
    };
    document(taste, &language.t("sign-in"), &["console.css"], SCRIPTS, &body)
}

/// POST `/sign-in`.
pub(super) async fn sign_in(
    State(site): State<Site>,
    Extension(at): Extension<Circumstances>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let asked = Pairs::parse(&body);
    let taste = taste::of(&headers);
    let language = taste.language;
    let again = |status: StatusCode, wrong: &str| look::answer_with(status, door(taste, &asked, Some(wrong)));
    let by_key = asked.text("mode") == Some("key");
    let begun: Result<String, String> = if by_key {
        let (Some(access_key), secret) = (asked.text("access_key"), asked.exact("secret_key").trim()) else {
            return again(StatusCode::UNAUTHORIZED, &language.t("sign-in-wrong-key"));
        };
        let agent = headers.get(http::header::USER_AGENT).and_then(|line| line.to_str().ok()).unwrap_or_default();
        let keys = Credentials::new(access_key, secret.to_owned().into());
        match site.client().asking_for(Some(keys), at.client).v1().login_with_keys(Some(agent)).await {
            Ok(login) => Ok(login.token),
            Err(error) if refusal::is_away(&error) => return refusal::waiting(taste, &error.to_string()),
            Err(error) if error.status() == Some(429) => Err(language.t("sign-in-too-many")),
            Err(error) if error.status() == Some(401) => Err(language.t("sign-in-wrong-key")),
            Err(error) => {
                tracing::warn!(%error, "a login by key failed: {error}");
                Err(language.t("sign-in-failed"))
            }
        }
    } else {
        let email = asked.text("email").unwrap_or_default();
        match site.gateway().logins().begin(email, asked.exact("password"), &headers, at.client).await {
            Ok(Begun::In { cookie, .. }) => Ok(cookie),
            Ok(Begun::TooMany) => Err(language.t("sign-in-too-many")),
            Ok(Begun::Refused(_)) => Err(language.t("sign-in-wrong")),
            Ok(Begun::Failed(status, _)) => {
                tracing::warn!(%status, "the manager answered a login with {status}");
                Err(language.t("sign-in-failed"))
            }
            Err(error) => return refusal::waiting(taste, &error.to_string()),
        }
    };
    let token = match begun {
        Ok(token) => token,
        Err(wrong) => return again(StatusCode::UNAUTHORIZED, &wrong),
    };
    let mut response = taste::to(asked.text("next").unwrap_or("/sessions"));
    let life = site.gateway().settings().login_absolute;
    if let Some(line) = cookie::set(&token, life, at.secure) {
        response.headers_mut().append(SET_COOKIE, line);
    }
    response
}

/// POST `/sign-out`.
pub(super) async fn sign_out(
    State(site): State<Site>,
    Extension(at): Extension<Circumstances>,
    headers: HeaderMap,
) -> Response<Body> {
    if let Some(cookie) = cookie::brought(&headers)
        && let Err(error) = site.gateway().logins().end(&cookie, at.client).await
    {
        return refusal::waiting(taste::of(&headers), &error.to_string());
    }
    let mut response = taste::to("/");
    if let Some(line) = cookie::removed(at.secure) {
        response.headers_mut().append(SET_COOKIE, line);
    }
    response
}
