//! Parameters of REST routes (`rest.md` §0): the JSON body if there is one, else the query string.
//! Unknown keys are ignored.

use axum::body::{Body, HttpBody};
use axum::extract::{FromRef, FromRequest, FromRequestParts, Path, Query, Request};
use bytes::Bytes;
use http::request::Parts;
use http_body_util::{BodyExt, Limited};
use rollcall_wire::problem::ProblemType;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::error::ApiError;
use crate::manager::App;

/// What the caller sent, by name.
#[derive(Debug, Default)]
pub(crate) struct Params {
    values: Map<String, Value>,
    query: Map<String, Value>,
}

impl Params {
    /// The first of `names` that is given and not null.
    pub(crate) fn get(&self, names: &[&str]) -> Option<&Value> {
        names.iter().find_map(|name| self.values.get(*name)).filter(|value| !value.is_null())
    }

    /// Non-empty text.
    pub(crate) fn text(&self, names: &[&str]) -> Result<Option<&str>, ApiError> {
        match self.get(names) {
            None => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Err(invalid(names, "blank value is not allowed")),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(invalid(names, "value is not a string")),
        }
    }

    /// Text that must be there; `internal` is the name that the answer uses when it isn't.
    pub(crate) fn required_text(&self, internal: &str, names: &[&str]) -> Result<&str, ApiError> {
        self.text(names)?.ok_or_else(|| ApiError::parameter(internal, "is required"))
    }

    /// A boolean in any of its spellings; null is false.
    pub(crate) fn flag(&self, names: &[&str], default: bool) -> Result<bool, ApiError> {
        let Some(value) = names.iter().find_map(|name| self.values.get(*name)) else { return Ok(default) };
        let parsed = match value {
            Value::Null => Some(false),
            Value::Bool(flag) => Some(*flag),
            Value::Number(number) => match number.as_i64() {
                Some(0) => Some(false),
                Some(1) => Some(true),
                _ => None,
            },
            Value::String(text) => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" | "1" | "t" | "y" => Some(true),
                "false" | "no" | "off" | "0" | "n" | "f" => Some(false),
                _ => None,
            },
            _ => None,
        };
        parsed.ok_or_else(|| invalid(names, "value can't be converted to Bool"))
    }

    /// A whole number, as text too, of at least `least`.
    pub(crate) fn integer(&self, names: &[&str], default: i64, least: i64) -> Result<i64, ApiError> {
        let number = match self.get(names) {
            None => return Ok(default),
            Some(Value::Number(number)) => number.as_i64(),
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(_) => None,
        };
        let number = number.ok_or_else(|| invalid(names, "value can't be converted to int"))?;
        if number < least { Err(invalid(names, &format!("value should be at least {least}"))) } else { Ok(number) }
    }

    /// A UUID.
    pub(crate) fn uuid(&self, names: &[&str]) -> Result<Option<Uuid>, ApiError> {
        match self.text(names)? {
            None => Ok(None),
            Some(text) => Uuid::parse_str(text).map(Some).map_err(|_| invalid(names, "value is not a valid UUID")),
        }
    }

    /// An object; absent is empty.
    pub(crate) fn object(&self, names: &[&str]) -> Result<Params, ApiError> {
        match self.get(names) {
            None => Ok(Params::default()),
            Some(Value::Object(values)) => Ok(Params { values: values.clone(), query: Map::new() }),
            Some(_) => Err(invalid(names, "value is not a dictionary")),
        }
    }

    /// The names and values as they are.
    pub(crate) fn into_values(self) -> Map<String, Value> {
        self.values
    }

    /// Whose sessions: the query string comes first, then the parameters.
    pub(crate) fn owner_access_key(&self) -> Result<Option<&str>, ApiError> {
        const NAMES: &[&str] = &["owner_access_key"];
        match self.query.get("owner_access_key") {
            Some(Value::String(key)) if !key.is_empty() => Ok(Some(key)),
            _ => self.text(NAMES),
        }
    }
}

/// A parameter that does not fit, told by its first name.
pub(crate) fn invalid(names: &[&str], text: &str) -> ApiError {
    ApiError::parameter(names.first().copied().unwrap_or_default(), text)
}

impl<S> FromRequest<S> for Params
where
    S: Send + Sync,
    App: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let query = query(request.uri())?;
        let body = read_body(request.into_body(), &App::from_ref(state)).await?;
        if body.is_empty() {
            return Ok(Self { values: query.clone(), query });
        }
        Ok(Self { values: json_object(&body)?, query })
    }
}

/// A body that must be a JSON object.
pub(crate) fn json_object(body: &Bytes) -> Result<Map<String, Value>, ApiError> {
    serde_json::from_slice(body).map_err(|_| ApiError::msg(ProblemType::InvalidApiParams, "Malformed body"))
}

/// Reads a body within the limits of size and time.
pub(crate) async fn read_body(body: Body, app: &App) -> Result<Bytes, ApiError> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let settings = app.settings();
    let refuse = |text: &str| ApiError::msg(ProblemType::GenericBadRequest, text);
    let collected = Limited::new(body, settings.body_limit).collect();
    match tokio::time::timeout(settings.body_timeout, collected).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(_)) => Err(refuse("The request body could not be read or is too large.")),
        Err(_) => Err(refuse("The request body did not arrive in time.")),
    }
}

fn query(uri: &http::Uri) -> Result<Map<String, Value>, ApiError> {
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri)
        .map_err(|_| ApiError::msg(ProblemType::InvalidApiParams, "Malformed query string"))?;
    let mut values = Map::new();
    for (name, value) in pairs {
        values.entry(name).or_insert(Value::String(value));
    }
    Ok(values)
}

/// The `{s}` of a path, percent-decoded: a name, a UUID, or the beginning of either.
#[derive(Debug)]
pub(crate) struct SessionRef(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for SessionRef {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(reference) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiError::of(ProblemType::SessionNotFound))?;
        Ok(Self(reference))
    }
}
