//! The scalars of `graphql.md` §1 and how their values are written.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use rollcall_model::Timestamp;
use rollcall_model::slots::Slots;
use rollcall_wire::json_string;
use uuid::Uuid;

/// What a malformed UUID is answered with; [`super::endpoint`] lets it fail the whole query.
pub(crate) const BAD_UUID: &str = "badly formed hexadecimal UUID string";

/// A text that contains JSON.
#[derive(Clone, Debug)]
pub(crate) struct JsonString(pub(crate) String);

#[Scalar(name = "JSONString")]
impl ScalarType for JsonString {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) if serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok() => Ok(Self(text)),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

impl JsonString {
    /// Writes `value` as clients have always got it.
    pub(crate) fn of(value: &serde_json::Value) -> Self {
        Self(json_string::print(value))
    }

    /// Slots as a map of texts.
    pub(crate) fn slots(slots: &Slots) -> Self {
        Self::of(&slots.to_json())
    }
}

/// A whole number of any size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BigInt(pub(crate) i64);

#[Scalar(name = "BigInt")]
impl ScalarType for BigInt {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::Number(number) => number.as_i64().map(Self).ok_or_else(|| InputValueError::expected_type(value)),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::from(self.0)
    }
}

/// A moment, ISO-8601 in UTC with microseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment(pub(crate) Timestamp);

#[Scalar(name = "DateTime")]
impl ScalarType for Moment {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => chrono::DateTime::parse_from_rfc3339(text)
                .map(|moment| Self(moment.to_utc()))
                .map_err(|_| InputValueError::expected_type(value)),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(rollcall_model::time::print_iso(self.0))
    }
}

/// A UUID in any text form; written in lower case with dashes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UuidValue(pub(crate) Uuid);

#[Scalar(name = "UUID")]
impl ScalarType for UuidValue {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => Uuid::parse_str(text).map(Self).map_err(|_| InputValueError::custom(BAD_UUID)),
            _ => Err(InputValueError::custom(BAD_UUID)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}
