//! Random headers for the signature check, and random templates (`rollcall_testkit::fuzz`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;
use rollcall_model::template::TemplateKind;
use rollcall_testkit::fuzz;
use rollcall_wire::signing::{self, SigningPolicy, parse_authorization};
use rollcall_wire::templates::TemplateRequest;
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

const YAML: &[&str] = &[
    "session_templates",
    "template",
    "api_version",
    "kind",
    "taskTemplate",
    "metadata",
    "spec",
    "kernel",
    "name",
    "image",
    "git",
    "repository",
    ": ",
    ":",
    "- ",
    "-",
    "\n",
    "\n  ",
    "\n    ",
    "{",
    "}",
    "[",
    "]",
    ", ",
    "&a ",
    "*a",
    "&b ",
    "*b ",
    "? ",
    "!!str ",
    "!!int ",
    "!x ",
    "! ",
    "|\n",
    ">-\n",
    "'",
    "\"",
    "\\x00",
    "\\u202e",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "# ",
    "~",
    "null",
    "0x1f",
    "1e999",
    "-.inf",
    "<<",
    "\t",
    "\r",
    "\u{feff}",
    "\u{85}",
    "é",
];

/// How deep a value is; the reading of it promises a bound.
fn depth(value: &serde_json::Value) -> usize {
    match value {
        serde_json::Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        serde_json::Value::Object(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

#[test]
fn templates() {
    let read = std::sync::atomic::AtomicU64::new(0);
    fuzz::run("templates", &fuzz::texts(YAML), |text| {
        if let Ok(value) = rollcall_wire::yaml::parse(&text) {
            read.fetch_add(u64::from(!value.is_string()), std::sync::atomic::Ordering::Relaxed);
            prop_assert!(depth(&value) <= rollcall_wire::yaml::MAX_DEPTH);
            let again = serde_json::to_string(&value).ok().and_then(|json| serde_json::from_str(&json).ok());
            prop_assert_eq!(again, Some(value));
        }
        let payload = serde_json::json!({ "payload": text }).as_object().unwrap().clone();
        let parameters = rollcall_wire::parameters::Parameters::new(payload);
        let _ = TemplateRequest::of(TemplateKind::Task, parameters);
        Ok(())
    });
    assert!(read.into_inner() > 0, "no YAML was ever read");
}

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
