//! The GraphQL endpoints: shapes, errors, order of keys, limits.

use http::Method;
use serde_json::{Value, json};

use crate::world::World;

const LIST: &str = "query($limit:Int!, $offset:Int!, $status: String, $access_key: String, $filter: String, $order: String) { compute_session_list(limit:$limit, offset:$offset, status:$status, access_key:$access_key, filter:$filter, order:$order) { items { id name status mounts service_ports occupied_slots created_at terminated_at containers { container_id agent occupied_slots live_stat last_stat } } total_count } }";

const NEW_LISTS: [&str; 9] = [
    "storage_volume_list(limit: 1, offset: 0) { total_count }",
    "vfolder_list(limit: 1, offset: 0) { total_count }",
    "legacy_compute_session_list(limit: 1, offset: 0) { total_count }",
    "legacy_compute_session(sess_id: \"a\") { id }",
    "keypair { compute_sessions { id } }",
    "agents { compute_containers { id } }",
    "user_list(limit: 1, offset: 0) { total_count }",
    "keypair_list(limit: 1, offset: 0) { total_count }",
    "agent_list(limit: 1, offset: 0) { total_count }",
];

fn page(more: Value) -> Value {
    let mut variables =
        json!({"limit": 20, "offset": 0, "status": null, "access_key": null, "filter": null, "order": null});
    variables.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    variables
}

#[tokio::test]
async fn the_worked_example_keeps_the_order_of_its_selection() {
    let world = World::new().await;
    let id = world.session("USER", "mysess").await;
    let wrapped = world.gql("USER", LIST, page(json!({"status": "RUNNING,PENDING"}))).await;
    let item = wrapped.json()["data"]["compute_session_list"]["items"][0].clone();
    let keys: Vec<&String> = item.as_object().unwrap().keys().collect();
    let selected = "id name status mounts service_ports occupied_slots created_at terminated_at containers";
    assert_eq!(keys, selected.split(' ').collect::<Vec<_>>());
    assert!(wrapped.text.starts_with(r#"{"data":{"compute_session_list":{"items":[{"id":"#), "{}", wrapped.text);
    assert_eq!((&item["id"], &item["mounts"]), (&json!(id), &json!([])));
    assert_eq!(item["occupied_slots"].as_str().map(|text| text.starts_with(r#"{"cpu": "1", "mem": ""#)), Some(true));
    assert!(item["containers"][0]["live_stat"].as_str().unwrap().contains(r#""mem": {"current": "4096""#));

    let turned = "{ compute_session_list(offset: 0, limit: 1) { total_count items { status id tag: name name ...more } } } fragment more on ComputeSession { image containers { id } }";
    let turned = world.gql("USER", turned, json!({})).await.json()["data"]["compute_session_list"].clone();
    assert_eq!(turned.as_object().unwrap().keys().collect::<Vec<_>>(), ["total_count", "items"]);
    let keys: Vec<&String> = turned["items"][0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["status", "id", "tag", "name", "image", "containers"]);
    assert_eq!(turned["items"][0]["containers"], json!([{ "id": id }]));

    let bare =
        world.call("USER", Method::POST, "/admin/graphql", Some(json!({"query": LIST, "variables": page(json!({}))})));
    assert_eq!(bare.await.json()["compute_session_list"]["total_count"], 1);
}

#[tokio::test]
async fn one_error_in_two_shapes() {
    let world = World::new().await;
    let body = json!({"query": LIST, "variables": page(json!({"access_key": "NEIGHBOUR"}))});
    let error = json!({"message": "Forbidden operation.", "locations": [{"line": 1, "column": 107}], "path": ["compute_session_list"]});
    let wrapped = world.call("USER", Method::POST, "/admin/gql", Some(body.clone())).await;
    assert_eq!(
        (wrapped.status.as_u16(), wrapped.json()),
        (200, json!({"errors": [error], "data": {"compute_session_list": null}}))
    );
    let bare = world.call("USER", Method::POST, "/admin/graphql", Some(body)).await;
    assert_eq!(bare.told(), "400 graphql-error");
    assert_eq!(bare.json()["data"], json!([error]));
}

#[tokio::test]
async fn errors_have_the_contracts_words() {
    let world = World::new().await;
    let mut table = String::new();
    let list = |arguments: &str| format!("{{ compute_session_list({arguments}) {{ total_count }} }}");
    for query in [
        list("limit: 1001, offset: 0"),
        list("limit: -1, offset: 0"),
        list("limit: 1, offset: -1"),
        list("limit: 0, offset: 0"),
        list("limit: 1000, offset: 9223372036854775807"),
        list("limit: 1, offset: 0, status: \"running\""),
        list("limit: 1, offset: 0, status: \"\""),
        list("limit: 1, offset: 0, status: \"RUNNING_DEGRADED\""),
        list("limit: 1, offset: 0, status: null, order: null, filter: null, group_id: null"),
        list("limit: 1, offset: 0, order: \"\""),
        list("limit: 1, offset: 0, filter: \"\""),
        list("limit: 1, offset: 0, filter: \"tag == \\\"a\\\"\""),
        list("limit: 1, offset: 0, order: \"-tag\""),
        list("limit: 1, offset: 0, group_id: \"default\""),
        list("limit: 1"),
        "{ compute_session(id: \"nonsense\") { id } }".into(),
        "{ compute_session(id: \"00000000000000000000000000000000\") { id } }".into(),
        "{ compute_container_list(limit: 1, offset: 0, session_id: \"nonsense\") { total_count } }".into(),
        "{ image(reference: \"none\") { name } }".into(),
        "{ agent_list(limit: 1, offset: 0, status: \"alive\") { total_count } }".into(),
        "{ agent_list(limit: 1, offset: 0, filter: \"nothing\") { total_count } }".into(),
        "{ agent_list(limit: 1, offset: 0, order: \"addr\") { total_count } }".into(),
        "{ user_list(limit: 1001, offset: 0) { total_count } }".into(),
        "{ user_list(limit: 1, offset: 0, filter: \"\") { total_count } }".into(),
        "{ user_list(limit: 1, offset: 0, filter: \"is_active is true\") { total_count } }".into(),
        "{ user_list(limit: 1, offset: 0, filter: \"role == \\\"admin\\\"\") { total_count } }".into(),
        "{ user_list(limit: 1, offset: 0, filter: \"uuid == \\\"me\\\"\") { total_count } }".into(),
        "{ user_list(limit: 1, offset: 0, order: \"description\") { total_count } }".into(),
        "{ user_list(limit: 1, offset: 0, group_id: \"default\") { total_count } }".into(),
        "{ user_list(limit: 1, offset: 0, status: \"gone\") { total_count } }".into(),
        "{ keypair_list(limit: 1, offset: 0, order: \"-user_id\") { total_count } }".into(),
        "{ keypair_list(limit: 1, offset: 0, filter: \"is_active == 1\") { total_count } }".into(),
        "{ nothing }".into(),
        "{".into(),
    ] {
        let answer = world.gql("ROOT", &query, json!({})).await;
        table.push_str(&format!("{query}\n  {}\n", answer.text));
    }
    let variable = world.gql("ROOT", "query($id: UUID!) { compute_session(id: $id) { id } }", json!({"id": "x"})).await;
    table.push_str(&format!("$id: x\n  {}\n", variable.text));
    insta::assert_snapshot!(table);
}

#[tokio::test]
async fn work_has_limits() {
    let world = World::new().await;
    let one = "compute_session_list(limit: 1, offset: 0) { total_count }";
    let aliases: String = (0..50).map(|index| format!("a{index}: {one} ")).collect();
    let refused = world.gql("ROOT", &format!("{{ {aliases} }}"), json!({})).await.json();
    assert_eq!((refused["errors"][0]["message"].is_string(), refused.get("data")), (true, None));
    // Lists inside of others count as they do at the root.
    let nested: String = (0..25).map(|index| format!("a{index}: compute_sessions {{ id }} ")).collect();
    let refused = world.gql("ROOT", &format!("{{ keypair {{ {nested} }} }}"), json!({})).await.json();
    assert_eq!((refused["errors"][0]["message"].is_string(), refused.get("data")), (true, None));
    // A page of any list counts alike, so that aliases add up whatever they ask for.
    for one in NEW_LISTS {
        let once = world.gql("ROOT", &format!("{{ {one} }}"), json!({})).await;
        assert!(!once.text.contains("errors"), "{}", once.text);
        let aliases: String = (0..25).map(|index| format!("a{index}: {one} ")).collect();
        let refused = world.gql("ROOT", &format!("{{ {aliases} }}"), json!({})).await.json();
        assert_eq!((refused["errors"][0]["message"].is_string(), refused.get("data")), (true, None), "{one}");
    }
    let deep = (0..20).fold("id".to_owned(), |inner, _| format!("dependencies {{ {inner} }}"));
    let deep = format!("{{ compute_session_list(limit: 1, offset: 0) {{ items {{ {deep} }} }} }}");
    assert!(world.gql("ROOT", &deep, json!({})).await.json()["errors"][0]["message"].is_string());
    let directives = "@skip(if: false) ".repeat(9);
    let directives = format!("{{ compute_session_list(limit: 1, offset: 0) {directives} {{ total_count }} }}");
    assert!(world.gql("ROOT", &directives, json!({})).await.json()["errors"][0]["message"].is_string());
    let missing = world.call("ROOT", Method::POST, "/admin/gql", Some(json!({}))).await;
    assert_eq!(missing.json()["data"], json!({"query": "is required"}));
}

#[tokio::test]
async fn the_introspection_query_of_tools_is_within_the_limits() {
    let world = World::new().await;
    let of_type = (0..7).fold("kind name".to_owned(), |inner, _| format!("kind name ofType {{ {inner} }}"));
    let value = format!("name description type {{ {of_type} }} defaultValue");
    let query = format!(
        "{{ __schema {{ queryType {{ name }} mutationType {{ name }} subscriptionType {{ name }} \
         types {{ kind name description fields(includeDeprecated: true) {{ name description args {{ {value} }} \
         type {{ {of_type} }} isDeprecated deprecationReason }} inputFields {{ {value} }} interfaces {{ {of_type} }} \
         enumValues(includeDeprecated: true) {{ name }} possibleTypes {{ {of_type} }} }} \
         directives {{ name locations args {{ {value} }} }} }} }}"
    );
    let answer = world.gql("USER", &query, json!({})).await;
    assert_eq!(answer.json()["data"]["__schema"]["queryType"]["name"], "Queries", "{}", answer.text);
}

#[tokio::test]
async fn every_field_answers() {
    let world = World::new().await;
    let id = world.session("ROOT", "everything").await;
    let container = fields(&world, "ComputeContainer", "").await;
    let session = fields(
        &world,
        "ComputeSession",
        &format!("containers {{ {container} }} dependencies {{ id }} waiting {{ ahead }}"),
    )
    .await;
    let answers = [
        format!("compute_session(id: \"{id}\") {{ {session} }}"),
        format!(
            "keypair {{ {} compute_sessions {{ id }} vfolders {{ id }} user_info {{ email full_name }} }}",
            fields(&world, "KeyPair", "").await
        ),
        "user_list(limit: 9, offset: 0) { items { email groups { name } main_access_key } total_count }".into(),
        "keypair_list(limit: 9, offset: 0) { items { projects concurrency_used } total_count }".into(),
        format!("user {{ {} groups {{ id name }} }}", fields(&world, "User", "").await),
        format!("groups {{ {} }}", fields(&world, "Group", "").await),
        format!("domain {{ {} }}", fields(&world, "Domain", "").await),
        format!("keypair_resource_policies {{ {} }}", fields(&world, "KeyPairResourcePolicy", "").await),
        format!("scaling_groups {{ {} }}", fields(&world, "ScalingGroup", "").await),
        format!("resource_presets {{ {} }}", fields(&world, "ResourcePreset", "").await),
        format!(
            "images {{ {} labels {{ key value }} resource_limits {{ key min max }} }}",
            fields(&world, "Image", "").await
        ),
        format!(
            "legacy_compute_session_list(limit: 9, offset: 0) {{ items {{ {} }} }}",
            fields(&world, "LegacyComputeSession", "").await
        ),
        "storage_volume_list(limit: 9, offset: 0) { items { id } } vfolder_list(limit: 9, offset: 0) { items { id } }"
            .into(),
        format!("agents {{ {} compute_containers {{ id }} }}", fields(&world, "Agent", "").await),
    ];
    for query in answers {
        let answer = world.gql("ROOT", &format!("{{ {query} }}"), json!({})).await;
        assert!(!answer.text.contains("errors"), "{query}: {}", answer.text);
        assert!(!answer.json()["data"].as_object().unwrap().values().any(Value::is_null), "{}", answer.text);
    }
    insta::assert_snapshot!(world.gql("ROOT", "{ __schema { types { name fields { name } } } }", json!({})).await.json()["data"]["__schema"]["types"]
        .as_array().unwrap().iter()
        .filter(|kind| kind["fields"].is_array() && !kind["name"].as_str().unwrap().starts_with("__"))
        .map(|kind| {
            let fields: Vec<&str> = kind["fields"].as_array().unwrap().iter().map(|field| field["name"].as_str().unwrap()).collect();
            format!("{}: {}\n", kind["name"].as_str().unwrap(), fields.join(" "))
        })
        .collect::<String>());
}

/// All fields of a type that need no selection of their own, and `nested` ones.
async fn fields(world: &World, kind: &str, nested: &str) -> String {
    let query = format!("{{ __type(name: \"{kind}\") {{ fields {{ name type {{ kind ofType {{ kind }} }} }} }} }}");
    let answer = world.gql("ROOT", &query, json!({})).await.json();
    let all = answer["data"]["__type"]["fields"].as_array().unwrap().clone();
    let plain =
        all.iter().filter(|field| field["type"]["kind"] != "OBJECT" && field["type"]["ofType"]["kind"] != "OBJECT");
    let names: Vec<&str> = plain.map(|field| field["name"].as_str().unwrap()).collect();
    format!("{} {nested}", names.join(" "))
}
