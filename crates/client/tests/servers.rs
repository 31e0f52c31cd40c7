//! What the client asks of newer and older servers, and what it makes of their answers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::time::Duration;

use rollcall_client::sessions::{CreateOptions, SessionField, Which};
use rollcall_client::{Client, Error, ListOptions};
use rollcall_model::session::ClusterMode;
use rollcall_model::status::Status;
use rollcall_wire::signing;
use serde_json::{Value, json};
use support::{Asked, Fake};

fn page(items: Value, total_count: u64) -> Value {
    json!({"compute_session_list": {"items": items, "total_count": total_count}})
}

/// Answers each status with one session of it, made at `day`.
fn one_of_each(asked: &Asked) -> (u16, Value) {
    let status = asked.body["variables"]["status"].as_str().unwrap();
    let day = match status {
        "RUNNING" => 1,
        "TERMINATING" => 3,
        _ => 2,
    };
    let made = format!("2021-10-0{day}T00:00:00+00:00");
    (200, page(json!([{"name": status, "status": status, "created_at": made}]), 1))
}

#[tokio::test]
async fn the_classic_list_has_its_classic_arguments() {
    let fake = Fake::start("v6.20210815", "21.09.9", |_| (200, json!({"data": page(json!([]), 0)}))).await;
    fake.client().sessions().list(&ListOptions::default()).await.unwrap();
    let [asked] = fake.asked().try_into().unwrap();
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", "/admin/gql"));
    assert_eq!(
        asked.body,
        json!({
            "query": "query($limit: Int!, $offset: Int!, $status: String, $access_key: String, $group_id: String, \
                      $filter: String, $order: String) { compute_session_list(limit: $limit, offset: $offset, \
                      status: $status, access_key: $access_key, group_id: $group_id, filter: $filter, order: $order) \
                      { items { id name image created_at terminated_at status status_info occupied_slots \
                      containers { live_stat last_stat } } total_count } }",
            "variables": {"limit": 30, "offset": 0, "status": "RUNNING", "access_key": null, "group_id": null,
                          "filter": null, "order": null},
        })
    );
}

#[tokio::test]
async fn requests_are_signed_as_they_travel() {
    let fake = Fake::start("v6.20210815", "21.09.9", |_| (200, json!({"result": {"logs": "hello"}}))).await;
    let id = "aaaaaaaa-2222-3333-4444-555555555555".parse().unwrap();
    let text = fake.client().sessions().logs(id, Some("KEY WITH&SIGNS")).await.unwrap();
    assert_eq!(text, "hello");
    let [asked] = fake.asked().try_into().unwrap();
    assert!(asked.target.starts_with("/session/aaaaaaaa-2222-3333-4444-555555555555/logs?owner_access_key=KEY"));
    let to_sign = signing::ToSign {
        method: "GET",
        target: &asked.target,
        date: asked.header("date").unwrap(),
        host: asked.header("host").unwrap(),
        content_type: asked.header("content-type").unwrap(),
        version: asked.header("x-backendai-version").unwrap(),
        version_header: signing::VersionHeader::Current,
    };
    let secret = "secret".to_owned().into();
    let expected = signing::sign(&to_sign, signing::Hash::Sha256, "AKIAEXAMPLE", &secret).unwrap();
    assert_eq!(asked.header("authorization").unwrap(), expected);
}

#[tokio::test]
async fn a_server_without_filters_gets_the_bare_endpoint() {
    let fake = Fake::start("v6.20200815", "20.09.16", |_| (200, page(json!([]), 0))).await;
    let client = fake.client();
    client.sessions().list(&ListOptions::default()).await.unwrap();
    let [asked] = fake.asked().try_into().unwrap();
    assert_eq!(asked.target, "/admin/graphql");
    assert!(asked.body["variables"].get("filter").is_none());
    let filtered = ListOptions { filter: Some("name == \"x\"".into()), ..ListOptions::default() };
    assert!(matches!(client.sessions().list(&filtered).await, Err(Error::Usage(_))));
    assert_eq!(fake.asked().len(), 1, "nothing may be sent");
}

#[tokio::test]
async fn a_server_without_avoid_hol_blocking_is_not_asked_for_scheduled() {
    let fake = Fake::start("v5.20191215", "20.03.0", |_| (200, page(json!([]), 0))).await;
    let options = ListOptions {
        statuses: vec![Status::Running, Status::Scheduled, Status::Pending],
        fields: vec![SessionField::Id, SessionField::ClusterSize, SessionField::Containers],
        ..ListOptions::default()
    };
    fake.client().sessions().list(&options).await.unwrap();
    let only_scheduled = ListOptions { statuses: vec![Status::Scheduled], ..ListOptions::default() };
    let none = fake.client().sessions().list(&only_scheduled).await.unwrap();
    assert_eq!(none.total_count, 0);
    let [asked] = fake.asked().try_into().unwrap();
    assert_eq!(asked.body["variables"]["status"], "RUNNING,PENDING");
    let query = asked.body["query"].as_str().unwrap();
    assert!(query.contains("items { id }"), "fields of newer servers were asked for: {query}");
}

#[tokio::test]
async fn a_server_without_detailed_states_is_asked_status_by_status() {
    let fake = Fake::start("v4.20190315", "19.03.0", one_of_each).await;
    let options = ListOptions {
        statuses: vec![Status::Running, Status::Pending, Status::Scheduled, Status::Terminating],
        limit: 2,
        ..ListOptions::default()
    };
    let first = fake.client().sessions().list(&options).await.unwrap();
    let names = |page: &rollcall_client::SessionPage| -> Vec<String> {
        page.items.iter().map(|row| row.name.clone().unwrap()).collect()
    };
    assert_eq!((names(&first), first.total_count), (vec!["TERMINATING".into(), "PENDING".into()], 3));
    let asked: Vec<_> = fake.asked().iter().map(|asked| asked.body["variables"]["status"].clone()).collect();
    assert_eq!(asked, ["RUNNING", "PENDING", "TERMINATING"]);
    let second = fake.client().sessions().list(&ListOptions { offset: 2, ..options.clone() }).await.unwrap();
    assert_eq!(names(&second), ["RUNNING"]);
    let far = ListOptions { offset: 5000, ..options };
    assert!(matches!(fake.client().sessions().list(&far).await, Err(Error::Usage(_))));
}

#[tokio::test]
async fn old_servers_have_other_paths() {
    let fake = Fake::start("v4.20190615", "19.09.0", |_| (200, json!({"result": {"logs": ""}}))).await;
    fake.client().sessions().logs("aaaaaaaa-2222-3333-4444-555555555555".parse().unwrap(), None).await.unwrap();
    assert_eq!(fake.asked()[0].target, "/kernel/aaaaaaaa-2222-3333-4444-555555555555/logs");
}

#[tokio::test]
async fn rows_are_typed_and_their_json_is_read() {
    let row = json!({
        "id": "aaaaaaaa-2222-3333-4444-555555555555", "name": "mine", "status": "RUNNING_DEGRADED",
        "created_at": "2021-10-07T07:58:33.123456+00:00", "terminated_at": null,
        "occupied_slots": "{\"cpu\": \"1.5\", \"mem\": \"3221225472\"}",
        "containers": [{"live_stat": null, "last_stat": "{\"mem\": {\"current\": \"104857600\"}}"}],
    });
    let fake = Fake::start("v6.20210815", "21.09.9", move |_| (200, json!({"data": page(json!([row]), 1)}))).await;
    let page = fake.client().sessions().list(&ListOptions::default()).await.unwrap();
    let row = &page.items[0];
    assert_eq!((row.slot("cpu"), row.slot("mem"), row.slot("gpu")), (Some(1.5), Some(3_221_225_472.0), None));
    assert_eq!(row.containers[0].metric("mem"), Some(104_857_600.0));
    assert_eq!((row.known_status(), row.status.as_deref()), (None, Some("RUNNING_DEGRADED")));
    assert_eq!(row.created_at.unwrap().timestamp_subsec_micros(), 123_456);
}

#[tokio::test]
async fn all_pages_are_walked_and_no_row_comes_twice() {
    // Between the two requests a session was started, so that one row moved to the second page.
    let fake = Fake::start("v6.20210815", "21.09.9", |asked| {
        let offset = asked.body["variables"]["offset"].as_u64().unwrap();
        let rows: Vec<_> = (offset.saturating_sub(1)..(offset + 100).min(131))
            .map(|number| json!({"id": uuid::Uuid::from_u128(number.into()).to_string()}))
            .take(100)
            .collect();
        (200, json!({"data": page(json!(rows), 131)}))
    })
    .await;
    let all = fake.client().sessions().all(&ListOptions::default(), 10_000).await.unwrap();
    assert_eq!((all.items.len(), all.total_count), (131, 131));
    let limits: Vec<_> = fake.asked().iter().map(|asked| asked.body["variables"]["limit"].clone()).collect();
    assert_eq!(limits, [100, 100]);
    let some = fake.client().sessions().all(&ListOptions::default(), 7).await.unwrap();
    assert_eq!(some.items.len(), 7);
}

#[tokio::test]
async fn names_are_looked_up_exactly() {
    let row =
        |id: u128, name: &str| json!({"id": uuid::Uuid::from_u128(id).to_string(), "name": name, "status": "RUNNING"});
    let rows = json!([row(1, "mine"), row(2, "mine-too")]);
    let fake = Fake::start("v6.20210815", "21.09.9", move |_| (200, json!({"data": page(rows.clone(), 2)}))).await;
    let client = fake.client();
    let found = client.sessions().find_by_name("mine", Which::Live, None).await.unwrap();
    assert_eq!(found.name.as_deref(), Some("mine"));
    assert_eq!(fake.asked()[0].body["variables"]["filter"], "name == \"mine\"");
    for name in ["min", "", "x\" | name != \"", "back\\slash"] {
        let error = client.sessions().find_by_name(name, Which::Live, None).await.unwrap_err();
        assert!(matches!(error, Error::NoSuchSession { .. }), "{name}: {error}");
    }
    let filters: Vec<_> = fake.asked().iter().map(|asked| asked.body["variables"]["filter"].clone()).collect();
    assert_eq!(filters, ["name == \"mine\"", "name == \"min\""], "what cannot be a name must not be sent");
}

#[tokio::test]
async fn errors_are_told_apart() {
    let fake = Fake::start("v6.20210815", "21.09.9", |asked| match asked.target.as_str() {
        "/auth/test" => (
            401,
            json!({"type": "https://api.backend.ai/probs/auth-failed", "title": "Credential/signature mismatch."}),
        ),
        "/auth/role" => (502, json!("bad gateway")),
        "/admin/gql" => (200, json!({"errors": [{"message": "Forbidden operation."}], "data": {"keypair": null}})),
        _ => (200, json!({"nothing": "expected"})),
    })
    .await;
    let client = fake.client();
    let refused = client.check_credentials().await.unwrap_err();
    assert_eq!((refused.status(), refused.slug()), (Some(401), Some("auth-failed")));
    assert!(matches!(client.role(None).await.unwrap_err(), Error::Response { .. }));
    let forbidden = client.keypair(None).await.unwrap_err();
    assert_eq!(
        (forbidden.slug(), forbidden.to_string().contains("Forbidden operation.")),
        (Some("graphql-error"), true)
    );
    let id = "aaaaaaaa-2222-3333-4444-555555555555".parse().unwrap();
    assert!(matches!(client.sessions().logs(id, None).await.unwrap_err(), Error::Response { .. }));
}

#[tokio::test]
async fn nobody_there_and_nobody_answering() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let client = Client::builder(&format!("http://{free}")).unwrap().build().unwrap();
    assert!(matches!(client.server().await.unwrap_err(), Error::Connection { .. }));

    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let client = Client::builder(&endpoint).unwrap().timeout(Duration::from_millis(50)).build().unwrap();
    assert!(matches!(client.server().await.unwrap_err(), Error::Timeout { .. }));
}

#[tokio::test]
async fn unusable_addresses_are_refused() {
    for endpoint in ["", "127.0.0.1:8091", "ftp://x", "http://", "http://me:secret@host", "http://host/?a=b"] {
        let error = Client::builder(endpoint).unwrap_err();
        assert!(matches!(&error, Error::Usage(_)) && !error.to_string().contains("secret"), "{endpoint}: {error}");
    }
    let client = Client::builder("http://127.0.0.1:9").unwrap().build().unwrap();
    assert_eq!(client.endpoint(), "http://127.0.0.1:9");
}

#[tokio::test]
async fn a_session_is_started_as_the_contract_wants_it() {
    let fake = Fake::start("v6.20210815", "21.09.9", |_| {
        let id = "aaaaaaaa-2222-3333-4444-555555555555";
        (201, json!({"sessionId": id, "sessionName": "mine", "status": "PENDING", "servicePorts": [], "created": true}))
    })
    .await;
    let options = CreateOptions {
        name: "mine".into(),
        image: "local.rollcall/stable/bash:5".into(),
        batch_command: Some("true".into()),
        group: "default".into(),
        resource_group: None,
        resources: vec![("mem".into(), "2g".into())],
        environ: vec![("A".into(), "b".into())],
        shared_memory: None,
        cluster_size: 2,
        cluster_mode: ClusterMode::MultiNode,
        starts_at: None,
        tag: Some("night".into()),
        bootstrap_script: Some("echo hi\n".into()),
        mounts: vec!["data".into()],
        owner: None,
        wait: None,
        reuse: false,
    };
    let created = fake.client().sessions().create(&options).await.unwrap();
    assert_eq!((created.status.as_str(), created.created), ("PENDING", true));
    let [asked] = fake.asked().try_into().unwrap();
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", "/session"));
    assert_eq!(
        asked.body,
        json!({
            "name": "mine", "image": "local.rollcall/stable/bash:5", "type": "batch", "startupCommand": "true",
            "group": "default", "domain": "default", "enqueueOnly": true, "maxWaitSeconds": 0, "reuseIfExists": false,
            "clusterSize": 2, "clusterMode": "multi-node", "tag": "night", "bootstrapScript": "ZWNobyBoaQo=",
            "config": {
                "environ": {"A": "b"}, "resources": {"mem": "2g"}, "resource_opts": {}, "scalingGroup": null, "mounts": ["data"],
            },
        })
    );
}

#[tokio::test]
async fn passwords_and_ssh_keys_travel_as_the_contract_says() {
    let fake = Fake::start("v6.20210815", "21.09.9", |asked| match (asked.method.as_str(), asked.target.as_str()) {
        ("POST", "/auth/update-password") if asked.body["old_password"] == "old one" => (200, json!({})),
        ("POST", "/auth/update-password") => (400, json!({"error_msg": "new password mismitch"})),
        ("GET", _) => (200, json!({"ssh_public_key": null})),
        _ => (200, json!({"ssh_public_key": "ssh-rsa A\n", "ssh_private_key": "-----BEGIN"})),
    })
    .await;
    let client = fake.client();
    client.change_password(&"old one".into(), &"new one".into()).await.unwrap();
    let refused = client.change_password(&"other".into(), &"new one".into()).await.unwrap_err();
    assert_eq!(refused.status(), Some(400));
    assert_eq!(client.ssh_public_key().await.unwrap(), None);
    let made = client.new_ssh_keypair().await.unwrap();
    assert_eq!(made.public, "ssh-rsa A\n");
    assert!(!format!("{made:?}").contains("BEGIN"));
    let asked = fake.asked();
    assert_eq!(
        asked[0].body,
        json!({"old_password": "old one", "new_password": "new one", "new_password2": "new one"})
    );
    let targets: Vec<_> = asked.iter().map(|asked| format!("{} {}", asked.method, asked.target)).collect();
    assert_eq!(targets[2..], ["GET /auth/ssh-keypair", "PATCH /auth/ssh-keypair"]);
}
