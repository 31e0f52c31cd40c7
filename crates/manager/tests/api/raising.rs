//! Nobody becomes more than they are by changing others, or themselves: every road that leads towards
//! more rights, tried by everybody who has less.

use axum::body::Body;
use http::Method;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::world::{Answer, Signing, World, secret};

/// Somebody who signs.
#[derive(Clone)]
struct Who {
    name: &'static str,
    email: &'static str,
    key: String,
    secret: SecretString,
}

impl Who {
    fn founded(name: &'static str, email: &'static str) -> Self {
        Self { name, email, key: name.to_owned(), secret: secret(name) }
    }

    async fn call(&self, world: &World, method: &Method, target: &str, body: Option<&Value>) -> Answer {
        let signing = Signing { secret: self.secret.clone(), ..Signing::of(&self.key, method.as_str(), target) };
        world.send(signing.request(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))).await
    }

    async fn ask(&self, world: &World, query: &str) -> Answer {
        self.call(world, &Method::POST, "/admin/gql", Some(&json!({ "query": query }))).await
    }

    /// A second key of the same person.
    async fn second(&self, world: &World, name: &'static str, admin: bool) -> Self {
        let query = format!(
            "mutation {{ create_keypair(user_id: \"{}\", props: {{resource_policy: \"default\", rate_limit: 10000, \
             is_admin: {admin}}}) {{ keypair {{ access_key secret_key }} }} }}",
            self.email
        );
        let made = root().ask(world, &query).await.json()["data"]["create_keypair"]["keypair"].clone();
        let text = |field: &str| made[field].as_str().unwrap().to_owned();
        Self { name, email: self.email, key: text("access_key"), secret: text("secret_key").into() }
    }
}

fn root() -> Who {
    Who::founded("ROOT", "root@example.com")
}

/// Everybody who is less than the superadmin with an administrative key.
async fn lesser(world: &World) -> Vec<Who> {
    let admin = Who::founded("ADMIN", "admin@example.com");
    let user = Who::founded("USER", "user@example.com");
    let monitor = Who::founded("MONITOR", "monitor@example.com");
    vec![
        root().second(world, "superadmin, plain key", false).await,
        admin.second(world, "admin, plain key", false).await,
        user.second(world, "user, admin key", true).await,
        monitor.second(world, "monitor, admin key", true).await,
        admin,
        Who::founded("FAR-ADMIN", "far-admin@example.com"),
        user,
        Who::founded("NEIGHBOUR", "neighbour@example.com"),
        monitor,
    ]
}

/// A request that would make its sender more, or somebody else less. `$EMAIL` and `$KEY` are the sender's,
/// `$OTHER` is a domain that is not.
struct Road {
    method: Method,
    target: String,
    body: Option<String>,
}

fn mutation(text: impl Into<String>) -> Road {
    let query = format!("mutation {{ {} {{ ok msg }} }}", text.into());
    Road { method: Method::POST, target: "/admin/gql".to_owned(), body: Some(json!({ "query": query }).to_string()) }
}

fn rest(method: Method, target: impl Into<String>, body: Value) -> Road {
    Road { method, target: target.into(), body: (!body.is_null()).then(|| body.to_string()) }
}

/// Roads for whoever is no superadmin with an administrative key.
fn roads(world: &World, plain: &Who) -> Vec<Road> {
    [
        against_the_superadmin(),
        people(),
        keys(&plain.key),
        groups(world),
        limits(world),
        of_the_superadmin(&plain.key),
        server(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Less for the superadmin. These come first: while there is no other one, not even the superadmin can take
/// them.
fn against_the_superadmin() -> Vec<Road> {
    vec![
        mutation(r#"modify_user(email: "root@example.com", props: {password: "known to me"})"#),
        mutation(r#"modify_user(email: "root@example.com", props: {role: "user"})"#),
        mutation(r#"modify_user(email: "root@example.com", props: {status: "inactive"})"#),
        mutation(r#"delete_user(email: "root@example.com")"#),
        mutation(r#"purge_user(email: "root@example.com", props: {})"#),
        mutation(r#"modify_keypair(access_key: "ROOT", props: {is_active: false})"#),
        mutation(r#"modify_keypair(access_key: "ROOT", props: {is_admin: false})"#),
        mutation(r#"delete_keypair(access_key: "ROOT")"#),
    ]
}

fn people() -> Vec<Road> {
    let new = r#"username: "", password: "long enough", need_password_change: false, domain_name: "default""#;
    vec![
        mutation(r#"modify_user(email: "$EMAIL", props: {role: "superadmin"})"#),
        mutation(r#"modify_user(email: "$EMAIL", props: {role: "admin"})"#),
        mutation(r#"modify_user(email: "$EMAIL", props: {domain_name: "other"})"#),
        mutation(r#"modify_user(email: "neighbour@example.com", props: {role: "superadmin"})"#),
        mutation(format!(r#"create_user(email: "by-$KEY@example.com", props: {{{new}, role: "superadmin"}})"#)),
        mutation(format!(r#"create_user(email: "as-$KEY@example.com", props: {{{new}, role: "admin"}})"#)),
        rest(
            Method::POST,
            "/auth/update-password",
            json!({"old_password": "a guess", "new_password": "known to me", "new_password2": "known to me"}),
        ),
        rest(Method::POST, "/auth/signout", json!({"email": "root@example.com", "password": "a guess"})),
    ]
}

fn keys(plain: &str) -> Vec<Road> {
    let key = "resource_policy: \"default\", rate_limit: 10000, is_admin: true";
    vec![
        mutation(r#"modify_keypair(access_key: "$KEY", props: {is_admin: true})"#),
        mutation(r#"modify_keypair(access_key: "$KEY", props: {rate_limit: 1000000})"#),
        mutation(format!(r#"modify_keypair(access_key: "{plain}", props: {{is_admin: true}})"#)),
        mutation(format!("create_keypair(user_id: \"$EMAIL\", props: {{{key}}})")),
        mutation(format!("create_keypair(user_id: \"root@example.com\", props: {{{key}}})")),
    ]
}

/// What an admin may not do either: reach beyond the own domain, by moving a project or its people.
fn groups(world: &World) -> Vec<Road> {
    let [own, far] = world.groups;
    vec![
        mutation(format!(r#"modify_group(gid: "{far}", props: {{domain_name: "default"}})"#)),
        mutation(format!(r#"modify_group(gid: "{own}", props: {{domain_name: "other"}})"#)),
        mutation(format!(
            r#"a: modify_group(gid: "{own}", props: {{domain_name: "other"}}) {{ ok msg }}
               b: modify_group(gid: "{far}", props: {{domain_name: "default"}})"#
        )),
        mutation(format!(r#"modify_group(gid: "{own}", props: {{user_update_mode: "add", user_uuids: ["$FAR"]}})"#)),
        mutation(format!(r#"modify_group(gid: "{far}", props: {{user_update_mode: "add", user_uuids: ["$NEAR"]}})"#)),
    ]
}

/// Wider limits.
fn limits(world: &World) -> Vec<Road> {
    let [own, _] = world.groups;
    vec![
        mutation(r#"modify_domain(name: "default", props: {total_resource_slots: "{\"cpu\": \"Infinity\"}"})"#),
        mutation(r#"modify_domain(name: "default", props: {name: "renamed"})"#),
        mutation(r#"modify_domain(name: "other", props: {allowed_docker_registries: ["everything"]})"#),
        mutation(r#"create_domain(name: "by-$KEY", props: {})"#),
        mutation(r#"modify_keypair_resource_policy(name: "default", props: {max_concurrent_sessions: 1000})"#),
        mutation(r#"modify_resource_preset(name: "none", props: {shared_memory: "1g"})"#),
        mutation(r#"create_scaling_group(name: "by-$KEY", props: {driver: "static", scheduler: "fifo"})"#),
        mutation(r#"modify_scaling_group(name: "default", props: {scheduler: "lifo"})"#),
        mutation(r#"associate_scaling_group_with_domain(scaling_group: "spare", domain: "default")"#),
        mutation(format!(r#"associate_scaling_group_with_user_group(scaling_group: "spare", user_group: "{own}")"#)),
        mutation(r#"associate_scaling_group_with_keypair(scaling_group: "spare", access_key: "$KEY")"#),
        mutation(r#"modify_agent(id: "i-test", props: {schedulable: false})"#),
    ]
}

/// What would run among the superadmin's things, or act in the superadmin's name.
fn of_the_superadmin(plain: &str) -> Vec<Road> {
    let file =
        |owner: &str| format!("/user-config/dotfiles?path=.bashrc&permission=755&data=x&owner_access_key={owner}");
    let new = json!({"name": "in-their-name", "image": "sh", "bootstrap_script": "echo", "enqueueOnly": true});
    let mut roads = vec![
        rest(Method::POST, "/session?owner_access_key=ROOT", new.clone()),
        rest(Method::PATCH, "/session/roots-own?owner_access_key=ROOT", Value::Null),
        rest(Method::POST, "/session/roots-own/rename?name=mine-now&owner_access_key=ROOT", Value::Null),
        rest(Method::POST, "/session/roots-own/extend?seconds=60&owner_access_key=ROOT", Value::Null),
        rest(Method::GET, "/session/roots-own/logs?owner_access_key=ROOT", Value::Null),
        rest(Method::DELETE, "/session/roots-own?owner_access_key=ROOT", Value::Null),
        rest(Method::DELETE, "/session/roots-own?forced=true&owner_access_key=ROOT", Value::Null),
        rest(Method::POST, "/domain-config/dotfiles?path=.f&permission=755&data=x&domain=$OTHER", Value::Null),
    ];
    for owner in ["ROOT", plain] {
        roads.push(rest(Method::POST, file(owner), Value::Null));
        roads.push(rest(Method::PATCH, file(owner), Value::Null));
    }
    roads
}

fn server() -> Vec<Road> {
    vec![
        rest(Method::POST, "/config/set", json!({"key": "config/mine", "value": "mine"})),
        rest(Method::POST, "/config/get", json!({"key": "config"})),
        rest(Method::PUT, "/manager/status", json!({"status": "frozen"})),
        rest(Method::POST, "/manager/announcement", json!({"enabled": true, "message": "mine"})),
    ]
}

/// Who is what, has what, may use what: as the superadmin sees it.
async fn rights(world: &World) -> Value {
    let query = "{ users { email role status domain_name username groups { id } }
        keypair_list(limit: 100, offset: 0, order: \"access_key\") { items { access_key user_id is_admin is_active \
        resource_policy rate_limit } }
        groups { id name domain_name is_active total_resource_slots } domains { name is_active total_resource_slots \
        allowed_docker_registries scaling_groups } keypair_resource_policies { name max_concurrent_sessions }
        scaling_groups { name scheduler is_active } resource_presets { name } agent_list(limit: 9, offset: 0) \
        { items { id schedulable } } compute_session_list(limit: 9, offset: 0, access_key: \"ROOT\") \
        { items { id name status } } }";
    let seen = root().ask(world, query).await.json();
    assert!(seen.get("errors").is_none(), "{seen}");
    let mut things = vec![seen];
    for target in [
        "/user-config/dotfiles",
        "/user-config/bootstrap-script",
        "/manager/status",
        "/domain-config/dotfiles?domain=default",
        "/domain-config/dotfiles?domain=other",
    ] {
        things.push(root().call(world, &Method::GET, target, None).await.json());
    }
    things.push(root().call(world, &Method::POST, "/config/get", Some(&json!({"key": "config/mine"}))).await.json());
    things.into()
}

/// The ids of somebody near and somebody far, for the roads that name people by id.
async fn ids(world: &World) -> [String; 2] {
    let query =
        "{ near: user(email: \"neighbour@example.com\") { uuid } far: user(email: \"far-user@example.com\") { uuid } }";
    let found = root().ask(world, query).await.json();
    ["near", "far"].map(|name| found["data"][name]["uuid"].as_str().unwrap().to_owned())
}

async fn take(world: &World, road: &Road, who: &Who, [near, far]: &[String; 2]) -> Answer {
    let fill = |text: &str| {
        let other = if who.name.starts_with("FAR") { "default" } else { "other" };
        let text = text.replace("$EMAIL", who.email).replace("$KEY", &who.key).replace("$OTHER", other);
        text.replace("$NEAR", near).replace("$FAR", far)
    };
    let body: Option<Value> = road.body.as_ref().map(|body| serde_json::from_str(&fill(body)).unwrap());
    who.call(world, &road.method, &fill(&road.target), body.as_ref()).await
}

/// Whether a mutation was refused, in each of its parts.
fn refused(answer: &Answer) -> bool {
    if !answer.status.is_success() {
        return true;
    }
    let document = answer.json();
    document["data"].as_object().is_some_and(|data| data.values().all(|part| part["ok"] == false))
}

#[tokio::test]
async fn nobody_raises_their_own_rights_by_editing_others() {
    let world = World::new().await;
    let lesser = lesser(&world).await;
    let spare =
        "mutation { create_scaling_group(name: \"spare\", props: {driver: \"static\", scheduler: \"fifo\"}) { ok } }";
    assert_eq!(root().ask(&world, spare).await.json()["data"]["create_scaling_group"]["ok"], true);
    world.session("ROOT", "roots-own").await;
    let ids = ids(&world).await;
    let before = rights(&world).await;
    let roads = roads(&world, &lesser[0]);
    for road in &roads {
        // To one's own key's own files everybody has a right.
        for who in lesser.iter().filter(|who| !road.target.ends_with(&who.key)) {
            let answer = take(&world, road, who, &ids).await;
            let told = format!("{} by {}: {}", road.target, who.name, road.body.as_deref().unwrap_or_default());
            assert!(refused(&answer), "{told} {}", answer.text);
        }
    }
    assert_eq!(rights(&world).await, before);
    secrets_raise_nobody(&world, &lesser).await;
    // A road that is closed to everybody proves nothing: each is understood from who may (but for guesses
    // of passwords).
    for road in &roads {
        let answer = take(&world, road, &root(), &ids).await;
        let document = answer.json();
        let closed = answer.status == http::StatusCode::UNAUTHORIZED && !road.target.starts_with("/auth/");
        let misunderstood = closed || document.get("errors").is_some();
        assert!(!misunderstood, "{} {:?}: {}", road.target, road.body, answer.text);
    }
}

/// No secret is told but one's own, and none that would make a plain key an administrative one.
async fn secrets_raise_nobody(world: &World, lesser: &[Who]) {
    let everyone: Vec<&str> = lesser.iter().map(|who| who.key.as_str()).chain(["ROOT"]).collect();
    let read = "access_key secret_key is_admin user_id";
    for who in lesser {
        let mut queries = vec![format!("{{ keypairs {{ {read} }} }}"), format!("{{ keypair {{ {read} }} }}")];
        queries.push(format!("{{ keypair_list(limit: 50, offset: 0) {{ items {{ {read} }} }} }}"));
        queries.extend(everyone.iter().map(|key| format!("{{ keypair(access_key: \"{key}\") {{ {read} }} }}")));
        let own = root().ask(world, &format!("{{ keypair(access_key: \"{}\") {{ is_admin }} }}", who.key)).await.json();
        let flag = own["data"]["keypair"]["is_admin"] == true;
        for query in queries {
            let answer = who.ask(world, &query).await.json();
            let mut found = Vec::new();
            keypairs(&answer["data"], &mut found);
            for key in found.into_iter().filter(|key| !key["secret_key"].is_null()) {
                let raises = key["user_id"] != who.email || (key["is_admin"] == true && !flag);
                assert!(!raises, "{} reads the secret of {}", who.name, key["access_key"]);
            }
        }
    }
    let own = root().ask(world, "{ keypair { secret_key } }").await.json();
    assert_eq!(own["data"]["keypair"]["secret_key"], "secret of ROOT");
}

fn keypairs<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(fields) if fields.contains_key("secret_key") => found.push(value),
        Value::Object(fields) => fields.values().for_each(|field| keypairs(field, found)),
        Value::Array(items) => items.iter().for_each(|item| keypairs(item, found)),
        _ => {}
    }
}

/// What is taken away is gone with the next request, and not for the taking back.
#[tokio::test]
async fn rights_that_were_taken_away_cannot_be_taken_back() {
    let world = World::new().await;
    let admin = Who::founded("ADMIN", "admin@example.com");
    let [own, _] = world.groups;
    let describe =
        format!("mutation {{ modify_group(gid: \"{own}\", props: {{description: \"mine\"}}) {{ ok msg }} }}");
    let back = [
        "mutation { modify_keypair(access_key: \"ADMIN\", props: {is_admin: true}) { ok msg } }",
        "mutation { modify_user(email: \"admin@example.com\", props: {role: \"admin\"}) { ok msg } }",
    ];
    assert!(!refused(&admin.ask(&world, &describe).await));
    for (take, give) in [
        (
            "modify_keypair(access_key: \"ADMIN\", props: {is_admin: false})",
            "modify_keypair(access_key: \"ADMIN\", props: {is_admin: true})",
        ),
        (
            "modify_user(email: \"admin@example.com\", props: {role: \"user\"})",
            "modify_user(email: \"admin@example.com\", props: {role: \"admin\"})",
        ),
    ] {
        assert!(!refused(&root().ask(&world, &format!("mutation {{ {take} {{ ok msg }} }}")).await));
        for query in back.iter().copied().chain([describe.as_str()]) {
            assert!(refused(&admin.ask(&world, query).await), "{take}: {query}");
        }
        assert!(!refused(&root().ask(&world, &format!("mutation {{ {give} {{ ok msg }} }}")).await));
        assert!(!refused(&admin.ask(&world, &describe).await));
    }
}
