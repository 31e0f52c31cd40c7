#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use rollcall_model::ids::{GroupId, KernelId, SessionId, UserId};
use rollcall_model::session::{ClusterMode, Kernel, Session, SessionResult, SessionType};
use rollcall_model::slots::Slots;
use rollcall_model::stats::KernelStats;
use rollcall_model::status::Status;
use rollcall_model::time::from_micros;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::parameters::Parameters;
use crate::problem::Problem;

fn create(body: &Value) -> Result<CreateRequest, Problem> {
    CreateRequest::of(Parameters::of_request(None, body.to_string().as_bytes()).unwrap())
}

/// What is wrong with a body.
fn refused(body: &Value) -> Value {
    let problem = create(body).unwrap_err();
    assert_eq!((problem.status(), problem.msg()), (400, Some("Input validation error")));
    problem.data().cloned().unwrap()
}

#[test]
fn what_the_python_client_sends_is_read() {
    let request = create(&json!({
        "tag": null, "name": "mysess",
        "config": {
            "mounts": [], "environ": {"A": "b", "N": 1}, "resources": {"cpu": "1", "mem": "512m"}, "resource_opts": {"shmem": "64m"},
            "scalingGroup": null, "mount_map": {}, "preopen_ports": null, "agentList": [],
        },
        "clusterSize": 2, "clusterMode": "multi-node", "starts_at": null, "bootstrap_script": null, "owner_access_key": null,
        "domain": "default", "group": "research", "type": "batch", "enqueueOnly": true, "maxWaitSeconds": 15,
        "reuseIfExists": false, "startupCommand": "true", "image": "local/python:3",
    }))
    .unwrap();
    let expected = CreateRequest {
        name: "mysess".into(),
        image: "local/python:3".into(),
        session_type: SessionType::Batch,
        group: "research".into(),
        domain: "default".into(),
        cluster_size: 2,
        cluster_mode: ClusterMode::MultiNode,
        tag: None,
        enqueue_only: true,
        max_wait_seconds: 15,
        starts_at: None,
        reuse_if_exists: false,
        startup_command: Some("true".into()),
        bootstrap_script: None,
        owner_access_key: None,
        config: CreateConfig {
            environ: vec![("A".into(), "b".into()), ("N".into(), "1".into())],
            resources: Slots::of(1.into(), 512 << 20),
            shmem: Some(64 << 20),
            resource_opts: json!({"shmem": "64m"}).as_object().unwrap().clone(),
            ..CreateConfig::default()
        },
    };
    assert_eq!(request, expected);
}

#[test]
fn what_the_web_client_sends_is_read_and_the_rest_has_defaults() {
    let request = create(&json!({
        "lang": "local/python:3", "clientSessionToken": "mysess", "group_name": "research", "domain": "acme", "cluster_size": "1",
        "cluster_mode": "single-node", "unknown": 1,
        "config": {
            "resources": {"cpu": 1, "mem": "1g", "cuda.shares": "0.50"}, "mounts": ["data"], "mount_map": {"data": "/x"},
            "scaling_group": "gpu", "resource_opts": {"shmem": "1g"}, "environ": {},
        },
    }))
    .unwrap();
    assert_eq!(
        (request.name.as_str(), request.group.as_str(), request.domain.as_str()),
        ("mysess", "research", "acme")
    );
    assert_eq!(request.config.resources.to_string(), "cpu=1 cuda.shares=0.5 mem=1g");
    assert_eq!(request.config.mount_map, [("data".to_owned(), "/x".to_owned())]);
    assert!(request.reuse_if_exists && !request.enqueue_only && request.max_wait_seconds == 0);
    let least = create(&json!({"name": "mysess", "image": "i", "config": {"clusterSize": 3}})).unwrap();
    assert_eq!(
        (least.cluster_size, least.session_type, least.group.as_str()),
        (3, SessionType::Interactive, "default")
    );
}

#[test]
fn each_wrong_parameter_is_told() {
    assert_eq!(refused(&json!({})), json!({"session_name": "is required", "image": "is required"}));
    assert_eq!(
        refused(&json!({
            "name": "mysess", "image": "", "type": "INTERACTIVE", "enqueueOnly": "maybe", "clusterSize": 0, "maxWaitSeconds": -1,
            "config": {
                "resources": {"mem": "1.5", "cpu": -1}, "resource_opts": {"shmem": "inf"}, "preopen_ports": [80], "mounts": [{}],
                "environ": {"A": []},
            },
        })),
        json!({
            "image": "blank value is not allowed",
            "type": "value is not a valid member of SessionTypes",
            "enqueueOnly": "value can't be converted to Bool",
            "clusterSize": "value is less than 1",
            "maxWaitSeconds": "value is less than 0",
            "config": {
                "mounts": "value is not a list of strings",
                "environ": "value is not a dict of strings",
                "preopen_ports": "value is not a list of ports from 1024 to 65535",
                "resources": {"mem": "`1.5` is no whole number of bytes; give it a unit such as 1.5g", "cpu": "`-1` is negative"},
                "resource_opts": {"shmem": "shared memory must be finite"},
            },
        })
    );
}

#[test]
fn names_have_a_pattern() {
    for name in ["abcd", "a_b-c.d", "1234", &"x".repeat(64)] {
        assert_eq!(check_name(name), Ok(()), "{name}");
    }
    for name in ["abc", "-abcd", "abcd-", ".abcd", "ab cd", "abcü", "abcd\n", "", &"x".repeat(65), "from-template"] {
        assert!(check_name(name).is_err(), "{name}");
    }
    let told = refused(&json!({"name": "a b", "image": "i"}));
    assert_eq!(told, json!({"session_name": r"does not match pattern ^(?=.{4,64}$)\w[\w.-]*\w$"}));
}

#[test]
fn a_rename_comes_in_the_query_and_an_owner_before_all() {
    let rename = RenameRequest::of(Parameters::of_request(Some("name=b%2Dcde&x=1"), b"").unwrap()).unwrap();
    assert_eq!(rename.name, "b-cde");
    let destroy = DestroyRequest::of(Parameters::of_query("forced=true&owner_access_key=AK")).unwrap();
    assert_eq!(destroy, DestroyRequest { forced: true, owner_access_key: Some("AK".into()) });
    assert_eq!(owner_in_query(Some("owner_access_key=AK")), Ok(Some("AK".into())));
    assert_eq!(owner_in_query(None), Ok(None));
    assert!(MatchRequest::of(Parameters::of_query("")).is_err());
    assert_eq!(OwnerRequest::of(Parameters::of_query("")).unwrap().owner_access_key, None);
}

#[test]
fn an_extension_has_a_whole_number_of_seconds() {
    let of = |query: &str| ExtendRequest::of(Parameters::of_query(query));
    assert_eq!(of("seconds=7200"), Ok(ExtendRequest { seconds: 7200 }));
    let body = Parameters::of_request(None, br#"{"seconds": 60}"#).unwrap();
    assert_eq!(ExtendRequest::of(body), Ok(ExtendRequest { seconds: 60 }));
    for (query, told) in [
        ("", "is required"),
        ("seconds=", "value can't be converted to int"),
        ("seconds=2h", "value can't be converted to int"),
        ("seconds=0", "value is less than 1"),
        ("seconds=-5", "value is less than 1"),
        ("seconds=99999999999999999999", "value can't be converted to int"),
    ] {
        assert_eq!(of(query).unwrap_err().to_json()["data"], json!({ "seconds": told }), "{query}");
    }
}

fn session() -> Session {
    let at = from_micros(1_633_593_513_123_456);
    Session {
        id: SessionId(Uuid::from_u128(1)),
        name: "mysess".into(),
        session_type: SessionType::Interactive,
        image: "local/python:3".into(),
        registry: "local".into(),
        tag: None,
        cluster_mode: ClusterMode::SingleNode,
        cluster_size: 1,
        domain: "default".into(),
        group_id: GroupId(Uuid::from_u128(2)),
        group_name: "default".into(),
        user_id: UserId(Uuid::from_u128(3)),
        user_email: "a@example.com".into(),
        access_key: "AK".into(),
        status: Status::Running,
        status_changed: None,
        status_info: None,
        status_data: None,
        created_at: at,
        terminated_at: None,
        starts_at: None,
        startup_command: None,
        bootstrap_script: None,
        result: SessionResult::Undefined,
        resource_opts: json!({}),
        scaling_group: None,
        agent: None,
        service_ports: Some(json!([{
            "name": "jupyter", "protocol": "http", "container_ports": [8081], "host_ports": [30701], "url_template": "/lab", "allowed_envs": null,
        }])),
        environ: vec![("A".into(), "B".into())],
        occupied_slots: Slots::of(1.into(), 3 << 30),
        waiting: None,
        times: rollcall_model::session::SessionTimes::default(),
    }
}

fn kernel() -> Kernel {
    let session = session();
    Kernel {
        id: KernelId(session.id.0),
        session_id: session.id,
        cluster_role: "main".into(),
        cluster_idx: 1,
        cluster_hostname: "main1".into(),
        image: session.image,
        registry: session.registry,
        status: Status::Running,
        status_changed: None,
        status_info: None,
        status_data: None,
        created_at: session.created_at,
        terminated_at: None,
        starts_at: None,
        agent: None,
        container_id: None,
        generation: 0,
        exit_code: None,
        occupied_slots: Slots::default(),
        resource_opts: json!({}),
        last_stat: Some(KernelStats::default()),
    }
}

#[test]
fn creation_answers_have_two_shapes() {
    let id = "00000000-0000-0000-0000-000000000001";
    assert_eq!(
        serde_json::to_value(Created::of(&session(), false)).unwrap(),
        json!({
            "sessionId": id, "sessionName": "mysess", "status": "RUNNING", "created": true,
            "servicePorts": [{"name": "jupyter", "protocol": "http", "ports": [8081], "url_template": "/lab"}],
        })
    );
    let late = serde_json::to_value(Created::of(&session(), true)).unwrap();
    assert_eq!((&late["status"], &late["servicePorts"]), (&json!("TIMEOUT"), &json!([])));
    let reused = serde_json::to_value(Reused::of(&session())).unwrap();
    assert_eq!((&reused["created"], &reused["service_ports"][0]["container_ports"]), (&json!(false), &json!([8081])));
    assert_eq!(reused.get("servicePorts"), None);
}

#[test]
fn info_has_its_printed_forms() {
    let now = from_micros(1_633_593_514_123_456);
    let info = serde_json::to_value(SessionInfo::of(&session(), Some(&kernel()), now)).unwrap();
    assert!(info["lastStat"]["cpu_util"].is_object());
    let mut rest = info;
    rest.as_object_mut().unwrap().remove("lastStat");
    assert_eq!(
        rest,
        json!({
            "domainName": "default", "groupId": "00000000-0000-0000-0000-000000000002", "userId": "00000000-0000-0000-0000-000000000003",
            "lang": "local/python:3", "image": "local/python:3", "registry": "local", "tag": null, "containerId": "None",
            "occupiedSlots": "{'cpu': Decimal('1'), 'mem': Decimal('3221225472')}", "occupiedShares": "{}", "environ": "['A=B']",
            "status": "RUNNING", "statusInfo": "None", "statusData": null, "age": 1000,
            "creationTime": "2021-10-07 07:58:33.123456+00:00", "terminationTime": null, "numQueriesExecuted": 0,
        })
    );
}

#[test]
fn endings_matches_and_logs() {
    assert_eq!(serde_json::to_value(DestroyAnswer::cancelled()).unwrap(), json!({"stats": {"status": "cancelled"}}));
    assert_eq!(
        serde_json::to_value(DestroyAnswer::terminated(None)).unwrap(),
        json!({"stats": {"status": "terminated"}})
    );
    let with_use = serde_json::to_value(DestroyAnswer::terminated(Some(&KernelStats::default()))).unwrap();
    assert_eq!((&with_use["stats"]["version"], &with_use["stats"]["mem"]["current"]), (&json!(2), &json!("0")));
    let id = session().id;
    let matched = serde_json::to_value(MatchAnswer::of(&[session()])).unwrap();
    assert_eq!(matched, json!({"matches": [{"id": id, "name": "mysess", "status": "RUNNING"}]}));
    assert_eq!(serde_json::to_value(LogsAnswer::of("hi".into())).unwrap(), json!({"result": {"logs": "hi"}}));
}

#[test]
fn ambiguity_and_existence_carry_data() {
    let many = too_many_matched(&vec![session(); 12]);
    assert_eq!(many.status(), 404);
    let matches = many.data().unwrap()["matches"].as_array().unwrap().clone();
    assert_eq!(matches.len(), 10);
    assert_eq!(
        matches[0],
        json!({"id": session().id, "name": "mysess", "status": "RUNNING", "created_at": "2021-10-07T07:58:33.123456+00:00"})
    );
    assert_eq!(already_exists(session().id).data(), Some(&json!({"existingSessionId": session().id})));
}

proptest! {
    #[test]
    fn no_body_breaks_creation(name in ".{0,70}", key in "[a-zA-Z_]{0,16}", text in ".{0,20}", number: i64) {
        for value in [json!(text), json!(number), json!([number, text]), json!({"shmem": text, "cpu": text, "mem": number}), json!(null)] {
            let _ = create(&json!({"name": name, "image": "i", "clusterSize": value, "maxWaitSeconds": value, key.as_str(): value}));
            for part in ["resources", "resource_opts", "environ", "mounts", "preopen_ports", "agentList", "clusterSize"] {
                let _ = create(&json!({"name": name, "image": "i", "config": {part: value}}));
            }
            let _ = service_ports(Some(&json!([value, {"name": value, "container_ports": value}])));
        }
    }

    #[test]
    fn names_follow_the_pattern(name in "[\\w.-]{1,70}|.{0,70}") {
        let inner = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        let edge = |c: char| inner(c) && !".-".contains(c);
        let fits = (4..=64).contains(&name.chars().count()) && name.chars().all(inner) && name.starts_with(edge) && name.ends_with(edge);
        prop_assert_eq!(check_name(&name).is_ok(), fits && name != "from-template");
    }
}
