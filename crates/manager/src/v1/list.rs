//! GET `/v1/sessions`: a page, or a stream of its changes.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, StatusCode};
use rollcall_model::access::Caller;
use rollcall_wire::v1::{ListAnswer, picked, steady};
use sha2::{Digest, Sha256};

use super::page::Asked;
use super::rows::{Recent, rows};
use super::stream;
use crate::auth::credential::Credential;
use crate::auth::signed::Signed;
use crate::error::ApiError;
use crate::http::params::Input;
use crate::manager::App;

/// The route.
pub(super) async fn list(
    State(app): State<App>,
    Signed(caller): Signed,
    credential: Credential,
    headers: HeaderMap,
    input: Input,
) -> Result<Response, ApiError> {
    let asked = Asked::of(&app, &caller, input.parameters)?;
    if wants_stream(&headers) {
        return stream::open(app, &caller, credential, asked, seen(&headers)).await;
    }
    let answer = page(&app, &caller, &asked).await?;
    Ok(tagged(&headers, &answer))
}

fn wants_stream(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|kind| kind.trim().starts_with("text/event-stream"))
}

/// The id of the last frame that was seen.
fn seen(headers: &HeaderMap) -> Option<String> {
    headers.get("last-event-id")?.to_str().ok().map(|id| id.trim().to_owned())
}

/// The page as it is now.
pub(super) async fn page(app: &App, caller: &Caller, asked: &Asked) -> Result<ListAnswer, ApiError> {
    let scope = asked.scope(caller)?;
    // First the number, then the rows: what happens in between is in the rows, or told again.
    let event = app.lifecycle().last_event().await?;
    let look = asked.look(app, &scope).await?;
    let fields = asked.asked.fields.as_deref();
    let rows = rows(app, caller, &scope, &look.sessions, Recent::among(fields)).await?;
    Ok(ListAnswer {
        items: rows.iter().map(|row| picked(row, fields)).collect(),
        total_count: look.total,
        tabs: look.tabs,
        next_cursor: asked.next(app, caller, &look)?,
        event,
    })
}

/// With a tag of its content, or 304 for who has it already. What moves by itself (times, use, the
/// number of the last event anywhere, the seal of the cursor) makes no other content.
fn tagged(headers: &HeaderMap, answer: &ListAnswer) -> Response {
    let tag = HeaderValue::from_str(&tag(answer)).ok();
    let known = tag.is_some() && headers.get(IF_NONE_MATCH) == tag.as_ref();
    let mut response = if known { StatusCode::NOT_MODIFIED.into_response() } else { Json(answer).into_response() };
    if let Some(tag) = tag {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

fn tag(answer: &ListAnswer) -> String {
    let steady = ListAnswer {
        items: answer.items.iter().map(steady).collect(),
        next_cursor: answer.next_cursor.as_ref().map(|_| String::new()),
        event: 0,
        ..answer.clone()
    };
    let text = serde_json::to_vec(&steady).unwrap_or_default();
    let digest = Sha256::digest(&text);
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("W/\"{hex}\"")
}
