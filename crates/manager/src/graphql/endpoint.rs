//! The two doors to one schema: `/admin/gql` wraps its answer, `/admin/graphql` gives the bare data
//! and a problem document for any error (`errors.md` §4).

use async_graphql::{Request, Response, ServerError, Value, Variables};
use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use http::Method;
use rollcall_model::naming;
use rollcall_wire::problem::ProblemType;
use serde::Serialize;

use super::document::{self, Shape};
use super::scalars::BAD_UUID;
use crate::auth::signed::Signed;
use crate::error::ApiError;
use crate::http::params::Posted;
use crate::manager::App;
use crate::routes::{Access, Guard, Routes};

/// Errors of one answer.
const MAX_ERRORS: usize = 100;
/// Places that one error names.
const MAX_LOCATIONS: usize = 10;
/// Characters of an error's message.
const MAX_MESSAGE: usize = 1000;

/// Both doors.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes.on(Access::Signed, Guard::Always, Method::POST, "/admin/gql", wrapped).on(
        Access::Signed,
        Guard::Always,
        Method::POST,
        "/admin/graphql",
        bare,
    )
}

/// POST `/admin/gql`.
pub(crate) async fn wrapped(
    State(app): State<App>,
    signed: Signed,
    posted: Posted,
) -> Result<impl IntoResponse, ApiError> {
    let Answer { errors, data } = execute(&app, signed, posted).await?;
    Ok(Json(Wrapped { errors, data }).into_response())
}

/// POST `/admin/graphql`.
pub(crate) async fn bare(
    State(app): State<App>,
    signed: Signed,
    posted: Posted,
) -> Result<impl IntoResponse, ApiError> {
    let Answer { errors, data } = execute(&app, signed, posted).await?;
    if errors.is_empty() {
        return Ok(Json(data).into_response());
    }
    let errors = serde_json::to_value(errors).map_err(|_| ApiError::Internal("writing GraphQL errors failed"))?;
    Err(ApiError::data(ProblemType::GraphqlError, errors))
}

#[derive(Serialize)]
struct Wrapped {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ServerError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Value>,
}

struct Answer {
    errors: Vec<ServerError>,
    /// `None` if the query as a whole is invalid.
    data: Option<Value>,
}

async fn execute(app: &App, Signed(caller): Signed, Posted(mut parameters): Posted) -> Result<Answer, ApiError> {
    let query = parameters.required_text(&["query"], "query");
    let variables = parameters.object(&["variables"]);
    let operation = parameters.text(&["operationName", "operation_name"]);
    parameters.finish(())?;
    let document = match document::read(&query) {
        Ok(document) => document,
        Err(error) => return Ok(Answer { errors: bounded(vec![error]), data: None }),
    };
    let shape = Shape::of(&document, operation.as_deref());
    let mut request = Request::new(query).data(app.clone()).data(caller);
    request.set_parsed_query(document);
    request = request.variables(Variables::from_json(variables.into()));
    if let Some(operation) = operation {
        request = request.operation_name(operation);
    }
    let executed = tokio::time::timeout(app.settings().query_timeout, app.schema().execute(request)).await;
    let mut response =
        executed.map_err(|_| ApiError::msg(ProblemType::ServiceUnavailable, "The query took too long."))?;
    shape.order(&mut response.data);
    Ok(answer(response))
}

/// Errors repeat what was sent, and a query can be wrong in as many places as it is long.
fn bounded(mut errors: Vec<ServerError>) -> Vec<ServerError> {
    errors.truncate(MAX_ERRORS);
    for error in &mut errors {
        error.message = naming::shown(&error.message, MAX_MESSAGE);
        error.locations.truncate(MAX_LOCATIONS);
    }
    errors
}

/// A malformed UUID where the schema wants one fails the whole query, as bad variables do.
fn answer(response: Response) -> Answer {
    let malformed =
        |error: &ServerError| error.message.starts_with("Failed to parse") && error.message.ends_with(BAD_UUID);
    if response.errors.iter().any(malformed) {
        return Answer { errors: vec![ServerError::new(BAD_UUID, None)], data: None };
    }
    let data = (response.data != Value::Null).then_some(response.data);
    Answer { errors: bounded(response.errors), data }
}
