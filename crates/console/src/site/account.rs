//! `/account`: who one is, password, keys, logins, language.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::routing::{get, post};
use http::Response;
use maud::{Markup, html};
use rollcall_client::admin::{Keypair, KeypairFilter, Policy};
use rollcall_client::{Error, UserRow};
use rollcall_model::role::Role;
use rollcall_model::time::print_iso;
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use super::asked::Pairs;
use super::manage::amounts;
use super::visitor::Visitor;
use super::{Site, frame, refusal, taste};
use crate::look::{self, Tone, chip, field, icon, length, moment, note};
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
    let (whose, ssh, logins) = tokio::join!(Whose::ask(visitor), client.ssh_public_key(), v1.logins(false));
    let (whose, logins) = match (whose, logins) {
        (Ok(whose), Ok(logins)) => (whose, logins),
        (Err(error), _) | (_, Err(error)) => return refusal::page(visitor, &error),
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
                        dt { (language.t("email")) } dd.iso { (visitor.email) }
                        @if let Some(user) = &whose.user {
                            @if let Some(name) = &user.full_name { dt { (language.t("name")) } dd.iso { (name) } }
                            dt { (language.t("domain")) } dd { (user.domain_name) }
                        }
                        dt { (language.t("role")) } dd { (language.t(&format!("role-{}", visitor.role))) }
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
            (keypairs(visitor, &whose))
            section.panel #logins {
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

/// Who one is, and what one may use, as far as the role lets one ask.
#[derive(Default)]
struct Whose {
    user: Option<UserRow>,
    keys: Vec<Keypair>,
    policies: Vec<Policy>,
}

impl Whose {
    async fn ask(visitor: &Visitor) -> Result<Self, Error> {
        // The API tells monitors neither.
        if visitor.role == Role::Monitor {
            return Ok(Self::default());
        }
        let admin = visitor.client.admin();
        let own = KeypairFilter { email: Some(&visitor.email), ..KeypairFilter::default() };
        let (user, mut keys, policies) =
            tokio::try_join!(visitor.client.user(None), admin.keypairs(&own), admin.policies())?;
        // The one in use first.
        keys.sort_by_key(|key| (key.access_key != visitor.access_key, key.access_key.clone()));
        Ok(Self { user, keys, policies })
    }
}

/// The person's own keys, with what each may use.
fn keypairs(visitor: &Visitor, whose: &Whose) -> Markup {
    let language = visitor.taste.language;
    let time = |seconds: Option<i64>| seconds.filter(|seconds| *seconds > 0).map_or_else(|| "∞".to_owned(), length);
    html! {
        section.panel #keypairs {
            h2 { (language.t("keys")) }
            @if whose.keys.is_empty() {
                dl.facts { dt { (language.t("access-key")) } dd.mono { (visitor.access_key) } }
            } @else { div.scroll tabindex="0" { table.sheet-table {
                thead { tr { th { (language.t("access-key")) } th { (language.t("state")) } th { (language.t("policy")) } th { (language.t("limits")) } th.num { (language.t("nav-sessions")) } th { (language.t("policy-idle")) } th { (language.t("policy-lifetime")) } th { (language.t("key-last-used")) } } }
                tbody {
                    @for key in &whose.keys {
                        @let policy = whose.policies.iter().find(|policy| Some(&policy.name) == key.resource_policy.as_ref());
                        tr {
                            td.nowrap { span.mono { (key.access_key) } @if key.access_key == visitor.access_key { " " span.badge { (language.t("key-this")) } } }
                            td { @if key.is_active == Some(false) { (chip(Tone::Calm, "stop", &language.t("inactive"))) } @else { (chip(Tone::Good, "done", &language.t("active"))) } }
                            td { (key.resource_policy.as_deref().unwrap_or("–")) }
                            td { @if let Some(policy) = policy { (amounts(policy.total_resource_slots.as_ref())) } @else { "–" } }
                            td.num.nowrap { (key.concurrency_used.unwrap_or_default()) @if let Some(most) = policy.and_then(|policy| policy.max_concurrent_sessions) { " / " (most) } }
                            td.nowrap { (policy.map_or_else(|| "–".to_owned(), |policy| time(policy.idle_timeout))) }
                            td.nowrap { (policy.map_or_else(|| "–".to_owned(), |policy| time(policy.max_session_lifetime))) }
                            td.nowrap { @if let Some(at) = key.last_used { (moment(&print_iso(at), "both", visitor.taste.offset)) } @else { span.quiet { (language.t("key-never-used")) } } }
                        }
                    }
                }
            } } }
        }
    }
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
