//! The OpenAPI document of `/v1`.

use axum::Json;
use rollcall_wire::v1::{
    Change, Detail, Explanation, Frame, GoodBye, HistoryLine, KernelRow, ListAnswer, Remaining, SessionRow,
    SlotAmounts, Tabs, Usage, Waiting,
};
use serde_json::Value;
use utoipa::OpenApi;

/// Everything that is documented.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Rollcall",
        description = "Rollcall's own API. Requests are signed as those of the compatible API are.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
        version = "1"
    ),
    servers((url = "/", description = "This server")),
    paths(sessions, sessions_csv, sessions_ndjson, session, explain, document_of),
    components(schemas(
        Change, Detail, Explanation, Frame, GoodBye, HistoryLine, KernelRow, ListAnswer, Remaining, SessionRow, SlotAmounts,
        Tabs, Usage, Waiting
    ))
)]
struct Document;

/// GET `/v1/openapi.json`.
pub(super) async fn document() -> Json<Value> {
    Json(serde_json::to_value(Document::openapi()).unwrap_or_default())
}

/// A page of the sessions that the caller may see; with `Accept: text/event-stream` the page and then its
/// changes.
#[utoipa::path(
    get, path = "/v1/sessions", tag = "sessions",
    params(
        ("tab" = Option<String>, Query, description = "`running`, `finished` or `others`; excludes `status`"),
        ("status" = Option<String>, Query, description = "Status names joined by commas"),
        ("filter" = Option<String>, Query, description = "A condition in the API's filter language"),
        ("order" = Option<String>, Query, description = "Keys joined by commas, each with `+` or `-`; the newest first without"),
        ("domain_name" = Option<String>, Query, description = "Only of this domain"),
        ("group_id" = Option<uuid::Uuid>, Query, description = "Only of this project"),
        ("access_key" = Option<String>, Query, description = "Only of this key"),
        ("fields" = Option<String>, Query, description = "Fields of a row joined by commas; all without"),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 1000, description = "Rows of a page; 20 without"),
        ("offset" = Option<i64>, Query, minimum = 0, description = "Rows to skip; excludes `cursor`"),
        ("cursor" = Option<String>, Query, description = "Where an earlier page ended"),
        ("count" = Option<String>, Query, description = "`exact` (the default) or `none`"),
        ("If-None-Match" = Option<String>, Header, description = "The tag of what is known already"),
        ("Last-Event-ID" = Option<i64>, Header, description = "For a stream: the number of the last frame that was seen"),
    ),
    responses(
        (status = 200, description = "The page; as a stream, events `page` (a ListAnswer), `change` (a Frame) and `end` (a GoodBye)", body = ListAnswer),
        (status = 304, description = "Nothing has changed"),
        (status = 400, description = "A parameter is wrong: `data` names it"),
        (status = 401, description = "Not signed rightly"),
        (status = 403, description = "Somebody else's domain"),
    )
)]
#[allow(dead_code)]
fn sessions() {}

/// The same as comma-separated lines, all pages of it.
#[utoipa::path(get, path = "/v1/sessions.csv", tag = "sessions", responses((status = 200, description = "A line of names, then a line a session", content_type = "text/csv", body = String)))]
#[allow(dead_code)]
fn sessions_csv() {}

/// The same as lines of JSON, all pages of it.
#[utoipa::path(get, path = "/v1/sessions.ndjson", tag = "sessions", responses((status = 200, description = "A SessionRow a line", content_type = "application/x-ndjson", body = String)))]
#[allow(dead_code)]
fn sessions_ndjson() {}

/// One session with its history.
#[utoipa::path(
    get, path = "/v1/sessions/{id}", tag = "sessions", params(("id" = uuid::Uuid, Path, description = "Its id")),
    responses((status = 200, description = "It", body = Detail), (status = 404, description = "None that the caller may see"))
)]
#[allow(dead_code)]
fn session() {}

/// Why the caller sees a session, or does not.
#[utoipa::path(
    get, path = "/v1/sessions/{id}/explain", tag = "sessions", params(("id" = uuid::Uuid, Path, description = "Its id")),
    responses((status = 200, description = "In sentences", body = Explanation))
)]
#[allow(dead_code)]
fn explain() {}

/// This document.
#[utoipa::path(get, path = "/v1/openapi.json", tag = "about", responses((status = 200, description = "It")), security(()))]
#[allow(dead_code)]
fn document_of() {}
