//! Every parameter of every route with every JSON value that it doesn't take: the answer names the
//! parameter, and nothing has changed. A route or a parameter's name that is missing here fails a test.

use std::collections::BTreeSet;
use std::path::Path;

use http::Method;
use rollcall_manager::{Route, Settings};
use serde_json::{Value, json};

use crate::world::World;

/// What a parameter takes.
#[derive(Clone, Copy, Debug)]
enum Takes {
    /// A text that is not blank.
    Text,
    /// A text, also a blank one.
    AnyText,
    /// A text whose words are looked at later.
    Loose,
    /// A text that steers nothing.
    Line,
    /// The same, and of words.
    Paragraph,
    /// A session's name.
    Name,
    /// A boolean in any of its lenient forms.
    Flag,
    /// `true` or `false`.
    StrictFlag,
    /// A whole number of at least as much.
    Whole(i64),
    Id,
    /// A list of them.
    Ids,
    /// An object written as JSON.
    JsonText,
    /// Templates in JSON or YAML.
    Document,
    /// The number of an answer.
    Status,
    /// Digits of a month or a day.
    Digits,
    /// One of some words.
    Word,
    Object,
    List,
    /// A text, or an object of texts.
    Tree,
    /// Three octal digits.
    Permission,
    /// A list of texts.
    Texts,
    /// An object of texts.
    Pairs,
    /// A list of ports.
    Ports,
    /// Names of slots and amounts.
    Amounts,
}

use Takes::{
    Amounts, AnyText, Digits, Document, Flag, Id, Ids, JsonText, Line, List, Loose, Name, Object, Pairs, Paragraph,
    Permission, Ports, Status, StrictFlag, Text, Texts, Tree, Whole, Word,
};

impl Takes {
    fn wrong(self) -> Vec<Value> {
        let long = "x".repeat(100_000);
        match self {
            Text => {
                vec![json!(5), json!(1.5), json!(true), json!([]), json!(["a"]), json!({}), json!(""), json!("a\0b")]
            }
            AnyText => vec![json!(5), json!(true), json!([]), json!({}), json!("a\0b"), json!(long)],
            Loose => vec![json!(5), json!(true), json!([]), json!({}), json!("a\0b")],
            Line => [&Text.wrong()[..], &[json!("\u{1b}[2J"), json!("a\u{202e}b"), json!(long)]].concat(),
            Paragraph => [&Line.wrong()[..], &[json!(" ")]].concat(),
            Name => {
                [&Text.wrong()[..], &[json!("a b"), json!("a\u{202e}bcd"), json!("\u{1b}[2J"), json!(long)]].concat()
            }
            Flag => {
                vec![json!("maybe"), json!(""), json!(2), json!(-1), json!(1.5), json!([]), json!({}), json!(1e300)]
            }
            StrictFlag => vec![json!("true"), json!(1), json!([]), json!({})],
            Whole(least) => vec![
                json!(least - 1),
                json!("x"),
                json!(""),
                json!(1.5),
                json!(1e300),
                json!(u64::MAX),
                json!("99999999999999999999999"),
                json!(true),
                json!([]),
                json!({}),
            ],
            Id => vec![json!("x"), json!(""), json!(5), json!(true), json!([]), json!({}), json!("a\0b"), json!(long)],
            Ids => [&List.wrong()[..], &[json!([5]), json!(["x"]), json!([[]]), json!([null])]].concat(),
            JsonText => {
                [&Text.wrong()[..], &[json!("x"), json!("[]"), json!("5"), json!("{"), json!("[".repeat(500))]].concat()
            }
            Document => {
                let deep = format!("a: {}", "[".repeat(20_000));
                let aliased = "a: &a [x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]";
                let texts =
                    ["x", "[]", "{", "a: [", "{}", "a: !!python/object:os.system {}", "&a [*a]", aliased, &deep];
                [&Text.wrong()[..], &texts.map(|text| json!(text)), &[json!(long)]].concat()
            }
            Status => vec![json!("x"), json!(""), json!(1.5), json!(1e300), json!(true), json!([]), json!({})],
            Digits => [
                &Text.wrong()[..],
                &[json!("202413"), json!("20240230"), json!("2024"), json!("٢٠٢٤٠١"), json!("-20240")],
            ]
            .concat(),
            Word => {
                vec![json!("other"), json!(""), json!(5), json!(true), json!([]), json!({}), json!("a\0b"), json!(long)]
            }
            Object => vec![json!(5), json!("x"), json!(""), json!(true), json!([])],
            List => vec![json!(5), json!("x"), json!(""), json!(true), json!({})],
            Tree => vec![
                json!(5),
                json!(true),
                json!([]),
                json!({"a": 5}),
                json!({"a": {"b": []}}),
                json!("a\0b"),
                json!(long),
            ],
            Permission => {
                vec![json!(5), json!(644), json!([]), json!({}), json!("4755"), json!("999"), json!("64"), json!("٦٤٤")]
            }
            Texts => [&List.wrong()[..], &[json!([[]]), json!([{}]), json!([null]), json!(["a\0b"])]].concat(),
            Pairs => {
                [&Object.wrong()[..], &[json!({"a": []}), json!({"a": null}), json!({"a": "x\0"}), json!({"a\0": "x"})]]
                    .concat()
            }
            Ports => {
                [&List.wrong()[..], &[json!([80]), json!([70000]), json!(["8080"]), json!([-1]), json!(vec![2000; 65])]]
                    .concat()
            }
            Amounts => [
                &Object.wrong()[..],
                &[
                    json!({"cpu": "much"}),
                    json!({"cpu": -1}),
                    json!({"mem": []}),
                    json!({"mem": "1e999"}),
                    json!({"cpu": {}}),
                ],
            ]
            .concat(),
        }
    }
}

/// A parameter: its spellings, what it takes, and the name that a refusal calls it by (else the spelling
/// itself).
type Parameter = (&'static [&'static str], Takes, &'static str);

/// A route, a body that it would take, and its parameters. **A new route that takes any is added here.**
struct Row {
    method: &'static str,
    path: &'static str,
    target: &'static str,
    body: Value,
    parameters: &'static [Parameter],
}

const OWNER: Parameter = (&["owner_access_key"], Text, "");
const GROUP: Parameter = (&["group", "group_id", "group_name"], Text, "");
const HOST_AND_ID: &[Parameter] = &[(&["folder_host"], Text, ""), (&["id"], Id, "")];
const PAGE: &[Parameter] = &[
    (&["tab"], Word, ""),
    (&["status"], Text, ""),
    (&["limit"], Whole(1), ""),
    (&["offset"], Whole(0), ""),
    (&["cursor"], Text, ""),
    (&["filter"], Text, ""),
    (&["order"], Loose, ""),
    (&["domain_name"], Text, ""),
    (&["group_id"], Id, ""),
    (&["access_key"], Text, ""),
    (&["fields"], Text, ""),
    (&["count"], Word, ""),
];
const TEMPLATE: &[Parameter] = &[
    (&["payload"], Document, ""),
    (&["group", "groupName", "group_name"], Text, ""),
    (&["domain", "domainName", "domain_name"], Text, ""),
    OWNER,
];
const NO_TEMPLATE: &str = "/template/session/00000000-0000-4000-8000-000000000000";
const NO_CLUSTER: &str = "/template/cluster/00000000-0000-4000-8000-000000000000";
const WATCHER: &[Parameter] = &[(&["agent_id", "agent"], Text, "")];
const SHELF: [Parameter; 2] = [(&["group", "groupId", "group_id"], Text, ""), (&["domain"], Text, "")];
const FILE: [Parameter; 3] = [(&["path"], Text, ""), (&["permission"], Permission, ""), (&["data"], AnyText, "")];

const CREATE: &[Parameter] = &[
    (&["name", "clientSessionToken"], Name, "session_name"),
    (&["image", "lang"], Text, ""),
    (&["type", "sessionType"], Word, ""),
    (&["group", "groupName", "group_name"], Text, ""),
    (&["domain", "domainName", "domain_name"], Text, ""),
    (&["cluster_size", "clusterSize"], Whole(1), ""),
    (&["cluster_mode", "clusterMode"], Word, ""),
    (&["config"], Object, ""),
    (&["tag"], Text, ""),
    (&["enqueueOnly"], Flag, ""),
    (&["maxWaitSeconds"], Whole(0), ""),
    (&["starts_at", "startsAt"], Text, ""),
    (&["reuseIfExists"], Flag, ""),
    (&["startupCommand"], Text, ""),
    (&["bootstrap_script", "bootstrapScript"], Text, ""),
    OWNER,
];

/// Under `config`.
const CONFIG: &[Parameter] = &[
    (&["cluster_size", "clusterSize"], Whole(1), ""),
    (&["mounts"], Texts, ""),
    (&["mount_map", "mountMap"], Pairs, "mount_map"),
    (&["environ"], Pairs, ""),
    (&["scaling_group", "scalingGroup"], Text, ""),
    (&["resources"], Amounts, ""),
    (&["resource_opts", "resourceOpts"], Object, ""),
    (&["preopen_ports", "preopenPorts"], Ports, "preopen_ports"),
    (&["agent_list", "agentList"], Texts, "agent_list"),
];

fn of_host() -> Value {
    json!({"folder_host": "local:none", "id": "00000000-0000-4000-8000-000000000000"})
}

fn rows() -> Vec<Row> {
    let row = |method, path, target, body, parameters| Row { method, path, target, body, parameters };
    let file = json!({"path": ".f", "permission": "600", "data": "x"});
    let of = |shelf: &str, value: &str| json!({shelf: value, "path": ".f", "permission": "600", "data": "x"});
    let dotfile: &[Parameter] = &[FILE[0], FILE[1], FILE[2], SHELF[0], SHELF[1]];
    let one: &[Parameter] = &[FILE[0], SHELF[0], SHELF[1]];
    let create = json!({"name": "hostile", "image": "sh", "enqueueOnly": true});
    let key = json!({"key": "a"});
    vec![
        row("GET", "/auth", "/auth", json!({}), &[(&["echo"], Text, "")]),
        row("POST", "/auth", "/auth", json!({}), &[(&["echo"], Text, "")]),
        row("GET", "/auth/test", "/auth/test", json!({}), &[(&["echo"], Text, "")]),
        row("POST", "/auth/test", "/auth/test", json!({}), &[(&["echo"], Text, "")]),
        row("GET", "/auth/role", "/auth/role", json!({}), &[(&["group"], Id, "")]),
        row(
            "POST",
            "/auth/authorize",
            "/auth/authorize",
            json!({"type": "keypair", "domain": "default", "username": "user@example.com", "password": "wrong"}),
            &[(&["type"], Word, ""), (&["domain"], Text, ""), (&["username"], Text, ""), (&["password"], Text, "")],
        ),
        row("POST", "/session", "/session", create.clone(), CREATE),
        row("POST", "/session/_/create", "/session/_/create", create, CREATE),
        row("GET", "/session/_/match", "/session/_/match", json!({"id": "target"}), &[(&["id"], Text, ""), OWNER]),
        row("GET", "/session/{s}", "/session/target", json!({}), &[OWNER]),
        row("GET", "/session/{s}/logs", "/session/target/logs", json!({}), &[OWNER]),
        row("PATCH", "/session/{s}", "/session/target", json!({}), &[OWNER]),
        row("DELETE", "/session/{s}", "/session/target", json!({}), &[OWNER, (&["forced"], Flag, "")]),
        row(
            "POST",
            "/session/{s}/rename",
            "/session/target/rename",
            json!({"name": "renamed"}),
            &[(&["name", "clientSessionToken"], Name, "session_name"), OWNER],
        ),
        row(
            "POST",
            "/session/{s}/extend",
            "/session/target/extend",
            json!({"seconds": 60}),
            &[OWNER, (&["seconds"], Whole(1), "")],
        ),
        row("GET", "/scaling-groups", "/scaling-groups", json!({}), &[GROUP]),
        row(
            "GET",
            "/scaling-groups/{name}/wsproxy-version",
            "/scaling-groups/default/wsproxy-version",
            json!({}),
            &[GROUP],
        ),
        row(
            "POST",
            "/resource/check-presets",
            "/resource/check-presets",
            json!({}),
            &[(&["group"], Text, ""), (&["scaling_group"], Text, "")],
        ),
        row("POST", "/config/get", "/config/get", key.clone(), &[(&["key"], Text, ""), (&["prefix"], StrictFlag, "")]),
        row("POST", "/config/delete", "/config/delete", key, &[(&["key"], Text, ""), (&["prefix"], StrictFlag, "")]),
        row(
            "POST",
            "/config/set",
            "/config/set",
            json!({"key": "a", "value": "x"}),
            &[(&["key"], Text, ""), (&["value"], Tree, "")],
        ),
        row("GET", "/user-config/dotfiles", "/user-config/dotfiles", json!({}), &[FILE[0], OWNER]),
        row(
            "POST",
            "/user-config/dotfiles",
            "/user-config/dotfiles",
            file.clone(),
            &[FILE[0], FILE[1], FILE[2], OWNER],
        ),
        row(
            "PATCH",
            "/user-config/dotfiles",
            "/user-config/dotfiles",
            file.clone(),
            &[FILE[0], FILE[1], FILE[2], OWNER],
        ),
        row("DELETE", "/user-config/dotfiles", "/user-config/dotfiles", file, &[FILE[0], OWNER]),
        row("GET", "/group-config/dotfiles", "/group-config/dotfiles", json!({"group": "default"}), one),
        row("POST", "/group-config/dotfiles", "/group-config/dotfiles", of("group", "default"), dotfile),
        row("PATCH", "/group-config/dotfiles", "/group-config/dotfiles", of("group", "default"), dotfile),
        row("DELETE", "/group-config/dotfiles", "/group-config/dotfiles", of("group", "default"), one),
        row("GET", "/domain-config/dotfiles", "/domain-config/dotfiles", json!({"domain": "default"}), one),
        row("POST", "/domain-config/dotfiles", "/domain-config/dotfiles", of("domain", "default"), dotfile),
        row("PATCH", "/domain-config/dotfiles", "/domain-config/dotfiles", of("domain", "default"), dotfile),
        row("DELETE", "/domain-config/dotfiles", "/domain-config/dotfiles", of("domain", "default"), one),
        row(
            "POST",
            "/auth/update-password",
            "/auth/update-password",
            json!({"old_password": "not this one", "new_password": "long enough", "new_password2": "long enough"}),
            &[(&["old_password"], Text, ""), (&["new_password"], Text, ""), (&["new_password2"], Text, "")],
        ),
        row(
            "POST",
            "/auth/update-full-name",
            "/auth/update-full-name",
            json!({"email": "root@example.com", "full_name": "Root"}),
            &[(&["email"], Text, ""), (&["full_name"], Line, "")],
        ),
        row(
            "POST",
            "/auth/signout",
            "/auth/signout",
            json!({"email": "root@example.com", "password": "not this one"}),
            &[(&["email", "username"], Text, ""), (&["password"], Text, "")],
        ),
        row(
            "POST",
            "/auth/signup",
            "/auth/signup",
            json!({"domain": "nowhere", "email": "new@example.com", "password": "long enough"}),
            &[
                (&["domain"], Text, ""),
                (&["email"], Paragraph, ""),
                (&["password"], Text, ""),
                (&["username"], AnyText, ""),
                (&["full_name"], AnyText, ""),
                (&["description"], AnyText, ""),
            ],
        ),
        row(
            "GET",
            "/session/_/logs",
            "/session/_/logs",
            json!({}),
            &[(&["session_name", "sessionName", "task_id", "taskId"], Id, "")],
        ),
        row(
            "POST",
            "/logs/error",
            "/logs/error",
            json!({"severity": "error", "source": "test", "message": "words", "context_lang": "text", "context_env": "{}"}),
            &[
                (&["severity"], Word, ""),
                (&["source"], Line, ""),
                (&["message"], Text, ""),
                (&["context_lang"], Line, ""),
                (&["context_env"], JsonText, ""),
                (&["request_url"], Loose, ""),
                (&["request_status"], Status, ""),
                (&["traceback"], Loose, ""),
            ],
        ),
        row(
            "GET",
            "/logs/error",
            "/logs/error",
            json!({}),
            &[(&["mark_read"], Flag, ""), (&["page_size"], Whole(1), ""), (&["page_no"], Whole(1), "")],
        ),
        row("GET", "/stream/session/{s}/pty", "/stream/session/target/pty", json!({}), &[OWNER]),
        row("GET", "/stream/session/{s}/apps", "/stream/session/target/apps", json!({}), &[OWNER]),
        row("POST", "/v1/sessions/{id}/terminal", "/v1/sessions/target/terminal", json!({}), &[OWNER]),
        row(
            "POST",
            "/session/{s}/start-service",
            "/session/target/start-service",
            json!({"app": "ttyd"}),
            &[OWNER, (&["app", "service"], Text, ""), (&["port"], Whole(1024), "")],
        ),
        row(
            "GET",
            "/events/session",
            "/events/session",
            json!({}),
            &[
                (&["sessionId"], Id, ""),
                (&["name", "sessionName"], Text, ""),
                (&["ownerAccessKey"], Text, ""),
                (&["group", "groupName"], Text, ""),
                (&["scope"], Word, ""),
                (&["notices"], Flag, ""),
            ],
        ),
        row(
            "GET",
            "/events/background-task",
            "/events/background-task",
            json!({}),
            &[(&["taskId", "task_id"], Id, "")],
        ),
        row(
            "POST",
            "/v1/logins",
            "/v1/logins",
            json!({"email": "user@example.com", "password": "wrong"}),
            &[(&["email"], Text, ""), (&["password"], Text, ""), (&["agent"], Text, "")],
        ),
        // What else it takes is what a creation takes, and is looked at when the template is found.
        row("POST", "/session/_/create-from-template", "/session/_/create-from-template", json!({}), &[OWNER]),
        row("POST", "/template/session", "/template/session", json!({"payload": "{}"}), TEMPLATE),
        row("POST", "/template/cluster", "/template/cluster", json!({"payload": "{}"}), TEMPLATE),
        row("GET", "/template/session", "/template/session", json!({}), &[(&["group_id", "groupId"], Id, "")]),
        row("GET", "/template/cluster", "/template/cluster", json!({}), &[(&["group_id", "groupId"], Id, "")]),
        row("GET", "/template/session/{id}", NO_TEMPLATE, json!({}), &[(&["format"], Word, ""), OWNER]),
        row("GET", "/template/cluster/{id}", NO_CLUSTER, json!({}), &[(&["format"], Word, ""), OWNER]),
        row("PUT", "/template/session/{id}", NO_TEMPLATE, json!({}), &[(&["payload"], Document, ""), OWNER]),
        row("PUT", "/template/cluster/{id}", NO_CLUSTER, json!({}), &[(&["payload"], Document, ""), OWNER]),
        row("DELETE", "/template/session/{id}", NO_TEMPLATE, json!({}), &[OWNER]),
        row("DELETE", "/template/cluster/{id}", NO_CLUSTER, json!({}), &[OWNER]),
        // The document is the person's own: no name in it means anything.
        row("PATCH", "/v1/preferences", "/v1/preferences", json!({}), &[]),
        row("PUT", "/v1/preferences", "/v1/preferences", json!({}), &[]),
        row("GET", "/v1/sessions", "/v1/sessions", json!({}), PAGE),
        row("GET", "/v1/sessions.csv", "/v1/sessions.csv", json!({}), PAGE),
        row("GET", "/v1/sessions.ndjson", "/v1/sessions.ndjson", json!({}), PAGE),
        row("GET", "/folders", "/folders", json!({}), &[(&["all"], Flag, ""), (&["group_id", "groupId"], Id, "")]),
        row("POST", "/folders", "/folders", json!({}), &[(&["name"], Text, "")]),
        row("GET", "/folders/_/quota", "/folders/_/quota", of_host(), HOST_AND_ID),
        row("GET", "/folders/_/usage", "/folders/_/usage", of_host(), HOST_AND_ID),
        row("GET", "/folders/_/perf-metric", "/folders/_/perf-metric", json!({}), &HOST_AND_ID[..1]),
        row(
            "GET",
            "/resource/usage/month",
            "/resource/usage/month",
            json!({"month": "202401"}),
            &[(&["month"], Digits, ""), (&["group_ids"], Ids, "")],
        ),
        row(
            "GET",
            "/resource/usage/period",
            "/resource/usage/period",
            json!({"group_id": null, "start_date": "20240101", "end_date": "20240102"}),
            &[(&["group_id"], Id, ""), (&["start_date"], Digits, ""), (&["end_date"], Digits, "")],
        ),
        row(
            "PUT",
            "/manager/status",
            "/manager/status",
            json!({"status": "running"}),
            &[(&["status"], Word, ""), (&["force_kill"], Flag, "")],
        ),
        row(
            "POST",
            "/manager/announcement",
            "/manager/announcement",
            json!({"enabled": true, "message": "words"}),
            &[(&["enabled"], Flag, ""), (&["message"], Paragraph, "")],
        ),
        row(
            "POST",
            "/manager/scheduler/operation",
            "/manager/scheduler/operation",
            json!({"op": "include-agents", "args": ["i-none"]}),
            &[(&["op"], Word, ""), (&["args"], List, "")],
        ),
        row("GET", "/resource/watcher", "/resource/watcher", json!({}), WATCHER),
        row("POST", "/resource/watcher/agent/start", "/resource/watcher/agent/start", json!({}), WATCHER),
        row("POST", "/resource/watcher/agent/stop", "/resource/watcher/agent/stop", json!({}), WATCHER),
        row("POST", "/resource/watcher/agent/restart", "/resource/watcher/agent/restart", json!({}), WATCHER),
        row(
            "POST",
            "/user-config/bootstrap-script",
            "/user-config/bootstrap-script",
            json!({}),
            &[(&["script"], AnyText, "")],
        ),
        row(
            "POST",
            "/admin/gql",
            "/admin/gql",
            json!({"query": "{ user { email } }"}),
            &[(&["query"], Text, ""), (&["variables"], Object, ""), (&["operationName", "operation_name"], Text, "")],
        ),
        row(
            "POST",
            "/admin/graphql",
            "/admin/graphql",
            json!({"query": "{ user { email } }"}),
            &[(&["query"], Text, ""), (&["variables"], Object, ""), (&["operationName", "operation_name"], Text, "")],
        ),
    ]
}

/// Routes that read no parameters at all. Besides these, all of `/folders` that are not in the rows: there is
/// no storage, so nothing is read.
const NOTHING: &[(&str, &str)] = &[
    ("GET", "/v1/openapi.json"),
    ("GET", "/v1/logins"),
    ("GET", "/v1/logins/all"),
    ("GET", "/v1/preferences"),
    ("GET", "/v1/login"),
    ("DELETE", "/v1/login"),
    ("DELETE", "/v1/logins/{id}"),
    // Nothing is read before there is a websocket.
    ("GET", "/v1/terminal"),
    ("POST", "/logs/error/{id}/clear"),
    ("GET", "/v1/sessions/{id}"),
    ("GET", "/v1/sessions/{id}/explain"),
    ("GET", "/v1/sessions/{id}/usage"),
    ("GET", "/auth/ssh-keypair"),
    ("PATCH", "/auth/ssh-keypair"),
    ("GET", "/image/import"),
    ("POST", "/image/import"),
    ("GET", "/resource/stats/user/month"),
    ("GET", "/resource/stats/admin/month"),
    ("GET", "/manager/status"),
    ("POST", "/resource/recalculate-usage"),
    ("GET", "/"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/resource/presets"),
    ("GET", "/config/resource-slots"),
    ("GET", "/config/vfolder-types"),
    ("GET", "/config/docker-registries"),
    ("GET", "/manager/announcement"),
    ("GET", "/user-config/bootstrap-script"),
];

/// Whether the route reads no parameters.
pub(super) fn reads_nothing(route: &Route) -> bool {
    let is = |method: &str, path: &str| method == route.method.as_str() && path == route.path;
    let folders = route.path.starts_with("/folders") && !rows().iter().any(|row| is(row.method, row.path));
    folders || NOTHING.iter().any(|(method, path)| is(method, path))
}

/// A world in which every door is open that can be opened.
pub(super) async fn open_world() -> World {
    let world = World::with(Settings { sign_up: true, ..Settings::default() }).await;
    world.session("ROOT", "target").await;
    world
}

/// Asks as the superadmin, who is kept out by nothing but the value itself.
async fn refused(world: &World, row: &Row, body: Value, inside: Option<&str>, names: [&str; 2]) {
    let method: Method = row.method.parse().unwrap();
    let shown: String = body.to_string().chars().take(300).collect();
    let answer = world.call("ROOT", method, row.target, Some(body)).await;
    let what = format!("{} {} with {shown}: {} {}", row.method, row.path, answer.status, answer.text);
    assert_eq!(answer.told(), "400 invalid-api-params: Input validation error", "{what}");
    let told = answer.json()["data"].clone();
    let told = inside.map_or(&told, |inside| &told[inside]);
    assert!(names.iter().any(|name| !told[*name].is_null()), "{what}: {names:?} is not named");
}

#[tokio::test]
async fn each_parameter_refuses_each_wrong_value_by_name() {
    let world = open_world().await;
    let before = world.rows().await;
    let mut asked = 0;
    for row in rows() {
        for (spellings, takes, told) in row.parameters {
            for spelling in *spellings {
                for wrong in takes.wrong() {
                    let mut body = row.body.clone();
                    spellings.iter().for_each(|other| drop(body.as_object_mut().unwrap().remove(*other)));
                    body[*spelling] = wrong;
                    refused(&world, &row, body, None, [spelling, told]).await;
                    asked += 1;
                }
            }
        }
        if row.parameters.len() == CREATE.len() {
            for (spellings, takes, told) in CONFIG {
                for (spelling, wrong) in
                    spellings.iter().flat_map(|name| takes.wrong().into_iter().map(move |w| (name, w)))
                {
                    let mut body = row.body.clone();
                    body["config"] = json!({*spelling: wrong});
                    refused(&world, &row, body, Some("config"), [spelling, told]).await;
                    asked += 1;
                }
            }
        }
    }
    world.is_still(&before).await;
    assert!(asked > 900, "only {asked} values were tried");
}

#[tokio::test]
async fn a_wrong_owner_in_the_query_is_named_too() {
    let world = open_world().await;
    let before = world.rows().await;
    for row in rows().iter().filter(|row| row.parameters.iter().any(|(names, ..)| *names == OWNER.0)) {
        for wrong in ["", "%00", "a%00b"] {
            let target = format!("{}?owner_access_key={wrong}", row.target);
            let answer = world.call("ROOT", row.method.parse().unwrap(), &target, Some(row.body.clone())).await;
            assert_eq!(answer.told(), "400 invalid-api-params: Input validation error", "{} {target}", row.method);
            assert!(answer.json()["data"]["owner_access_key"].is_string(), "{}", answer.text);
        }
    }
    world.is_still(&before).await;
}

#[tokio::test]
async fn no_route_is_missing_here() {
    let world = World::new().await;
    let rows = rows();
    let mut tried: BTreeSet<(&str, &str)> = rows.iter().map(|row| (row.method, row.path)).collect();
    let routes = world.manager.routes();
    for route in &routes {
        let listed = tried.remove(&(route.method.as_str(), route.path)) || reads_nothing(route);
        assert!(
            listed,
            "add {} {} to `rows` of tests/api/refusals/parameters.rs, or to NOTHING",
            route.method, route.path
        );
    }
    assert!(tried.is_empty(), "no such routes any more: {tried:?}");
}

/// The names that the readers of bodies ask for, found in their sources.
#[test]
fn no_parameter_is_missing_here() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut asked = BTreeSet::new();
    for place in ["src/rest", "src/graphql/endpoint.rs", "src/http", "../wire/src"] {
        read_below(&root.join(place), &mut asked);
    }
    let rows = rows();
    let rows = rows.iter().flat_map(|row| row.parameters).chain(CONFIG);
    let tried: BTreeSet<String> = rows.flat_map(|(names, ..)| names.iter().map(|name| (*name).to_owned())).collect();
    assert!(asked.len() > 40, "the sources are not read: {asked:?}");
    // A template's id of any shape is a template that is not there.
    let by_shape = ["template_id", "templateId"];
    let missing: Vec<_> = asked.difference(&tried).filter(|name| !by_shape.contains(&name.as_str())).collect();
    assert!(missing.is_empty(), "add each to its route in tests/api/refusals/parameters.rs: {missing:?}");
}

fn read_below(place: &Path, asked: &mut BTreeSet<String>) {
    if place.is_dir() {
        for entry in std::fs::read_dir(place).unwrap() {
            read_below(&entry.unwrap().path(), asked);
        }
        return;
    }
    let is_test =
        place.file_name().is_some_and(|name| name == "tests.rs" || name == "parameters.rs" || name == "check.rs");
    if is_test || place.extension().is_none_or(|kind| kind != "rs") {
        return;
    }
    let text = std::fs::read_to_string(place).unwrap();
    let text = text.split("#[cfg(test)]").next().unwrap();
    for reader in ["text", "boolean", "integer", "uuid", "choice", "object", "list", "take", "texts", "pairs", "ports"]
    {
        for after in text.split(&format!("{reader}(")).skip(1) {
            // `p.text(&["a", "b"], …`, `texts(config, &["a"])`.
            let after = after.strip_prefix("config, ").unwrap_or(after);
            let Some(list) = after.strip_prefix("&[").and_then(|list| list.split(']').next()) else { continue };
            asked.extend(list.split('"').skip(1).step_by(2).map(str::to_owned));
        }
    }
}
