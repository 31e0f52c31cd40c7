//! The handshake: what the server is, and what may be asked of it.

use std::fmt;

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

/// What a server may or may not have (`versions-and-features.md` §2 and §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// Several statuses in one session query.
    DetailedSessionStates,
    /// The status SCHEDULED.
    AvoidHolBlocking,
    /// `containers` and `cluster_size` of a session.
    MultiContainer,
    /// `cluster_mode` of a session.
    MultiNode,
    /// `filter` and `order`, and the endpoint `/admin/gql`.
    FilterAndOrder,
    /// Paths beginning with `/session` instead of `/kernel`.
    SessionPaths,
}

/// The answer to `GET /`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    api: ApiVersion,
    manager: String,
}

impl Server {
    /// The version of the server's manager.
    #[must_use]
    pub fn manager_version(&self) -> &str {
        &self.manager
    }

    /// The latest API version of the server.
    #[must_use]
    pub fn api_version(&self) -> String {
        self.api.to_string()
    }

    /// The version both sides speak.
    pub(crate) fn spoken(&self) -> ApiVersion {
        self.api.min(OWN)
    }

    /// Whether the server has a feature.
    #[must_use]
    pub fn supports(&self, feature: Feature) -> bool {
        let since = |major, date| self.api >= ApiVersion { major, date };
        match feature {
            Feature::DetailedSessionStates => since(4, 20_190_601),
            Feature::AvoidHolBlocking => numbers(&self.manager) >= vec![20, 9, 16],
            Feature::MultiContainer | Feature::MultiNode => since(6, 20_200_815),
            Feature::FilterAndOrder => since(6, 20_210_815),
            Feature::SessionPaths => since(5, 0),
        }
    }

    /// How paths of sessions begin.
    pub(crate) fn session_prefix(&self) -> &'static str {
        if self.supports(Feature::SessionPaths) { "session" } else { "kernel" }
    }
}

/// The parts of a dotted version as numbers; what is no number ends it (`21.09.9rc1`).
fn numbers(version: &str) -> Vec<u32> {
    version
        .split('.')
        .map_while(|part| {
            let digits: &str = &part[..part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len())];
            digits.parse().ok()
        })
        .collect()
}

#[derive(Deserialize)]
struct Answer {
    version: String,
    #[serde(default)]
    manager: String,
}

/// Reads the answer to `GET /`.
pub(crate) fn read(act: &'static str, body: &[u8]) -> Result<Server, Error> {
    let strange = |reason: String| Error::Response { act, reason };
    let answer: Answer = serde_json::from_slice(body).map_err(|error| strange(error.to_string()))?;
    let api =
        ApiVersion::parse(&answer.version).ok_or_else(|| strange(format!("`{}` is no API version", answer.version)))?;
    Ok(Server { api, manager: answer.manager })
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
        assert!(ours.supports(Feature::FilterAndOrder));
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
