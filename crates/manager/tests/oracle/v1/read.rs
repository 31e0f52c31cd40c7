//! Asking the real server, and what it says.

use axum::Router;
use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tower::ServiceExt as _;
use uuid::Uuid;

use super::list::Refused;
use crate::rows::{Row, STATUSES};
use crate::world::signed;

/// A row as far as it is compared: id, name, status.
pub(super) type Shown = (Uuid, String, String);

/// An answer, as far as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Page(Page),
    Refused(Refused),
    /// A parameter is no good.
    Invalid,
    /// Who asks may not sign.
    Nobody,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) rows: Vec<Shown>,
    pub(super) total: Option<i64>,
    /// Running, finished, others.
    pub(super) tabs: Option<[i64; 3]>,
    pub(super) more: bool,
}

pub(super) fn shown(row: &Row) -> Shown {
    (row.id, row.name.clone(), STATUSES[row.status].to_owned())
}

pub(super) fn id_of(row: &Value) -> Uuid {
    row["id"].as_str().unwrap().parse().unwrap()
}

pub(super) fn shown_rows(items: &[Value]) -> Vec<Shown> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    items.iter().map(|row| (id_of(row), text(&row["name"]), text(&row["status"]))).collect()
}

/// Totals of the tabs in a page or a frame.
pub(super) fn tabs_in(page: &Value) -> Option<[i64; 3]> {
    let tab = |name: &str| page["tabs"][name].as_i64();
    Some([tab("running")?, tab("finished")?, tab("others")?])
}

/// The target of a list.
pub(super) fn target(path: &str, parameters: &[(&str, String)]) -> String {
    let written =
        parameters.iter().map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
    format!("{path}?{}", written.collect::<Vec<_>>().join("&"))
}

pub(super) async fn send(router: &Router, request: Request<Body>) -> (StatusCode, String) {
    let response = router.clone().oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (head.status, String::from_utf8(bytes.to_vec()).unwrap())
}

pub(super) async fn get(router: &Router, key: &str, target: &str) -> (StatusCode, String) {
    send(router, signed(key, "GET", target, None)).await
}

/// A page, and where the next one begins.
pub(super) async fn page(router: &Router, key: &str, target: &str) -> (Told, Value) {
    let (status, text) = get(router, key, target).await;
    let answer: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status} {text} to {target}"));
    (told(status, &answer, target), answer)
}

pub(super) fn told(status: StatusCode, answer: &Value, target: &str) -> Told {
    match status.as_u16() {
        200 => Told::Page(Page {
            rows: shown_rows(answer["items"].as_array().unwrap()),
            total: answer["total_count"].as_i64(),
            tabs: tabs_in(answer),
            more: answer["next_cursor"].is_string(),
        }),
        401 => Told::Nobody,
        403 => Told::Refused(Refused::Forbidden),
        400 if answer["msg"] == "Unknown client role" => Told::Refused(Refused::UnknownRole),
        400 if answer["data"].is_object() => Told::Invalid,
        _ => panic!("{status} {answer} to {target}"),
    }
}
