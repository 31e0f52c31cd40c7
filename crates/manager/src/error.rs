//! Every refusal and failure of the API, and the one place that turns them into answers
//! (`errors.md`).

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use rollcall_lifecycle::LifecycleError;
use rollcall_model::access::Denied;
use rollcall_store::StoreError;
use rollcall_wire::problem::{self, Problem, ProblemType};
use rollcall_wire::session::already_exists;
use serde_json::{Value, json};

/// Why a request was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// Refused, with the document that says so. Nothing has changed.
    #[error("{}", .0.message())]
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

    /// The document that is sent. Causes inside the server stay inside.
    pub(crate) fn into_problem(self) -> Problem {
        match self {
            Self::Refused(problem) => *problem,
            Self::Store(_) | Self::Lifecycle(_) | Self::Internal(_) => Problem::new(ProblemType::InternalServerError),
        }
    }

    /// The same in words alone, for those who are told later. Causes go to the log.
    pub(crate) fn in_words(self) -> String {
        self.log();
        self.into_problem().message()
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

/// The same refusal or failure as a GraphQL error: its message alone.
pub(crate) fn told<E: Into<ApiError>>(error: E) -> async_graphql::Error {
    let error = error.into();
    error.log();
    async_graphql::Error::new(error.into_problem().message())
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self::Refused(Box::new(problem))
    }
}

impl From<Denied> for ApiError {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Forbidden => Self::of(ProblemType::GenericForbidden),
            Denied::SuperadminOnly => Self::msg(ProblemType::GenericForbidden, denied.to_string()),
            Denied::Insufficient => Self::of(ProblemType::InsufficientPrivilege),
            Denied::UnknownRole => Self::msg(ProblemType::InvalidApiParams, denied.to_string()),
            Denied::NoSuchDomain => Self::msg(ProblemType::GenericNotFound, denied.to_string()),
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
            E::SessionExists { existing } => already_exists(existing).into(),
            E::QuotaExceeded { msg } => Self::msg(ProblemType::QuotaExceeded, msg),
            E::ScalingGroupNotFound { .. } => Self::msg(ProblemType::ScalingGroupNotFound, text),
            E::VfolderNotFound { missing } => Self::data(ProblemType::VfolderNotFound, json!(missing)),
            E::InstanceNotFound { .. } => Self::msg(ProblemType::InstanceNotFound, text),
            E::InsufficientPrivilege { msg } => Self::msg(ProblemType::InsufficientPrivilege, msg),
            E::Forbidden { msg } => Self::msg(ProblemType::GenericForbidden, msg),
            // The same answer as to a key that was unknown from the start.
            E::OwnerGone => Self::of(ProblemType::GenericForbidden),
            E::SessionNotFound => Self::of(ProblemType::SessionNotFound),
            E::NotRunning { .. } => Self::msg(ProblemType::InvalidApiParams, text),
            E::NothingEnds => Self::msg(ProblemType::InvalidApiParams, text),
            E::OverExtension { left, .. } => over_quota(text, json!({ "extendable_seconds": left })),
            E::ExtensionInVain { least, left } => {
                over_quota(text, json!({ "extendable_seconds": left, "least_seconds": least }))
            }
            E::RestartFailed { .. } => Self::of(ProblemType::KernelRestartFailed),
            E::Unavailable { reason } => Self::msg(ProblemType::ServiceUnavailable, reason),
            E::Store(cause) => Self::Store(cause),
            other @ E::Engine(_) => Self::Lifecycle(other),
        }
    }
}

/// Lets an error make its own field null and leave the rest of the answer as it is. A resolver that
/// returns `Result<Option<_>>` itself would empty everything around it.
pub(crate) async fn nullable<T>(
    found: impl Future<Output = async_graphql::Result<Option<T>>>,
) -> Option<async_graphql::Result<T>> {
    found.await.transpose()
}

/// A problem as an answer with its own content type.
pub(crate) fn problem_response(problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, axum::Json(problem.to_json())).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(problem::CONTENT_TYPE));
    response
}

/// An error and its causes on one line.
fn over_quota(text: String, data: Value) -> ApiError {
    ApiError::Refused(Box::new(Problem::new(ProblemType::QuotaExceeded).with_msg(text).with_data(data)))
}

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
