//! The Rust SDK's own functions against the real program: what a web console needs of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use harness::{Account, Up};
use rollcall_client::{Client, Credentials};
use serde_json::json;

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
