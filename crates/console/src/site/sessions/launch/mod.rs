//! Starting a session: the form, and what the server says to it.

mod fields;
mod filled;
mod wrong;

use std::collections::BTreeMap;

use axum::body::{Body, Bytes};
use axum::extract::RawQuery;
use http::{HeaderValue, Response};
use maud::html;
use rollcall_client::ImageRow;
use rollcall_model::ids::SessionId;

use self::fields::Form;
use self::filled::Filled;
use super::acts::{dialog, head};
use super::quotas::Quotas;
use crate::look::{Tone, icon, note};
use crate::site::asked::Pairs;
use crate::site::refusal;
use crate::site::visitor::Visitor;

/// Where the form comes from anew, with what it holds.
const AGAIN: &str = "/launch/form";

/// Wrong fields and why; the empty name stands for the whole form.
type Wrong = BTreeMap<&'static str, String>;

/// GET `/launch`, perhaps `?like=ID`.
pub(super) async fn form(visitor: Visitor, RawQuery(query): RawQuery) -> Response<Body> {
    let asked = Pairs::parse(query.unwrap_or_default().as_bytes());
    let like = asked.text("like").and_then(|id| id.parse().ok());
    let mut filled = match like {
        None => Filled::default(),
        Some(id) => match visitor.client.v1().session(SessionId(id)).await {
            Ok(detail) => Filled::like(&detail),
            Err(error) => return refusal::page(&visitor, &error),
        },
    };
    filled.over(&asked);
    show(&visitor, filled, &Wrong::new()).await
}

/// POST `/launch/form`: the form for another project. Nothing is started.
pub(super) async fn again(visitor: Visitor, body: Bytes) -> Response<Body> {
    show(&visitor, Filled::sent(&Pairs::parse(&body)), &Wrong::new()).await
}

async fn show(visitor: &Visitor, mut filled: Filled, wrong: &Wrong) -> Response<Body> {
    let project = Some(filled.get("project").to_owned()).filter(|project| !project.is_empty());
    let (quotas, images) = tokio::join!(Quotas::ask_in(&visitor.client, project.as_deref()), visitor.client.images());
    let (quotas, mut images) = match (quotas, images) {
        (Ok(quotas), Ok(images)) => (quotas, images),
        (Err(error), _) | (_, Err(error)) => return refusal::page(visitor, &error),
    };
    images.retain(|image| image.installed != Some(false));
    images.sort_by_key(ImageRow::canonical);
    if filled.get("image").is_empty() {
        filled.set("image", images.first().map(ImageRow::canonical).unwrap_or_default());
    }
    if filled.get("project").is_empty() {
        filled.set("project", quotas.project.as_str());
    }
    let title = visitor.taste.language.t("launch-title");
    let fields = Form { visitor, filled: &filled, wrong, quotas: &quotas, images: &images }.fields();
    // On a page of its own there is no dialog to fill.
    let by_htmx = visitor.part.then_some("/launch");
    let content = html! {
        form method="post" action="/launch" hx-post=[by_htmx] hx-target=[by_htmx.map(|_| "#dialog")] hx-disable=[by_htmx.map(|_| "find button.main")] autocomplete="off" data-launch="" {
            // What the return key presses, instead of the button that shows another project.
            @if by_htmx.is_none() { button.sr tabindex="-1" aria-hidden="true" {} }
            (head(visitor, &title))
            @if let Some(whole) = wrong.get("") { (note(Tone::Bad, whole)) }
            (fields)
            div.dialog-foot {
                a.button href="/sessions" data-close="" { (visitor.taste.language.t("cancel")) }
                button.button.main { span.busy {} (icon("play")) (visitor.taste.language.t("launch")) }
            }
        }
    };
    dialog(visitor, &title, &content)
}

/// POST `/launch`.
pub(super) async fn launch(visitor: Visitor, body: Bytes) -> Response<Body> {
    let language = visitor.taste.language;
    let filled = Filled::sent(&Pairs::parse(&body));
    let options = match filled.options(&visitor) {
        Ok(options) => options,
        Err(wrong) => return show(&visitor, filled, &wrong).await,
    };
    let user = match visitor.client.user(None).await {
        Ok(user) => user,
        Err(error) => return refusal::page(&visitor, &error),
    };
    let domain = user.map(|user| user.domain_name);
    let client = domain.map_or_else(|| visitor.client.clone(), |domain| visitor.client.in_domain(&domain));
    match client.sessions().create(&options).await {
        Ok(created) if visitor.part => {
            let said = html! { div.inside data-launched=(created.id) { (note(Tone::Good, &language.with("launched", [("name", options.name.as_str())]))) } };
            let mut response = dialog(&visitor, "", &said);
            if let Ok(id) = HeaderValue::try_from(created.id.to_string()) {
                response.headers_mut().insert("session-id", id);
            }
            response
        }
        Ok(_) => crate::site::taste::to("/sessions"),
        Err(error) if refusal::is_signed_out(&error) || refusal::is_away(&error) => refusal::page(&visitor, &error),
        Err(error) => show(&visitor, filled, &wrong::fields(visitor.taste.language, &error)).await,
    }
}
