//! Rollcall's own list API: pages, cursors, single sessions, exports, its document.

use http::{Method, Request};
use serde_json::{Value, json};

use crate::world::{Answer, World, signed};

async fn names(world: &World, key: &str, query: &str) -> Vec<String> {
    let answer = world.get(key, &format!("/v1/sessions?{query}")).await;
    assert_eq!(answer.told(), "200", "{query}");
    names_in(&answer.json())
}

fn names_in(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

async fn tagged(world: &World, key: &str, target: &str, tag: Option<&str>) -> Answer {
    let mut request: Request<_> = signed(key, &Method::GET, target, None);
    if let Some(tag) = tag {
        request.headers_mut().insert("if-none-match", tag.parse().unwrap());
    }
    world.send(request).await
}

#[tokio::test]
async fn a_page_tells_rows_totals_and_where_the_next_one_begins() {
    let world = World::new().await;
    for name in ["one-a", "two-b", "three-c"] {
        world.session("USER", name).await;
    }
    world.session("NEIGHBOUR", "other-d").await;
    let page = world.get("USER", "/v1/sessions?tab=running&order=name&limit=2").await.json();
    assert_eq!(names_in(&page), ["one-a", "three-c"]);
    assert_eq!((&page["total_count"], &page["tabs"]), (&json!(3), &json!({"running": 3, "finished": 0, "others": 0})));
    let cursor = page["next_cursor"].as_str().unwrap();
    let next = world.get("USER", &format!("/v1/sessions?limit=2&cursor={cursor}")).await.json();
    assert_eq!((names_in(&next), &next["next_cursor"]), (vec!["two-b".to_owned()], &Value::Null));
    assert_eq!(names(&world, "USER", "tab=running&order=name&limit=2&offset=2").await, ["two-b"]);
    assert_eq!(names(&world, "ADMIN", "order=-name,status&filter=name%20like%20%22%25-%25%22").await.len(), 4);
    assert_eq!(names(&world, "USER", "access_key=NEIGHBOUR").await.len(), 0);
    let bare = world.get("USER", "/v1/sessions?fields=name,can&count=none&limit=1").await.json();
    assert_eq!((&bare["total_count"], &bare["tabs"]), (&Value::Null, &Value::Null));
    let row = bare["items"][0].as_object().unwrap();
    assert_eq!(row.keys().collect::<Vec<_>>(), ["id", "name", "can"]);
    assert_eq!(row["can"], json!(["terminal", "logs", "rename", "restart", "extend", "terminate"]));
}

#[tokio::test]
async fn rows_are_told_as_numbers_and_by_role() {
    let world = World::new().await;
    let id = world.session("USER", "counted").await;
    let row = |key: &'static str| {
        let world = &world;
        async move { world.get(key, "/v1/sessions").await.json()["items"][0].clone() }
    };
    let own = row("USER").await;
    assert_eq!((&own["id"], &own["slots"]["cpu"], &own["image_name"]), (&json!(id), &json!(1.0), &json!("shell:1")));
    assert_eq!((&own["usage"]["mem"], &own["usage"]["live"]), (&json!(4096), &json!(true)));
    assert!(own["status_since"].is_string() && own["seconds_in_status"].is_number());
    assert_eq!((&own["agent"], &own["containers"][0]["agent"]), (&Value::Null, &Value::Null));
    let seen = row("ROOT").await;
    assert!(seen["agent"].is_string() && seen["containers"][0]["agent"].is_string());
    assert_eq!(seen["can"], json!(["logs", "rename", "restart", "extend", "terminate"]));
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let world = World::new().await;
    world.session("USER", "steady").await;
    let first = tagged(&world, "USER", "/v1/sessions", None).await;
    let tag = first.headers["etag"].to_str().unwrap().to_owned();
    let again = tagged(&world, "USER", "/v1/sessions", Some(&tag)).await;
    assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""));
    world.session("USER", "fresh").await;
    assert_eq!(tagged(&world, "USER", "/v1/sessions", Some(&tag)).await.status, 200);
    // Another's page is another.
    assert_eq!(tagged(&world, "ADMIN", "/v1/sessions", Some(&tag)).await.status, 200);
}

#[tokio::test]
async fn cursor_forged_or_used_by_another_role() {
    let world = World::new().await;
    for name in ["one-a", "two-b"] {
        world.session("USER", name).await;
    }
    let page = world.get("USER", "/v1/sessions?order=name&limit=1").await.json();
    let cursor = page["next_cursor"].as_str().unwrap().to_owned();
    let ask = |key: &'static str, query: String| {
        let world = &world;
        async move { world.get(key, &format!("/v1/sessions?{query}")).await }
    };
    assert_eq!(ask("USER", format!("cursor={cursor}")).await.told(), "200");
    let foreign = "400 invalid-api-params: Input validation error";
    for key in ["ADMIN", "NEIGHBOUR", "ROOT", "FAR-USER"] {
        let refused = ask(key, format!("cursor={cursor}")).await;
        assert_eq!(refused.told(), foreign, "{key}");
        assert!(refused.json()["data"]["cursor"].as_str().unwrap().contains("no cursor of yours"));
    }
    let mut forged = cursor.clone().into_bytes();
    for place in [0, 40, forged.len() - 2] {
        forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
        let refused = ask("USER", format!("cursor={}", String::from_utf8(forged.clone()).unwrap())).await;
        assert_eq!(refused.told(), foreign);
    }
    for (query, name) in [("order=-name", "order"), ("filter=name%20is%20null", "filter"), ("tab=running", "status")] {
        let refused = ask("USER", format!("cursor={cursor}&{query}")).await;
        assert!(refused.json()["data"][name].as_str().unwrap().contains("differs"), "{query}");
    }
    assert_eq!(ask("USER", format!("cursor={cursor}&order=name")).await.told(), "200");
}

#[tokio::test]
async fn every_wrong_parameter_is_named() {
    let world = World::new().await;
    for (query, name) in [
        ("tab=all", "tab"),
        ("status=running", "status"),
        ("filter=nonsense", "filter"),
        ("filter=tag%20==%20%22a%22", "filter"),
        ("order=secret", "order"),
        ("fields=secret_key", "fields"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=many", "limit"),
        ("offset=-1", "offset"),
        ("cursor=x", "cursor"),
        ("cursor=%00", "cursor"),
        ("group_id=default", "group_id"),
        ("count=all", "count"),
        ("filter=name%20==%20%22%00%22", "filter"),
    ] {
        for path in ["/v1/sessions", "/v1/sessions.csv", "/v1/sessions.ndjson"] {
            let refused = world.get("USER", &format!("{path}?{query}")).await;
            assert_eq!(refused.told(), "400 invalid-api-params: Input validation error", "{path}?{query}");
            assert!(refused.json()["data"][name].is_string(), "{query}: {}", refused.text);
        }
    }
    assert_eq!(world.get("MONITOR", "/v1/sessions").await.told(), "400 invalid-api-params: Unknown client role");
    assert_eq!(world.get("USER", "/v1/sessions?domain_name=other").await.told(), "403 generic-forbidden");
}

#[tokio::test]
async fn one_session_with_its_history_and_why_one_sees_it() {
    let world = World::new().await;
    let id = world.session("USER", "whole").await;
    let told = world.get("USER", &format!("/v1/sessions/{id}")).await.json();
    assert_eq!((&told["session"]["name"], &told["environ"]), (&json!("whole"), &json!([])));
    let steps: Vec<_> = told["history"].as_array().unwrap().iter().map(|line| line["to"].as_str().unwrap()).collect();
    assert_eq!(steps, ["PENDING", "SCHEDULED", "PREPARING", "RUNNING"]);
    // What its creator gave may be secret: administrators are not told.
    assert_eq!(world.get("ADMIN", &format!("/v1/sessions/{id}")).await.json()["environ"], Value::Null);
    let nothing = "00000000-0000-4000-8000-000000000000";
    for key in ["NEIGHBOUR", "FAR-ADMIN", "FAR-USER"] {
        let [foreign, unknown] = [&id, nothing].map(|id| format!("/v1/sessions/{id}"));
        assert_eq!(world.get(key, &foreign).await.text, world.get(key, &unknown).await.text, "{key}");
        assert_eq!(world.get(key, &foreign).await.told(), "404 session-not-found");
        let why = world.get(key, &format!("{foreign}/explain")).await;
        assert_eq!(why.text, world.get(key, &format!("{unknown}/explain")).await.text, "{key}");
        assert_eq!(why.json()["visible"], false);
    }
    let why = world.get("ADMIN", &format!("/v1/sessions/{id}/explain")).await.json();
    let reasons = ["You are an administrator of its domain.", "It is RUNNING, which is in the tab running."];
    assert_eq!((&why["reasons"], &why["tabs"]), (&json!(reasons), &json!(["running"])));
}

#[tokio::test]
async fn csv_cells_that_a_spreadsheet_would_run() {
    let world = World::new().await;
    let body =
        json!({"name": "tagged", "image": "sh", "tag": "=cmd|'/c calc'!A1", "config": {"resources": {"cpu": 1}}});
    assert_eq!(world.call("USER", Method::POST, "/session", Some(body)).await.told(), "201");
    let csv = world.get("USER", "/v1/sessions.csv?fields=name,tag,slots").await;
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(csv.headers["content-disposition"], "attachment; filename=\"sessions.csv\"");
    let mut lines = csv.text.split("\r\n");
    assert_eq!(lines.next(), Some("name,tag,slots.cpu,slots.mem,slots.other"));
    assert_eq!(lines.next().unwrap().split(',').take(3).collect::<Vec<_>>(), ["tagged", "'=cmd|'/c calc'!A1", "1.0"]);
    let whole = world.get("USER", "/v1/sessions.csv").await;
    assert!(whole.text.starts_with("id,name,type,status,"), "{}", whole.text);
}

#[tokio::test]
async fn an_export_is_the_whole_set() {
    let world = World::new().await;
    for number in 0..7 {
        world.session("USER", &format!("number-{number}")).await;
    }
    world.session("NEIGHBOUR", "not-mine").await;
    let lines = world.get("USER", "/v1/sessions.ndjson?order=name&fields=name").await.text;
    let names: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(names.len(), 7);
    assert_eq!((&names[0]["name"], &names[6]["name"]), (&json!("number-0"), &json!("number-6")));
    let few = world.get("USER", "/v1/sessions.ndjson?order=name&fields=name&offset=2&limit=3").await.text;
    assert_eq!((few.lines().count(), few.contains("number-2")), (3, true));
    assert_eq!(
        world.get("ADMIN", "/v1/sessions.ndjson?filter=name%20==%20%22not-mine%22").await.text.lines().count(),
        1
    );
}

#[tokio::test]
async fn the_document_tells_every_route() {
    let world = World::new().await;
    let request = Request::builder().uri("/v1/openapi.json").body(axum::body::Body::empty()).unwrap();
    let document = world.send(request).await.json();
    insta::assert_snapshot!(serde_json::to_string_pretty(&document).unwrap());
    for route in world.manager.routes().iter().filter(|route| route.path.starts_with("/v1/")) {
        let method = route.method.as_str().to_lowercase();
        assert!(document["paths"][route.path][&method].is_object(), "{method} {} is not in the document", route.path);
    }
}

/// The server notes use by itself at the end of each 15 seconds: begins when that is some time off.
async fn far_from_a_step() {
    let left = 15_000 - chrono::Utc::now().timestamp_millis() % 15_000;
    if left < 7_000 {
        tokio::time::sleep(std::time::Duration::from_millis(left as u64 + 100)).await;
    }
}

#[tokio::test]
async fn use_over_time_is_told_and_stays() {
    far_from_a_step().await;
    let world = World::new().await;
    let id = world.session("USER", "measured").await;
    let usage = async |key: &str| world.get(key, &format!("/v1/sessions/{id}/usage")).await;
    assert_eq!(usage("USER").await.json(), json!({"recent": null, "whole": null}));
    let now = chrono::Utc::now();
    for steps in [6, 5, 2, 1] {
        world.lifecycle.note_use(now - chrono::TimeDelta::seconds(15 * steps)).await.unwrap();
    }
    let told = usage("USER").await.json();
    // Two steps were not measured, and what is measured now is not over.
    let recent = told["recent"]["mem"].as_array().unwrap();
    let measured: Vec<bool> = recent.iter().take(6).map(Value::is_number).collect();
    assert_eq!(measured, [true, true, false, false, true, true], "{told}");
    assert_eq!((&recent[0], &told["recent"]["step"], &told["whole"]["step"]), (&json!(4096), &json!(15), &json!(15)));
    for numbers in ["cpu", "mem", "io_read_rate", "io_write_rate"] {
        assert_eq!(told["recent"][numbers].as_array().unwrap().len(), recent.len(), "{numbers}");
        assert_eq!(told["whole"][numbers].as_array().unwrap().len(), 6, "{numbers}");
    }
    assert!(told["recent"]["from"].as_str().unwrap() < told["recent"]["until"].as_str().unwrap());

    let row = async |query: &str| world.get("USER", &format!("/v1/sessions?{query}")).await.json()["items"][0].clone();
    let shown = row("fields=name,usage").await["usage"]["recent"].clone();
    assert_eq!((&shown["mem"], &shown["step"]), (&told["recent"]["mem"], &json!(15)));
    assert_eq!(row("fields=name").await.get("usage"), None);
    assert!(row("").await["containers"][0]["usage"].get("recent").is_none());
    for export in ["csv", "ndjson"] {
        let text = world.get("USER", &format!("/v1/sessions.{export}?fields=usage")).await.text;
        assert!(text.contains("4096") && !text.contains("recent"), "{text}");
    }

    for (key, status) in [("ROOT", 200), ("ADMIN", 200), ("NEIGHBOUR", 404), ("FAR-ADMIN", 404), ("FAR-USER", 404)] {
        assert_eq!(usage(key).await.status, status, "{key}");
    }
    let none = world.get("USER", "/v1/sessions/nonsense/usage").await.told();
    assert_eq!(none, "404 session-not-found");
    assert_eq!(usage("NEIGHBOUR").await.told(), none);

    assert_eq!(world.call("USER", Method::DELETE, "/session/measured", None).await.told(), "200");
    let ended = usage("USER").await.json();
    let mem = ended["recent"]["mem"].as_array().unwrap();
    // Its end is the last that was measured.
    assert!(mem.len() >= 6 && mem.first() == mem.last() && mem[0] == 4096, "{ended}");
    assert_eq!(row("tab=finished").await["usage"]["recent"]["mem"], ended["recent"]["mem"]);
}

#[tokio::test]
async fn superadmins_alone_filter_by_agent() {
    let world = World::new().await;
    world.session("USER", "one-a").await;
    let agent = world.get("ROOT", "/v1/sessions").await.json()["items"][0]["agent"].as_str().unwrap().to_owned();
    let filter = |key: &str, value: &str| encoded(&format!("{key} == \"{value}\""));
    for name in ["agent", "agents"] {
        assert_eq!(names(&world, "ROOT", &format!("filter={}", filter(name, &agent))).await, ["one-a"]);
        assert!(names(&world, "ROOT", &format!("filter={}", filter(name, "i-none"))).await.is_empty());
        for key in ["ADMIN", "USER", "MONITOR", "FAR-ADMIN"] {
            for path in ["/v1/sessions", "/v1/sessions.csv", "/v1/sessions.ndjson"] {
                let refused = world.get(key, &format!("{path}?filter={}", filter(name, &agent))).await;
                let unknown = world.get(key, &format!("{path}?filter={}", filter("nothing", &agent))).await;
                assert_eq!(refused.told(), "400 invalid-api-params: Input validation error", "{key} {path}");
                let words =
                    |answer: &Answer, name: &str| answer.json()["data"]["filter"].to_string().replace(name, "KEY");
                assert_eq!(words(&refused, name), words(&unknown, "nothing"), "{key} {path}");
            }
        }
    }
    // The compatible list has the contract's keys, whoever asks.
    let query = "query($filter: String) { compute_session_list(limit: 5, offset: 0, filter: $filter) { total_count } }";
    let filter = json!({"filter": format!("agent == \"{agent}\"")});
    let told = world.gql("USER", query, filter).await.json();
    assert_eq!(told["data"]["compute_session_list"]["total_count"], 1, "{told}");
}

#[tokio::test]
async fn some_sessions_are_asked_for_by_id_and_by_project() {
    let world = World::new().await;
    let [one, two, far] = [("USER", "one-a"), ("USER", "two-b"), ("NEIGHBOUR", "other-c")];
    let one = world.session(one.0, one.1).await;
    world.session(two.0, two.1).await;
    let far = world.session(far.0, far.1).await;
    let filter = |text: &str| format!("filter={}", encoded(text));
    let both = filter(&format!("id in [\"{one}\", \"{far}\"]"));
    // What is not in reach is not found by its id either.
    assert_eq!(names(&world, "USER", &both).await, ["one-a"]);
    assert_eq!(names(&world, "ROOT", &format!("order=name&{both}")).await, ["one-a", "other-c"]);
    assert_eq!(names(&world, "USER", &filter(&format!("id != \"{one}\""))).await, ["two-b"]);
    let row = world.get("USER", "/v1/sessions").await.json()["items"][0].clone();
    let project = row["group_name"].as_str().unwrap();
    assert_eq!(
        names(&world, "USER", &format!("order=name&{}", filter(&format!("group_name == \"{project}\"")))).await.len(),
        2
    );
    assert!(names(&world, "USER", &filter("group_name == \"none\"")).await.is_empty());
    let wrong = world.get("USER", &format!("/v1/sessions?{}", filter("id == \"one\""))).await;
    assert_eq!(wrong.status.as_u16(), 400);
    assert!(wrong.json()["data"]["filter"].as_str().unwrap().contains("UUID"), "{}", wrong.text);
}
