//! Preferences through the API: of the person, whichever key asks; bounded, and nobody else's.

use http::Method;
use serde_json::{Value, json};

use crate::world::{PEOPLE, World};

const PLACE: &str = "/v1/preferences";

async fn set(world: &World, key: &str, document: Value) -> String {
    world.call(key, Method::PUT, PLACE, Some(document)).await.told()
}

#[tokio::test]
async fn everybody_has_their_own() {
    let world = World::new().await;
    let people = || PEOPLE.iter().map(|(key, ..)| *key).filter(|key| *key != "SLOW");
    for key in people() {
        assert_eq!(world.get(key, PLACE).await.text, "{}", "{key}");
        assert_eq!(set(&world, key, json!({"of": key, "owner_access_key": "USER"})).await, "204");
    }
    for key in people() {
        let told = world.get(key, &format!("{PLACE}?owner_access_key=USER")).await.json();
        assert_eq!(told, json!({"of": key, "owner_access_key": "USER"}));
    }
    assert_eq!(set(&world, "USER", json!({"other": [1, {"a": null}]})).await, "204");
    assert_eq!(world.get("USER", PLACE).await.json(), json!({"other": [1, {"a": null}]}));
    let mutation = r#"mutation { purge_user(email: "user@example.com", props: {}) { ok msg } }"#;
    let purged = world.gql("ROOT", mutation, json!({})).await;
    assert!(purged.text.contains("\"ok\":true"), "{}", purged.text);
    assert!(!world.rows().await.iter().any(|row| row.starts_with("preferences: ") && row.contains("\"other\"")));
}

#[tokio::test]
async fn they_are_of_the_person_and_not_of_the_key() {
    let world = World::new().await;
    let mutation = r#"mutation { create_keypair(user_id: "user@example.com", props: { is_active: true,
        resource_policy: "default", rate_limit: 1000, concurrency_limit: 5 }) { ok msg keypair { access_key secret_key } } }"#;
    let made = world.gql("ROOT", mutation, json!({})).await.json()["data"]["create_keypair"]["keypair"].clone();
    assert_eq!(set(&world, "USER", json!({"theme": "dark"})).await, "204");
    let second = crate::world::Signing {
        secret: made["secret_key"].as_str().unwrap().to_owned().into(),
        ..crate::world::Signing::of(made["access_key"].as_str().unwrap(), "GET", PLACE)
    };
    let told = world.send(second.request(axum::body::Body::empty())).await;
    assert_eq!(told.text, r#"{"theme":"dark"}"#);
}

#[tokio::test]
async fn what_is_too_much_is_refused_and_what_was_stays() {
    let world = World::new().await;
    assert_eq!(set(&world, "USER", json!({"kept": true})).await, "204");
    let wrong = "400 invalid-api-params: Input validation error";
    assert_eq!(set(&world, "USER", json!({"a": "x".repeat(16 * 1024)})).await, wrong);
    let deep = world.call("USER", Method::PUT, PLACE, Some(json!({"fine": 1, "a": [[[[[[[[]]]]]]]]}))).await;
    assert_eq!((deep.told().as_str(), &deep.json()["data"]), (wrong, &json!({"a": "is nested deeper than 8 levels"})));
    let malformed = "400 invalid-api-params: Malformed body";
    assert_eq!(set(&world, "USER", json!([])).await, malformed);
    assert_eq!(world.call("USER", Method::PUT, PLACE, None).await.told(), malformed);
    assert_eq!(world.get("USER", PLACE).await.json(), json!({"kept": true}));
}

#[tokio::test]
async fn parts_are_changed_by_a_merge_patch() {
    let world = World::new().await;
    let patch = async |body| world.call("USER", Method::PATCH, PLACE, Some(body)).await;
    assert_eq!(patch(json!({"views": {"mine": "tab=running"}, "theme": "dark"})).await.told(), "204");
    assert_eq!(patch(json!({"views": {"other": "q=a", "gone": null}, "theme": null})).await.told(), "204");
    let kept = json!({"views": {"mine": "tab=running", "other": "q=a"}});
    assert_eq!(world.get("USER", PLACE).await.json(), kept);
    let large = patch(json!({"a": "x".repeat(16 * 1024)})).await;
    assert_eq!(large.told(), "400 invalid-api-params: Input validation error");
    assert!(large.json()["data"]["preferences"].as_str().unwrap().ends_with("16384 are kept at most"));
    // Each is small, and together they are not.
    assert_eq!(patch(json!({"a": "x".repeat(10_000)})).await.told(), "204");
    assert_eq!(patch(json!({"b": "x".repeat(10_000)})).await.status.as_u16(), 400);
    assert_eq!(patch(json!({"a": null})).await.told(), "204");
    assert_eq!(patch(json!([])).await.told(), "400 invalid-api-params: Malformed body");
    assert_eq!(world.get("USER", PLACE).await.json(), kept);
    assert_eq!(world.get("ADMIN", PLACE).await.text, "{}");
}
