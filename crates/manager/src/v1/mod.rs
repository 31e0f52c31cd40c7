//! Rollcall's own API, `/v1`. It scopes by the person: who has two keys sees the sessions of both.

mod csv;
mod cursor;
mod detail;
mod export;
mod list;
mod logins;
mod openapi;
mod page;
mod preferences;
mod rows;
mod shared;
mod stream;

pub(crate) use shared::SharedPages;

use crate::routes::{Access, Guard, Routes};
use http::Method;

/// Its routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get(Access::Signed, "/v1/sessions", list::list)
        .get(Access::Signed, "/v1/sessions.csv", export::csv)
        .get(Access::Signed, "/v1/sessions.ndjson", export::ndjson)
        .get(Access::Signed, "/v1/sessions/{id}", detail::one)
        .get(Access::Signed, "/v1/sessions/{id}/explain", detail::explain)
        .get(Access::Signed, "/v1/sessions/{id}/usage", detail::usage)
        .on(Access::Public, Guard::Always, Method::GET, "/v1/openapi.json", openapi::document)
        .with(logins::routes)
        .with(preferences::routes)
}
