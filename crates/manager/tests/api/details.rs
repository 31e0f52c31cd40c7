//! What agents, keys, images and sessions tell beside their columns; lists of old clients.

use http::Method;
use serde_json::{Value, json};

use crate::world::World;

async fn asked(world: &World, key: &str, query: &str) -> Value {
    let answer = world.gql(key, &format!("{{ {query} }}"), json!({})).await;
    assert!(!answer.text.contains("errors"), "{query}: {}", answer.text);
    answer.json()["data"].clone()
}

#[tokio::test]
async fn an_agent_tells_its_use_and_its_kernels() {
    let world = World::new().await;
    let id = world.session("USER", "on-it").await;
    let agents = asked(
        &world,
        "ROOT",
        "agents { id live_stat cpu_cur_pct mem_cur_bytes compute_containers { id status agent session_id } }",
    )
    .await;
    let agent = &agents["agents"][0];
    assert_eq!((&agent["cpu_cur_pct"], &agent["mem_cur_bytes"]), (&json!(25.0), &json!(4096.0)));
    let live: Value = serde_json::from_str(agent["live_stat"].as_str().unwrap()).unwrap();
    assert_eq!(live["node"]["cpu_util"]["pct"], "25");
    assert_eq!(live["node"]["mem"]["capacity"], "8192");
    let kernel = json!({"id": id, "status": "RUNNING", "agent": "i-test", "session_id": id});
    assert_eq!(agent["compute_containers"], json!([kernel]));
    let by = "agents { a: compute_containers(status: \"TERMINATED\") { id } b: compute_containers(status: \"RUNNING,PULLING\") { id } }";
    assert_eq!(asked(&world, "ROOT", by).await["agents"][0], json!({"a": [], "b": [{"id": id}]}));
    let one = asked(&world, "ROOT", "agent(agent_id: \"i-test\") { compute_containers { id } }").await;
    assert_eq!(one["agent"]["compute_containers"], json!([{ "id": id }]));
    let wrong = world.gql("ROOT", "{ agents { compute_containers(status: \"running\") { id } } }", json!({})).await;
    assert_eq!(wrong.json()["errors"][0]["message"], "'running'");
    assert_eq!(wrong.json()["data"]["agents"][0]["compute_containers"], Value::Null);
}

#[tokio::test]
async fn a_key_tells_the_sessions_that_the_caller_sees() {
    let world = World::new().await;
    for (owner, name) in [("USER", "first"), ("USER", "second"), ("NEIGHBOUR", "third"), ("FAR-USER", "fourth")] {
        world.session(owner, name).await;
    }
    let made = "mutation { create_keypair(user_id: \"user@example.com\", props: {resource_policy: \"default\", rate_limit: 9, is_active: true}) { ok msg } }";
    assert_eq!(world.gql("ROOT", made, json!({})).await.json()["data"]["create_keypair"]["ok"], true);
    let query = "keypair_list(limit: 9, offset: 0, order: \"-concurrency_used,access_key\", filter: \"access_key in [\\\"USER\\\", \\\"NEIGHBOUR\\\", \\\"FAR-USER\\\"]\") { items { access_key compute_sessions { name user_email containers { cluster_role } } vfolders { id } } }";
    let names = |items: &Value| {
        let of = |item: &Value| {
            let sessions = item["compute_sessions"].as_array().unwrap().iter();
            let names: Vec<&str> = sessions.map(|session| session["name"].as_str().unwrap()).collect();
            format!("{}: {}", item["access_key"].as_str().unwrap(), names.join(" "))
        };
        items.as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    let all = asked(&world, "ROOT", query).await["keypair_list"]["items"].clone();
    assert_eq!(names(&all), ["USER: second first", "FAR-USER: fourth", "NEIGHBOUR: third"]);
    assert_eq!(all[0]["compute_sessions"][0]["containers"], json!([{"cluster_role": "main"}]));
    assert_eq!(all[0]["vfolders"], json!([]));
    let near = asked(&world, "ADMIN", query).await["keypair_list"]["items"].clone();
    assert_eq!(names(&near), ["USER: second first", "NEIGHBOUR: third"]);

    // Sessions belong to the key that signed; those of one's other key are not told.
    let own = asked(&world, "USER", "keypairs { access_key compute_sessions(status: \"RUNNING\") { name } }").await;
    let told: Vec<bool> =
        own["keypairs"].as_array().unwrap().iter().map(|key| key["compute_sessions"].is_null()).collect();
    assert_eq!((told.len(), told.iter().filter(|null| **null).count()), (2, 1), "{own}");
    let ended = asked(&world, "USER", "keypair { compute_sessions(status: \"TERMINATED\") { name } }").await;
    assert_eq!(ended["keypair"]["compute_sessions"], json!([]));
}

#[tokio::test]
async fn an_image_tells_superadmins_where_it_is() {
    let world = World::new().await;
    let root = asked(&world, "ROOT", "images { installed installed_agents }").await;
    assert_eq!(root["images"], json!([{"installed": true, "installed_agents": ["i-test"]}]));
    for other in ["ADMIN", "USER"] {
        let found = asked(&world, other, "image(reference: \"sh\") { installed installed_agents }").await;
        assert_eq!(found["image"], json!({"installed": true, "installed_agents": null}));
    }
}

#[tokio::test]
async fn a_session_tells_when_it_changed() {
    let world = World::new().await;
    let id = world.session("USER", "changing").await;
    let query = format!("compute_session(id: \"{id}\") {{ status_history scheduled_at created_at full_name }}");
    let told = asked(&world, "USER", &query).await["compute_session"].clone();
    let history: Value = serde_json::from_str(told["status_history"].as_str().unwrap()).unwrap();
    let statuses: Vec<&String> = history.as_object().unwrap().keys().collect();
    assert_eq!(statuses, ["PENDING", "SCHEDULED", "PREPARING", "RUNNING"]);
    assert_eq!((&history["PENDING"], &history["SCHEDULED"]), (&told["created_at"], &told["scheduled_at"]));
    assert_eq!(told["full_name"], "USER");
    assert!(world.call("USER", Method::PATCH, "/session/changing", None).await.status.is_success());
    let again = asked(&world, "USER", &query).await["compute_session"]["status_history"].clone();
    let again: Value = serde_json::from_str(again.as_str().unwrap()).unwrap();
    assert!(again["RUNNING"].as_str() > history["RUNNING"].as_str(), "{again} after {history}");
    assert!(again.as_object().unwrap().contains_key("RESTARTING"));
}

#[tokio::test]
async fn clients_of_old_read_sessions_too() {
    let world = World::new().await;
    let id = world.session("USER", "old-one").await;
    world.session("USER", "older-one").await;
    let query = "legacy_compute_session(sess_id: \"old-one\") { id sess_id session_name status lang role agent container_id mem_cur_bytes cpu_used cpu_slot mem_slot live_stat last_stat mounts }";
    let told = asked(&world, "USER", query).await["legacy_compute_session"].clone();
    assert_eq!((&told["id"], &told["sess_id"], &told["agent"]), (&json!(id), &json!("old-one"), &json!("i-test")));
    assert_eq!((&told["mem_cur_bytes"], &told["cpu_slot"], &told["mounts"]), (&json!(4096), &json!(1.0), &json!([])));
    assert!(told["container_id"].is_string() && told["live_stat"].is_string() && told["last_stat"].is_null(), "{told}");
    let listed = async |order: &str| {
        let query =
            format!("legacy_compute_session_list(limit: 9, offset: 0{order}) {{ items {{ sess_id }} total_count }}");
        let found = asked(&world, "USER", &query).await["legacy_compute_session_list"].clone();
        found["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["sess_id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(listed(", order_key: \"sess_id\"").await, ["old-one", "older-one"]);
    assert_eq!(
        listed(", order_key: \"created_at\", order_asc: false, status: \"RUNNING\"").await,
        ["older-one", "old-one"]
    );
    assert_eq!(listed(", status: \"TERMINATED\"").await, Vec::<String>::new());
    for nobody in ["none", "old-one\\u0000"] {
        let query = format!("legacy_compute_session(sess_id: \"{nobody}\") {{ id }}");
        assert_eq!(asked(&world, "USER", &query).await["legacy_compute_session"], Value::Null);
    }
}
