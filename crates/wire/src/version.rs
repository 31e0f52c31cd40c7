//! The version handshake and the API versions a request may carry
//! (`versions-and-features.md` §1 and §2).

use http::HeaderMap;
use serde::{Deserialize, Serialize};

use crate::problem::{Problem, ProblemType};
use crate::signing::{LEGACY_VERSION_HEADER, VERSION_HEADER};

/// The newest API version, which clients are told.
pub const API_VERSION: &str = "v6.20210815";

/// The manager version that clients are told; the month needs its two digits.
pub const MANAGER_VERSION: &str = "21.09.9";

/// What a request without a version counts as.
pub const WITHOUT_HEADER: &str = "v5.20191215";

/// Every version a request may carry.
pub const ACCEPTED: [&str; 7] =
    ["v4.20181215", "v4.20190115", "v4.20190315", "v4.20190615", WITHOUT_HEADER, "v6.20200815", API_VERSION];

/// The answer to `GET /`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// API version.
    pub version: String,
    /// Manager version.
    pub manager: String,
}

impl Versions {
    /// What this program answers.
    #[must_use]
    pub fn ours() -> Self {
        Self { version: API_VERSION.to_owned(), manager: MANAGER_VERSION.to_owned() }
    }
}

/// Whether requests may carry this version.
#[must_use]
pub fn is_accepted(version: &str) -> bool {
    ACCEPTED.contains(&version)
}

/// The API version of a request. Checked for public routes too.
///
/// # Errors
/// A `generic-bad-request` problem for versions that are not served.
pub fn of_request(headers: &HeaderMap) -> Result<&'static str, Problem> {
    let Some(value) = headers.get(VERSION_HEADER).or_else(|| headers.get(LEGACY_VERSION_HEADER)) else {
        return Ok(WITHOUT_HEADER);
    };
    ACCEPTED
        .into_iter()
        .find(|version| version.as_bytes() == value.as_bytes())
        .ok_or_else(|| Problem::new(ProblemType::GenericBadRequest).with_msg("Unsupported API version."))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use http::HeaderValue;

    use super::*;

    #[test]
    fn versions_are_exact() {
        let of = |name: &'static str, value: &'static str| {
            of_request(&[(name.parse().unwrap(), HeaderValue::from_static(value))].into_iter().collect::<HeaderMap>())
        };
        assert_eq!(of(VERSION_HEADER, "v6.20210815"), Ok("v6.20210815"));
        assert_eq!(of(LEGACY_VERSION_HEADER, "v4.20181215"), Ok("v4.20181215"));
        assert_eq!(of_request(&HeaderMap::new()), Ok("v5.20191215"));
        for unknown in ["v7.20230615", "v6.20210815 ", "6.20210815", ""] {
            let problem = of(VERSION_HEADER, unknown).unwrap_err();
            assert_eq!(problem.msg(), Some("Unsupported API version."));
        }
    }

    #[test]
    fn the_handshake_is_the_contracts() {
        let text = serde_json::to_string(&Versions::ours()).unwrap();
        assert_eq!(text, r#"{"version":"v6.20210815","manager":"21.09.9"}"#);
    }
}
