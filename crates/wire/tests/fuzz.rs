//! Random headers for the signature check (`rollcall_testkit::fuzz`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;
use rollcall_testkit::fuzz;
use rollcall_wire::signing::{self, SigningPolicy, parse_authorization};
use secrecy::SecretString;

const PIECES: &[&str] = &[
    "BackendAI",
    "Sorna",
    "Bearer",
    " ",
    "  ",
    "signMethod",
    "=",
    "HMAC-SHA256",
    "hmac-sha256",
    "HMAC-SHA1",
    "SHA256",
    "HMAC-",
    ",",
    ", ",
    "credential",
    "AKIAIOSFODNN7EXAMPLE",
    ":",
    "00",
    "ffffffffffffffff",
    "022ae894",
    "\t",
    "é",
];
/// Near the moment that the check takes for now, so that many dates are neither stale nor in the future.
const DATES: &[&str] =
    &["2021-10-07T07:58:33", "Z", "+00:00", "+09:00", "Thu, 07 Oct 2021 07:58:33 GMT", "20211007T075833Z", " "];

#[test]
fn authorization_headers() {
    fuzz::run("authorization headers", &fuzz::texts(PIECES), |text| {
        if let Ok(read) = parse_authorization(&text) {
            for part in [read.method, read.access_key, read.signature] {
                prop_assert!(text.contains(part), "{:?} is not in {:?}", part, text);
            }
        }
        Ok(())
    });
}

/// Nobody gets in by chance, whatever else is written in the headers.
#[test]
fn signed_heads() {
    let now = rollcall_model::time::from_micros(1_633_593_513_000_000);
    let secret = SecretString::from("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    let whole = "[0-9a-f]{0,70}"
        .prop_map(|signature| format!("BackendAI signMethod=HMAC-SHA256, credential=AKIAIOSFODNN7EXAMPLE:{signature}"));
    let authorization = prop_oneof![fuzz::texts(PIECES), whole];
    let date = prop_oneof![Just("2021-10-07T07:58:33Z".to_owned()), fuzz::texts(DATES)];
    let headers = (authorization, date, prop::option::of(fuzz::texts(DATES)), any::<String>());
    let judged = std::sync::atomic::AtomicU64::new(0);
    fuzz::run("signed heads", &headers, |(authorization, date, other_date, host)| {
        let mut head = HeaderMap::new();
        let mut put = |name: &'static str, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                head.append(HeaderName::from_static(name), value);
            }
        };
        put("authorization", &authorization);
        put("date", &date);
        put("host", &host);
        put("x-backendai-version", "v6.20210815");
        if let Some(date) = other_date {
            put("x-backendai-date", &date);
        }
        if let Ok(Some(received)) = signing::read("GET", "/auth?echo=a", &head, now) {
            judged.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let policy = SigningPolicy { allow_sha1: true };
            prop_assert!(received.verify(&secret, policy).is_err(), "{:?} passes", authorization);
        }
        Ok(())
    });
    assert!(judged.into_inner() > 0, "no signature was ever looked at");
}
