//! The Rust SDK's own functions against the real program: what a web console needs of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use harness::signed::with_token;
use harness::{Account, Up};
use rollcall_client::{Client, Credentials, Error};
use serde_json::{Value, json};

fn client(up: &Up, account: &Account) -> Client {
    let keys = Credentials::new(account.access_key.clone(), account.secret_key.clone().into());
    Client::builder(&up.api).unwrap().credentials(keys).build().unwrap()
}

#[tokio::test]
async fn preferences_are_kept() {
    let mut up = Up::start(&[]);
    let (alice, admin) = (up.account("user", "default").clone(), up.account("admin", "default").clone());
    let of_alice = client(&up, &alice);
    assert!(of_alice.v1().preferences().await.unwrap().is_empty());
    let document = json!({"columns": ["name", "status"], "views": {"mine": "tab=running"}});
    let document = document.as_object().unwrap();
    of_alice.v1().set_preferences(document).await.unwrap();
    assert!(client(&up, &admin).v1().preferences().await.unwrap().is_empty());
    let large = json!({"a": "x".repeat(rollcall_wire::v1::MAX_PREFERENCES_BYTES)});
    let refused = of_alice.v1().set_preferences(large.as_object().unwrap()).await.unwrap_err();
    assert_eq!(refused.status(), Some(400), "{refused}");
    up.signal("KILL");
    up.ended();
    up.start_again();
    assert_eq!(of_alice.v1().preferences().await.unwrap(), *document);
}

/// What stands behind a token, asked without the SDK.
fn current(up: &Up, token: &str) -> (u16, Value) {
    let answer = with_token(up, token, "/v1/login");
    (answer.status, answer.json)
}

#[tokio::test]
async fn logins_by_password_and_by_keys() {
    let up = Up::start(&[]);
    let alice = up.account("user", "default").clone();
    let stranger = Client::builder(&up.api).unwrap().build().unwrap();
    let of_alice = client(&up, &alice);
    let by_password = stranger.v1().login(&alice.email, &alice.password.clone().into(), Some("a test")).await.unwrap();
    let by_keys = of_alice.v1().login_with_keys(Some("a script")).await.unwrap();
    for login in [&by_password, &by_keys] {
        assert_eq!((login.access_key.as_str(), login.role.as_str()), (alice.access_key.as_str(), "user"));
        let (status, told) = current(&up, &login.token);
        assert_eq!((status, &told["id"]), (200, &json!(login.id)));
    }
    assert!(matches!(stranger.v1().login_with_keys(None).await, Err(Error::Usage(_))));
    let refused = stranger.v1().login(&alice.email, &"wrong".to_owned().into(), None).await.unwrap_err();
    assert_eq!(refused.status(), Some(401), "{refused}");
    let mut agents: Vec<_> =
        of_alice.v1().logins(false).await.unwrap().into_iter().map(|login| (login.agent, login.access_key)).collect();
    agents.sort();
    assert_eq!(agents, [("a script".to_owned(), Some(alice.access_key.clone())), ("a test".to_owned(), None)]);
    of_alice.v1().end_login(by_keys.id).await.unwrap();
    assert_eq!((current(&up, &by_keys.token).0, current(&up, &by_password.token).0), (401, 200));
}
