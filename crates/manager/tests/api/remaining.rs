//! Rollcall's own `remaining` and `POST /session/{s}/extend`: what is told, who may, and what is refused.

use axum::body::Body;
use http::{Method, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::world::{PEOPLE, Signing, World};

async fn policy(world: &World, props: &str) -> Value {
    let mutation =
        format!("mutation {{ modify_keypair_resource_policy(name: \"default\", props: {{{props}}}) {{ ok msg }} }}");
    world.gql("ROOT", &mutation, json!({})).await.json()["data"]["modify_keypair_resource_policy"].clone()
}

/// `remaining` and `idle_checks` of a session.
async fn told(world: &World, who: &str, id: &str) -> Value {
    let query = "query($id: UUID!) { compute_session(id: $id) { idle_checks \
                 remaining { sentence ends_at reason seconds extendable_seconds } } }";
    world.gql(who, query, json!({ "id": id })).await.json()["data"]["compute_session"].clone()
}

async fn extend(world: &World, who: &str, target: &str) -> String {
    world.call(who, Method::POST, &format!("/session/{target}"), None).await.told()
}

#[tokio::test]
async fn a_session_tells_what_it_has_left() {
    let world = World::new().await;
    let id = world.session("USER", "timed").await;
    assert_eq!(told(&world, "USER", &id).await, json!({"idle_checks": "{}", "remaining": null}));
    assert_eq!(policy(&world, "idle_timeout: -1, max_session_lifetime: 7200, max_extension: 1800").await["ok"], true);
    let both = told(&world, "USER", &id).await;
    let left = &both["remaining"];
    let sentence = left["sentence"].as_str().unwrap();
    assert!(sentence.starts_with("Ends in 9 min"), "{sentence}");
    assert!(
        sentence.ends_with("unless it is used: idle sessions end after 10 min. It can be extended by 30 min."),
        "{sentence}"
    );
    assert_eq!((&left["reason"], &left["extendable_seconds"]), (&json!("idle-timeout"), &json!(1800)));
    assert!((500..=600).contains(&left["seconds"].as_i64().unwrap()), "{left}");
    let checks: Value = serde_json::from_str(both["idle_checks"].as_str().unwrap()).unwrap();
    assert_eq!(checks["idle-timeout"]["limit"], 600);
    assert!((7000..=7200).contains(&checks["session-lifetime"]["remaining"].as_i64().unwrap()), "{checks}");
    // Who may not see the session is told nothing of its end.
    assert_eq!(told(&world, "NEIGHBOUR", &id).await, Value::Null);
    assert_eq!(told(&world, "FAR-ADMIN", &id).await, Value::Null);
    assert_eq!(told(&world, "ADMIN", &id).await["remaining"]["ends_at"], left["ends_at"]);

    let answer = world.call("USER", Method::POST, "/session/timed/extend", Some(json!({"seconds": 600}))).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let now = answer.json()["remaining"].clone();
    assert_eq!(now["extendable_seconds"], 1200);
    assert!((1100..=1200).contains(&now["seconds"].as_i64().unwrap()), "{now}");
    assert_eq!(
        told(&world, "USER", &id).await["remaining"]["ends_at"].as_str().unwrap()[..19],
        now["ends_at"].as_str().unwrap()[..19]
    );

    assert_eq!(policy(&world, "idle_timeout: 0").await["ok"], true);
    assert_eq!(told(&world, "USER", &id).await["remaining"]["reason"], "session-lifetime");
    assert_eq!(policy(&world, "max_session_lifetime: 0").await["ok"], true);
    assert_eq!(told(&world, "USER", &id).await["remaining"], Value::Null);
    for wrong in ["max_session_lifetime: -1", "max_extension: -1"] {
        assert_eq!(policy(&world, wrong).await["ok"], false, "{wrong}");
    }
    assert_eq!(world.call("USER", Method::DELETE, "/session/timed", None).await.status, StatusCode::OK);
    assert_eq!(told(&world, "USER", &id).await, json!({"idle_checks": "{}", "remaining": null}));
}

#[tokio::test]
async fn only_those_who_may_act_for_the_key_extend() {
    let world = World::new().await;
    policy(&world, "max_session_lifetime: 7200, max_extension: 100000").await;
    let made = world
        .gql(
            "ROOT",
            "mutation { create_keypair(user_id: \"user@example.com\", props: {resource_policy: \"default\", \
             rate_limit: 1000, is_active: true}) { keypair { access_key secret_key } } }",
            json!({}),
        )
        .await
        .json()["data"]["create_keypair"]["keypair"]
        .clone();
    let (second, secret) = (made["access_key"].as_str().unwrap(), made["secret_key"].as_str().unwrap());
    let mut table = String::new();
    for (owner, name) in [("USER", "of-user"), ("ROOT", "of-root"), ("FAR-USER", "of-far-user")] {
        let id = world.session(owner, name).await;
        let mut before = 100_000;
        for caller in PEOPLE.iter().map(|(key, ..)| *key).filter(|key| *key != "SLOW") {
            let by_name = extend(&world, caller, &format!("{name}/extend?seconds=1&owner_access_key={owner}")).await;
            let by_id = extend(&world, caller, &format!("{id}/extend?seconds=1")).await;
            let left = told(&world, "ROOT", &id).await["remaining"]["extendable_seconds"].as_i64().unwrap();
            let extended = i64::from(by_name == "200") + i64::from(by_id == "200");
            assert_eq!(before - left, extended, "{caller} {name}: what is refused changes nothing");
            before = left;
            table.push_str(&format!("{caller:10} {name:12} {by_name}; without the key: {by_id}\n"));
        }
        let target = format!("/session/{name}/extend?seconds=1&owner_access_key={owner}");
        let signing = Signing { secret: SecretString::from(secret), ..Signing::of(second, "POST", &target) };
        let other = world.send(signing.request(Body::empty())).await.told();
        table.push_str(&format!("other key of USER  {name:12} {other}\n"));
    }
    for caller in ["USER", "ADMIN", "ROOT"] {
        let unknown = extend(&world, caller, "of-nobody/extend?seconds=1&owner_access_key=NOBODY").await;
        table.push_str(&format!("{caller:10} of-nobody    {unknown}\n"));
    }
    insta::assert_snapshot!(table);
}

#[tokio::test]
async fn what_cannot_be_extended_is_refused_in_words() {
    let world = World::new().await;
    let mut table = String::new();
    world.session("USER", "plain").await;
    let pending = json!({"name": "giant", "image": "sh", "enqueueOnly": true, "config": {"resources": {"cpu": 60}}});
    assert_eq!(world.call("USER", Method::POST, "/session", Some(pending)).await.status, StatusCode::CREATED);
    let mut note = async |what: &str, query: &str| {
        let answer = world.call("USER", Method::POST, &format!("/session/{query}"), None).await;
        let data = answer.json()["data"].clone();
        let data = if data.is_null() { String::new() } else { format!(" {data}") };
        table.push_str(&format!("{what:16} {}{data}\n", answer.told()));
    };
    note("no limit", "plain/extend?seconds=60").await;
    policy(&world, "max_session_lifetime: 7200").await;
    note("none allowed", "plain/extend?seconds=60").await;
    policy(&world, "max_extension: 5400").await;
    note("more than left", "plain/extend?seconds=7200").await;
    note("far too much", &format!("plain/extend?seconds={}", i64::MAX)).await;
    for (what, query) in [
        ("nothing", "plain/extend"),
        ("zero", "plain/extend?seconds=0"),
        ("negative", "plain/extend?seconds=-60"),
        ("words", "plain/extend?seconds=2h"),
        ("waiting", "giant/extend?seconds=60"),
        ("unknown", "none/extend?seconds=60"),
    ] {
        note(what, query).await;
    }
    assert_eq!(world.call("USER", Method::DELETE, "/session/plain", None).await.status, StatusCode::OK);
    note("ended", "plain/extend?seconds=60").await;
    world.freeze().await;
    note("frozen", "giant/extend?seconds=60").await;
    insta::assert_snapshot!(table);
}
