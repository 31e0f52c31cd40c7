//! Pages for who manages: people, projects, resource groups, policies, agents. What one may not do there is not
//! offered; what is asked all the same, the server refuses.

mod agents;
mod confirm;
mod groups;
mod people;
mod policies;
mod projects;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::RawQuery;
use axum::routing::get;
use http::Response;
use maud::{Markup, html};
use rollcall_client::Error;
use rollcall_model::slots::Slots;
use serde_json::{Map, Value};

use self::confirm::ask;
use self::groups::Groups;
use self::policies::Policies;
use self::projects::Projects;
use super::asked::Pairs;
use super::visitor::Visitor;
use super::{Site, frame, refusal, taste};
use crate::look::{self, Tone, note};

pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/people", get(people::page).post(people::change))
        .route("/people/{email}", get(people::person).post(people::change_person))
        .route(Projects::PATH, get(page::<Projects>).post(change::<Projects>))
        .route(Groups::PATH, get(page::<Groups>).post(change::<Groups>))
        .route(Policies::PATH, get(page::<Policies>).post(change::<Policies>))
        .route("/agents", get(agents::page))
        .route("/agents/table", get(agents::table))
}

/// A page of things that are managed, which its own forms change.
trait Managed: 'static {
    /// Its path.
    const PATH: &'static str;

    /// The page, with what has just come of something.
    fn show(visitor: &Visitor, said: Option<&Markup>) -> impl Future<Output = Response<Body>> + Send;

    /// What is asked before `act` is done; `None` where there is nothing that it could be done to.
    fn question(
        visitor: &Visitor,
        act: &str,
        asked: &Pairs,
    ) -> impl Future<Output = Result<Option<Response<Body>>, Error>> + Send;

    /// Does what a form asks for.
    fn apply(visitor: &Visitor, asked: &Pairs) -> impl Future<Output = Result<(), Error>> + Send;
}

/// GET: the page, or the question that a link of it leads to.
async fn page<M: Managed>(visitor: Visitor, RawQuery(query): RawQuery) -> Response<Body> {
    let asked = Pairs::parse(query.unwrap_or_default().as_bytes());
    match asked.text("ask") {
        None => M::show(&visitor, None).await,
        Some(act) => told(&visitor, M::question(&visitor, act, &asked).await),
    }
}

/// POST: back to the page, or why not.
async fn change<M: Managed>(visitor: Visitor, body: Bytes) -> Response<Body> {
    let came = M::apply(&visitor, &Pairs::parse(&body)).await;
    match done(&visitor, M::PATH, came) {
        Ok(answer) => answer,
        Err(said) => M::show(&visitor, Some(&said)).await,
    }
}

/// A question, or that there is nothing to ask about.
fn told(visitor: &Visitor, question: Result<Option<Response<Body>>, Error>) -> Response<Body> {
    match question {
        Ok(Some(question)) => question,
        Ok(None) => refusal::nothing(visitor.taste),
        Err(error) => refusal::page(visitor, &error),
    }
}

/// A page in its frame.
fn shown(visitor: &Visitor, path: &str, title: &str, said: Option<&Markup>, content: &Markup) -> Response<Body> {
    let content = html! {
        div.top { h1 { (title) } }
        @if let Some(said) = said { (said) }
        (content)
    };
    look::answer(frame::framed(visitor, path, title, &[], &content), look::POLICY)
}

/// What came of a change: back to the page, or the reason why not.
fn done(visitor: &Visitor, path: &str, came: Result<(), Error>) -> Result<Response<Body>, Markup> {
    match came {
        Ok(()) => Ok(taste::to(path)),
        Err(error) if refusal::is_signed_out(&error) || refusal::is_away(&error) => Ok(refusal::page(visitor, &error)),
        Err(error) => Err(note(Tone::Bad, &refusal::sentence(&error))),
    }
}

/// Amounts of slots of a form: `cpu`, `mem` in GiB, and `slots` as `NAME=AMOUNT` words.
fn slots(asked: &Pairs) -> Result<Option<Slots>, Error> {
    let mut amounts = Map::new();
    if let Some(cpu) = asked.text("cpu") {
        amounts.insert("cpu".to_owned(), Value::from(cpu));
    }
    if let Some(mem) = asked.text("mem") {
        amounts.insert("mem".to_owned(), Value::from(format!("{mem}g")));
    }
    for pair in asked.exact("slots").split_whitespace() {
        let (name, amount) =
            pair.split_once('=').ok_or_else(|| Error::Usage(format!("“{pair}” is not NAME=AMOUNT")))?;
        amounts.insert(name.to_owned(), Value::from(amount));
    }
    if amounts.is_empty() {
        return Ok(None);
    }
    Slots::from_json(&Value::Object(amounts)).map(Some).map_err(|error| Error::Usage(error.to_string()))
}

/// The amount of a slot, which the API writes as text or as a number.
fn slot_amount(value: &Value) -> f64 {
    match value {
        Value::String(text) => text.parse().unwrap_or_default(),
        other => other.as_f64().unwrap_or_default(),
    }
}

/// Amounts of slots as people read them.
pub(super) fn amounts(value: Option<&Value>) -> String {
    let Some(Value::Object(slots)) = value else { return "∞".to_owned() };
    let told =
        slots.iter().map(|(slot, amount)| format!("{slot} {}", super::sessions::told(slot, slot_amount(amount))));
    let told: Vec<String> = told.collect();
    if told.is_empty() { "∞".to_owned() } else { told.join(", ") }
}

/// A whole number of a form; `None` where it is empty.
fn number<N: std::str::FromStr>(asked: &Pairs, name: &str) -> Result<Option<N>, Error> {
    let Some(text) = asked.text(name) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| Error::Usage(format!("“{text}” is not a number ({name})")))
}

/// A small form whose only field is its button.
fn button(action: &str, act: &str, names: &[(&str, &str)], word: &str, class: &str) -> Markup {
    html! {
        form.inline method="post" action=(action) {
            @for (name, value) in names { input type="hidden" name=(name) value=(value); }
            button class={ "button plain " (class) } name="act" value=(act) { (word) }
        }
    }
}
