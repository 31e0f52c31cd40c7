//! Logins: a token in place of a signature, seen and ended by whose it is and by administrators.

use std::time::Duration;

use axum::body::Body;
use http::{Method, Request};
use rollcall_manager::Settings;
use serde_json::{Value, json};

use crate::world::{Answer, PASSWORD, Signing, World};

async fn ask(world: &World, token: Option<&str>, method: &str, target: &str, body: Value) -> Answer {
    let mut request = Request::builder().method(method).uri(target).header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Rollcall-Login {token}"));
    }
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    world.send(request.body(body).unwrap()).await
}

async fn login(world: &World, key: &str, password: &str) -> Answer {
    let email = format!("{}@example.com", key.to_lowercase());
    let body = json!({"email": email, "password": password, "agent": "a test\u{1b}[2J"});
    ask(world, None, "POST", "/v1/logins", body).await
}

async fn token(world: &World, key: &str) -> (String, String) {
    let answer = login(world, key, PASSWORD).await;
    assert_eq!(answer.told(), "201", "{key}");
    let told = answer.json();
    (told["token"].as_str().unwrap().to_owned(), told["id"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_token_stands_for_a_person_in_whichever_domain() {
    let world = World::new().await;
    world.session("FAR-USER", "far-one").await;
    let answer = login(&world, "FAR-USER", PASSWORD).await.json();
    assert_eq!(
        (&answer["access_key"], &answer["role"], &answer["status"]),
        (&json!("FAR-USER"), &json!("user"), &json!("active"))
    );
    let token = answer["token"].as_str().unwrap();
    assert_eq!((token.len(), token == answer["id"]), (32, false));
    let list = ask(&world, Some(token), "GET", "/v1/sessions?fields=name", Value::Null).await.json();
    assert_eq!(list["items"][0]["name"], "far-one");
    let query = json!({"query": "{ user { email domain_name } }"});
    let user = ask(&world, Some(token), "POST", "/admin/gql", query).await.json();
    assert_eq!(user["data"]["user"], json!({"email": "far-user@example.com", "domain_name": "other"}));
    // The public id authenticates nothing, nor does anything else.
    for wrong in [answer["id"].as_str().unwrap(), "", "x", &token[1..]] {
        assert_eq!(
            ask(&world, Some(wrong), "GET", "/v1/sessions", Value::Null).await.told(),
            "401 auth-failed: Unauthorized access"
        );
    }
    let current = ask(&world, Some(token), "GET", "/v1/login", Value::Null).await.json();
    assert_eq!((&current["id"], &current["token"]), (&answer["id"], &json!("")));
    assert_eq!(
        world.get("FAR-USER", "/v1/login").await.told(),
        "404 generic-not-found: This request is signed: it has no login."
    );
}

#[tokio::test]
async fn failed_logins_are_throttled_by_account_and_address() {
    let world = World::with(Settings { login_failures: 2, ..Settings::default() }).await;
    let wrong = "401 auth-failed: User credential mismatch.";
    assert_eq!(login(&world, "USER", "not this one").await.told(), wrong);
    assert_eq!(login(&world, "NOBODY", "not this one").await.told(), wrong);
    assert_eq!(login(&world, "USER", "not this one").await.told(), wrong);
    assert_eq!(login(&world, "USER", PASSWORD).await.told(), "429 rate-limit-exceeded: Too many failed login attempts");
    assert_eq!(login(&world, "NEIGHBOUR", PASSWORD).await.told(), "201");
    let missing = ask(&world, None, "POST", "/v1/logins", json!({"email": ""})).await;
    assert_eq!(missing.json()["data"], json!({"email": "blank value is not allowed", "password": "is required"}));
}

#[tokio::test]
async fn people_see_and_end_theirs_and_admins_those_of_their_domain() {
    let world = World::new().await;
    let (user, user_id) = token(&world, "USER").await;
    let (second, second_id) = token(&world, "USER").await;
    let (_, root_id) = token(&world, "ROOT").await;
    let (_, far_id) = token(&world, "FAR-USER").await;
    let own = ask(&world, Some(&user), "GET", "/v1/logins", Value::Null).await.json();
    let ids: Vec<_> =
        own.as_array().unwrap().iter().map(|login| (login["id"].as_str().unwrap(), login["current"] == true)).collect();
    assert_eq!(ids.len(), 2);
    assert!(ids.contains(&(user_id.as_str(), true)) && ids.contains(&(second_id.as_str(), false)));
    assert_eq!((&own[0]["agent"], &own[0]["email"]), (&json!("a test[2J"), &json!("user@example.com")));
    assert_eq!(world.get("USER", "/v1/logins/all").await.told(), "401 auth-failed: Unauthorized access");
    let emails = |all: Value| {
        let mut emails: Vec<String> =
            all.as_array().unwrap().iter().map(|login| login["email"].as_str().unwrap().to_owned()).collect();
        emails.sort();
        emails.dedup();
        emails
    };
    assert_eq!(emails(world.get("ADMIN", "/v1/logins/all").await.json()), ["user@example.com"]);
    assert_eq!(
        emails(world.get("ROOT", "/v1/logins/all").await.json()),
        ["far-user@example.com", "root@example.com", "user@example.com"]
    );
    let end = |key: &'static str, id: String| {
        let world = &world;
        async move { world.call(key, Method::DELETE, &format!("/v1/logins/{id}"), None).await.told() }
    };
    let none = "404 generic-not-found: There is no such login.";
    assert_eq!(end("NEIGHBOUR", user_id.clone()).await, none);
    assert_eq!(end("ADMIN", root_id.clone()).await, none);
    assert_eq!(end("ADMIN", far_id.clone()).await, none);
    assert_eq!(end("USER", "nonsense".to_owned()).await, none);
    assert_eq!(end("USER", second_id.clone()).await, "204");
    assert_eq!(ask(&world, Some(&second), "GET", "/v1/logins", Value::Null).await.status, 401);
    assert_eq!(end("ADMIN", user_id).await, "204");
    assert_eq!(ask(&world, Some(&user), "GET", "/v1/logins", Value::Null).await.status, 401);
    assert_eq!(end("ROOT", far_id).await, "204");
}

#[tokio::test]
async fn logout_password_and_disabling_end_logins() {
    let world = World::new().await;
    let works = |token: String| {
        let world = &world;
        async move { ask(world, Some(&token), "GET", "/auth/test?echo=a", Value::Null).await.status == 200 }
    };
    let (token_of_user, _) = token(&world, "USER").await;
    assert_eq!(ask(&world, Some(&token_of_user), "DELETE", "/v1/login", Value::Null).await.told(), "204");
    assert!(!works(token_of_user).await);
    let (first, _) = token(&world, "USER").await;
    let change = json!({"old_password": PASSWORD, "new_password": "another long phrase", "new_password2": "another long phrase"});
    assert_eq!(ask(&world, Some(&first), "POST", "/auth/update-password", change).await.told(), "200");
    assert!(!works(first).await);
    let answer = login(&world, "USER", "another long phrase").await.json();
    let second = answer["token"].as_str().unwrap().to_owned();
    assert!(works(second.clone()).await);
    for mutation in [
        r#"modify_user(email: "user@example.com", props: { status: "inactive" }) { ok }"#,
        r#"modify_user(email: "user@example.com", props: { status: "active" }) { ok }"#,
        r#"modify_keypair(access_key: "USER", props: { is_active: false }) { ok }"#,
    ] {
        let answer = world.gql("ROOT", &format!("mutation {{ {mutation} }}"), json!({})).await;
        assert!(answer.text.contains("\"ok\":true"), "{}", answer.text);
        // Switched on again, the person has what they had.
        assert_eq!(works(second.clone()).await, mutation.contains("\"active\""), "{mutation}");
    }
}

#[tokio::test]
async fn logins_end_by_themselves() {
    for settings in [
        Settings { login_idle: Duration::ZERO, ..Settings::default() },
        Settings { login_absolute: Duration::ZERO, ..Settings::default() },
    ] {
        let world = World::with(settings).await;
        let (token, _) = token(&world, "USER").await;
        let of_key = by_key(&world, "USER", None).await.json()["token"].as_str().unwrap().to_owned();
        tokio::time::sleep(Duration::from_millis(5)).await;
        for token in [token, of_key] {
            assert_eq!(ask(&world, Some(&token), "GET", "/v1/sessions", Value::Null).await.status, 401);
        }
        assert_eq!(world.get("USER", "/v1/logins").await.json(), json!([]));
    }
}

/// Signed with `key`, as the SDK does.
async fn by_key(world: &World, key: &str, body: Option<Value>) -> Answer {
    world.call(key, Method::POST, "/v1/logins", body).await
}

#[tokio::test]
async fn who_signs_gets_a_login_that_acts_as_the_key() {
    let world = World::new().await;
    world.session("USER", "mine").await;
    let answer = by_key(&world, "USER", Some(json!({"agent": "keys\u{1b}[2J"}))).await;
    assert_eq!(answer.told(), "201");
    let (told, by_password) = (answer.json(), login(&world, "USER", PASSWORD).await.json());
    let names = |answer: &Value| answer.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&told), names(&by_password));
    for same in ["access_key", "role", "status", "expires_in"] {
        assert_eq!(told[same], by_password[same], "{same}");
    }
    assert_eq!((&told["with_key"], &by_password["with_key"]), (&json!(true), &json!(false)));
    let token = told["token"].as_str().unwrap();
    let current = ask(&world, Some(token), "GET", "/v1/login", Value::Null).await.json();
    assert_eq!((&current["with_key"], &current["email"]), (&json!(true), &by_password["email"]));
    let list = ask(&world, Some(token), "GET", "/v1/sessions?fields=name", Value::Null).await.json();
    assert_eq!(list["items"][0]["name"], "mine");
    let own = ask(&world, Some(token), "GET", "/v1/logins", Value::Null).await.json();
    let shown = |id: &Value| {
        let login = own.as_array().unwrap().iter().find(|login| login["id"] == *id).unwrap();
        (login["access_key"].clone(), login["current"] == true)
    };
    assert_eq!(shown(&told["id"]), (json!("USER"), true));
    assert_eq!(shown(&by_password["id"]), (Value::Null, false));
    assert!(own.as_array().unwrap().iter().any(|login| login["agent"] == "keys[2J"));
    // Nothing to say is fine too; each role may.
    for key in ["ROOT", "ADMIN", "MONITOR", "FAR-USER"] {
        let answer = by_key(&world, key, None).await;
        assert_eq!((answer.told().as_str(), &answer.json()["access_key"]), ("201", &json!(key)));
    }
    let both = by_key(&world, "USER", Some(json!({"email": "user@example.com", "password": PASSWORD}))).await;
    let refused = "is not for a request that is signed";
    assert_eq!((both.status.as_u16(), &both.json()["data"]), (400, &json!({"email": refused, "password": refused})));
}

#[tokio::test]
async fn a_login_makes_no_other_login() {
    let world = World::new().await;
    let by_password = token(&world, "USER").await.0;
    let by_key = by_key(&world, "USER", None).await.json()["token"].as_str().unwrap().to_owned();
    let before = world.get("USER", "/v1/logins").await.json().as_array().unwrap().len();
    for token in [&by_password, &by_key] {
        for body in [Value::Null, json!({}), json!({"agent": "again"}), json!({"email": "user@example.com"})] {
            let answer = ask(&world, Some(token), "POST", "/v1/logins", body).await;
            assert_eq!(answer.told(), "400 invalid-api-params: Input validation error");
            assert_eq!(answer.json()["data"]["password"], "is required");
        }
    }
    assert_eq!(world.get("USER", "/v1/logins").await.json().as_array().unwrap().len(), before);
    // A password proves itself, whatever comes beside it.
    let body = json!({"email": "user@example.com", "password": PASSWORD});
    assert_eq!(ask(&world, Some("no token"), "POST", "/v1/logins", body).await.told(), "201");
}

#[tokio::test]
async fn a_wrong_signature_gets_no_login() {
    let world = World::new().await;
    let place = "/v1/logins";
    let wrong = Signing { secret: "another".to_owned().into(), ..Signing::of("USER", "POST", place) };
    assert_eq!(world.send(wrong.request(Body::empty())).await.status, 401);
    let unknown = Signing::of("NOBODY", "POST", place);
    assert_eq!(world.send(unknown.request(Body::empty())).await.status, 401);
    let old = Signing { date: "2021-10-07T07:58:33+00:00".to_owned(), ..Signing::of("USER", "POST", place) };
    assert_eq!(world.send(old.request(Body::empty())).await.told(), "400 invalid-auth-params: Date/time sync error");
    // A right password does not mend it.
    let body = json!({"email": "user@example.com", "password": PASSWORD}).to_string();
    let wrong = Signing { secret: "another".to_owned().into(), ..Signing::of("USER", "POST", place) };
    assert_eq!(world.send(wrong.request(Body::from(body))).await.status, 401);
    assert_eq!(world.get("USER", place).await.json(), json!([]));
}

#[tokio::test]
async fn a_login_by_key_ends_with_the_key() {
    let world = World::new().await;
    let token = by_key(&world, "USER", None).await.json()["token"].as_str().unwrap().to_owned();
    let works = |token: String| {
        let world = &world;
        async move { ask(world, Some(&token), "GET", "/v1/sessions", Value::Null).await.status == 200 }
    };
    assert!(works(token.clone()).await);
    // Another password is nothing to the key.
    let change = json!({"old_password": PASSWORD, "new_password": "another long phrase", "new_password2": "another long phrase"});
    assert_eq!(world.call("USER", Method::POST, "/auth/update-password", Some(change)).await.told(), "200");
    assert!(works(token.clone()).await);
    for (mutation, left) in [
        (r#"modify_keypair(access_key: "USER", props: { is_active: false }) { ok }"#, false),
        (r#"modify_keypair(access_key: "USER", props: { is_active: true }) { ok }"#, true),
        (r#"modify_user(email: "user@example.com", props: { status: "inactive" }) { ok }"#, false),
        (r#"modify_user(email: "user@example.com", props: { status: "active" }) { ok }"#, true),
        (r#"delete_keypair(access_key: "USER") { ok }"#, false),
    ] {
        let answer = world.gql("ROOT", &format!("mutation {{ {mutation} }}"), json!({})).await;
        assert!(answer.text.contains("\"ok\":true"), "{}", answer.text);
        assert_eq!(works(token.clone()).await, left, "{mutation}");
    }
}
