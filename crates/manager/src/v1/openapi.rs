//! The OpenAPI document of `/v1`.

use axum::Json;
use rollcall_wire::v1::{
    Change, Detail, Explanation, Frame, GoodBye, HistoryLine, KernelRow, ListAnswer, LoginAnswer, LoginRow,
    RecentUsage, Remaining, SessionRow, SlotAmounts, Tabs, Usage, UsageAnswer, UsageLine, Waiting,
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
    paths(sessions, sessions_csv, sessions_ndjson, session, explain, usage, terminal, terminal_socket, login, logins, logins_all, current, leave, end, preferences, set_preferences, change_preferences, document_of),
    components(schemas(
        Change, Detail, Explanation, Frame, GoodBye, HistoryLine, KernelRow, ListAnswer, LoginAnswer, LoginRow, RecentUsage, Remaining, SessionRow, SlotAmounts,
        Tabs, Usage, UsageAnswer, UsageLine, Waiting
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
        ("filter" = Option<String>, Query, description = "A condition in the API's filter language; `agent` is a key for superadmins alone"),
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
        ("Last-Event-ID" = Option<String>, Header, description = "For a stream: the id of the last frame that was seen"),
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

/// What a session used over time, for charts.
#[utoipa::path(
    get, path = "/v1/sessions/{id}/usage", tag = "sessions", params(("id" = uuid::Uuid, Path, description = "Its id")),
    responses((status = 200, description = "It", body = UsageAnswer), (status = 404, description = "None that the caller may see"))
)]
#[allow(dead_code)]
fn usage() {}

/// A ticket for the terminal of a session: good for a minute, once, for who drew it.
#[utoipa::path(post, path = "/v1/sessions/{id}/terminal", tag = "terminals", params(("id" = uuid::Uuid, Path, description = "The session's id")), responses((status = 200, description = "`ticket` and `expires_in`"), (status = 403, description = "Somebody else's"), (status = 404, description = "None that the caller may see")))]
#[allow(dead_code)]
fn terminal() {}

/// The terminal on a websocket, by a ticket.
#[utoipa::path(get, path = "/v1/terminal", tag = "terminals", params(("ticket" = String, Query, description = "The ticket")), responses((status = 101, description = "Text frames as of the compatible API's terminals"), (status = 401, description = "The ticket is none, too old, or was used before")), security(()))]
#[allow(dead_code)]
fn terminal_socket() {}

/// A token for e-mail and password, or, in a request that is signed and has neither, for the key that signs. It stands in place
/// of a signature: `Authorization: Rollcall-Login TOKEN`.
#[utoipa::path(post, path = "/v1/logins", tag = "logins", responses((status = 201, description = "The login", body = LoginAnswer), (status = 401, description = "Wrong"), (status = 429, description = "Too many wrong tries")), security(()))]
#[allow(dead_code)]
fn login() {}

/// One's own logins.
#[utoipa::path(get, path = "/v1/logins", tag = "logins", responses((status = 200, description = "The newest first", body = Vec<LoginRow>)))]
#[allow(dead_code)]
fn logins() {}

/// The logins of everybody in reach; for administrators.
#[utoipa::path(get, path = "/v1/logins/all", tag = "logins", responses((status = 200, description = "The newest first", body = Vec<LoginRow>)))]
#[allow(dead_code)]
fn logins_all() {}

/// The login that asks.
#[utoipa::path(get, path = "/v1/login", tag = "logins", responses((status = 200, description = "It, without its token", body = LoginAnswer), (status = 404, description = "The request is signed")))]
#[allow(dead_code)]
fn current() {}

/// Ends the login that asks.
#[utoipa::path(delete, path = "/v1/login", tag = "logins", responses((status = 204, description = "Ended, and what was opened with it")))]
#[allow(dead_code)]
fn leave() {}

/// Ends a login.
#[utoipa::path(delete, path = "/v1/logins/{id}", tag = "logins", params(("id" = uuid::Uuid, Path, description = "Its id")), responses((status = 204, description = "Ended, and what was opened with it"), (status = 404, description = "None in reach")))]
#[allow(dead_code)]
fn end() {}

/// What one's clients keep for one: of the person, whichever key or login asks.
#[utoipa::path(get, path = "/v1/preferences", tag = "preferences", responses((status = 200, description = "A JSON object; empty until it is set", body = Object)))]
#[allow(dead_code)]
fn preferences() {}

/// Sets them in place of those that were.
#[utoipa::path(put, path = "/v1/preferences", tag = "preferences", request_body(content = Object, description = "A JSON object of 16384 bytes and 8 levels at most"), responses((status = 204, description = "Set"), (status = 400, description = "Too large or too deep: `data` names what")))]
#[allow(dead_code)]
fn set_preferences() {}

/// Changes parts of them, whoever else changes others at the same time.
#[utoipa::path(patch, path = "/v1/preferences", tag = "preferences", request_body(content = Object, description = "A JSON merge patch (RFC 7396); what it leaves is bounded as what is set"), responses((status = 204, description = "Changed"), (status = 400, description = "Too large or too deep: `data` names what")))]
#[allow(dead_code)]
fn change_preferences() {}

/// This document.
#[utoipa::path(get, path = "/v1/openapi.json", tag = "about", responses((status = 200, description = "It")), security(()))]
#[allow(dead_code)]
fn document_of() {}
