//! The routes of the server as a whole and of what there is to give, each as everybody: a readable
//! table, and a check that fails when one is missing in it.

use std::collections::BTreeSet;

use axum::body::Body;
use http::{Method, Request};
use serde_json::{Value, json};

use crate::world::{PEOPLE, World};

const ROOTS: [&str; 7] = ["/folders", "/image/", "/scaling-groups", "/resource/", "/config/", "/manager/", "/events/"];

/// Method, path in the table of routes, target, body. Nothing here succeeds in changing anything
/// that the next row would see.
pub(crate) fn walk() -> Vec<(Method, &'static str, String, Option<Value>)> {
    let get = |path: &'static str, target: &str| (Method::GET, path, target.to_owned(), None);
    let post = |path: &'static str, body: Value| (Method::POST, path, path.to_owned(), Some(body));
    vec![
        get("/scaling-groups", "/scaling-groups?group=default"),
        get("/scaling-groups/{name}/wsproxy-version", "/scaling-groups/default/wsproxy-version"),
        get("/resource/presets", "/resource/presets"),
        post("/resource/check-presets", json!({})),
        get("/config/resource-slots", "/config/resource-slots"),
        get("/config/vfolder-types", "/config/vfolder-types"),
        get("/config/docker-registries", "/config/docker-registries"),
        post("/config/get", json!({"key": "a"})),
        post("/config/set", json!({"key": "a", "value": "x"})),
        post("/config/delete", json!({"key": "a"})),
        get("/manager/announcement", "/manager/announcement"),
        post("/manager/announcement", json!({"enabled": true})),
        get("/manager/status", "/manager/status"),
        (Method::PUT, "/manager/status", "/manager/status".to_owned(), Some(json!({"status": "running"}))),
        post("/manager/scheduler/operation", json!({"op": "exclude-agents", "args": ["i-none"]})),
        post("/resource/recalculate-usage", json!({})),
        get("/resource/watcher", "/resource/watcher?agent=i-test"),
        post("/resource/watcher/agent/start", json!({"agent": "i-test"})),
        post("/resource/watcher/agent/stop", json!({"agent": "i-none"})),
        post("/resource/watcher/agent/restart", json!({})),
        get("/resource/usage/month", "/resource/usage/month?month=202401"),
        get("/resource/usage/period", "/resource/usage/period?start_date=20240102&end_date=20240101"),
        get("/resource/stats/user/month", "/resource/stats/user/month"),
        get("/resource/stats/admin/month", "/resource/stats/admin/month"),
        get("/image/import", "/image/import"),
        post("/image/import", json!({"src": "a"})),
        // Streams end only when one leaves: they are walked in `events.rs`.
        get("/events/session", "/events/session?group=nowhere"),
        get("/events/background-task", "/events/background-task?task_id=00000000-0000-4000-8000-000000000000"),
    ]
    .into_iter()
    .chain(folders())
    .collect()
}

/// There are no folders: everybody's lists are empty, everybody's folders are missing.
fn folders() -> impl Iterator<Item = (Method, &'static str, String, Option<Value>)> {
    const ID: &str = "00000000-0000-4000-8000-000000000000";
    [
        ("GET", "/folders", ""),
        ("POST", "/folders", "?name=made"),
        ("DELETE", "/folders", "?id=ID"),
        ("GET", "/folders/_/hosts", ""),
        ("GET", "/folders/_/all-hosts", ""),
        ("GET", "/folders/_/all_hosts", ""),
        ("GET", "/folders/_/allowed-types", ""),
        ("GET", "/folders/_/allowed_types", ""),
        ("GET", "/folders/_/shared", ""),
        ("POST", "/folders/_/shared", ""),
        ("GET", "/folders/_/quota", "?folder_host=a&id=ID"),
        ("POST", "/folders/_/quota", ""),
        ("GET", "/folders/_/usage", "?folder_host=a&id=ID"),
        ("GET", "/folders/_/perf-metric", "?folder_host=a"),
        ("GET", "/folders/_/fstab", ""),
        ("GET", "/folders/_/mounts", ""),
        ("POST", "/folders/_/mounts", ""),
        ("DELETE", "/folders/_/mounts", ""),
        ("GET", "/folders/invitations/list", ""),
        ("GET", "/folders/invitations/list-sent", ""),
        ("GET", "/folders/invitations/list_sent", ""),
        ("POST", "/folders/invitations/accept", "?inv_id=ID"),
        ("POST", "/folders/invitations/update/{id}", ""),
        ("DELETE", "/folders/invitations/delete", "?inv_id=ID"),
        ("GET", "/folders/{name}", ""),
        ("DELETE", "/folders/{name}", ""),
        ("GET", "/folders/{name}/files", ""),
        ("POST", "/folders/{name}/rename", ""),
        ("POST", "/folders/{name}/update-options", ""),
        ("POST", "/folders/{name}/mkdir", ""),
        ("POST", "/folders/{name}/request-upload", ""),
        ("POST", "/folders/{name}/request-download", ""),
        ("POST", "/folders/{name}/rename-file", ""),
        ("POST", "/folders/{name}/rename_file", ""),
        ("DELETE", "/folders/{name}/delete-files", ""),
        ("DELETE", "/folders/{name}/delete_files", ""),
        ("POST", "/folders/{name}/invite", ""),
        ("POST", "/folders/{name}/leave", ""),
        ("POST", "/folders/{name}/share", ""),
        ("DELETE", "/folders/{name}/unshare", ""),
        ("POST", "/folders/{name}/clone", ""),
    ]
    .into_iter()
    .map(|(method, path, query)| {
        let target = format!("{path}{query}").replace("{name}", "data").replace("{id}", ID).replace("ID", ID);
        (method.parse().unwrap(), path, target, None)
    })
}

#[tokio::test]
async fn every_route_of_the_server_by_role() {
    let world = World::new().await;
    let mut table = String::new();
    for (method, path, target, body) in walk() {
        for (caller, ..) in PEOPLE.iter().filter(|(key, ..)| *key != "SLOW") {
            let told = world.call(caller, method.clone(), &target, body.clone()).await.told();
            table.push_str(&format!("{method:6} {path:42} {caller:10} {told}\n"));
        }
        let nobody = Request::builder().method(&method).uri(&target).header("date", chrono::Utc::now().to_rfc3339());
        let told = world.send(nobody.body(Body::empty()).unwrap()).await.told();
        table.push_str(&format!("{method:6} {path:42} {:10} {told}\n", "(nobody)"));
    }
    insta::assert_snapshot!(table);
}

#[tokio::test]
async fn no_route_of_the_server_is_missing_here() {
    let world = World::new().await;
    let routes = world.manager.routes();
    let ours = routes.iter().filter(|route| ROOTS.iter().any(|root| route.path.starts_with(root)));
    let known: BTreeSet<(String, &str)> = ours.map(|route| (route.method.to_string(), route.path)).collect();
    let walked: BTreeSet<(String, &str)> =
        walk().iter().map(|(method, path, ..)| (method.to_string(), *path)).collect();
    assert_eq!(walked, known);
}
