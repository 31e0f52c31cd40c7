//! What mutations of people do, as their clients meet it.

use http::StatusCode;
use serde_json::{Value, json};

use crate::mutations::told;
use crate::world::{Signing, World};

/// A mutation as the superadmin, with typed variables as clients send them.
async fn root(world: &World, query: &str, variables: Value) -> Value {
    world.gql("ROOT", query, variables).await.json()
}

const CREATE_USER: &str = "mutation($email: String!, $input: UserInput!) { create_user(email: $email, props: $input) \
    { ok msg user { email username role status domain_name is_active groups { name } } keypair { access_key secret_key \
    is_admin is_active resource_policy rate_limit ssh_public_key } } }";
const MODIFY_USER: &str = "mutation($email: String!, $input: ModifyUserInput!) { modify_user(email: $email, props: $input) \
    { ok msg user { role status status_info username domain_name groups { name } } } }";
const MODIFY_KEY: &str = "mutation($access_key: String!, $input: ModifyKeyPairInput!) \
    { modify_keypair(access_key: $access_key, props: $input) { ok msg } }";

fn input(more: Value) -> Value {
    let mut input = json!({"username": "", "password": "long enough", "need_password_change": false,
        "domain_name": "default"});
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

#[tokio::test]
async fn a_new_person_comes_in_with_the_key_that_was_told_once() {
    let world = World::new().await;
    let groups = world.groups.map(|group| group.to_string());
    let new =
        json!({"email": "new@example.com", "input": input(json!({"role": null, "status": null, "group_ids": groups}))});
    let answer = root(&world, CREATE_USER, new).await;
    let made = &answer["data"]["create_user"];
    assert_eq!((&made["ok"], &made["msg"]), (&json!(true), &json!("success")), "{answer}");
    assert_eq!(
        made["user"],
        json!({"email": "new@example.com", "username": "new@example.com", "role": "user", "status": "active",
            "domain_name": "default", "is_active": true, "groups": [{"name": "default"}]})
    );
    let key = made["keypair"].clone();
    assert_eq!(
        (&key["is_admin"], &key["rate_limit"], &key["resource_policy"]),
        (&json!(false), &json!(10_000), &json!("default"))
    );
    assert!(key["ssh_public_key"].as_str().unwrap().starts_with("ssh-rsa AAAA"));
    let (access, secret) = (key["access_key"].as_str().unwrap(), key["secret_key"].as_str().unwrap());
    let mut signing = Signing::of(access, "GET", "/auth?echo=a");
    signing.secret = secret.to_owned().into();
    assert_eq!(world.send(signing.request(axum::body::Body::empty())).await.status, StatusCode::OK);
    // Nobody reads the secret again but its owner.
    let read = format!("{{ keypair(access_key: \"{access}\") {{ secret_key }} }}");
    assert_eq!(root(&world, &read, json!({})).await["data"]["keypair"], json!({"secret_key": null}));
    let login =
        json!({"type": "keypair", "domain": "default", "username": "new@example.com", "password": "long enough"});
    let login = world.call("ROOT", http::Method::POST, "/auth/authorize", Some(login)).await;
    assert_eq!(login.json()["data"]["access_key"], access, "{}", login.text);
}

#[tokio::test]
async fn switching_off_bites_at_once() {
    let world = World::new().await;
    let works = async |key: &str| world.get(key, "/auth?echo=a").await.status;
    for (off, on, key) in [
        (json!({"status": "inactive"}), json!({"status": "active"}), "USER"),
        (json!({"is_active": false}), json!({"is_active": true}), "USER"),
        (json!({"status": "before-verification"}), json!({"status": "active"}), "FAR-USER"),
    ] {
        let email = format!("{}@example.com", key.to_lowercase());
        assert_eq!(works(key).await, StatusCode::OK);
        let answer = root(&world, MODIFY_USER, json!({"email": email, "input": off})).await;
        assert_eq!(told(&answer), "ok: success");
        assert_eq!(answer["data"]["modify_user"]["user"]["status_info"], "admin-requested");
        assert_eq!(works(key).await, StatusCode::UNAUTHORIZED);
        assert_eq!(told(&root(&world, MODIFY_USER, json!({"email": email, "input": on})).await), "ok: success");
        assert_eq!(works(key).await, StatusCode::OK);
    }
    let key = |active: bool| json!({"access_key": "USER", "input": {"is_active": active}});
    assert_eq!(told(&root(&world, MODIFY_KEY, key(false)).await), "ok: success");
    assert_eq!(works("USER").await, StatusCode::UNAUTHORIZED);
    assert_eq!(told(&root(&world, MODIFY_KEY, key(true)).await), "ok: success");
    assert_eq!(works("USER").await, StatusCode::OK);
    let domain = "mutation { delete_domain(name: \"other\") { ok msg } }";
    assert_eq!(told(&root(&world, domain, json!({})).await), "ok: success");
    assert_eq!(works("FAR-USER").await, StatusCode::UNAUTHORIZED);
    let delete = "mutation { delete_user(email: \"user@example.com\") { ok msg } }";
    assert_eq!(told(&root(&world, delete, json!({})).await), "ok: success");
    assert_eq!(works("USER").await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_demotion_bites_at_once_and_a_plain_key_cannot_raise_itself() {
    let world = World::new().await;
    let promote = json!({"email": "neighbour@example.com", "input": {"role": "superadmin"}});
    assert_eq!(told(&root(&world, MODIFY_USER, promote).await), "ok: success");
    let touch = "mutation { modify_user(email: \"user@example.com\", props: {full_name: \"x\"}) { ok msg } }";
    assert_eq!(told(&world.gql("NEIGHBOUR", touch, json!({})).await.json()), "ok: success");
    // A superadmin's key without the flag has no administrative rights, and cannot take them.
    let plain = json!({"access_key": "NEIGHBOUR", "input": {"is_admin": false}});
    assert_eq!(told(&root(&world, MODIFY_KEY, plain).await), "ok: success");
    let raise = "mutation { modify_keypair(access_key: \"NEIGHBOUR\", props: {is_admin: true}) { ok msg } }";
    assert_eq!(
        told(&world.gql("NEIGHBOUR", raise, json!({})).await.json()),
        "refused: no permission to execute modify_keypair"
    );
    let demote = json!({"email": "neighbour@example.com", "input": {"role": "user"}});
    assert_eq!(told(&root(&world, MODIFY_USER, demote).await), "ok: success");
    assert_eq!(
        told(&world.gql("NEIGHBOUR", touch, json!({})).await.json()),
        "refused: no permission to execute modify_user"
    );
}

#[tokio::test]
async fn a_purge_decides_about_sessions_first() {
    let world = World::new().await;
    world.session("USER", "of-user").await;
    let purge =
        "mutation($input: PurgeUserInput!) { purge_user(email: \"user@example.com\", props: $input) { ok msg } }";
    let props = json!({"input": {"purge_shared_vfolders": false}});
    assert_eq!(
        told(&root(&world, purge, props.clone()).await),
        "refused: unexpected error: the user has 1 active session: terminate before purging"
    );
    assert_eq!(world.get("USER", "/session/of-user").await.status, StatusCode::OK);
    world.call("USER", http::Method::DELETE, "/session/of-user", None).await;
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(10);
    while told(&root(&world, purge, props.clone()).await) != "ok: success" {
        assert!(tokio::time::Instant::now() < deadline, "the session ends");
        tokio::task::yield_now().await;
    }
    assert_eq!(world.get("USER", "/auth?echo=a").await.status, StatusCode::UNAUTHORIZED);
    let list = "{ compute_session_list(limit: 9, offset: 0) { total_count items { name } } }";
    assert_eq!(
        root(&world, list, json!({})).await["data"]["compute_session_list"],
        json!({"total_count": 0, "items": []})
    );
}

#[tokio::test]
async fn bad_values_change_nothing_and_say_why() {
    let world = World::new().await;
    let mut table = String::new();
    for (what, email, more) in [
        ("no address", "new", json!({})),
        ("zero byte", "n\u{0}w@example.com", json!({})),
        ("short password", "new@example.com", json!({"password": "1234567"})),
        ("endless password", "new@example.com", json!({"password": "x".repeat(1025)})),
        ("turned name", "new@example.com", json!({"username": "a\u{202e}b"})),
        ("zero byte in name", "new@example.com", json!({"full_name": "a\u{0}b"})),
        ("escape in description", "new@example.com", json!({"description": "\u{1b}[2J"})),
        ("unknown role", "new@example.com", json!({"role": "root"})),
        ("unknown status", "new@example.com", json!({"status": "ACTIVE"})),
        ("unknown domain", "new@example.com", json!({"domain_name": "nowhere"})),
        ("taken e-mail", "User@example.com", json!({})),
        ("taken username", "new@example.com", json!({"username": "user"})),
        ("malformed project", "new@example.com", json!({"group_ids": ["default"]})),
        ("missing password", "new@example.com", json!({"password": null})),
    ] {
        let answer = root(&world, CREATE_USER, json!({"email": email, "input": input(more)})).await;
        table.push_str(&format!("{what:24} {}\n", told(&answer)));
    }
    let all = "{ users { email } }";
    let people = root(&world, all, json!({})).await["data"]["users"].as_array().unwrap().len();
    assert_eq!(people, crate::world::PEOPLE.len(), "nobody was made");
    let [own, _] = world.groups;
    for mutation in [
        r#"create_domain(name: "a b", props: {})"#.to_owned(),
        r#"create_domain(name: "default", props: {})"#.to_owned(),
        r#"modify_domain(name: "default", props: {})"#.to_owned(),
        r#"modify_domain(name: "default", props: {name: "-"})"#.to_owned(),
        r#"create_group(name: "a b", props: {domain_name: "default"})"#.to_owned(),
        r#"create_group(name: "default", props: {domain_name: "default"})"#.to_owned(),
        r#"create_group(name: "lab", props: {domain_name: "default", total_resource_slots: "{\"mem\": \"lots\"}"})"#.to_owned(),
        r#"create_group(name: "lab", props: {domain_name: "default", total_resource_slots: "nonsense"})"#.to_owned(),
        format!("modify_group(gid: \"{own}\", props: {{}})"),
        format!("modify_group(gid: \"{own}\", props: {{user_update_mode: \"add\", user_uuids: [\"x\"]}})"),
        format!("modify_group(gid: \"{own}\", props: {{user_update_mode: \"swap\", user_uuids: [\"{own}\"]}})"),
        r#"modify_group(gid: "x", props: {})"#.to_owned(),
        r#"modify_user(email: "user@example.com", props: {})"#.to_owned(),
        r#"modify_user(email: "user@example.com", props: {group_ids: []})"#.to_owned(),
        r#"modify_user(email: "user@example.com", props: {username: " "})"#.to_owned(),
        r#"modify_user(email: "root@example.com", props: {status: "inactive"})"#.to_owned(),
        r#"modify_keypair(access_key: "USER", props: {rate_limit: 0})"#.to_owned(),
        r#"modify_keypair(access_key: "USER", props: {})"#.to_owned(),
        r#"modify_keypair(access_key: "USER", props: {resource_policy: "none"})"#.to_owned(),
        r#"create_scaling_group(name: "x", props: {driver: "static", scheduler: "random"})"#.to_owned(),
        r#"create_scaling_group(name: "x", props: {driver: "static", scheduler: "fifo", scheduler_opts: "{\"allowed_session_types\": \"batch\"}"})"#.to_owned(),
        r#"create_scaling_group(name: "default", props: {driver: "static", scheduler: "fifo"})"#.to_owned(),
        r#"create_resource_preset(name: "x", props: {resource_slots: "{}", shared_memory: "lots"})"#.to_owned(),
        r#"create_resource_preset(name: "", props: {resource_slots: "{}"})"#.to_owned(),
        r#"modify_keypair_resource_policy(name: "default", props: {default_for_unspecified: "limited"})"#.to_owned(),
        r#"modify_keypair_resource_policy(name: "default", props: {max_vfolder_count: -1})"#.to_owned(),
    ] {
        let answer = root(&world, &format!("mutation {{ {mutation} {{ ok msg }} }}"), json!({})).await;
        table.push_str(&format!("{mutation}\n  {}\n", told(&answer)));
    }
    // Ids of projects differ from run to run.
    insta::assert_snapshot!(table.replace(&own.to_string(), "OWN"));
}

#[tokio::test]
async fn a_frozen_server_changes_nothing() {
    let world = World::new().await;
    world.freeze().await;
    for caller in ["ROOT", "USER"] {
        let answer =
            world.gql(caller, "mutation { delete_user(email: \"user@example.com\") { ok msg } }", json!({})).await;
        assert_eq!(told(&answer.json()), "error: The server is frozen due to maintenance. Please try again later.");
        assert_eq!(answer.json()["data"], json!({"delete_user": null}));
    }
    assert_eq!(world.get("USER", "/auth?echo=a").await.status, StatusCode::OK);
}
