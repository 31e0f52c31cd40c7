//! `/auth/authorize`, and who is stopped by guessing.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Method, Request};
use rollcall_manager::Settings;
use serde_json::json;

use crate::world::{Answer, PASSWORD, World};

async fn login(world: &World, from: &str, domain: &str, email: &str, password: &str) -> Answer {
    let body = json!({"type": "keypair", "domain": domain, "username": email, "password": password});
    let peer: SocketAddr = format!("{from}:4000").parse().unwrap();
    let request = Request::builder().method(Method::POST).uri("/auth/authorize");
    let mut request = request.body(Body::from(body.to_string())).unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    world.send(request).await
}

#[tokio::test]
async fn a_password_gives_the_key() {
    let world = World::new().await;
    let answer = login(&world, "192.0.2.1", "default", "user@example.com", PASSWORD).await;
    let data = json!({"access_key": "USER", "secret_key": "secret of USER", "role": "user", "status": "active"});
    assert_eq!(answer.json(), json!({ "data": data }));
}

#[tokio::test]
async fn strangers_and_wrong_passwords_look_alike() {
    let world = World::new().await;
    let refused = "401 auth-failed: User credential mismatch.";
    assert_eq!(login(&world, "192.0.2.1", "default", "user@example.com", "wrong").await.told(), refused);
    assert_eq!(login(&world, "192.0.2.1", "default", "nobody@example.com", "wrong").await.told(), refused);
    assert_eq!(login(&world, "192.0.2.1", "other", "user@example.com", PASSWORD).await.told(), refused);
}

#[tokio::test]
async fn guessing_blocks_the_guesser_and_not_the_owner() {
    let world = World::with(Settings { login_failures: 2, ..Settings::default() }).await;
    for _ in 0..2 {
        let wrong = login(&world, "192.0.2.1", "default", "user@example.com", "wrong").await;
        assert_eq!(wrong.told(), "401 auth-failed: User credential mismatch.");
    }
    let blocked = login(&world, "192.0.2.1", "default", "user@example.com", PASSWORD).await;
    assert_eq!(blocked.told(), "429 rate-limit-exceeded: Too many failed login attempts");
    assert_eq!(login(&world, "192.0.2.9", "default", "user@example.com", PASSWORD).await.told(), "200");
    assert_eq!(login(&world, "192.0.2.1", "default", "neighbour@example.com", PASSWORD).await.told(), "200");
}

#[tokio::test]
async fn a_claimed_address_counts_for_nothing() {
    let world = World::with(Settings { login_failures: 1, ..Settings::default() }).await;
    login(&world, "192.0.2.1", "default", "user@example.com", "wrong").await;
    let body = json!({"type": "keypair", "domain": "default", "username": "user@example.com", "password": PASSWORD});
    let request =
        Request::builder().method(Method::POST).uri("/auth/authorize").header("x-forwarded-for", "192.0.2.77");
    let mut request = request.body(Body::from(body.to_string())).unwrap();
    request.extensions_mut().insert(ConnectInfo::<SocketAddr>("192.0.2.1:5".parse().unwrap()));
    assert_eq!(world.send(request).await.status, 429);
}
