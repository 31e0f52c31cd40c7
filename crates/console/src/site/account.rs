//! `/account`: who one is, password, keys, logins, language.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::routing::{get, post};
use http::Response;
use maud::{Markup, html};
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use super::asked::Pairs;
use super::visitor::Visitor;
use super::{Site, frame, refusal, taste};
use crate::look::{self, Tone, field, icon, moment, note};
use crate::words::Language;

pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/account", get(page))
        .route("/account/password", post(password))
        .route("/account/ssh-key", post(new_ssh_key))
        .route("/account/logins/{id}/end", post(end_login))
}

async fn page(visitor: Visitor) -> Response<Body> {
    show(&visitor, None, None).await
}

/// The page, with what has just come of something; `once` is shown this once.
async fn show(visitor: &Visitor, said: Option<&Markup>, once: Option<&SecretString>) -> Response<Body> {
    let client = &visitor.client;
    let v1 = client.v1();
    let (user, keypair, ssh, logins) =
        tokio::join!(client.user(None), client.keypair(None), client.ssh_public_key(), v1.logins(false));
    let (user, keypair, logins) = match (user, keypair, logins) {
        (Ok(user), Ok(keypair), Ok(logins)) => (user, keypair, logins),
        (Err(error), ..) | (_, Err(error), _) | (.., Err(error)) => return refusal::page(visitor, &error),
    };
    let language = visitor.taste.language;
    let offset = visitor.taste.offset;
    let input = |id: &str, complete: &str| html! { input id=(id) name=(id) type="password" autocomplete=(complete) required maxlength="512"; };
    let content = html! {
        div.top { h1 { (language.t("nav-account")) } }
        @if let Some(said) = said { (said) }
        div.stack {
            div.grid.two {
                section.panel {
                    h2 { (language.t("account-who")) }
                    dl.facts {
                        @if let Some(user) = &user {
                            dt { (language.t("email")) } dd.iso { (user.email) }
                            @if let Some(name) = &user.full_name { dt { (language.t("name")) } dd.iso { (name) } }
                            dt { (language.t("domain")) } dd { (user.domain_name) }
                        }
                        dt { (language.t("role")) } dd { (language.t(&format!("role-{}", visitor.role))) }
                        @if let Some(keypair) = &keypair {
                            dt { (language.t("access-key")) } dd.mono { (keypair.access_key) }
                            @if let Some(policy) = &keypair.resource_policy { dt { (language.t("policy")) } dd { (policy) } }
                        }
                    }
                }
                section.panel {
                    h2 { (language.t("language")) }
                    form.acts method="post" action="/taste" {
                        @for other in Language::ALL { button.button name="language" value=(other.code()) lang=(other.code()) aria-pressed=(other == language) { @if other == language { (icon("done")) } (other.name()) } }
                    }
                    h2 { (language.t("theme")) }
                    form.acts method="post" action="/taste" {
                        @for theme in ["light", "dark", "system"] {
                            @let here = visitor.taste.theme.unwrap_or("system") == theme;
                            button.button name="theme" value=(theme) aria-pressed=(here) { @if here { (icon("done")) } (language.t(&format!("theme-{theme}"))) }
                        }
                    }
                }
                section.panel {
                    h2 { (language.t("account-password")) }
                    form method="post" action="/account/password" {
                        (field("old", &language.t("password-old"), &input("old", "current-password"), None, None))
                        (field("new", &language.t("password-new"), &input("new", "new-password"), Some(&language.t("password-hint")), None))
                        (field("again", &language.t("password-again"), &input("again", "new-password"), None, None))
                        button.button.main { (language.t("password-change")) }
                    }
                }
                section.panel {
                    h2 { (language.t("ssh-key")) }
                    @match ssh { Ok(Some(key)) => pre.key tabindex="0" { (key) }, _ => p.quiet { (language.t("ssh-none")) } }
                    @if let Some(once) = once {
                        (note(Tone::Wait, &language.t("ssh-once")))
                        pre.key tabindex="0" { (once.expose_secret()) }
                    }
                    form method="post" action="/account/ssh-key" { button.button { (icon("key")) (language.t("ssh-new")) } }
                }
            }
            section.panel {
                h2 { (language.t("logins")) }
                div.scroll tabindex="0" { table.sheet-table {
                    thead { tr { th { (language.t("login-where")) } th { (language.t("login-with")) } th { (language.t("login-since")) } th { (language.t("login-seen")) } th {} } }
                    tbody {
                        @for login in &logins {
                            tr {
                                td.mono { (login.address) }
                                td.cut title=(login.agent) { (login.agent.chars().take(70).collect::<String>()) }
                                td.nowrap { (moment(&login.created_at, "both", offset)) }
                                td.nowrap { (moment(&login.last_seen, "both", offset)) }
                                td {
                                    @if login.current { span.quiet { (language.t("login-this")) } }
                                    @else { form method="post" action={ "/account/logins/" (login.id) "/end" } { button.button.plain { (icon("leave")) (language.t("login-end")) } } }
                                }
                            }
                        }
                    }
                } }
            }
        }
    };
    look::answer(frame::framed(visitor, "/account", &language.t("nav-account"), &[], &content), look::POLICY)
}

/// POST `/account/password`.
async fn password(visitor: Visitor, body: Bytes) -> Response<Body> {
    let asked = Pairs::parse(&body);
    let language = visitor.taste.language;
    if asked.exact("new") != asked.exact("again") {
        return show(&visitor, Some(&note(Tone::Bad, &language.t("password-differs"))), None).await;
    }
    let secret = |name: &str| SecretString::from(asked.exact(name).to_owned());
    match visitor.client.change_password(&secret("old"), &secret("new")).await {
        // Every login of the person ended with the old password, this one too.
        Ok(()) => taste::to("/"),
        Err(error) if refusal::is_away(&error) => refusal::page(&visitor, &error),
        Err(error) => show(&visitor, Some(&note(Tone::Bad, &refusal::sentence(&error))), None).await,
    }
}

/// POST `/account/ssh-key`: a new one, whose private half is told once.
async fn new_ssh_key(visitor: Visitor) -> Response<Body> {
    match visitor.client.new_ssh_keypair().await {
        Ok(made) => {
            let said = note(Tone::Good, &visitor.taste.language.t("ssh-made"));
            show(&visitor, Some(&said), Some(&made.private)).await
        }
        Err(error) => refusal::page(&visitor, &error),
    }
}

/// POST `/account/logins/{id}/end`.
async fn end_login(visitor: Visitor, Path(id): Path<Uuid>) -> Response<Body> {
    match visitor.client.v1().end_login(id).await {
        Ok(()) => taste::to("/account"),
        Err(error) => refusal::page(&visitor, &error),
    }
}
