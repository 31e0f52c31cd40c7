//! `/people`: everybody of the domain, or of all. Superadmins change them.

use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery};
use http::Response;
use maud::{Markup, html};
use rollcall_client::Error;
use rollcall_client::admin::{
    KeypairChange, KeypairFilter, MadeKeypair, NewUser, Policy, USUAL_RATE_LIMIT, User, UserChange, UserFilter,
};
use rollcall_model::role::Role;
use secrecy::{ExposeSecret as _, SecretString};

use super::confirm::Question;
use super::{ask, button, done, shown, told};
use crate::look::{Tone, chip, empty, field, icon, note};
use crate::site::asked::Pairs;
use crate::site::refusal;
use crate::site::visitor::Visitor;

const PATH: &str = "/people";

/// GET `/people`.
pub(in crate::site) async fn page(visitor: Visitor) -> Response<Body> {
    show(&visitor, None).await
}

async fn show(visitor: &Visitor, said: Option<&Markup>) -> Response<Body> {
    let admin = visitor.client.admin();
    let superadmin = visitor.role == Role::Superadmin;
    let domains = async { if superadmin { admin.domains(Some(true)).await.unwrap_or_default() } else { Vec::new() } };
    let all = UserFilter { domain: None, group: None, status: None };
    let (users, domains) = tokio::join!(admin.users(&all), domains);
    let users = match users {
        Ok(users) => users,
        Err(error) => return refusal::page(visitor, &error),
    };
    let language = visitor.taste.language;
    let content = html! {
        @if superadmin { details.panel.new {
            summary.button.main { (icon("plus")) (language.t("people-new")) }
            form method="post" action=(PATH) {
                div.columns {
                    (field("email", &language.t("email"), &html! { input #email name="email" type="email" required maxlength="64"; }, None, None))
                    (field("full_name", &language.t("name"), &html! { input #full_name name="full_name" maxlength="64"; }, None, None))
                    (field("password", &language.t("password"), &html! { input #password name="password" type="password" autocomplete="new-password" required; }, Some(&language.t("password-hint")), None))
                    (field("role", &language.t("role"), &roles(visitor, "user"), None, None))
                    (field("domain", &language.t("domain"), &html! { select #domain name="domain" { @for domain in &domains { option { (domain.name) } } } }, None, None))
                }
                button.button.main name="act" value="create" { (language.t("people-add")) }
            }
        } }
        (table(visitor, &users))
    };
    shown(visitor, PATH, &language.t("nav-people"), said, &content)
}

fn roles(visitor: &Visitor, chosen: &str) -> Markup {
    html! {
        select #role name="role" {
            @for role in [Role::User, Role::Admin, Role::Superadmin, Role::Monitor] {
                option value=(role) selected[role.as_str() == chosen] { (visitor.taste.language.t(&format!("role-{role}"))) }
            }
        }
    }
}

fn is_active(user: &User) -> bool {
    user.status.as_deref() == Some("active")
}

fn table(visitor: &Visitor, users: &[User]) -> Markup {
    let language = visitor.taste.language;
    if users.is_empty() {
        return empty("people", &language.t("people-none"), "", None);
    }
    html! {
        div.list.scroll tabindex="0" { table.sheet-table {
            thead { tr { th { (language.t("email")) } th { (language.t("name")) } th { (language.t("role")) } th { (language.t("domain")) } th { (language.t("nav-projects")) } th { (language.t("state")) } } }
            tbody {
                @for user in users {
                    tr {
                        td { a.name href={ "/people/" (path(&user.email)) } { (user.email) } }
                        td.iso { (user.full_name.as_deref().unwrap_or_default()) }
                        td { (language.maybe(&format!("role-{}", user.role.as_deref().unwrap_or_default())).unwrap_or_default()) }
                        td { (user.domain_name.as_deref().unwrap_or_default()) }
                        td { (user.groups.iter().map(|group| group.name.as_str()).collect::<Vec<_>>().join(", ")) }
                        td { @if is_active(user) { (chip(Tone::Good, "done", &language.t("active"))) } @else { (chip(Tone::Calm, "stop", &language.t("inactive"))) } }
                    }
                }
            }
        } }
    }
}

fn path(email: &str) -> String {
    url::form_urlencoded::byte_serialize(email.as_bytes()).collect::<String>().replace('+', "%20")
}

/// POST `/people`: somebody new.
pub(in crate::site) async fn change(visitor: Visitor, body: Bytes) -> Response<Body> {
    let asked = Pairs::parse(&body);
    let password = SecretString::from(asked.exact("password").to_owned());
    let email = asked.text("email").unwrap_or_default();
    let new = NewUser {
        email,
        username: email,
        password: Some(&password),
        need_password_change: false,
        full_name: asked.text("full_name"),
        description: None,
        status: "active",
        domain_name: asked.text("domain").unwrap_or_default(),
        role: asked.text("role").unwrap_or("user"),
        group_ids: &[],
    };
    match visitor.client.admin().create_user(&new).await {
        Ok(made) => {
            show(
                &visitor,
                Some(&secret(
                    &visitor,
                    &visitor.taste.language.with("people-added", [("email", email)]),
                    made.as_ref(),
                )),
            )
            .await
        }
        Err(error) => match done(&visitor, PATH, Err(error)) {
            Ok(answer) => answer,
            Err(said) => show(&visitor, Some(&said)).await,
        },
    }
}

/// The keys of somebody, told once.
fn secret(visitor: &Visitor, said: &str, made: Option<&MadeKeypair>) -> Markup {
    let language = visitor.taste.language;
    html! {
        (note(Tone::Good, said))
        @if let Some(made) = made {
            div.panel {
                p { (language.t("keys-once")) }
                dl.facts { dt { (language.t("access-key")) } dd.mono { (made.access_key) } dt { (language.t("secret-key")) } dd.mono { (made.secret_key.expose_secret()) } }
            }
        }
    }
}

/// GET `/people/{email}`: one of them, with keys.
pub(in crate::site) async fn person(
    visitor: Visitor,
    Path(email): Path<String>,
    RawQuery(query): RawQuery,
) -> Response<Body> {
    let asked = Pairs::parse(query.unwrap_or_default().as_bytes());
    match asked.text("ask") {
        None => show_person(&visitor, &email, None).await,
        Some(act) => told(&visitor, question(&visitor, &email, act, &asked).await),
    }
}

/// What is asked before somebody, or a key of theirs, is shut out.
async fn question(visitor: &Visitor, email: &str, act: &str, asked: &Pairs) -> Result<Option<Response<Body>>, Error> {
    let admin = visitor.client.admin();
    let language = visitor.taste.language;
    let Some(user) = admin.user(email).await? else { return Ok(None) };
    let action = format!("{PATH}/{}", path(&user.email));
    let question = |names: &[(&str, &str)], title: String, warning: &str| {
        let (warning, word) = (language.t(warning), language.t("disable"));
        Question { action: &action, place: PATH, act, names, title, warning, word }.answer(visitor)
    };
    Ok(match act {
        "disable" => {
            let title = language.with("people-disable-title", [("email", user.email.as_str())]);
            Some(question(&[], title, "people-disable-warning"))
        }
        "key-disable" => {
            let key = admin.keypair(asked.text("key").unwrap_or_default()).await?;
            key.filter(|key| key.email == user.email).map(|key| {
                let title = language.with("key-disable-title", [("key", key.access_key.as_str())]);
                question(&[("key", &key.access_key)], title, "key-disable-warning")
            })
        }
        _ => None,
    })
}

async fn show_person(visitor: &Visitor, email: &str, said: Option<&Markup>) -> Response<Body> {
    let admin = visitor.client.admin();
    let theirs = KeypairFilter { domain: None, email: Some(email), is_active: None };
    let (user, keys, policies, groups) =
        tokio::join!(admin.user(email), admin.keypairs(&theirs), admin.policies(), admin.groups(None, None));
    let (user, keys) = match (user, keys) {
        (Ok(Some(user)), Ok(keys)) => (user, keys),
        (Ok(None), _) => return refusal::nothing(visitor.taste),
        (Err(error), _) | (_, Err(error)) => {
            // Somebody of another domain is nobody.
            return if refusal::is_away(&error) || refusal::is_signed_out(&error) {
                refusal::page(visitor, &error)
            } else {
                refusal::nothing(visitor.taste)
            };
        }
    };
    let policies = policies.unwrap_or_default();
    // Without them the form would say that the person is in none.
    let groups = match groups {
        Ok(groups) => groups,
        Err(error) => return refusal::page(visitor, &error),
    };
    let groups: Vec<_> = groups.into_iter().filter(|group| group.domain_name == user.domain_name).collect();
    let language = visitor.taste.language;
    let superadmin = visitor.role == Role::Superadmin;
    let action = format!("{PATH}/{}", path(email));
    let role = user.role.clone().unwrap_or_default();
    let content = html! {
        p { a.button href=(PATH) { (icon("left")) (language.t("nav-people")) } " " a.button href={ "/sessions?q=" (path(&format!("user_email == \"{email}\""))) } { (icon("sessions")) (language.t("people-sessions")) } }
        div.grid.two {
            section.panel {
                h2 { (language.t("account-who")) }
                @if superadmin {
                    form method="post" action=(action) {
                        (field("full_name", &language.t("name"), &html! { input #full_name name="full_name" value=(user.full_name.as_deref().unwrap_or_default()) maxlength="64"; }, None, None))
                        (field("role", &language.t("role"), &roles(visitor, &role), None, None))
                        div.field { span.label { (language.t("nav-projects")) }
                            @for group in &groups {
                                label.choice { input type="checkbox" name="group" value=(group.id) checked[user.groups.iter().any(|known| known.id == group.id)]; " " span.iso { (group.name) } }
                            }
                        }
                        (field("password", &language.t("password-new"), &html! { input #password name="password" type="password" autocomplete="new-password"; }, Some(&language.t("people-password-hint")), None))
                        button.button.main name="act" value="change" { (language.t("save")) }
                    }
                    div.acts {
                        @if is_active(&user) { (ask(&action, "disable", &[], &language.t("disable"))) }
                        @else { (button(&action, "enable", &[], &language.t("enable"), "")) }
                    }
                } @else {
                    dl.facts {
                        dt { (language.t("name")) } dd { (user.full_name.as_deref().unwrap_or("–")) }
                        dt { (language.t("role")) } dd { (language.maybe(&format!("role-{role}")).unwrap_or_default()) }
                        dt { (language.t("nav-projects")) } dd { (user.groups.iter().map(|group| group.name.as_str()).collect::<Vec<_>>().join(", ")) }
                    }
                }
            }
            section.panel {
                h2 { (language.t("keys")) }
                @for key in &keys {
                    div.panel {
                        p { span.mono { (key.access_key) } " " @if key.is_active == Some(true) { (chip(Tone::Good, "done", &language.t("active"))) } @else { (chip(Tone::Calm, "stop", &language.t("inactive"))) } }
                        @if superadmin {
                            form.row method="post" action=(action) {
                                input type="hidden" name="key" value=(key.access_key);
                                div.slide {
                                    (choice(visitor, &policies, key.resource_policy.as_deref()))
                                    button.button name="act" value="policy" { (language.t("save")) }
                                }
                            }
                            @if key.is_active == Some(true) { (ask(&action, "key-disable", &[("key", &key.access_key)], &language.t("disable"))) }
                            @else { (button(&action, "key-enable", &[("key", &key.access_key)], &language.t("enable"), "")) }
                        } @else { p.quiet { (key.resource_policy.as_deref().unwrap_or_default()) } }
                    }
                }
                @if superadmin {
                    form.row method="post" action=(action) {
                        div.slide { (choice(visitor, &policies, Some("default"))) button.button name="act" value="key-new" { (icon("plus")) (language.t("key-new")) } }
                    }
                }
            }
        }
    };
    shown(visitor, PATH, email, said, &content)
}

/// Policies to choose from.
fn choice(visitor: &Visitor, policies: &[Policy], chosen: Option<&str>) -> Markup {
    html! {
        select name="policy" required aria-label=(visitor.taste.language.t("policy")) {
            @for policy in policies { option selected[chosen == Some(policy.name.as_str())] { (policy.name) } }
        }
    }
}

/// POST `/people/{email}`.
pub(in crate::site) async fn change_person(visitor: Visitor, Path(email): Path<String>, body: Bytes) -> Response<Body> {
    let asked = Pairs::parse(&body);
    let admin = visitor.client.admin();
    let path = format!("{PATH}/{}", path(&email));
    let key = asked.text("key").unwrap_or_default();
    let new = KeypairChange {
        is_active: Some(true),
        is_admin: Some(false),
        resource_policy: asked.text("policy"),
        rate_limit: Some(USUAL_RATE_LIMIT),
    };
    let active = |is_active: bool| KeypairChange { is_active: Some(is_active), ..KeypairChange::default() };
    let came: Result<(), Error> = match asked.text("act") {
        Some("change") => {
            let password = Some(asked.exact("password"))
                .filter(|word| !word.is_empty())
                .map(|word| SecretString::from(word.to_owned()));
            let groups: Vec<_> =
                asked.all("group").filter_map(|id| id.parse().ok()).map(rollcall_model::ids::GroupId).collect();
            let change = UserChange {
                full_name: Some(asked.exact("full_name")),
                role: asked.text("role"),
                password: password.as_ref(),
                group_ids: Some(&groups),
                ..UserChange::default()
            };
            admin.change_user(&email, &change).await
        }
        Some(act @ ("disable" | "enable")) => {
            let status = if act == "enable" { "active" } else { "inactive" };
            admin.change_user(&email, &UserChange { status: Some(status), ..UserChange::default() }).await
        }
        Some("policy") => {
            let change = KeypairChange { resource_policy: asked.text("policy"), ..KeypairChange::default() };
            admin.change_keypair(key, &change).await
        }
        Some(act @ ("key-disable" | "key-enable")) => admin.change_keypair(key, &active(act == "key-enable")).await,
        Some("key-new") => match admin.create_keypair(&email, &new).await {
            Ok(made) => {
                return show_person(
                    &visitor,
                    &email,
                    Some(&secret(&visitor, &visitor.taste.language.t("key-made"), Some(&made))),
                )
                .await;
            }
            Err(error) => Err(error),
        },
        _ => Ok(()),
    };
    match done(&visitor, &path, came) {
        Ok(answer) => answer,
        Err(said) => show_person(&visitor, &email, Some(&said)).await,
    }
}
