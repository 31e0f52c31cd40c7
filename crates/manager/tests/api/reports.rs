//! Usage reports and charts through the API, and a server without folders.

use chrono::{Datelike, TimeDelta, Utc};
use http::Method;
use serde_json::{Value, json};

use crate::world::{PEOPLE, World};

async fn month(world: &World, key: &str, body: Value) -> crate::world::Answer {
    world.call(key, Method::GET, "/resource/usage/month", Some(body)).await
}

fn this_month() -> String {
    Utc::now().format("%Y%m").to_string()
}

/// Waits until a session is told to be over.
async fn ended(world: &World, key: &str, name: &str) {
    let query = format!(
        "{{ compute_session_list(limit: 1, offset: 0, filter: \"name == \\\"{name}\\\"\") {{ items {{ status }} }} }}"
    );
    for _ in 0..1000 {
        let told = world.gql(key, &query, json!({})).await.json();
        if told["data"]["compute_session_list"]["items"][0]["status"] == "TERMINATED" {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("{name} never ended");
}

#[tokio::test]
async fn a_report_tells_of_each_project_and_container() {
    let world = World::new().await;
    let [own, other] = world.groups;
    for (key, name) in [("USER", "mine"), ("NEIGHBOUR", "theirs"), ("FAR-USER", "distant")] {
        world.session(key, name).await;
    }
    world.call("USER", Method::DELETE, "/session/mine", None).await;
    ended(&world, "USER", "mine").await;
    let answer = month(&world, "ROOT", json!({"month": this_month()})).await;
    assert_eq!(
        (answer.told().as_str(), &answer.headers["content-type"]),
        ("200", &"application/json".parse().unwrap())
    );
    let report = answer.json();
    let names = |project: &Value| {
        let items = project["c_infos"].as_array().unwrap();
        items.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(report.as_array().unwrap().len(), 2);
    assert_eq!(
        (report[0]["g_id"].as_str(), report[1]["g_id"].as_str()),
        (Some(&*own.to_string()), Some(&*other.to_string()))
    );
    assert_eq!((names(&report[0]), names(&report[1])), (vec!["theirs".into(), "mine".into()], vec!["distant".into()]));
    assert_eq!((&report[0]["g_smp"], &report[0]["c_infos"][0]["smp"]), (&json!(2), &json!(1)));
    assert_eq!((&report[0]["g_cpu_allocated"], &report[1]["domain_name"]), (&json!(2), &json!("other")));
    let sum: i64 =
        report[0]["c_infos"].as_array().unwrap().iter().map(|item| item["mem_allocated"].as_i64().unwrap()).sum();
    assert_eq!(report[0]["g_mem_allocated"], json!(sum));
    let (runs, over) = (&report[0]["c_infos"][0], &report[0]["c_infos"][1]);
    assert_eq!(
        [&runs["used_time"], &runs["used_days"], &runs["terminated_at"]],
        [&Value::Null, &Value::Null, &json!("None")]
    );
    assert!(over["used_time"].as_str().unwrap().starts_with("0:00:0"), "{over}");
    assert_eq!((&over["used_days"], &over["status"], &over["mem_used"]), (&json!(0), &json!("TERMINATED"), &json!(0)));
    assert!(over["created_at"].as_str().unwrap().ends_with("+00:00"), "{over}");
    let keys: Vec<&String> = over.as_object().unwrap().keys().collect();
    let expected = "id container_id domain_name group_id group_name name access_key email agent cpu_allocated cpu_used mem_allocated mem_used shared_memory disk_allocated disk_used io_read io_write used_time used_days device_type smp gpu_mem_allocated gpu_allocated nfs image_id image_name created_at terminated_at status status_changed";
    assert_eq!(keys, expected.split(' ').collect::<Vec<_>>());
    let mut keys: Vec<&String> = report[0].as_object().unwrap().keys().collect();
    keys.sort();
    let mut expected: Vec<&str> = "domain_name g_id g_name g_cpu_allocated g_cpu_used g_mem_allocated g_mem_used g_shared_memory g_disk_allocated g_disk_used g_io_read g_io_write g_device_type g_smp g_gpu_mem_allocated g_gpu_allocated c_infos".split(' ').collect();
    expected.sort_unstable();
    assert_eq!(keys, expected);

    // Narrower: by project, by time.
    let narrow = month(&world, "ROOT", json!({"month": this_month(), "group_ids": [other.to_string()]})).await.json();
    assert_eq!((narrow.as_array().unwrap().len(), names(&narrow[0])), (1, vec!["distant".to_owned()]));
    let unknown = json!({"month": this_month(), "group_ids": ["00000000-0000-4000-8000-000000000000"]});
    assert_eq!(month(&world, "ROOT", unknown).await.json(), json!([]));
    assert_eq!(month(&world, "ROOT", json!({"month": "200001"})).await.json(), json!([]));
    // Nothing was used in the future, though it runs.
    assert_eq!(month(&world, "ROOT", json!({"month": format!("{}01", Utc::now().year() + 1)})).await.json(), json!([]));
    let today = Utc::now().format("%Y%m%d").to_string();
    let period = json!({"group_id": other.to_string(), "start_date": today, "end_date": today});
    let period = world.call("ROOT", Method::GET, "/resource/usage/period", Some(period)).await.json();
    assert_eq!(names(&period[0]), ["distant"]);
}

#[tokio::test]
async fn wrong_dates_are_named() {
    let world = World::new().await;
    let data = async |path: &str, body: Value| {
        let answer = world.call("ROOT", Method::GET, &format!("/resource/usage/{path}"), Some(body)).await;
        assert_eq!(answer.told(), "400 invalid-api-params: Input validation error");
        answer.json()["data"].clone()
    };
    assert_eq!(data("month", json!({})).await, json!({"month": "is required"}));
    assert_eq!(data("month", json!({"month": "202413"})).await, json!({"month": "value is not a month as yyyymm"}));
    let period = |start: &str, end: &str| json!({"group_id": null, "start_date": start, "end_date": end});
    let backwards = data("period", period("20240102", "20240101")).await;
    assert_eq!(backwards, json!({"end_date": "before the start date"}));
    let long = data("period", period("20240101", "20240410")).await;
    assert_eq!(long, json!({"end_date": "more than 100 days in all"}));
    assert_eq!(
        data("period", json!({"start_date": "20240101", "end_date": "20240102"})).await,
        json!({"group_id": "is required"})
    );
}

/// The most sessions, cores and memory of the last two points (a quarter of an hour may begin while a
/// test runs); and whether points are evenly apart.
fn last(chart: &Value) -> (i64, i64, i64) {
    let points = chart.as_array().unwrap();
    assert_eq!(points.len(), 2880);
    let moment = |point: &Value| point["date"].as_i64().unwrap();
    assert!(points.windows(2).all(|pair| moment(&pair[1]) - moment(&pair[0]) == 900));
    assert!((Utc::now() - TimeDelta::seconds(moment(&points[2879]))).timestamp() < 1800);
    let most =
        |name: &str, key: &str| points[2878..].iter().map(|point| point[name][key].as_i64().unwrap()).max().unwrap();
    assert_eq!(most("disk_used", "value "), 0);
    (most("num_sessions", "value"), most("cpu_allocated", "value"), most("mem_allocated", "value"))
}

#[tokio::test]
async fn charts_show_ones_own_or_everybodys() {
    let world = World::new().await;
    let chart = async |key: &str, whose: &str| world.get(key, &format!("/resource/stats/{whose}/month")).await;
    assert_eq!(last(&chart("USER", "user").await.json()), (0, 0, 0));
    for (key, name) in [("USER", "first"), ("USER", "second"), ("FAR-USER", "distant")] {
        world.session(key, name).await;
    }
    world.call("USER", Method::DELETE, "/session/first", None).await;
    ended(&world, "USER", "first").await;
    // What ended in this quarter of an hour was used in it.
    let (sessions, cores, mem) = last(&chart("USER", "user").await.json());
    assert_eq!((sessions, cores), (2, 2));
    assert!(mem > 0);
    assert_eq!(last(&chart("NEIGHBOUR", "user").await.json()), (0, 0, 0));
    assert_eq!(last(&chart("MONITOR", "user").await.json()), (0, 0, 0));
    assert_eq!(last(&chart("ROOT", "admin").await.json()), (3, 3, mem / 2 * 3));
    for key in ["ADMIN", "USER", "MONITOR", "FAR-ADMIN"] {
        assert_eq!(chart(key, "admin").await.told(), "401 auth-failed: Unauthorized access");
    }
    let units = chart("USER", "user").await.json()[0].clone();
    let expected = json!({
        "date": units["date"], "num_sessions": {"value": 0, "unit_hint": "count"},
        "cpu_allocated": {"value": 0, "unit_hint": "count"}, "mem_allocated": {"value": 0, "unit_hint": "bytes"},
        "gpu_allocated": {"value": 0, "unit_hint": "count"}, "io_read_bytes": {"value": 0, "unit_hint": "bytes"},
        "io_write_bytes": {"value": 0, "unit_hint": "bytes"}, "disk_used": {"value ": 0, "unit_hint": "bytes"},
    });
    assert_eq!(units, expected);
}

#[tokio::test]
async fn a_server_without_folders_answers_what_pages_need() {
    let world = World::new().await;
    for (key, ..) in PEOPLE.iter().filter(|(key, ..)| *key != "SLOW") {
        let group = world.groups[0];
        for (target, expected) in [
            (format!("/folders?group_id={group}"), json!([])),
            ("/folders/_/hosts".into(), json!({"default": null, "allowed": [], "volume_info": {}})),
            ("/folders/_/allowed_types".into(), json!(["user", "group"])),
            ("/folders/_/allowed-types".into(), json!(["user", "group"])),
            ("/config/vfolder-types".into(), json!(["user", "group"])),
            ("/folders/invitations/list".into(), json!({"invitations": []})),
            ("/folders/invitations/list-sent".into(), json!({"invitations": []})),
            ("/folders/_/shared".into(), json!({"shared": []})),
        ] {
            assert_eq!(world.get(key, &target).await.json(), expected, "{key} {target}");
        }
        let body = json!({"name": "data", "host": "local:volume1", "usage_mode": "general", "permission": "rw"});
        let made = world.call(key, Method::POST, "/folders", Some(body)).await.told();
        assert_eq!(made, "400 vfolder-creation-failed: This server has no storage.");
        let all = world.get(key, "/folders?all=true").await.told();
        let expected = if *key == "ROOT" { "200" } else { "403 generic-forbidden: superadmin privilege required" };
        assert_eq!(all, expected);
    }
    let wrong = world.get("USER", "/folders?group_id=default").await;
    assert_eq!(wrong.json()["data"], json!({"group_id": "value is not a uuid"}));
    assert_eq!(world.get("USER", "/folders/_/quota").await.status, 400);
    assert_eq!(
        world.get("ROOT", "/folders/_/perf-metric?folder_host=a:b").await.told(),
        "404 generic-not-found: No such folder host."
    );
    let mounts = world.get("ROOT", "/folders/_/mounts").await.json();
    assert_eq!((&mounts["manager"]["success"], &mounts["agents"]), (&json!(true), &json!({})));
}

#[tokio::test]
async fn there_is_no_folder_for_task_logs() {
    let world = World::new().await;
    let id = world.session("USER", "mine").await;
    for name in ["session_name", "sessionName", "task_id", "taskId"] {
        let told = world.get("USER", &format!("/session/_/logs?{name}={id}")).await.told();
        assert_eq!(told, "404 generic-not-found: There is no folder for logs.");
    }
    assert_eq!(world.call("USER", Method::HEAD, &format!("/session/_/logs?taskId={id}"), None).await.status, 404);
    let wrong = world.get("USER", "/session/_/logs?taskId=mine").await.json();
    assert_eq!(wrong["data"], json!({"taskId": "value is not a uuid"}));
    assert_eq!(world.get("USER", "/session/_/logs").await.json()["data"], json!({"session_name": "is required"}));
}

#[tokio::test]
async fn a_frozen_server_reports_and_makes_no_folders() {
    let world = World::new().await;
    world.freeze().await;
    assert_eq!(month(&world, "ROOT", json!({"month": this_month()})).await.told(), "200");
    assert_eq!(world.get("USER", "/resource/stats/user/month").await.told(), "200");
    assert_eq!(world.get("USER", "/folders").await.told(), "200");
    assert_eq!(
        world.call("USER", Method::POST, "/folders", Some(json!({"name": "a"}))).await.told(),
        "503 server-frozen"
    );
    assert_eq!(world.call("USER", Method::DELETE, "/folders/a", None).await.told(), "503 server-frozen");
}
