//! What the client sends to change accounts, and what it makes of the answers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use rollcall_client::Error;
use rollcall_client::admin::{GroupChange, NewUser, PolicyChange, UserChange, Why};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use support::{Asked, Fake};

/// A server of 21.09, or a Rollcall, whose types have the fields of their own.
async fn server(rollcall: bool, answer: Value) -> Fake {
    Fake::start("v6.20210815", "21.09.9", move |asked: &Asked| {
        let query = asked.body["query"].as_str().unwrap();
        let own = ["keypair", "max_session_lifetime"].map(|name| json!({"name": name}));
        let fields = if rollcall { json!(own) } else { json!([]) };
        let data = if query.contains("__type") { json!({"__type": {"fields": fields}}) } else { answer.clone() };
        (200, json!({"data": data}))
    })
    .await
}

fn new<'a>(password: &'a SecretString) -> NewUser<'a> {
    NewUser {
        email: "a@example.com",
        username: "",
        password: Some(password),
        need_password_change: false,
        full_name: None,
        description: None,
        status: "active",
        domain_name: "default",
        role: "user",
        group_ids: &[],
    }
}

#[tokio::test]
async fn the_first_keypair_is_asked_for_where_it_is_told() {
    let password = SecretString::from("a long password");
    let made = json!({"access_key": "AKIA1", "secret_key": "secret"});
    let fake = server(true, json!({"create_user": {"ok": true, "msg": "success", "keypair": made}})).await;
    let keypair = fake.client().admin().create_user(&new(&password)).await.unwrap().unwrap();
    assert_eq!((keypair.access_key.as_str(), keypair.secret_key.expose_secret()), ("AKIA1", "secret"));
    assert!(!format!("{keypair:?}").contains("secret\""));
    let asked = fake.asked().pop().unwrap().body;
    assert_eq!(
        asked,
        json!({
            "query": "mutation($email: String!, $props: UserInput!) { create_user(email: $email, props: $props) \
                      { ok msg keypair { access_key secret_key } } }",
            "variables": {"email": "a@example.com", "props": {
                "username": "", "password": "a long password", "need_password_change": false, "status": "active",
                "domain_name": "default", "role": "user", "group_ids": [],
            }},
        })
    );

    let older = server(false, json!({"create_user": {"ok": true, "msg": "success"}})).await;
    assert!(older.client().admin().create_user(&new(&password)).await.unwrap().is_none());
    assert!(!older.asked().pop().unwrap().body["query"].as_str().unwrap().contains("secret_key"));
}

#[tokio::test]
async fn what_is_not_changed_is_not_sent() {
    let fake = server(true, json!({"modify_user": {"ok": true, "msg": "success", "user": null}})).await;
    let change = UserChange { role: Some("admin"), ..UserChange::default() };
    fake.client().admin().change_user("a@example.com", &change).await.unwrap();
    let [asked] = fake.asked().try_into().unwrap();
    assert_eq!(asked.body["variables"], json!({"email": "a@example.com", "props": {"role": "admin"}}));

    let id = "aaaaaaaa-2222-3333-4444-555555555555";
    let fake = server(true, json!({"create_group": {"ok": true, "msg": "success", "group": {"id": id}}})).await;
    let new = GroupChange { domain_name: Some("default"), ..GroupChange::default() };
    assert_eq!(fake.client().admin().create_group("mine", &new).await.unwrap().to_string(), id);
    let [asked] = fake.asked().try_into().unwrap();
    assert_eq!(asked.body["variables"]["props"], json!({"domain_name": "default", "total_resource_slots": "{}"}));
}

#[tokio::test]
async fn limits_that_a_server_lacks_are_told_before_it_is_asked_for_anything() {
    let limits = PolicyChange { max_session_lifetime: Some(60), ..PolicyChange::default() };
    let answer = json!({"create_keypair_resource_policy": {"ok": true, "msg": "success"}});
    let older = server(false, answer.clone()).await;
    let refused = older.client().admin().create_policy("p", limits.clone()).await;
    assert!(matches!(refused, Err(Error::Usage(_))), "{refused:?}");
    assert!(older.asked().iter().all(|asked| !asked.body["query"].as_str().unwrap().starts_with("mutation")));
    let ours = server(true, answer).await;
    ours.client().admin().create_policy("p", limits).await.unwrap();
    let props = ours.asked().pop().unwrap().body["variables"]["props"].clone();
    assert_eq!((&props["max_session_lifetime"], &props["idle_timeout"]), (&60.into(), &0.into()));
    assert_eq!(props["total_resource_slots"], "{}");
}

#[tokio::test]
async fn a_refusal_is_an_error_of_its_own() {
    let msg = "integrity error: duplicate key value violates unique constraint \"pk_domains\"\n\
               DETAIL:  Key (name)=(lab) already exists.\n";
    let fake = server(true, json!({"create_domain": {"ok": false, "msg": msg, "domain": null}})).await;
    let error = fake.client().admin().create_domain("lab", &Default::default()).await.unwrap_err();
    assert_eq!((error.to_string().as_str(), error.kind()), ("adding the domain: `lab` is there already", "refused"));
    let Error::Refused { refusal, .. } = error else { panic!("{error}") };
    assert_eq!((refusal.msg(), refusal.why()), (msg, &Why::Taken { value: "lab".to_owned() }));

    let strange = server(true, json!({"create_domain": null})).await;
    let error = strange.client().admin().create_domain("lab", &Default::default()).await.unwrap_err();
    assert!(matches!(error, Error::Response { .. }), "{error:?}");
}
