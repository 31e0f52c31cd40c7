//! Templates of sessions through the API: the contract's answers, who may touch whose, sessions from them.

use http::Method;
use serde_json::{Value, json};

use crate::world::{Answer, PEOPLE, World};

const PLACE: &str = "/template/session";

fn template(name: &str) -> Value {
    json!({"api_version": "v1", "kind": "taskTemplate", "metadata": {"name": name, "tag": "t"},
        "spec": {"kernel": {"image": "sh", "environ": {"A": "1"}}, "resources": {"cpu": 1}}})
}

fn payload(name: &str) -> Value {
    json!({"payload": json!({"session_templates": [{"template": template(name)}]}).to_string()})
}

fn callers() -> impl Iterator<Item = &'static str> {
    PEOPLE.iter().map(|(key, ..)| *key).filter(|key| *key != "SLOW")
}

async fn make(world: &World, key: &str, name: &str) -> String {
    let answer = world.call(key, Method::POST, PLACE, Some(payload(name))).await;
    assert_eq!(answer.told(), "200", "{}", answer.text);
    answer.json()["id"].as_str().unwrap().to_owned()
}

async fn names(world: &World, key: &str, target: &str) -> String {
    let listed = world.get(key, target).await.json();
    let mut names: Vec<_> =
        listed.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names.join(" ")
}

#[tokio::test]
async fn a_template_from_first_to_last() {
    let world = World::new().await;
    assert_eq!(world.get("USER", PLACE).await.text, "[]");
    let id = make(&world, "USER", "first").await;
    assert_eq!(id.len(), 32);
    let user = world.gql("USER", "{ user { uuid } }", json!({})).await.json()["data"]["user"]["uuid"].clone();
    let mut listed = world.get("USER", &format!("{PLACE}?all=False")).await.json();
    let made = listed[0].as_object_mut().unwrap().remove("created_at").unwrap();
    assert!(made.as_str().unwrap().ends_with("+00:00") && made.as_str().unwrap().contains(' '), "{made}");
    let shown = json!([{"name": "first", "id": id, "is_owner": true, "user": user, "group": world.groups[0],
        "user_email": "user@example.com", "group_name": "default", "domain_name": "default", "type": "task",
        "template": template("first")}]);
    assert_eq!(listed, shown);
    assert_eq!(world.get("NEIGHBOUR", PLACE).await.json()[0]["is_owner"], false);
    let one = format!("{PLACE}/{id}");
    let whole = json!({"template": template("first"), "name": "first", "user_uuid": user,
        "group_id": world.groups[0], "domain_name": "default"});
    assert_eq!(world.get("USER", &format!("{one}?format=yaml")).await.json(), whole);
    let change = world.call("USER", Method::PUT, &one, Some(payload("second"))).await;
    assert_eq!(change.text, r#"{"success":true}"#);
    assert_eq!(world.get("USER", &one).await.json()["template"], template("second"));
    assert_eq!(world.call("USER", Method::DELETE, &one, None).await.text, r#"{"success":true}"#);
    assert_eq!(world.get("USER", &one).await.text, "{}");
    for method in [Method::DELETE, Method::PUT] {
        let body = (method == Method::PUT).then(|| payload("third"));
        let gone = world.call("USER", method, &one, body).await;
        assert_eq!(gone.told(), "404 task-template-not-found");
    }

    let several = "session_templates:\n  - template: {api_version: a, kind: taskTemplate, metadata: {name: x}, \
                   spec: {kernel: {image: sh}}}\n  - {name: y, template: {apiVersion: a, kind: task_template, \
                   metadata: {name: x}, spec: {kernel: {image: sh}}}}\n";
    let made = world.call("USER", Method::POST, PLACE, Some(json!({ "payload": several }))).await;
    assert_eq!(names(&world, "USER", PLACE).await, "x y");
    let last = world.get("USER", &format!("{PLACE}/{}", made.json()["id"].as_str().unwrap())).await;
    assert_eq!((&last.json()["name"], &made.json()["user"].as_str().unwrap().len()), (&json!("y"), &32));
}

#[tokio::test]
async fn clusters_have_their_own() {
    let world = World::new().await;
    let body = json!({"api_version": "v1", "kind": "clusterTemplate", "metadata": {"name": "c"}, "spec": {"n": 2}});
    let made = world.call("USER", Method::POST, "/template/cluster", Some(json!({"payload": body.to_string()}))).await;
    let id = made.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(world.get("USER", &format!("/template/cluster/{id}")).await.json(), body);
    assert_eq!(world.get("USER", &format!("{PLACE}/{id}")).await.text, "{}");
    assert_eq!(world.get("USER", PLACE).await.text, "[]");
    let listed = world.get("USER", "/template/cluster").await.json();
    assert_eq!((&listed[0]["type"], &listed[0]["name"]), (&json!("cluster"), &json!("c")));
    let start = json!({ "template_id": id });
    let refused = world.call("USER", Method::POST, "/session/_/create-from-template", Some(start)).await;
    assert_eq!(refused.told(), "404 task-template-not-found");
    let wrong = world.call("USER", Method::POST, "/template/cluster", Some(payload("x"))).await;
    assert_eq!(wrong.json()["data"], json!({"payload": "session_templates[0].template.kind is not `clusterTemplate`"}));
    assert_eq!(world.call("USER", Method::DELETE, &format!("{PLACE}/{id}"), None).await.status, 404);
    assert_eq!(world.call("USER", Method::DELETE, &format!("/template/cluster/{id}"), None).await.status, 200);
}

/// Everybody at everybody's templates, and at what is no template.
#[tokio::test]
async fn who_may_touch_whose_templates() {
    let world = World::new().await;
    let owners = ["ROOT", "ADMIN", "USER", "FAR-USER"];
    let mut table = String::new();
    for caller in callers() {
        let mut ids = Vec::new();
        for owner in owners {
            ids.push((owner, make(&world, owner, &format!("of-{}", owner.to_lowercase())).await));
        }
        table.push_str(&format!("{caller:10} lists {}\n", names(&world, caller, PLACE).await));
        ids.extend([("unknown", "0".repeat(32)), ("no id", "%00".to_owned())]);
        for (owner, id) in &ids {
            let one = format!("{PLACE}/{id}");
            let seen = world.get(caller, &one).await;
            let seen =
                if seen.text == "{}" { "{}" } else { seen.json()["name"].as_str().map_or("?", |_| "yes") }.to_owned();
            let start = json!({"template_id": id.replace("%00", "x"), "name": "made"});
            let from = world.call(caller, Method::POST, "/session/_/create-from-template", Some(start)).await;
            if from.status.is_success() {
                world.call(caller, Method::DELETE, "/session/made?forced=1", None).await;
                world.call("ROOT", Method::DELETE, &format!("/session/made?owner_access_key={caller}"), None).await;
            }
            let change = world.call(caller, Method::PUT, &one, Some(payload("changed"))).await.told();
            let remove = world.call(caller, Method::DELETE, &one, None).await.told();
            table.push_str(&format!(
                "{caller:10} {owner:8} see {seen} | start {} | change {change} | remove {remove}\n",
                from.told()
            ));
        }
        for (_, id) in ids {
            world.call("ROOT", Method::DELETE, &format!("{PLACE}/{id}"), None).await;
        }
    }
    insta::assert_snapshot!(table);
}

/// Whose templates may be made, and where. What is another's answers as what is not there.
#[tokio::test]
async fn who_makes_templates_for_whom() {
    let world = World::new().await;
    let [near, far] = world.groups.map(|group| group.to_string());
    let nowhere = "00000000-0000-4000-8000-000000000000".to_owned();
    let of =
        async |key: &str| world.gql(key, "{ user { uuid } }", json!({})).await.json()["data"]["user"]["uuid"].clone();
    let (user, far_user) = (of("USER").await, of("FAR-USER").await);
    let with = |item: Value, around: Value| {
        let mut one = json!({"template": template("x")});
        one.as_object_mut().unwrap().extend(item.as_object().unwrap().clone());
        let mut body = json!({"payload": json!({"session_templates": [one]}).to_string()});
        body.as_object_mut().unwrap().extend(around.as_object().unwrap().clone());
        body
    };
    let cases = [
        ("own", with(json!({}), json!({}))),
        ("for USER", with(json!({}), json!({"owner_access_key": "USER"}))),
        ("for ROOT", with(json!({}), json!({"owner_access_key": "ROOT"}))),
        ("for FAR-USER", with(json!({}), json!({"owner_access_key": "FAR-USER"}))),
        ("for nobody", with(json!({}), json!({"owner_access_key": "NOBODY"}))),
        ("of USER", with(json!({"user_uuid": user}), json!({}))),
        ("of FAR-USER", with(json!({"user_uuid": far_user}), json!({}))),
        ("of nobody", with(json!({"user_uuid": nowhere}), json!({}))),
        ("near project", with(json!({"group_id": near}), json!({}))),
        ("far project", with(json!({"group_id": far}), json!({}))),
        ("no project", with(json!({"group_id": nowhere}), json!({}))),
        ("far domain", with(json!({}), json!({"domain_name": "other"}))),
        ("no domain", with(json!({}), json!({"domain": "none"}))),
        ("unknown name", with(json!({}), json!({"group_name": "none"}))),
    ];
    let mut table = String::new();
    for (what, body) in &cases {
        for caller in callers() {
            let told = world.call(caller, Method::POST, PLACE, Some(body.clone())).await.told();
            table.push_str(&format!("{what:14} {caller:10} {told}\n"));
        }
    }
    insta::assert_snapshot!(table);
}

async fn start(world: &World, key: &str, body: Value) -> Answer {
    world.call(key, Method::POST, "/session/_/create-from-template", Some(body)).await
}

#[tokio::test]
async fn sessions_start_from_templates() {
    let world = World::new().await;
    let id = make(&world, "USER", "from-it").await;
    let made = start(&world, "NEIGHBOUR", json!({ "templateId": id })).await;
    assert_eq!(made.told(), "201", "{}", made.text);
    assert_eq!((&made.json()["sessionName"], &made.json()["status"]), (&json!("from-it"), &json!("RUNNING")));
    let query = "{ compute_session_list(limit: 9, offset: 0, order: \"name\") { items { name tag occupied_slots } } }";
    let seen = async || world.gql("NEIGHBOUR", query, json!({})).await.json()["data"]["compute_session_list"].clone();
    let tagged = seen().await["items"][0].clone();
    assert_eq!((&tagged["name"], &tagged["tag"]), (&json!("from-it"), &json!("t")));
    assert!(tagged["occupied_slots"].as_str().unwrap().contains("\"cpu\": \"1\""), "{tagged}");
    // What the unmodified client sends for options that nobody typed.
    let nothing = "Undefined.token";
    let typed = json!({"template_id": id, "name": "a-name", "image": nothing, "tag": nothing, "domain": null,
        "group": null, "startupCommand": nothing, "owner_access_key": nothing, "starts_at": null,
        "enqueueOnly": false, "maxWaitSeconds": 0, "reuseIfExists": true, "clusterSize": 1,
        "config": {"mounts": [], "scalingGroup": nothing}});
    assert_eq!(start(&world, "NEIGHBOUR", typed).await.json()["sessionName"], "a-name");

    let mut table = String::new();
    for (what, body) in [
        ("no template", json!({})),
        ("null", json!({"template_id": null})),
        ("a number", json!({"template_id": 3})),
        ("no id", json!({"template_id": "x"})),
        ("unknown", json!({"template_id": "0".repeat(32)})),
        ("image", json!({"template_id": id, "name": "other-one", "image": "none"})),
        ("name", json!({"template_id": id, "name": "-"})),
        ("environ", json!({"template_id": id, "name": "other-one", "config": {"environ": {"A=": "1"}}})),
        ("script", json!({"template_id": id, "name": "other-one", "bootstrap_script": "%"})),
        ("project", json!({"template_id": id, "name": "other-one", "group": "none"})),
        ("owner", json!({"template_id": id, "name": "other-one", "owner_access_key": "USER"})),
    ] {
        let answer = start(&world, "NEIGHBOUR", body).await;
        table.push_str(&format!("{what}: {} {}\n", answer.told(), answer.json()["data"]));
    }
    insta::assert_snapshot!(table);
    assert_eq!(seen().await["items"].as_array().unwrap().len(), 2);
}

/// Malformed bodies at every route that takes a body here: refused by name, nothing changed, no panic.
#[tokio::test]
async fn malformed_bodies_change_nothing() {
    let world = World::new().await;
    let id = make(&world, "USER", "kept").await;
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let laughs: String = (1..20).map(|n| format!("a{n}: &a{n} [*a{0}, *a{0}, *a{0}]\n", n - 1)).collect();
    let payloads = [
        json!(null),
        json!(""),
        json!(3),
        json!({}),
        json!("{"),
        json!("a\0b"),
        json!(deep),
        json!(format!("a0: &a0 x\n{laughs}")),
        json!("? [a]\n: b"),
        json!("!!python/object/apply:os.system ['id']"),
        json!("x".repeat(70_000)),
        json!("{\"session_templates\": [{\"template\": {\"kind\": \"taskTemplate\"}}]}"),
    ];
    for payload in payloads {
        for (method, target) in [
            (Method::POST, PLACE.to_owned()),
            (Method::PUT, format!("{PLACE}/{id}")),
            (Method::POST, "/template/cluster".to_owned()),
        ] {
            let body = json!({"payload": payload, "group": "default"});
            let answer = world.call("USER", method, &target, Some(body)).await;
            assert_eq!(answer.told(), "400 invalid-api-params: Input validation error", "{target}");
            assert!(answer.json()["data"]["payload"].is_string(), "{}", answer.text);
        }
    }
    assert_eq!(names(&world, "USER", PLACE).await, "kept");
    assert_eq!(world.get("USER", "/template/cluster").await.text, "[]");
    let listed = world.get("USER", &format!("{PLACE}?group_id=x")).await;
    assert_eq!(listed.json()["data"], json!({"group_id": "value is not a uuid"}));
    let one = world.get("USER", &format!("{PLACE}/{id}?format=xml")).await;
    assert_eq!(one.json()["data"], json!({"format": "value is not a valid member of TemplateFormats"}));
}
