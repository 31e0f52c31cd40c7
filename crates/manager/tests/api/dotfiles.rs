//! Files for the homes of sessions through the API: the contract's answers, its limits, and who
//! may touch whose.

use http::Method;
use serde_json::{Value, json};

use crate::world::{PEOPLE, World};

fn file(path: &str) -> Value {
    json!({"path": path, "permission": "644", "data": "content"})
}

#[tokio::test]
async fn a_file_from_first_to_last() {
    let world = World::new().await;
    let call = async |method: Method, target: &str, body: Option<Value>| {
        world.call("USER", method, &format!("/user-config/dotfiles{target}"), body).await
    };
    assert_eq!(call(Method::GET, "", None).await.json(), json!([]));
    assert_eq!(call(Method::POST, "", Some(file(".rc"))).await.json(), json!({}));
    assert_eq!(
        call(Method::GET, "", None).await.json(),
        json!([{"path": ".rc", "permission": "644", "data": "content"}])
    );
    assert_eq!(
        call(Method::GET, "?path=.rc", None).await.json(),
        json!({"path": ".rc", "perm": "644", "data": "content"})
    );
    let again = call(Method::POST, "", Some(file(".rc"))).await;
    assert_eq!(
        (again.told().as_str(), &again.json()["title"]),
        ("400 generic-bad-request", &json!("Dotfile already exists."))
    );
    let changed = json!({"path": ".rc", "permission": "700", "data": ""});
    assert_eq!(call(Method::PATCH, "", Some(changed)).await.json(), json!({}));
    assert_eq!(call(Method::GET, "?path=.rc", None).await.json()["perm"], "700");
    assert_eq!(call(Method::DELETE, "?path=.rc", None).await.json(), json!({"success": true}));
    for (method, target, body) in
        [(Method::GET, "?path=.rc", None), (Method::DELETE, "?path=.rc", None), (Method::PATCH, "", Some(file(".rc")))]
    {
        let gone = call(method, target, body).await;
        assert_eq!(
            (gone.told().as_str(), &gone.json()["title"]),
            ("404 generic-not-found", &json!("Requested Dotfile not found."))
        );
    }
    for path in ["/etc/passwd", "../x", "a/../../x", ".ssh", ".ssh/authorized_keys", "a\nb", "x/", ".a\u{7f}"] {
        let refused = call(Method::POST, "", Some(file(path))).await;
        assert_eq!(refused.json()["title"], "Dotfile creation has failed.", "{path:?}");
    }
    for (wrong, reason) in [
        (json!({"path": "a\0b", "permission": "644", "data": ""}), json!({"path": "value contains a null character"})),
        (
            json!({"path": "a", "permission": "4755", "data": ""}),
            json!({"permission": "does not match pattern ^[0-7]{3}$"}),
        ),
        (json!({"path": "a", "permission": "644", "data": "x".repeat(65537)}), json!({"data": "larger than 64 KiB"})),
    ] {
        assert_eq!(call(Method::POST, "", Some(wrong)).await.json()["data"], reason);
    }
    assert_eq!(call(Method::GET, "", None).await.json(), json!([]));
    for number in 0..100 {
        assert_eq!(call(Method::POST, "", Some(file(&format!("f{number}")))).await.told(), "200");
    }
    let full = call(Method::POST, "", Some(file("f100"))).await;
    assert_eq!(full.told(), "400 generic-bad-request: Dotfile creation limit reached");
}

#[tokio::test]
async fn the_script_of_a_key() {
    let world = World::new().await;
    let place = "/user-config/bootstrap-script";
    assert_eq!(world.get("USER", place).await.json(), json!(""));
    let set = async |script: Value| world.call("USER", Method::POST, place, Some(json!({ "script": script }))).await;
    assert_eq!(set(json!("echo hi")).await.json(), json!({}));
    assert_eq!(world.get("USER", place).await.json(), json!("echo hi"));
    assert_eq!(world.get("NEIGHBOUR", place).await.json(), json!(""));
    assert_eq!(set(json!("x".repeat(65537))).await.told(), "400 invalid-api-params: Input validation error");
    assert_eq!(set(json!("")).await.told(), "200");
    assert_eq!(world.get("USER", place).await.json(), json!(""));
}

/// Everybody at everybody's files: those of a key, of a project by name and by id, of a domain.
#[tokio::test]
async fn who_may_touch_whose_files() {
    let world = World::new().await;
    let [own, far] = world.groups;
    let nowhere = uuid::Uuid::new_v4();
    let shelves = [
        ("own key", "user", String::new()),
        ("key USER", "user", "&owner_access_key=USER".to_owned()),
        ("key ROOT", "user", "&owner_access_key=ROOT".to_owned()),
        ("key FAR-USER", "user", "&owner_access_key=FAR-USER".to_owned()),
        ("key unknown", "user", "&owner_access_key=NOBODY".to_owned()),
        ("project", "group", format!("&group={own}")),
        ("far project", "group", format!("&group_id={far}")),
        ("far project by name", "group", "&group=default&domain=other".to_owned()),
        ("project unknown", "group", format!("&groupId={nowhere}")),
        ("project by unknown name", "group", "&group=none&domain=default".to_owned()),
        ("project not said", "group", String::new()),
        ("domain", "domain", "&domain=default".to_owned()),
        ("far domain", "domain", "&domain=other".to_owned()),
        ("domain unknown", "domain", "&domain=none".to_owned()),
    ];
    let mut table = String::new();
    for (name, kind, shelf) in &shelves {
        for caller in PEOPLE.iter().map(|(key, ..)| *key).filter(|key| *key != "SLOW") {
            let target = |path: &str| format!("/{kind}-config/dotfiles?{path}{shelf}");
            let list = world.get(caller, &target("")).await;
            let add = world.call(caller, Method::POST, &target("path=.f&permission=600&data=x"), None).await.told();
            let one = world.get(caller, &target("path=.f")).await.told();
            let change = world.call(caller, Method::PATCH, &target("path=.f&permission=600&data=y"), None).await.told();
            let remove = world.call(caller, Method::DELETE, &target("path=.f"), None).await.told();
            table.push_str(&format!(
                "{name:24} {caller:10} list {} | add {add} | one {one} | change {change} | remove {remove}\n",
                list.told()
            ));
        }
    }
    insta::assert_snapshot!(table);
}
