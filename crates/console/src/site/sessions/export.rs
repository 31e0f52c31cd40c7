//! GET `/export.csv` and `/export.json`: the filtered set, as the manager streams it.

use axum::body::Body;
use axum::extract::{Path, RawQuery};
use futures_util::StreamExt as _;
use http::header::CONTENT_DISPOSITION;
use http::{HeaderValue, Response};
use rollcall_client::v1::{Export, Start};

use super::ask::Ask;
use crate::site::data::data;
use crate::site::refusal;
use crate::site::visitor::Visitor;

/// The file. JSON is one row a line.
pub(super) async fn export(visitor: Visitor, Path(format): Path<String>, RawQuery(query): RawQuery) -> Response<Body> {
    let ask = Ask::parse(&query.unwrap_or_default());
    let mut list = ask.list(&visitor);
    list.start = Start::Offset(0);
    let (kind, content_type, name) = match format.as_str() {
        "csv" => (Export::Csv, "text/csv; charset=utf-8", "sessions.csv"),
        "json" => (Export::Ndjson, "application/x-ndjson", "sessions.ndjson"),
        _ => return refusal::nothing(visitor.taste),
    };
    let rows = match visitor.client.v1().export(&list, kind).await {
        Ok(rows) => rows,
        Err(error) => return refusal::page(&visitor, &error),
    };
    let mut response = data(Body::from_stream(rows.map(|piece| piece.map_err(std::io::Error::other))), content_type);
    if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(CONTENT_DISPOSITION, value);
    }
    response
}
