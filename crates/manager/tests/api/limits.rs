//! Paths, methods, sizes, rates: what is refused before any handler has a say, and how.

use axum::body::Body;
use http::{Method, Request};
use rollcall_manager::Settings;
use serde_json::json;

use crate::world::{World, signed};

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
