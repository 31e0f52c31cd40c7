//! Every refusal and failure of the API, and the one place that turns them into answers
//! (`errors.md`).

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use rollcall_lifecycle::LifecycleError;
use rollcall_model::access::Denied;
use rollcall_store::StoreError;
use rollcall_wire::problem::{Problem, ProblemType};
use serde_json::{Value, json};

/// Why a request was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// Refused, with the document that says so. Nothing has changed.
    #[error("{}", text(.0))]
    Refused(Box<Problem>),
    /// Reading or writing failed; the cause is logged and never sent.
    #[error("the store failed")]
    Store(#[source] StoreError),
    /// The life of a session could not be changed; the cause is logged and never sent.
    #[error("the session could not be changed")]
    Lifecycle(#[source] LifecycleError),
    /// Anything else that should not happen.
    #[error("{0}")]
    Internal(&'static str),
}

impl ApiError {
    pub(crate) fn of(kind: ProblemType) -> Self {
        Self::Refused(Box::new(Problem::new(kind)))
    }

    pub(crate) fn msg(kind: ProblemType, msg: impl Into<String>) -> Self {
        Self::Refused(Box::new(Problem::new(kind).with_msg(msg)))
    }

    pub(crate) fn data(kind: ProblemType, data: Value) -> Self {
        Self::Refused(Box::new(Problem::new(kind).with_data(data)))
    }

    /// A parameter that does not meet its schema (`errors.md` §3).
    pub(crate) fn parameter(name: &str, text: &str) -> Self {
        let problem = Problem::new(ProblemType::InvalidApiParams)
            .with_msg("Input validation error")
            .with_data(json!({ name: text }));
        Self::Refused(Box::new(problem))
    }

    /// The document that is sent. Causes inside the server stay inside.
    pub(crate) fn into_problem(self) -> Problem {
        match self {
            Self::Refused(problem) => *problem,
            Self::Store(_) | Self::Lifecycle(_) | Self::Internal(_) => Problem::new(ProblemType::InternalServerError),
        }
    }

    /// Writes the cause of an inner failure to the log, once, where it becomes an answer.
    fn log(&self) {
        if !matches!(self, Self::Refused(_)) {
            tracing::error!(error = %chain(self), "request failed: {}", chain(self));
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.log();
        problem_response(&self.into_problem())
    }
}

impl From<ApiError> for async_graphql::Error {
    fn from(error: ApiError) -> Self {
        error.log();
        Self::new(text(&error.into_problem()))
    }
}

impl From<Denied> for ApiError {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Forbidden => Self::of(ProblemType::GenericForbidden),
            Denied::SuperadminOnly => Self::msg(ProblemType::GenericForbidden, denied.to_string()),
            Denied::Insufficient => Self::of(ProblemType::InsufficientPrivilege),
            Denied::UnknownRole => Self::msg(ProblemType::InvalidApiParams, denied.to_string()),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<LifecycleError> for ApiError {
    fn from(error: LifecycleError) -> Self {
        use LifecycleError as E;
        let text = error.to_string();
        match error {
            E::InvalidParameters { msg, data } => {
                let problem = Problem::new(ProblemType::InvalidApiParams).with_msg(msg);
                Self::Refused(Box::new(match data {
                    Some(data) => problem.with_data(data),
                    None => problem,
                }))
            }
            E::ImageNotFound => Self::msg(ProblemType::ImageNotFound, text),
            E::SessionExists { existing } => {
                Self::data(ProblemType::SessionAlreadyExists, json!({ "existingSessionId": existing.to_string() }))
            }
            E::QuotaExceeded { msg } => Self::msg(ProblemType::QuotaExceeded, msg),
            E::ScalingGroupNotFound { .. } => Self::msg(ProblemType::ScalingGroupNotFound, text),
            E::VfolderNotFound { missing } => Self::data(ProblemType::VfolderNotFound, json!(missing)),
            E::InstanceNotFound { .. } => Self::msg(ProblemType::InstanceNotFound, text),
            E::InsufficientPrivilege { msg } => Self::msg(ProblemType::InsufficientPrivilege, msg),
            E::Forbidden { msg } => Self::msg(ProblemType::GenericForbidden, msg),
            E::SessionNotFound => Self::of(ProblemType::SessionNotFound),
            E::NotRunning { .. } => Self::msg(ProblemType::InvalidApiParams, text),
            E::RestartFailed { .. } => Self::of(ProblemType::KernelRestartFailed),
            E::Unavailable { reason } => Self::msg(ProblemType::ServiceUnavailable, reason),
            E::Store(cause) => Self::Store(cause),
            other @ E::Engine(_) => Self::Lifecycle(other),
        }
    }
}

/// A problem as an answer with its own content type.
pub(crate) fn problem_response(problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, axum::Json(problem)).into_response();
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json; charset=utf-8"));
    response
}

/// `<title>` or `<title> (<msg>)`, as GraphQL errors say it.
fn text(problem: &Problem) -> String {
    match problem.msg() {
        Some(msg) => format!("{} ({msg})", problem.title()),
        None => problem.title().to_owned(),
    }
}

/// An error and its causes on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        line.push_str(": ");
        line.push_str(&inner.to_string());
        cause = inner.source();
    }
    line
}
