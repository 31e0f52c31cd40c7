//! Every route of the server as nobody and as everybody, on what is near, far and unknown: a readable
//! table that fails when a route is missing, and a check that far and unknown are one answer.

use std::collections::BTreeSet;

use axum::body::Body;
use http::{Method, Request};
use serde_json::{Value, json};

use crate::world::{Answer, PEOPLE, World, signed};

/// What a request speaks of: whose key, and the name of a session of theirs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub(super) word: &'static str,
    pub(super) owner: &'static str,
    pub(super) session: &'static str,
    pub(super) domain: &'static str,
}

const TARGETS: [Target; 3] = [
    Target { word: "near", owner: "USER", session: "of-user", domain: "default" },
    Target { word: "far", owner: "FAR-USER", session: "of-far-user", domain: "other" },
    Target { word: "unknown", owner: "NOBODY", session: "of-nobody", domain: "nowhere" },
];

/// One line for each route: method, its path in the table of routes, what is asked for (`$OWNER`,
/// `$SESSION`, `$DOMAIN`, `$GROUP` and `$EMAIL` are those of each target), body. **A new route is added
/// here**, or in `server_rights.rs` if it speaks of nobody's sessions, groups, domains or keys.
const ROUTES: &[(&str, &str, &str, &str)] = &[
    ("GET", "/", "/", ""),
    ("GET", "/healthz", "/healthz", ""),
    ("GET", "/readyz", "/readyz", ""),
    ("GET", "/auth", "/auth?echo=a", ""),
    ("POST", "/auth", "/auth", r#"{"echo": "a"}"#),
    ("GET", "/auth/test", "/auth/test?echo=a", ""),
    ("POST", "/auth/test", "/auth/test", r#"{"echo": "a"}"#),
    ("GET", "/auth/role", "/auth/role?group=$GROUP", ""),
    (
        "POST",
        "/auth/authorize",
        "/auth/authorize",
        r#"{"type": "keypair", "domain": "$DOMAIN", "username": "$EMAIL", "password": "not this one"}"#,
    ),
    (
        "POST",
        "/auth/update-password",
        "/auth/update-password",
        r#"{"old_password": "not this one", "new_password": "long enough", "new_password2": "long enough"}"#,
    ),
    ("POST", "/auth/update-full-name", "/auth/update-full-name", r#"{"email": "$EMAIL", "full_name": "Me"}"#),
    ("GET", "/auth/ssh-keypair", "/auth/ssh-keypair", ""),
    ("PATCH", "/auth/ssh-keypair", "/auth/ssh-keypair", ""),
    ("POST", "/auth/signout", "/auth/signout", r#"{"email": "$EMAIL", "password": "not this one"}"#),
    ("POST", "/auth/signup", "/auth/signup", r#"{"domain": "$DOMAIN", "email": "$EMAIL", "password": "long enough"}"#),
    ("POST", "/admin/gql", "/admin/gql", r#"{"query": "{ group(id: \"$GROUP\") { name } }"}"#),
    ("POST", "/admin/graphql", "/admin/graphql", r#"{"query": "{ group(id: \"$GROUP\") { name } }"}"#),
    ("POST", "/session", "/session?owner_access_key=$OWNER", r#"{"name": "made", "image": "sh", "domain": "$DOMAIN"}"#),
    (
        "POST",
        "/session/_/create",
        "/session/_/create",
        r#"{"clientSessionToken": "made", "lang": "sh", "domain": "$DOMAIN", "owner_access_key": "$OWNER"}"#,
    ),
    ("GET", "/session/_/match", "/session/_/match?id=$SESSION&owner_access_key=$OWNER", ""),
    ("GET", "/session/_/logs", "/session/_/logs?taskId=00000000-0000-4000-8000-000000000000", ""),
    ("GET", "/session/{s}", "/session/$SESSION?owner_access_key=$OWNER", ""),
    ("GET", "/session/{s}/logs", "/session/$SESSION/logs?owner_access_key=$OWNER", ""),
    ("PATCH", "/session/{s}", "/session/$SESSION?owner_access_key=$OWNER", ""),
    ("POST", "/session/{s}/rename", "/session/$SESSION/rename?name=$SESSION&owner_access_key=$OWNER", ""),
    ("POST", "/session/{s}/extend", "/session/$SESSION/extend?seconds=1&owner_access_key=$OWNER", ""),
    ("DELETE", "/session/{s}", "/session/$SESSION?owner_access_key=$OWNER", ""),
    ("GET", "/resource/presets", "/resource/presets?scaling_group=default&group=$GROUP", ""),
    ("POST", "/resource/check-presets", "/resource/check-presets", r#"{"group": "$GROUP"}"#),
    ("GET", "/scaling-groups", "/scaling-groups?group=$GROUP", ""),
    ("GET", "/user-config/dotfiles", "/user-config/dotfiles?owner_access_key=$OWNER", ""),
    (
        "POST",
        "/user-config/dotfiles",
        "/user-config/dotfiles?path=.f&permission=600&data=x&owner_access_key=$OWNER",
        "",
    ),
    (
        "PATCH",
        "/user-config/dotfiles",
        "/user-config/dotfiles?path=.f&permission=600&data=y&owner_access_key=$OWNER",
        "",
    ),
    ("DELETE", "/user-config/dotfiles", "/user-config/dotfiles?path=.f&owner_access_key=$OWNER", ""),
    ("GET", "/group-config/dotfiles", "/group-config/dotfiles?group=$GROUP", ""),
    ("POST", "/group-config/dotfiles", "/group-config/dotfiles?path=.f&permission=600&data=x&group=$GROUP", ""),
    ("PATCH", "/group-config/dotfiles", "/group-config/dotfiles?path=.f&permission=600&data=y&group=$GROUP", ""),
    ("DELETE", "/group-config/dotfiles", "/group-config/dotfiles?path=.f&group=$GROUP", ""),
    ("GET", "/domain-config/dotfiles", "/domain-config/dotfiles?domain=$DOMAIN", ""),
    ("POST", "/domain-config/dotfiles", "/domain-config/dotfiles?path=.f&permission=600&data=x&domain=$DOMAIN", ""),
    ("PATCH", "/domain-config/dotfiles", "/domain-config/dotfiles?path=.f&permission=600&data=y&domain=$DOMAIN", ""),
    ("DELETE", "/domain-config/dotfiles", "/domain-config/dotfiles?path=.f&domain=$DOMAIN", ""),
    ("GET", "/stream/session/{s}/pty", "/stream/session/$SESSION/pty?owner_access_key=$OWNER", ""),
    ("GET", "/stream/session/{s}/apps", "/stream/session/$SESSION/apps?owner_access_key=$OWNER", ""),
    ("GET", "/v1/terminal", "/v1/terminal?ticket=$OWNER", ""),
    ("POST", "/v1/sessions/{id}/terminal", "/v1/sessions/$GROUP/terminal", ""),
    (
        "POST",
        "/session/{s}/start-service",
        "/session/$SESSION/start-service?owner_access_key=$OWNER",
        r#"{"app": "ttyd"}"#,
    ),
    ("POST", "/v1/logins", "/v1/logins", r#"{"email": "$EMAIL", "password": "not this one"}"#),
    ("GET", "/v1/logins", "/v1/logins", ""),
    ("GET", "/v1/logins/all", "/v1/logins/all", ""),
    ("GET", "/v1/login", "/v1/login", ""),
    ("DELETE", "/v1/login", "/v1/login", ""),
    ("DELETE", "/v1/logins/{id}", "/v1/logins/$GROUP", ""),
    ("GET", "/v1/preferences", "/v1/preferences", ""),
    ("PATCH", "/v1/preferences", "/v1/preferences", r#"{"theme": "dark"}"#),
    ("PUT", "/v1/preferences", "/v1/preferences", r#"{"theme": "dark"}"#),
    ("GET", "/v1/openapi.json", "/v1/openapi.json", ""),
    ("GET", "/v1/sessions", "/v1/sessions?access_key=$OWNER&fields=name&count=none", ""),
    ("GET", "/v1/sessions.csv", "/v1/sessions.csv?access_key=$OWNER&group_id=$GROUP", ""),
    ("GET", "/v1/sessions.ndjson", "/v1/sessions.ndjson?access_key=$OWNER&group_id=$GROUP", ""),
    ("GET", "/v1/sessions/{id}", "/v1/sessions/$GROUP", ""),
    ("GET", "/v1/sessions/{id}/usage", "/v1/sessions/$GROUP/usage", ""),
    ("GET", "/v1/sessions/{id}/explain", "/v1/sessions/$GROUP/explain", ""),
    (
        "POST",
        "/logs/error",
        "/logs/error",
        r#"{"severity": "error", "source": "a", "message": "b", "context_lang": "en", "context_env": "{}"}"#,
    ),
    ("GET", "/logs/error", "/logs/error?mark_read=true", ""),
    (
        "POST",
        "/template/session",
        "/template/session",
        r#"{"payload": "{api_version: a, kind: taskTemplate, metadata: {name: a}, spec: {kernel: {image: sh}}}",
            "group": "default", "domain": "$DOMAIN", "owner_access_key": "$OWNER"}"#,
    ),
    ("GET", "/template/session", "/template/session?all=true&group_id=$GROUP", ""),
    ("GET", "/template/session/{id}", "/template/session/$GROUP?owner_access_key=$OWNER", ""),
    (
        "PUT",
        "/template/session/{id}",
        "/template/session/$GROUP",
        r#"{"payload": "{api_version: a, kind: taskTemplate, metadata: {name: a}, spec: {kernel: {image: sh}}}",
            "owner_access_key": "$OWNER"}"#,
    ),
    ("DELETE", "/template/session/{id}", "/template/session/$GROUP?owner_access_key=$OWNER", ""),
    (
        "POST",
        "/template/cluster",
        "/template/cluster",
        r#"{"payload": "{api_version: a, kind: clusterTemplate, metadata: {name: a}, spec: {}}",
            "group": "default", "domain": "$DOMAIN", "owner_access_key": "$OWNER"}"#,
    ),
    ("GET", "/template/cluster", "/template/cluster?all=true&group_id=$GROUP", ""),
    ("GET", "/template/cluster/{id}", "/template/cluster/$GROUP?owner_access_key=$OWNER", ""),
    (
        "PUT",
        "/template/cluster/{id}",
        "/template/cluster/$GROUP",
        r#"{"payload": "{api_version: a, kind: clusterTemplate, metadata: {name: a}, spec: {}}",
            "owner_access_key": "$OWNER"}"#,
    ),
    ("DELETE", "/template/cluster/{id}", "/template/cluster/$GROUP?owner_access_key=$OWNER", ""),
    (
        "POST",
        "/session/_/create-from-template",
        "/session/_/create-from-template",
        r#"{"template_id": "$GROUP", "owner_access_key": "$OWNER"}"#,
    ),
    ("POST", "/logs/error/{id}/clear", "/logs/error/$GROUP/clear", ""),
    ("GET", "/user-config/bootstrap-script", "/user-config/bootstrap-script", ""),
    ("POST", "/user-config/bootstrap-script", "/user-config/bootstrap-script", r#"{"script": "echo"}"#),
];

pub(super) fn callers() -> impl Iterator<Item = &'static str> {
    PEOPLE.iter().map(|(key, ..)| *key).filter(|key| *key != "SLOW")
}

pub(super) fn filled(text: &str, target: &Target, world: &World) -> String {
    let [near, far] = world.groups.map(|group| group.to_string());
    let group = match target.domain {
        "default" => near,
        "other" => far,
        _ => "00000000-0000-4000-8000-000000000000".to_owned(),
    };
    text.replace("$OWNER", target.owner)
        .replace("$SESSION", target.session)
        .replace("$DOMAIN", target.domain)
        .replace("$EMAIL", &format!("{}@example.com", target.owner.to_lowercase()))
        .replace("$GROUP", &group)
}

/// The whole table: ours, then what `server_rights.rs` walks and we don't.
pub(super) fn table() -> Vec<(Method, &'static str, String, String)> {
    let ours = ROUTES.iter().map(|(method, path, target, body)| {
        (method.parse::<Method>().unwrap(), *path, (*target).to_owned(), (*body).to_owned())
    });
    let named: BTreeSet<(&str, &str)> = ROUTES.iter().map(|(method, path, ..)| (*method, *path)).collect();
    let others =
        crate::server_rights::walk().into_iter().filter(|(method, path, ..)| !named.contains(&(method.as_str(), path)));
    let others = others.map(|(method, path, target, body)| {
        (method, path, target, body.map(|body| body.to_string()).unwrap_or_default())
    });
    ours.chain(others).collect()
}

fn unsigned(method: &Method, target: &str, body: &str) -> Request<Body> {
    let request = Request::builder().method(method).uri(target).header("date", chrono::Utc::now().to_rfc3339());
    request.body(Body::from(body.to_owned())).unwrap()
}

async fn ask(world: &World, caller: &str, method: &Method, target: &str, body: &str) -> Answer {
    let body: Option<Value> = (!body.is_empty()).then(|| serde_json::from_str(body).unwrap());
    let answer = world.send(signed(caller, method, target, body.as_ref())).await;
    // Sessions that came or went with it are as they were for the next.
    for owner in callers() {
        let made = format!("/session/made?forced=1&owner_access_key={owner}");
        if method == Method::POST && target.starts_with("/session") && answer.status.is_success() {
            world.call("ROOT", Method::DELETE, &made, None).await;
        }
    }
    if method == Method::DELETE && answer.status.is_success() {
        for known in &TARGETS[..2] {
            world.session(known.owner, known.session).await;
        }
    }
    answer
}

#[tokio::test]
async fn no_route_is_missing_in_the_walk() {
    let world = World::new().await;
    let routes = world.manager.routes();
    let known: BTreeSet<(String, &str)> = routes.iter().map(|route| (route.method.to_string(), route.path)).collect();
    let walked: BTreeSet<(String, &str)> =
        table().iter().map(|(method, path, ..)| (method.to_string(), *path)).collect();
    let missing: Vec<_> = known.difference(&walked).collect();
    assert!(missing.is_empty(), "add a line to ROUTES of tests/api/refusals/routes.rs for each of {missing:?}");
    let gone: Vec<_> = walked.difference(&known).collect();
    assert!(gone.is_empty(), "no such routes any more: {gone:?}");
}

#[tokio::test]
async fn every_route_as_everybody() {
    let world = World::new().await;
    for known in &TARGETS[..2] {
        world.session(known.owner, known.session).await;
    }
    let routes = world.manager.routes();
    let mut text = String::new();
    for (method, path, target, body) in table() {
        let access = routes.iter().find(|route| route.method == method && route.path == path).unwrap().access;
        text.push_str(&format!("{method} {path} ({access:?})\n"));
        let speaks_of = format!("{target}{body}").contains('$');
        for known in &TARGETS[..if speaks_of { 3 } else { 1 }] {
            let (target, body) = (filled(&target, known, &world), filled(&body, known, &world));
            let mut answers: Vec<(String, Vec<&str>)> = Vec::new();
            let mut note = |told: String, caller| match answers.iter_mut().find(|(known, _)| *known == told) {
                Some((_, callers)) => callers.push(caller),
                None => answers.push((told, vec![caller])),
            };
            let nobody = world.send(unsigned(&method, &target, &body)).await.told();
            if access.wants_proof() {
                assert_eq!(nobody, "401 auth-failed: Unauthorized access", "{method} {target}");
            }
            note(nobody, "nobody");
            for caller in callers() {
                note(ask(&world, caller, &method, &target, &body).await.told(), caller);
            }
            for (told, callers) in answers {
                let word = if speaks_of { known.word } else { "" };
                text.push_str(&format!("    {word:8} {told}: {}\n", callers.join(" ")));
            }
        }
    }
    insta::assert_snapshot!(text);
}

/// What must not differ: all but the request's own id, the time and the rate that is left.
pub(super) fn comparable(answer: &Answer) -> (u16, Vec<(String, String)>, &str) {
    let own = ["x-request-id", "date", "x-ratelimit-remaining"];
    let headers = answer.headers.iter().filter(|(name, _)| !own.contains(&name.as_str()));
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    (answer.status.as_u16(), headers, &answer.text)
}

#[tokio::test]
async fn another_domain_answers_as_nothing_does_byte_for_byte() {
    let world = World::new().await;
    for known in &TARGETS[..2] {
        world.session(known.owner, known.session).await;
    }
    let far_id =
        world.gql("FAR-USER", "{ compute_session_list(limit: 1, offset: 0) { items { id } } }", json!({})).await;
    let far_id = far_id.json()["data"]["compute_session_list"]["items"][0]["id"].as_str().unwrap().to_owned();
    let no_id = "00000000-0000-4000-8000-000000000000";
    let [_, far, unknown] = TARGETS;
    for (method, path, target, body) in table().into_iter().filter(|line| format!("{}{}", line.2, line.3).contains('$'))
    {
        for caller in ["ADMIN", "USER", "NEIGHBOUR", "MONITOR"] {
            let mut pairs = vec![[
                (filled(&target, &far, &world), filled(&body, &far, &world)),
                (filled(&target, &unknown, &world), filled(&body, &unknown, &world)),
            ]];
            // One's own key, the other's session: by id and by name.
            if target.contains("$SESSION") {
                let own = target.replace("$OWNER", caller);
                let name = |name: &str| (own.replace("$SESSION", name), String::new());
                pairs.push([name(&far_id), name(no_id)]);
                pairs.push([name(far.session), name(unknown.session)]);
            }
            for [foreign, unknown] in pairs {
                let first = ask(&world, caller, &method, &foreign.0, &foreign.1).await;
                let second = ask(&world, caller, &method, &unknown.0, &unknown.1).await;
                assert_eq!(comparable(&first), comparable(&second), "{caller}: {method} {path} {foreign:?}");
            }
        }
    }
}
