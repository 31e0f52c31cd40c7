#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;
use rollcall_model::Timestamp;
use secrecy::SecretString;

use super::canonical::{hex, signing_key};
use super::*;
use crate::problem::Problem;

const ACCESS_KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const DATE: &str = "2021-10-07T07:58:33.123456+00:00";
const YES_SHA1: SigningPolicy = SigningPolicy { allow_sha1: true };
const NO_SHA1: SigningPolicy = SigningPolicy { allow_sha1: false };

fn secret() -> SecretString {
    SecretString::from("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
}

fn now() -> Timestamp {
    parse_date("2021-10-07T08:00:00Z").unwrap().to_utc()
}

fn v1() -> ToSign<'static> {
    ToSign {
        method: "POST",
        target: "/admin/gql",
        date: DATE,
        host: "127.0.0.1:8081",
        content_type: "application/json",
        version: "v6.20210815",
        version_header: VersionHeader::Current,
    }
}

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let pair = |(name, value): &(&str, &str)| {
        (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap())
    };
    pairs.iter().map(pair).collect()
}

/// Signs with the client's half and lets the server's half read the very same request.
fn check(to_sign: &ToSign<'_>, hash: Hash, raw_type: Option<&str>, k2: &str, signature: &str) {
    let day = parse_date(to_sign.date).unwrap().date_naive();
    assert_eq!(hex(&signing_key(hash, &secret(), day, to_sign.host)), k2);
    let header = sign(to_sign, hash, ACCESS_KEY, &secret()).unwrap();
    assert_eq!(header, format!("BackendAI signMethod={}, credential={ACCESS_KEY}:{signature}", hash.method()));
    let mut sent = vec![
        ("authorization", header.as_str()),
        ("date", to_sign.date),
        ("host", to_sign.host),
        ("x-backendai-version", to_sign.version),
    ];
    sent.extend(raw_type.map(|raw| ("content-type", raw)));
    let received = read(to_sign.method, to_sign.target, &headers(&sent), now()).unwrap().unwrap();
    assert_eq!(received.access_key(), ACCESS_KEY);
    assert_eq!(received.verify(&secret(), YES_SHA1), Ok(()));
    assert_eq!(received.verify(&SecretString::from("another"), YES_SHA1), Err(SigningError::Mismatch));
}

#[test]
fn v1_graphql_post() {
    assert_eq!(
        v1().canonical(Hash::Sha256),
        "POST\n/admin/gql\n2021-10-07T07:58:33.123456+00:00\nhost:127.0.0.1:8081\ncontent-type:application/json\n\
         x-backendai-version:v6.20210815\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    check(
        &v1(),
        Hash::Sha256,
        Some("application/json"),
        "b46b2199a5fc5eb7f466bcc061314a1a64370c5f4bc9d8390846ca6b9a4dfbcd",
        "c13752dd5ea57beb7dfdf385515bac399d4a6c8c57f0638e7e47f35326b9413c",
    );
}

#[test]
fn v2_get_with_an_encoded_query() {
    let to_sign = ToSign {
        method: "GET",
        target: "/session/_/match?id=sess%20one&owner_access_key=AKIAIOSFODNN7EXAMPLE",
        date: "2021-10-07T07:58:33+00:00",
        host: "api.example.com",
        content_type: "text/plain",
        ..v1()
    };
    check(
        &to_sign,
        Hash::Sha256,
        Some("text/plain"),
        "bda20b3c582ed2c397d674e81171eb6df727426c6bddf35f00e602e62c2cf5db",
        "595e18394cf1e5bbf8377856e59a89b182be507b0d476ac476efc2fb61d89095",
    );
}

#[test]
fn v3_multipart_upload() {
    let to_sign = ToSign {
        target: "/session/mysess/upload",
        host: "api.example.com:8443",
        content_type: "multipart/form-data",
        ..v1()
    };
    check(
        &to_sign,
        Hash::Sha256,
        Some("multipart/form-data; boundary=anything"),
        "9e3ccd19c73c031b98022bc876fc3435f2e517b9af8a9ca22b662de48363d874",
        "6954a829a20ee96a54babd212b85974d64ff698be85760127349751e2717206b",
    );
}

#[test]
fn v4_websocket_without_a_content_type() {
    let to_sign =
        ToSign { method: "GET", target: "/stream/session/mysess/pty", content_type: DEFAULT_CONTENT_TYPE, ..v1() };
    check(
        &to_sign,
        Hash::Sha256,
        None,
        "b46b2199a5fc5eb7f466bcc061314a1a64370c5f4bc9d8390846ca6b9a4dfbcd",
        "0ebc108737e5150a14155a56ad5ff9228069956099af21c0fa20c22e35b102cf",
    );
}

#[test]
fn v5_sha1_and_an_older_version() {
    let to_sign = ToSign {
        method: "DELETE",
        target: "/session/mysess?forced=true",
        content_type: "text/plain",
        version: "v5.20191215",
        ..v1()
    };
    check(
        &to_sign,
        Hash::Sha1,
        Some("text/plain"),
        "53de53d68c327ea5d6e3385edac6763da1e3f536",
        "595e20dc23523069405c0c807579dddaad62c027",
    );
}

fn received(pairs: &[(&str, &str)]) -> Received {
    read("POST", "/admin/gql", &headers(pairs), now()).unwrap().unwrap()
}

#[test]
fn sha1_needs_the_setting() {
    let header = sign(&v1(), Hash::Sha1, ACCESS_KEY, &secret()).unwrap();
    let sent = [
        ("authorization", header.as_str()),
        ("date", DATE),
        ("host", "127.0.0.1:8081"),
        ("content-type", "application/json"),
        ("x-backendai-version", "v6.20210815"),
    ];
    assert_eq!(received(&sent).verify(&secret(), NO_SHA1), Err(SigningError::UnsupportedMethod));
    assert_eq!(received(&sent).verify(&secret(), YES_SHA1), Ok(()));
}

#[test]
fn legacy_spellings_are_signed_as_they_are_spelt() {
    let to_sign = ToSign { version_header: VersionHeader::Legacy, ..v1() };
    let header = sign(&to_sign, Hash::Sha256, ACCESS_KEY, &secret()).unwrap().replacen("BackendAI", "Sorna", 1);
    let sent = [
        ("authorization", header.as_str()),
        ("x-sorna-date", DATE),
        ("host", "127.0.0.1:8081"),
        ("content-type", "application/json"),
        ("x-sorna-version", "v6.20210815"),
    ];
    assert_eq!(received(&sent).verify(&secret(), NO_SHA1), Ok(()));
}

#[test]
fn what_was_signed_must_be_what_came() {
    let header = sign(&v1(), Hash::Sha256, ACCESS_KEY, &secret()).unwrap();
    let sent = [
        ("authorization", header.as_str()),
        ("date", DATE),
        ("host", "127.0.0.1:8081"),
        ("content-type", "application/json"),
        ("x-backendai-version", "v6.20210815"),
    ];
    for (index, changed) in
        [(1, "2021-10-07T07:58:34+00:00"), (2, "localhost:8081"), (3, "text/plain"), (4, "v5.20191215")]
    {
        let mut other = sent;
        other[index].1 = changed;
        assert_eq!(received(&other).verify(&secret(), NO_SHA1), Err(SigningError::Mismatch), "{changed}");
    }
    let elsewhere = read("POST", "/admin/gql?", &headers(&sent), now()).unwrap().unwrap();
    assert_eq!(elsewhere.verify(&secret(), NO_SHA1), Err(SigningError::Mismatch));
    let versionless = received(&sent[..4]);
    assert_eq!(versionless.verify(&secret(), NO_SHA1), Err(SigningError::MissingVersion));
    let upper = header.replace("c13752dd", "C13752DD");
    let mut shouted = sent;
    shouted[0].1 = &upper;
    assert_eq!(received(&shouted).verify(&secret(), NO_SHA1), Err(SigningError::Mismatch));
}

#[test]
fn the_first_date_header_with_a_value_counts() {
    let day_of = |pairs: &[(&str, &str)]| check_date(&headers(pairs), now()).map(|date| date.raw);
    assert_eq!(day_of(&[("date", DATE), ("x-backendai-date", "nonsense")]), Ok(DATE.to_owned()));
    assert_eq!(day_of(&[("date", ""), ("x-backendai-date", DATE)]), Ok(DATE.to_owned()));
    assert_eq!(day_of(&[("date", "nonsense"), ("x-backendai-date", DATE)]), Err(SigningError::DateSync));
    assert_eq!(day_of(&[]), Err(SigningError::DateSync));
    let mut unreadable = headers(&[("x-backendai-date", DATE)]);
    unreadable.insert("date", HeaderValue::from_bytes(b"\xff").unwrap());
    assert_eq!(check_date(&unreadable, now()), Err(SigningError::DateSync));
}

#[test]
fn the_window_is_a_quarter_of_an_hour_on_both_sides() {
    let is_inside = |date: &str| check_date(&headers(&[("date", date)]), now()).is_ok();
    assert!(is_inside("2021-10-07T07:45:00.000001Z") && is_inside("2021-10-07T08:14:59.999999Z"));
    assert!(!is_inside("2021-10-07T07:45:00Z") && !is_inside("2021-10-07T08:15:00Z"));
    assert!(is_inside("Thu, 07 Oct 2021 07:58:33 GMT") && is_inside("2021-10-07 17:00:00+09:00"));
}

#[test]
fn the_signing_day_is_the_written_one() {
    let now = parse_date("2021-10-07T16:00:00Z").unwrap().to_utc();
    let date = check_date(&headers(&[("date", "2021-10-08T01:00:00+09:00")]), now).unwrap();
    assert_eq!(date.day.format("%Y%m%d").to_string(), "20211008");
}

#[test]
fn a_bad_header_is_told_with_the_contracts_words() {
    let told = |header: &str| {
        let error = parse_authorization(header).err()?;
        Some((Problem::from(error).status(), error.to_string()))
    };
    let malformed = "Missing or malformed authorization parameters";
    for (header, message) in [
        ("BackendAI", "Malformed authorization header"),
        ("Bearer signMethod=a, credential=b:c", "Invalid authorization type name"),
        ("backendai signMethod=a, credential=b:c", "Invalid authorization type name"),
        ("BackendAI signMethod=a", malformed),
        ("BackendAI credential=b:c", malformed),
        ("BackendAI signMethod=a, credential=bc", malformed),
        ("BackendAI signMethod=a, credential=b:c, stray", malformed),
        ("BackendAI ", malformed),
    ] {
        assert_eq!(told(header), Some((400, message.to_owned())), "{header}");
    }
    let parsed = parse_authorization("BackendAI  credential=a=b:c:d ,signMethod=x,other=1").unwrap();
    assert_eq!(parsed, Authorization { method: "x", access_key: "a=b", signature: "c:d" });
    assert!(!format!("{parsed:?}").contains("c:d"), "signatures don't reach logs");
}

#[test]
fn the_date_comes_first_and_unsigned_is_no_error() {
    assert_eq!(read("GET", "/", &headers(&[]), now()).unwrap_err(), SigningError::DateSync);
    assert!(read("GET", "/", &headers(&[("date", DATE)]), now()).unwrap().is_none());
    assert!(read("GET", "/", &headers(&[("date", DATE), ("authorization", "")]), now()).unwrap().is_none());
}

#[test]
fn sign_methods_are_read_in_any_case() {
    assert_eq!(Hash::parse("hmac-sha256"), Ok(Hash::Sha256));
    assert_eq!(Hash::parse("HMAC-SHA1"), Ok(Hash::Sha1));
    assert_eq!(Hash::parse("HMAC-MD5"), Err(SigningError::UnsupportedMethod));
    assert_eq!(Hash::parse("RSA-SHA256"), Err(SigningError::UnsupportedMethod));
    assert_eq!(Hash::parse("HMACSHA256"), Err(SigningError::InvalidMethod));
    assert_eq!(Hash::parse("HMAC-SHA-256"), Err(SigningError::InvalidMethod));
}

#[test]
fn each_error_has_its_status() {
    let status = |error: SigningError| Problem::from(error).status();
    assert_eq!(status(SigningError::InvalidMethod), 401);
    assert_eq!(status(SigningError::UnsupportedMethod), 400);
    assert_eq!(status(SigningError::MissingVersion), 400);
    assert_eq!(status(SigningError::Mismatch), 401);
    assert_eq!(status(SigningError::UnknownKey), 401);
    assert_eq!(status(SigningError::Unsigned), 401);
}

proptest! {
    #[test]
    fn no_header_breaks_the_reader(
        header in "(BackendAI |Sorna |[a-z]{0,5} ?)?(signMethod=)?[ -~]{0,40}(credential=)?[ -~]{0,40}",
        date in "[0-9TZ:+., a-zA-Z-]{0,40}",
        bytes in prop::collection::vec(32u8..=255, 0..20),
    ) {
        let _ = parse_authorization(&header);
        let mut headers = headers(&[("date", date.as_str()), ("authorization", header.as_str())]);
        let _ = read("GET", "/", &headers, now());
        headers.insert("date", HeaderValue::from_static(DATE));
        if let Ok(Some(received)) = read("GET", "/", &headers, now()) {
            prop_assert!(received.verify(&secret(), YES_SHA1).is_err());
        }
        if let Ok(value) = HeaderValue::from_bytes(&bytes) {
            headers.insert("authorization", value.clone());
            headers.insert("content-type", value.clone());
            headers.insert("host", value);
            let _ = read("GET", "/", &headers, now());
        }
    }

    #[test]
    fn what_is_signed_verifies(
        target in "/[!-~]{0,30}", key in "[A-Z0-9]{1,20}", secret in "[ -~]{0,60}", host in "[a-z0-9.:-]{1,20}", version in "v[0-9.]{1,12}",
    ) {
        let secret = SecretString::from(secret);
        let to_sign = ToSign { target: &target, host: &host, version: &version, ..v1() };
        let header = sign(&to_sign, Hash::Sha256, &key, &secret).unwrap();
        let sent = headers(&[
            ("authorization", &header), ("date", DATE), ("host", &host), ("content-type", "application/json; charset=utf-8"),
            ("x-backendai-version", &version),
        ]);
        let received = read("POST", &target, &sent, now()).unwrap().unwrap();
        prop_assert_eq!(received.access_key(), key);
        prop_assert_eq!(received.verify(&secret, NO_SHA1), Ok(()));
    }
}
