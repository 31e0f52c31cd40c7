//! Signatures: what is accepted, and every way to be refused.

use axum::body::Body;
use http::HeaderValue;
use rollcall_manager::Settings;
use rollcall_wire::signing::Hash;

use crate::world::{Signing, World, secret};

const TARGET: &str = "/auth/test?echo=b+c%26d";

fn good() -> Signing<'static> {
    Signing::of("USER", "GET", TARGET)
}

#[tokio::test]
async fn a_right_signature_is_accepted_with_the_query_as_it_came() {
    let world = World::new().await;
    let answer = world.send(good().request(Body::empty())).await;
    assert_eq!(answer.text, r#"{"authorized":"yes","echo":"b c&d"}"#);
    assert_eq!(answer.headers["server"], "BackendAI");
    assert_eq!(answer.headers["x-ratelimit-limit"], "10000");
    assert_eq!(answer.headers["x-ratelimit-remaining"], "9999");
    assert_eq!(answer.headers["x-ratelimit-window"], "900");
}

#[tokio::test]
async fn everything_else_is_refused() {
    let world = World::new().await;
    let mut table = String::new();
    let spoilt = |name: &'static str, request| table_line(&world, name, request);
    let header = |name: &'static str, value: Option<String>| {
        let mut request = good().request(Body::empty());
        match value {
            Some(value) => drop(request.headers_mut().insert(name, HeaderValue::from_str(&value).unwrap())),
            None => drop(request.headers_mut().remove(name)),
        }
        request
    };
    let stale = (chrono::Utc::now() - chrono::TimeDelta::minutes(16)).to_rfc3339();
    let early = (chrono::Utc::now() + chrono::TimeDelta::minutes(16)).to_rfc3339();
    let mut other_path = good().request(Body::empty());
    *other_path.uri_mut() = "/auth/role".parse().unwrap();
    let mut other_query = good().request(Body::empty());
    *other_query.uri_mut() = "/auth/test?echo=b%20c%26d".parse().unwrap();
    let mut other_method = good().request(Body::empty());
    *other_method.method_mut() = http::Method::POST;
    let lines = [
        spoilt("no date", header("date", None)),
        spoilt("no date nor signature", {
            let mut request = header("date", None);
            request.headers_mut().remove("authorization");
            request
        }),
        spoilt("stale", Signing { date: stale, ..good() }.request(Body::empty())),
        spoilt("early", Signing { date: early, ..good() }.request(Body::empty())),
        spoilt("other date", header("date", Some((chrono::Utc::now() - chrono::TimeDelta::seconds(3)).to_rfc3339()))),
        spoilt("no signature", header("authorization", None)),
        spoilt("one word", header("authorization", Some("BackendAI".into()))),
        spoilt("other scheme", header("authorization", Some("Bearer abc".into()))),
        spoilt("no parameters", header("authorization", Some("BackendAI signMethod".into()))),
        spoilt("no colon", header("authorization", Some("BackendAI signMethod=HMAC-SHA256, credential=USER".into()))),
        spoilt("unknown key", Signing { key: "NOBODY", ..good() }.request(Body::empty())),
        spoilt("other's secret", Signing { secret: secret("ROOT"), ..good() }.request(Body::empty())),
        spoilt("other's key", Signing { key: "ROOT", ..good() }.request(Body::empty())),
        spoilt("other path", other_path),
        spoilt("other spelling of the query", other_query),
        spoilt("other method", other_method),
        spoilt("other host", header("host", Some("evil.example.com".into()))),
        spoilt("other content type", header("content-type", Some("text/plain".into()))),
        spoilt("other version", header("x-backendai-version", Some("v5.20191215".into()))),
        spoilt("unknown version", header("x-backendai-version", Some("v7.20230615".into()))),
        spoilt("no version", header("x-backendai-version", None)),
        spoilt("SHA-1", Signing { hash: Hash::Sha1, ..good() }.request(Body::empty())),
    ];
    for line in lines {
        table.push_str(&line.await);
    }
    insta::assert_snapshot!(table);
}

async fn table_line(world: &World, name: &str, request: http::Request<Body>) -> String {
    format!("{name:28} {}\n", world.send(request).await.told())
}

#[tokio::test]
async fn sha1_is_accepted_where_it_is_set() {
    let world = World::with(Settings { accept_sha1: true, ..Settings::default() }).await;
    let answer = world.send(Signing { hash: Hash::Sha1, ..good() }.request(Body::empty())).await;
    assert_eq!(answer.told(), "200");
}

#[tokio::test]
async fn an_overriding_method_is_ignored() {
    let world = World::new().await;
    let mut request = Signing::of("USER", "GET", "/session/nothing").request(Body::empty());
    request.headers_mut().insert("x-method-override", HeaderValue::from_static("DELETE"));
    assert_eq!(world.send(request).await.told(), "404 session-not-found");
}
