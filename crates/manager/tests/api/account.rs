//! What people change of their own account, and accounts that people make for themselves.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Method, Request};
use rollcall_manager::Settings;
use serde_json::{Value, json};

use crate::world::{Answer, PASSWORD, PEOPLE, World, signed};

const NEW: &str = "another good password";

async fn post(world: &World, key: &str, target: &str, body: Value) -> Answer {
    world.call(key, Method::POST, target, Some(body)).await
}

async fn change(world: &World, key: &str, old: &str, new: &str, again: &str) -> Answer {
    let body = json!({"old_password": old, "new_password": new, "new_password2": again});
    post(world, key, "/auth/update-password", body).await
}

async fn unsigned(world: &World, from: &str, target: &str, body: &Value) -> Answer {
    let mut request = Request::post(target).body(Body::from(body.to_string())).unwrap();
    request.extensions_mut().insert(ConnectInfo::<SocketAddr>(format!("{from}:5").parse().unwrap()));
    world.send(request).await
}

async fn login(world: &World, email: &str, password: &str) -> String {
    let body = json!({"type": "keypair", "domain": "default", "username": email, "password": password});
    unsigned(world, "192.0.2.1", "/auth/authorize", &body).await.told()
}

#[tokio::test]
async fn a_password_is_changed_by_whoever_knows_it() {
    let world = World::new().await;
    let modify = r#"mutation { modify_user(email: "user@example.com", props: {need_password_change: true}) { ok } }"#;
    world.gql("ROOT", modify, json!({})).await;
    let must = async || {
        let told = world.gql("USER", "{ user { need_password_change } }", json!({})).await.json();
        told["data"]["user"]["need_password_change"].as_bool().unwrap()
    };
    assert!(must().await);
    assert_eq!(change(&world, "USER", "wrong", NEW, NEW).await.told(), "401 auth-failed: Old password mismatch");
    let differ = change(&world, "USER", PASSWORD, NEW, "another").await;
    assert_eq!((differ.status.as_u16(), differ.text.as_str()), (400, r#"{"error_msg":"new password mismitch"}"#));
    assert_eq!(differ.headers["content-type"], "application/json");
    let short = change(&world, "USER", PASSWORD, "short", "short").await;
    assert_eq!(short.json()["data"], json!({"new_password": "a password needs at least 8 characters"}));
    assert_eq!(login(&world, "user@example.com", PASSWORD).await, "200");
    assert!(must().await);

    let changed = change(&world, "USER", PASSWORD, NEW, NEW).await;
    assert_eq!((changed.status.as_u16(), changed.text.as_str()), (200, "{}"));
    assert!(!must().await);
    assert_eq!(login(&world, "user@example.com", NEW).await, "200");
    assert_eq!(login(&world, "user@example.com", PASSWORD).await, "401 auth-failed: User credential mismatch.");
    // Everybody else's is as it was.
    assert_eq!(login(&world, "neighbour@example.com", PASSWORD).await, "200");
}

#[tokio::test]
async fn a_stolen_key_does_not_guess_the_password() {
    let world = World::with(Settings { login_failures: 2, ..Settings::default() }).await;
    for _ in 0..2 {
        assert_eq!(change(&world, "USER", "wrong", NEW, NEW).await.status, 401);
    }
    let blocked = "429 rate-limit-exceeded: Too many failed login attempts";
    assert_eq!(change(&world, "USER", PASSWORD, NEW, NEW).await.told(), blocked);
    let out = json!({"email": "user@example.com", "password": PASSWORD});
    assert_eq!(post(&world, "USER", "/auth/signout", out).await.told(), blocked);
    assert_eq!(change(&world, "NEIGHBOUR", PASSWORD, NEW, NEW).await.told(), "200");
}

#[tokio::test]
async fn of_two_changes_at_once_one_is_made() {
    let world = World::new().await;
    let (one, other) = tokio::join!(
        change(&world, "USER", PASSWORD, "the first password", "the first password"),
        change(&world, "USER", PASSWORD, "the second password", "the second password"),
    );
    let mut told = [one.told(), other.told()];
    told.sort();
    assert_eq!(told, ["200", "401 auth-failed: Old password mismatch"]);
}

#[tokio::test]
async fn a_name_is_ones_own() {
    let world = World::new().await;
    let rename = async |name: &str| {
        post(&world, "USER", "/auth/update-full-name", json!({"email": "root@example.com", "full_name": name})).await
    };
    assert_eq!(rename("Ünal Ö.").await.text, "{}");
    let name = async |key: &str| {
        world.gql(key, "{ user { full_name } }", json!({})).await.json()["data"]["user"]["full_name"].clone()
    };
    assert_eq!([name("USER").await, name("ROOT").await], [json!("Ünal Ö."), json!("ROOT")]);
    for bad in ["", "a\u{202e}b", "a\nb", "a\0b", &"x".repeat(255)] {
        assert_eq!(rename(bad).await.told(), "400 invalid-api-params: Input validation error", "{bad:?}");
    }
    assert_eq!(name("USER").await, json!("Ünal Ö."));
}

#[tokio::test]
async fn an_ssh_key_is_told_once() {
    let world = World::new().await;
    let place = "/auth/ssh-keypair";
    assert_eq!(world.get("USER", place).await.text, r#"{"ssh_public_key":null}"#);
    let made = world.call("USER", Method::PATCH, place, None).await.json();
    assert!(made["ssh_private_key"].as_str().unwrap().starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
    assert!(made["ssh_public_key"].as_str().unwrap().starts_with("ssh-rsa "));
    assert_eq!(world.get("USER", place).await.json(), json!({"ssh_public_key": made["ssh_public_key"]}));
    let again = world.call("USER", Method::PATCH, place, None).await.json();
    assert_ne!(again["ssh_public_key"], made["ssh_public_key"]);
    assert_eq!(world.get("NEIGHBOUR", place).await.text, r#"{"ssh_public_key":null}"#);
}

#[tokio::test]
async fn signing_out_by_role() {
    let world = World::new().await;
    let out = async |caller: &str, email: &str, password: &str| {
        post(&world, caller, "/auth/signout", json!({"email": email, "password": password})).await
    };
    let mut table = String::new();
    for (caller, ..) in PEOPLE.iter().filter(|(key, ..)| *key != "SLOW") {
        let own = format!("{}@example.com", caller.to_lowercase());
        for (what, email) in [("near", "slow@example.com"), ("unknown", "nobody@example.com"), ("own", own.as_str())] {
            for (right, password) in [("wrong", "wrong"), ("right", PASSWORD)] {
                let told = out(caller, email, password).await.told();
                table.push_str(&format!("{caller:10} {what:8} {right} password: {told}\n"));
            }
        }
        let after = world.get(caller, "/auth?echo=a").await.told();
        table.push_str(&format!("{caller:10} afterwards: {after}\n"));
    }
    insta::assert_snapshot!(table);
    assert_eq!(login(&world, "user@example.com", PASSWORD).await, "401 auth-failed: User credential mismatch.");
    let by_name = json!({"username": "SLOW@example.com", "password": PASSWORD});
    assert_eq!(post(&world, "SLOW", "/auth/signout", by_name).await.text, "{}");
}

fn application(email: &str) -> Value {
    json!({"domain": "default", "email": email, "password": PASSWORD, "full_name": "New", "more": [1]})
}

#[tokio::test]
async fn sign_up_is_closed_and_says_nothing() {
    let world = World::new().await;
    let mut answers = Vec::new();
    for body in [application("user@example.com"), application("new@example.com"), json!({}), json!([])] {
        let answer = unsigned(&world, "192.0.2.1", "/auth/signup", &body).await;
        answers.push((answer.told(), answer.text));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(answers[0].0, "403 generic-forbidden: Sign-up is not open on this server.");
}

#[tokio::test]
async fn who_signs_up_waits_for_an_administrator() {
    let world = World::with(Settings { sign_up: true, ..Settings::default() }).await;
    let up = async |body: Value| unsigned(&world, "192.0.2.1", "/auth/signup", &body).await;
    let made = up(application("new@example.com")).await;
    assert_eq!(made.told(), "201");
    let made = made.json();
    let key = made["access_key"].as_str().unwrap();
    assert_eq!(made["secret_key"].as_str().unwrap().len(), 40);
    assert_eq!(login(&world, "new@example.com", PASSWORD).await, "401 auth-failed: User credential mismatch.");
    let signed_with_it = world.send(signed(key, &Method::GET, "/auth?echo=a", None)).await.told();
    assert_eq!(signed_with_it, "401 auth-failed: Access key not found");

    let seen = "{ user(email: \"new@example.com\") { username full_name role status status_info domain_name \
                groups { name } } }";
    let told = json!({"username": "new@example.com", "full_name": "New", "role": "user", "status": "inactive",
        "status_info": "signed-up", "domain_name": "default", "groups": [{"name": "default"}]});
    assert_eq!(world.gql("ROOT", seen, json!({})).await.json()["data"]["user"], told);
    let keys = format!("{{ keypair(access_key: \"{key}\") {{ is_active is_admin rate_limit resource_policy }} }}");
    assert_eq!(
        world.gql("ROOT", &keys, json!({})).await.json()["data"]["keypair"],
        json!({"is_active": false, "is_admin": false, "rate_limit": 1000, "resource_policy": "default"})
    );
    let enable = format!(
        "mutation {{ modify_user(email: \"new@example.com\", props: {{status: \"active\"}}) {{ ok }} \
         modify_keypair(access_key: \"{key}\", props: {{is_active: true}}) {{ ok }} }}"
    );
    world.gql("ROOT", &enable, json!({})).await;
    assert_eq!(login(&world, "new@example.com", PASSWORD).await, "200");

    let mut table = String::new();
    for (what, field, value) in [
        ("taken", "email", json!("USER@example.com")),
        ("taken", "username", json!("user")),
        ("unknown", "domain", json!("none")),
        ("unknown", "domain", json!("a\u{7f}b")),
        ("no", "email", json!("nobody")),
        ("short", "password", json!("short")),
        ("steering", "full_name", json!("a\u{202e}b")),
        ("zero in", "description", json!("a\0b")),
        ("object as", "email", json!({})),
    ] {
        let mut body = application("second@example.com");
        body[field] = value;
        let answer = up(body).await;
        table.push_str(&format!("{what} {field}: {} {}\n", answer.told(), answer.json()["data"]));
    }
    insta::assert_snapshot!(table);
}

#[tokio::test]
async fn one_address_makes_few_accounts() {
    let world = World::with(Settings { sign_up: true, login_failures: 2, ..Settings::default() }).await;
    for (from, email, told) in [
        ("192.0.2.1", "one@example.com", "201"),
        ("192.0.2.1", "user@example.com", "400 generic-bad-request: Email already exists"),
        ("192.0.2.1", "user@example.com", "429 rate-limit-exceeded: Too many sign-ups from this address"),
        ("192.0.2.1", "three@example.com", "429 rate-limit-exceeded: Too many sign-ups from this address"),
        ("192.0.2.2", "three@example.com", "201"),
    ] {
        assert_eq!(unsigned(&world, from, "/auth/signup", &application(email)).await.told(), told, "{email}");
    }
}
