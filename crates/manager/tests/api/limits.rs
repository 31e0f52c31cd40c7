//! Paths, methods, sizes, rates: what is refused before any handler has a say, and how.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{HeaderValue, Method, Request};
use rollcall_manager::Settings;
use serde_json::json;

use crate::world::{Answer, Signing, World, secret, signed};

async fn unsigned(world: &World, method: &str, target: &str) -> String {
    world.send(Request::builder().method(method).uri(target).body(Body::empty()).unwrap()).await.told()
}

#[tokio::test]
async fn unknown_paths_and_wrong_methods_are_problems() {
    let world = World::new().await;
    assert_eq!(unsigned(&world, "GET", "/no/such?x=1").await, "404 generic-not-found: Unknown URL path: /no/such");
    assert_eq!(unsigned(&world, "DELETE", "/").await, "405 method-not-allowed");
    assert_eq!(unsigned(&world, "PUT", "/session/x").await, "405 method-not-allowed");
    assert_eq!(unsigned(&world, "GET", "/kernel/x").await, "404 generic-not-found: Unknown URL path: /kernel/x");
}

#[tokio::test]
async fn public_routes_need_no_signature_and_tell_a_fixed_rate() {
    let world = World::new().await;
    let about = world.send(Request::builder().uri("/").body(Body::empty()).unwrap()).await;
    assert_eq!(about.text, r#"{"version":"v6.20210815","manager":"21.09.9"}"#);
    assert_eq!(about.headers["x-ratelimit-limit"], "1000");
    for target in ["/healthz", "/readyz", "/manager/announcement"] {
        assert_eq!(unsigned(&world, "GET", target).await, "200");
    }
    let announcement = world.send(Request::builder().uri("/manager/announcement").body(Body::empty()).unwrap()).await;
    assert_eq!(announcement.json(), json!({"enabled": false, "message": ""}));
}

#[tokio::test]
async fn a_version_that_is_not_served_is_refused_on_public_routes_too() {
    let world = World::new().await;
    let request = Request::builder().uri("/").header("x-backendai-version", "v7.20230615");
    let answer = world.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.told(), "400 generic-bad-request: Unsupported API version.");
}

#[tokio::test]
async fn a_key_has_its_rate() {
    let world = World::new().await;
    assert_eq!(world.get("SLOW", "/auth/test?echo=a").await.headers["x-ratelimit-remaining"], "1");
    let refused = world.get("SLOW", "/session/nothing").await;
    assert_eq!(refused.told(), "404 session-not-found");
    assert!(!refused.headers.contains_key("x-ratelimit-limit"));
    assert_eq!(world.get("SLOW", "/auth/test?echo=a").await.told(), "429 rate-limit-exceeded");
    assert_eq!(world.get("USER", "/auth/test?echo=a").await.told(), "200");
}

async fn from(world: &World, address: &str, key: &str, secret_of: &str) -> Answer {
    let signing = Signing { secret: secret(secret_of), ..Signing::of(key, "GET", "/auth/test?echo=a") };
    let mut request = signing.request(Body::empty());
    request.headers_mut().insert("x-forwarded-for", HeaderValue::from_static("198.51.100.9"));
    let peer: SocketAddr = format!("{address}:4000").parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    world.send(request).await
}

/// Unknown keys and wrong signatures alike; the address is the connection's own, whatever is claimed.
#[tokio::test]
async fn an_address_may_sign_wrongly_so_often() {
    let world = World::with(Settings { signature_failures: 3, ..Settings::default() }).await;
    let refused = "401 auth-failed: Signature mismatch";
    assert_eq!(from(&world, "192.0.2.1", "USER", "ROOT").await.told(), refused);
    // Who signs rightly among them is known from then on.
    assert_eq!(from(&world, "192.0.2.1", "NEIGHBOUR", "NEIGHBOUR").await.told(), "200");
    assert_eq!(from(&world, "192.0.2.1", "NOBODY", "ROOT").await.told(), "401 auth-failed: Access key not found");
    assert_eq!(from(&world, "192.0.2.1", "USER", "ROOT").await.told(), refused);
    let blocked = from(&world, "192.0.2.1", "USER", "USER").await;
    assert!(blocked.told().starts_with("429 rate-limit-exceeded: Too many wrong signatures from this address."));
    let wait: u64 = blocked.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=61).contains(&wait) && !blocked.headers.contains_key("x-ratelimit-limit"));
    assert_eq!(from(&world, "192.0.2.1", "NEIGHBOUR", "NEIGHBOUR").await.told(), "200");
    assert_eq!(from(&world, "192.0.2.2", "USER", "USER").await.told(), "200");
    for _ in 0..5 {
        assert_eq!(from(&world, "127.0.0.1", "USER", "ROOT").await.told(), refused);
    }
}

/// What nobody has looked up costs nothing and counts for nothing.
#[tokio::test]
async fn unsigned_and_stale_requests_are_not_counted() {
    let world = World::with(Settings { signature_failures: 1, ..Settings::default() }).await;
    for _ in 0..3 {
        let stale = (chrono::Utc::now() - chrono::TimeDelta::minutes(16)).to_rfc3339();
        let mut request = Signing { date: stale, ..Signing::of("USER", "GET", "/auth") }.request(Body::empty());
        request.extensions_mut().insert(ConnectInfo::<SocketAddr>("192.0.2.1:4000".parse().unwrap()));
        assert_eq!(world.send(request).await.status, 400);
    }
    assert_eq!(from(&world, "192.0.2.1", "USER", "USER").await.told(), "200");
}

#[tokio::test]
async fn a_request_counts_once_its_signature_is_right() {
    let world = World::new().await;
    for _ in 0..3 {
        from(&world, "192.0.2.1", "SLOW", "ROOT").await;
    }
    let first = from(&world, "192.0.2.1", "SLOW", "SLOW").await;
    assert_eq!(first.headers["x-ratelimit-remaining"], "1");
    assert_eq!(first.headers["x-ratelimit-window"], "900");
}

#[tokio::test]
async fn bodies_have_a_limit_and_a_form() {
    let world = World::with(Settings { body_limit: 100, ..Settings::default() }).await;
    let large = json!({ "echo": "x".repeat(200) });
    let answer = world.call("USER", Method::POST, "/auth/test", Some(large)).await;
    assert_eq!(answer.told(), "400 generic-bad-request: The request body could not be read or is too large.");
    for body in ["[1]", "{", "echo=a"] {
        let mut request = signed("USER", &Method::POST, "/auth/test", None);
        *request.body_mut() = Body::from(body);
        assert_eq!(world.send(request).await.told(), "400 invalid-api-params: Malformed body");
    }
    let missing = world.get("USER", "/auth/test").await;
    assert_eq!(missing.json()["data"], json!({"echo": "is required"}));
}

#[tokio::test]
async fn a_harmless_request_id_is_kept_and_others_are_replaced() {
    let world = World::new().await;
    let ask = |id: &'static str| {
        let request = Request::builder().uri("/healthz").header("x-request-id", id).body(Body::empty()).unwrap();
        async { world.send(request).await.headers["x-request-id"].to_str().unwrap().to_owned() }
    };
    assert_eq!(ask("job-7.a_b").await, "job-7.a_b");
    assert_ne!(ask("a b; c").await, "a b; c");
}
