//! The handshake: what the server is, and what may be asked of it.

use std::fmt;

use rollcall_model::features::{Feature, Features};
use serde::Deserialize;

use crate::error::Error;

/// The version this client speaks at most.
const OWN: ApiVersion = ApiVersion { major: 6, date: 20_210_815 };

/// An API version, `v6.20210815`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ApiVersion {
    major: u32,
    date: u32,
}

impl ApiVersion {
    fn parse(text: &str) -> Option<Self> {
        let (major, date) = text.strip_prefix('v')?.split_once('.')?;
        Some(Self { major: major.parse().ok()?, date: date.parse().ok()? })
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}.{}", self.major, self.date)
    }
}

/// The answer to `GET /`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    api: ApiVersion,
    features: Features,
}

impl Server {
    /// The version of the server's manager.
    #[must_use]
    pub fn manager_version(&self) -> &str {
        self.features.manager()
    }

    /// The latest API version of the server.
    #[must_use]
    pub fn api_version(&self) -> &str {
        self.features.api()
    }

    /// What the server can do.
    #[must_use]
    pub fn features(&self) -> &Features {
        &self.features
    }

    /// Whether the server has a feature.
    #[must_use]
    pub fn supports(&self, feature: Feature) -> bool {
        self.features.supports(feature)
    }

    /// The version both sides speak.
    pub(crate) fn spoken(&self) -> ApiVersion {
        self.api.min(OWN)
    }

    /// Filter, order and the endpoint `/admin/gql` came together.
    pub(crate) fn has_filter_and_order(&self) -> bool {
        self.api >= ApiVersion { major: 6, date: 20_210_815 }
    }

    /// Whether events of sessions are told by the ids of sessions.
    pub(crate) fn has_events_of_sessions(&self) -> bool {
        self.api.major >= 6
    }

    /// How paths of sessions begin.
    pub(crate) fn session_prefix(&self) -> &'static str {
        if self.api.major >= 5 { "session" } else { "kernel" }
    }
}

#[derive(Deserialize)]
struct Answer {
    version: String,
    #[serde(default)]
    manager: String,
}

/// Reads the answer to `GET /`.
pub(crate) fn read(act: &'static str, body: &[u8]) -> Result<Server, Error> {
    let strange = |reason: String| Error::strange(act, reason);
    let answer: Answer = serde_json::from_slice(body).map_err(|error| strange(error.to_string()))?;
    let api =
        ApiVersion::parse(&answer.version).ok_or_else(|| strange(format!("`{}` is no API version", answer.version)))?;
    Ok(Server { api, features: Features::of(&answer.version, &answer.manager) })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn server(version: &str, manager: &str) -> Server {
        read("test", format!(r#"{{"version": "{version}", "manager": "{manager}"}}"#).as_bytes()).unwrap()
    }

    #[test]
    fn features_follow_both_versions() {
        let ours = server("v6.20210815", "21.09.9");
        assert!(ours.supports(Feature::DetailedSessionStates));
        assert!(ours.supports(Feature::AvoidHolBlocking));
        assert!(ours.has_filter_and_order());
        let old = server("v4.20190315", "19.06.0");
        assert!(!old.supports(Feature::DetailedSessionStates));
        assert!(!old.supports(Feature::AvoidHolBlocking));
        assert_eq!(old.session_prefix(), "kernel");
        let between = server("v5.20191215", "20.09.15");
        assert!(between.supports(Feature::DetailedSessionStates) && !between.supports(Feature::AvoidHolBlocking));
        assert!(server("v6.20200815", "20.09.16").supports(Feature::AvoidHolBlocking));
    }

    #[test]
    fn the_lower_version_is_spoken() {
        assert_eq!(server("v7.20230615", "23.09.1").spoken().to_string(), "v6.20210815");
        assert_eq!(server("v5.20191215", "20.03.1").spoken().to_string(), "v5.20191215");
    }

    #[test]
    fn something_else_is_no_server() {
        assert!(read("test", b"<html>").is_err());
        assert!(read("test", br#"{"version": "1.0"}"#).is_err());
    }
}
