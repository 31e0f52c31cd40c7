//! Control characters, marks that turn the direction of writing, and zero bytes, wherever a name or a text
//! can be given: refused in words, on both engines, and nothing has changed.

use http::Method;
use serde_json::{Value, json};

use super::changes::changes;
use crate::world::World;

/// Texts that steer a terminal, turn or hide what is written, or end it.
const STEERING: [&str; 9] =
    ["a\0b", "\0", "a\u{1b}[2Jb", "a\u{9b}31mb", "a\u{7f}b", "a\u{202e}b", "a\u{2066}b", "a\u{200b}b", "a\u{e0041}b"];

/// On each engine that is there: a zero byte is no character of PostgreSQL's.
async fn worlds() -> Vec<World> {
    let mut worlds = vec![World::new().await];
    worlds.extend(World::on_postgres("names::postgresql").await);
    worlds
}

#[tokio::test]
async fn no_mutation_takes_a_text_that_steers() {
    for world in worlds().await {
        let changes = changes(&world).await;
        let before = world.rows().await;
        let mut tried = 0;
        for change in &changes {
            for text in STEERING {
                for argument in change.texts() {
                    let mut arguments = change.good.clone();
                    arguments[argument] = json!(text);
                    let told = change.told(&world, &arguments).await;
                    assert!(!told.starts_with("ok"), "{}({argument}: {text:?}): {told}", change.name);
                    calm(&told);
                    tried += 1;
                }
                for (field, kind) in &change.props {
                    let value = match kind.trim_end_matches('!') {
                        "String" => json!(text),
                        "[String]" => json!([text]),
                        "JSONString" if field.ends_with("_slots") => json!(json!({text: 1}).to_string()),
                        _ => continue,
                    };
                    let mut arguments = change.good.clone();
                    arguments["props"][field] = value;
                    let told = change.told(&world, &arguments).await;
                    assert!(!told.starts_with("ok"), "{}({field}: {text:?}): {told}", change.name);
                    calm(&told);
                    tried += 1;
                }
            }
        }
        world.is_still(&before).await;
        assert!(tried > 500, "only {tried} texts were tried");
    }
}

/// No inner failure, and nothing of the text that would steer whoever reads the answer.
fn calm(told: &str) {
    assert!(!told.contains("Internal server error"), "{told:?}");
    assert!(!told.chars().any(rollcall_model::naming::steers), "{told:?}");
}

/// Method, target, body; `$X` in either is the text.
fn places() -> Vec<(Method, &'static str, Value)> {
    let create = |more: Value| {
        let mut body = json!({"name": "hostile", "image": "sh", "enqueueOnly": true});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        (Method::POST, "/session", body)
    };
    let file = |target, more: Value| {
        let mut body = json!({"path": ".f", "permission": "600", "data": "x"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        (Method::POST, target, body)
    };
    vec![
        create(json!({"name": "$X"})),
        create(json!({"image": "$X"})),
        create(json!({"tag": "$X"})),
        create(json!({"group": "$X"})),
        create(json!({"domain": "$X"})),
        create(json!({"type": "$X"})),
        create(json!({"owner_access_key": "$X"})),
        create(json!({"config": {"scaling_group": "$X"}})),
        create(json!({"config": {"resources": {"$X": 1}}})),
        create(json!({"config": {"resources": {"cpu": "$X"}}})),
        create(json!({"config": {"resource_opts": {"shmem": "$X"}}})),
        create(json!({"config": {"mounts": ["$X"]}})),
        create(json!({"config": {"mounts": ["$X"], "mount_map": {"$X": "/x"}}})),
        create(json!({"config": {"agent_list": ["$X"]}})),
        create(json!({"type": "batch", "startupCommand": "true", "starts_at": "$X"})),
        create(json!({"bootstrap_script": "$X"})),
        (Method::POST, "/session/target/rename", json!({"name": "$X"})),
        (Method::GET, "/session/target", json!({"owner_access_key": "$X"})),
        (Method::GET, "/session/$X", json!({})),
        (Method::DELETE, "/session/$X", json!({})),
        (Method::GET, "/session/$X/logs", json!({})),
        (Method::GET, "/scaling-groups", json!({"group": "$X"})),
        (Method::GET, "/scaling-groups/$X/wsproxy-version", json!({})),
        (Method::POST, "/resource/check-presets", json!({"group": "$X"})),
        (Method::POST, "/resource/check-presets", json!({"scaling_group": "$X"})),
        (Method::POST, "/config/set", json!({"key": "$X", "value": "x"})),
        (Method::POST, "/config/set", json!({"key": "a", "value": {"$X": "x"}})),
        (Method::POST, "/manager/announcement", json!({"enabled": true, "message": "$X"})),
        (Method::POST, "/manager/scheduler/operation", json!({"op": "include-agents", "args": ["$X"]})),
        (Method::GET, "/resource/watcher", json!({"agent": "$X"})),
        file("/user-config/dotfiles", json!({"path": "$X"})),
        file("/user-config/dotfiles", json!({"permission": "$X"})),
        file("/user-config/dotfiles", json!({"owner_access_key": "$X"})),
        file("/group-config/dotfiles", json!({"group": "$X"})),
        file("/group-config/dotfiles", json!({"group": "default", "domain": "$X"})),
        file("/domain-config/dotfiles", json!({"domain": "$X"})),
        (Method::GET, "/user-config/dotfiles", json!({"path": "$X"})),
        (Method::DELETE, "/user-config/dotfiles", json!({"path": "$X"})),
        (
            Method::POST,
            "/auth/authorize",
            json!({"type": "keypair", "domain": "$X", "username": "user@example.com", "password": "wrong"}),
        ),
        (
            Method::POST,
            "/auth/authorize",
            json!({"type": "keypair", "domain": "default", "username": "$X", "password": "wrong"}),
        ),
        (Method::GET, "/auth/role", json!({"group": "$X"})),
        (Method::GET, "/$X", json!({})),
    ]
}

/// The text in place of each `$X`, in keys too.
fn spoilt(value: &Value, text: &str) -> Value {
    match value {
        Value::String(word) => json!(word.replace("$X", text)),
        Value::Array(items) => items.iter().map(|item| spoilt(item, text)).collect(),
        Value::Object(map) => map.iter().map(|(name, value)| (name.replace("$X", text), spoilt(value, text))).collect(),
        other => other.clone(),
    }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

#[tokio::test]
async fn no_route_takes_a_name_that_steers() {
    for world in worlds().await {
        world.session("ROOT", "target").await;
        let before = world.rows().await;
        for (method, target, body) in places() {
            for text in STEERING {
                let target = target.replace("$X", &encoded(text));
                let spoilt = spoilt(&body, text);
                let answer = world.call("ROOT", method.clone(), &target, Some(spoilt.clone())).await;
                let status = answer.status.as_u16();
                assert!((400..500).contains(&status), "{method} {target} {spoilt}: {status} {}", answer.text);
                assert!(answer.json()["type"].is_string(), "{}", answer.text);
            }
        }
        world.is_still(&before).await;
    }
}

/// In filters and orders such texts are values as any other, found nowhere, or errors; never more rows.
#[tokio::test]
async fn lists_find_nothing_by_a_text_that_steers() {
    for world in worlds().await {
        world.session("USER", "target").await;
        for (list, key) in [
            ("compute_session_list", "name"),
            ("user_list", "email"),
            ("keypair_list", "access_key"),
            ("agent_list", "id"),
        ] {
            for text in STEERING.iter().chain(&["' OR 1=1 --", "\"; DROP TABLE users; --", "%", "_", "\\", "*"]) {
                for operator in ["==", "contains", "<", ">", "like", "ilike", "in"] {
                    let value = json!(text).to_string();
                    let value = if operator == "in" { format!("[{value}]") } else { value };
                    let filter = format!("{key} {operator} {value}");
                    let query =
                        format!("query($f: String) {{ {list}(limit: 9, offset: 0, filter: $f) {{ total_count }} }}");
                    let answer = world.gql("ROOT", &query, json!({"f": filter})).await;
                    assert_eq!(answer.status, 200, "{list} {filter:?}: {}", answer.text);
                    assert!(!answer.text.contains("Internal"), "{list} {filter:?}: {}", answer.text);
                    if matches!(operator, "==" | "in") {
                        let found = &answer.json()["data"][list]["total_count"];
                        assert!(found.is_null() || *found == 0, "{list} {filter:?}: {}", answer.text);
                    }
                }
            }
        }
    }
}

/// Arguments that name something, all at once: found by introspection, as `strangers.rs` does.
#[tokio::test]
async fn no_query_stumbles_over_a_text_that_steers() {
    for world in worlds().await {
        let schema = super::strangers::schema(&world).await;
        let mut asked = 0;
        for (_, field) in schema.fields.iter().filter(|(operation, _)| *operation == "query") {
            for text in STEERING {
                for query in schema.with_each_text(field, text) {
                    let answer = world.gql("ROOT", &query, json!({})).await;
                    assert_eq!(answer.status, 200, "{query:?}: {}", answer.text);
                    assert!(!answer.text.contains("Internal"), "{query:?}: {}", answer.text);
                    assert!(!answer.text.contains("Unknown argument"), "{query:?}: {}", answer.text);
                    asked += 1;
                }
            }
        }
        assert!(asked > 300, "only {asked} queries were asked");
    }
}

/// Blanks, wild cards and the beginnings of names are names as any other: nothing matches by them that
/// they don't spell out.
#[tokio::test]
async fn nothing_in_a_name_is_wild() {
    let world = World::new().await;
    for (key, name) in [("USER", "alpha-1"), ("USER", "alpha-2"), ("NEIGHBOUR", "alpha-3")] {
        world.session(key, name).await;
    }
    for wild in
        ["%25", "_lpha-1", "alpha%25", "*", "alpha*", "a%25", "%5F%5F%5F%5F%5F%5F%5F", "..", "%2e%2e%2f", "%20", "."]
    {
        for target in [format!("/session/{wild}"), format!("/session/{wild}/logs")] {
            let answer = world.get("USER", &target).await;
            assert_eq!(answer.status, 404, "{target}: {}", answer.text);
        }
        let matched = world.get("USER", &format!("/session/_/match?id={wild}")).await;
        assert_eq!(matched.json(), json!({"matches": []}), "{wild}");
    }
    // The beginning of one's own names alone.
    let begun = world.get("USER", "/session/_/match?id=alpha").await.json();
    assert_eq!(begun["matches"].as_array().unwrap().len(), 2, "{begun}");
    for (query, found) in [
        ("keypair_list(limit: 9, offset: 0, email: \"user\")", 0),
        ("keypair_list(limit: 9, offset: 0, email: \"%\")", 0),
        ("keypair_list(limit: 9, offset: 0, domain_name: \"def\")", 0),
        ("keypair_list(limit: 9, offset: 0, domain_name: \"default\")", 6),
        ("compute_session_list(limit: 9, offset: 0, access_key: \"USE\")", 0),
        ("compute_session_list(limit: 9, offset: 0, access_key: \"%\")", 0),
        ("compute_session_list(limit: 9, offset: 0, access_key: \"USER\")", 2),
    ] {
        let answer = world.gql("ROOT", &format!("{{ {query} {{ total_count }} }}"), json!({})).await.json();
        assert_eq!(answer["data"].as_object().unwrap().values().next().unwrap()["total_count"], found, "{query}");
    }
}

/// A name that is not given, or given as nothing, is never everybody's.
#[tokio::test]
async fn an_empty_name_is_nobodys() {
    let world = World::new().await;
    for key in ["ROOT", "ADMIN", "USER", "NEIGHBOUR", "FAR-USER"] {
        world.session(key, &format!("of-{}", key.to_lowercase())).await;
    }
    for caller in ["USER", "ADMIN", "FAR-ADMIN", "ROOT"] {
        let all = "{ compute_session_list(limit: 99, offset: 0) { total_count } }";
        let all = world.gql(caller, all, json!({})).await.json()["data"]["compute_session_list"]["total_count"].clone();
        for arguments in [
            "access_key: \"\"",
            "domain_name: \"\"",
            "group_id: \"\"",
            "access_key: \" \"",
            "access_key: \"\", domain_name: \"\"",
        ] {
            let query = format!("{{ compute_session_list(limit: 99, offset: 0, {arguments}) {{ total_count }} }}");
            let answer = world.gql(caller, &query, json!({})).await.json();
            let found = &answer["data"]["compute_session_list"]["total_count"];
            assert!(found.is_null() || *found == 0, "{caller}: {arguments}: {answer}");
        }
        let null = "{ compute_session_list(limit: 99, offset: 0, access_key: null, domain_name: null, group_id: null) { total_count } }";
        let null = world.gql(caller, null, json!({})).await.json();
        assert_eq!(null["data"]["compute_session_list"]["total_count"], all, "{caller}: {null}");
        let blank = world.get(caller, "/session/of-far-user?owner_access_key=").await;
        assert_eq!(blank.told(), "400 invalid-api-params: Input validation error");
    }
}
