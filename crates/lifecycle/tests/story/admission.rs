//! What creation refuses, and that a refusal changes nothing.

use rollcall_lifecycle::{CreateRequest, LifecycleError};
use rollcall_model::access::System;
use rollcall_model::session::ClusterMode;
use rollcall_model::status::Status;
use serde_json::{Value, json};

use crate::world::{World, batch, request, sized};

type Mend = fn(&mut CreateRequest);

fn told(error: LifecycleError) -> String {
    match error {
        LifecycleError::InvalidParameters { msg, data: None } => format!("400 {msg}"),
        LifecycleError::InvalidParameters { data: Some(data), .. } => {
            let names: Vec<&str> = data.as_object().unwrap().keys().map(String::as_str).collect();
            format!("400 data {}", names.join(","))
        }
        LifecycleError::QuotaExceeded { msg } => format!("412 {msg}"),
        LifecycleError::InsufficientPrivilege { .. } => "403 role".to_owned(),
        LifecycleError::SessionExists { .. } => "400 exists".to_owned(),
        LifecycleError::VfolderNotFound { missing } => format!("404 folders {}", missing.join(",")),
        LifecycleError::ScalingGroupNotFound { name } => format!("404 group {name:?}"),
        LifecycleError::InstanceNotFound { agent } => format!("404 agent {agent}"),
        other => other.to_string(),
    }
}

fn config(change: impl FnOnce(&mut rollcall_lifecycle::CreateConfig)) -> CreateRequest {
    let mut request = request("sess");
    change(&mut request.config);
    request
}

fn object(value: Value) -> serde_json::Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn refusals() -> Vec<(&'static str, CreateRequest, &'static str)> {
    let change = |change: fn(&mut CreateRequest)| {
        let mut request = request("sess");
        change(&mut request);
        request
    };
    vec![
        ("USER", request("a b"), "400 data session_name"),
        ("USER", config(|c| c.agent_list = vec!["i-test".into()]), "403 role"),
        ("ROOT", config(|c| c.agent_list = vec!["i-none".into()]), "404 agent i-none"),
        ("ROOT", config(|c| c.agent_list = vec!["i-test".into(), "i-test".into()]), "400 data agent_list"),
        ("USER", config(|c| c.mount_map = vec![("one".into(), "/etc".into())]), "400 data mount_map"),
        ("USER", change(|r| r.image = "no/such:image".into()), "unknown alias or disallowed registry"),
        ("STRANGER", change(|r| r.domain = "other".into()), "unknown alias or disallowed registry"),
        (
            "USER",
            change(|r| r.starts_at = Some("2h".into())),
            "400 Parameter starts_at should be used only for batch sessions",
        ),
        (
            "USER",
            CreateRequest { startup_command: None, ..batch("sess") },
            "400 Batch sessions must have a non-empty startup command",
        ),
        (
            "USER",
            CreateRequest { starts_at: Some("soon".into()), ..batch("sess") },
            "400 starts_at must be an ISO-8601 time or a time from now such as `2h` or `30m`",
        ),
        ("USER", change(|r| r.bootstrap_script = Some("%".into())), "400 data bootstrap_script"),
        ("USER", config(|c| c.environ = vec![("A=B".into(), String::new())]), "400 data environ"),
        ("USER", config(|c| c.environ = vec![("A".into(), "x".repeat(65536))]), "400 data environ"),
        ("USER", config(|c| c.environ = vec![("A".into(), "x\0".into())]), "400 data environ"),
        ("USER", change(|r| r.tag = Some("x".repeat(65))), "400 data tag"),
        ("USER", change(|r| r.tag = Some("a\u{202e}b".into())), "400 data tag"),
        ("USER", change(|r| r.tag = Some("\u{1b}[2J".into())), "400 data tag"),
        (
            "USER",
            CreateRequest { startup_command: Some("x".repeat(65537)), ..batch("sess") },
            "400 data startupCommand",
        ),
        ("USER", CreateRequest { startup_command: Some("a\0".into()), ..batch("sess") }, "400 data startupCommand"),
        ("USER", config(|c| c.resource_opts = object(json!({"x": "y".repeat(4096)}))), "400 data resource_opts"),
        ("USER", change(|r| r.domain = "other".into()), "400 Invalid domain"),
        ("USER", change(|r| r.domain = "nowhere".into()), "400 Invalid domain"),
        ("USER", change(|r| r.group = "nothing".into()), "400 Invalid group"),
        ("USER", change(|r| r.cluster_size = 4), "412 You cannot create session with more than 3 containers."),
        ("USER", change(|r| r.cluster_size = 0), "400 data cluster_size"),
        ("USER", config(|c| c.scaling_group = Some("gpu".into())), r#"404 group Some("gpu")"#),
        ("USER", config(|c| c.mounts = vec!["b".into(), "a".into(), "b".into()]), "404 folders b,a"),
        (
            "USER",
            config(|c| c.resources = object(json!({"cuda.device": 1}))),
            "400 Unknown resource slot `cuda.device`: this server knows cpu, mem.",
        ),
        ("USER", config(|c| c.resources = object(json!({"cpu": "much"}))), "400 data resources"),
        ("USER", config(|c| c.resources = object(json!({"mem": "inf"}))), "400 data resources"),
        (
            "USER",
            config(|c| *c = sized("1", "319m")),
            "400 Your resource request is smaller than the minimum required by the image. (cpu=1 mem=320m)",
        ),
        (
            "USER",
            config(|c| c.resource_opts = object(json!({"shmem": "1g"}))),
            "400 Your resource request is smaller than the minimum required by the image. (cpu=1 mem=1280m)",
        ),
        (
            "USER",
            config(|c| *c = sized("65", "1g")),
            "400 Your resource request is larger than the maximum allowed by the image. (cpu=64)",
        ),
    ]
}

#[tokio::test]
async fn every_refusal_is_told_and_changes_nothing() {
    let world = World::new().await;
    let lifecycle = world.still().await;
    for (key, request, expected) in refusals() {
        let error = world.create_as(&lifecycle, key, request.clone()).await.expect_err(expected);
        assert_eq!(told(error), expected, "{request:?}");
    }
    assert!(world.store.unfinished_sessions(System::control_plane()).await.unwrap().is_empty());
}

#[tokio::test]
async fn earlier_rules_win() {
    let world = World::new().await;
    let lifecycle = world.still().await;
    // Everything is wrong; mended one after the other, the errors come in the contract's order.
    let mut request = request("sess");
    request.image = "none".to_owned();
    request.starts_at = Some("2h".to_owned());
    request.group = "nothing".to_owned();
    request.cluster_size = 9;
    request.config.scaling_group = Some("gpu".to_owned());
    request.config.mounts = vec!["folder".to_owned()];
    request.config.resources = object(json!({"tpu.device": 1}));
    let mends: [(&str, Mend); 7] = [
        ("unknown alias", |r| r.image = "sh".to_owned()),
        ("400 Parameter starts_at", |r| r.starts_at = None),
        ("400 Invalid group", |r| r.group = "default".to_owned()),
        ("412", |r| r.cluster_size = 1),
        ("404 group", |r| r.config.scaling_group = None),
        ("404 folders", |r| r.config.mounts.clear()),
        ("400 Unknown resource slot", |r| r.config.resources.clear()),
    ];
    for (expected, mend) in mends {
        let text = told(world.create(&lifecycle, request.clone()).await.unwrap_err());
        assert!(text.starts_with(expected), "{text} instead of {expected}");
        mend(&mut request);
    }
    assert!(world.create(&lifecycle, request).await.unwrap().fresh);
}

#[tokio::test]
async fn the_row_tells_what_was_asked() {
    let world = World::new().await;
    let lifecycle = world.still().await;
    let mut request = request("cluster");
    request.cluster_size = 3;
    request.cluster_mode = ClusterMode::MultiNode;
    request.config.resources.clear();
    request.config.resource_opts = object(json!({"shmem": "0.0625g", "more": true}));
    request.config.agent_list = Vec::new();
    let id = world.made(&lifecycle, request).await;
    let session = world.session(id).await;
    assert_eq!(session.status, Status::Pending);
    assert_eq!(session.status_changed, None);
    assert_eq!(session.image, "local.rollcall/rollcall/shell:1");
    assert_eq!(session.scaling_group.as_deref(), Some("default"));
    assert_eq!(session.user_email, "user@example.com");
    assert_eq!(session.occupied_slots.to_json(), json!({"cpu": "3", "mem": "1006632960"}));
    assert_eq!(session.resource_opts, json!({"shmem": 67_108_864, "more": true}));
    let kernels = world.kernels(id).await;
    let hosts: Vec<_> = kernels.iter().map(|kernel| kernel.cluster_hostname.as_str()).collect();
    assert_eq!(hosts, ["main1", "sub1", "sub2"]);
    assert_eq!(kernels[0].id, id.main_kernel());
    assert_eq!(kernels[2].occupied_slots.to_json(), json!({"cpu": "1", "mem": "335544320"}));
}

#[tokio::test]
async fn a_live_session_of_exactly_the_same_name_counts() {
    let world = World::new().await;
    let lifecycle = world.still().await;
    let first = world.made(&lifecycle, request("abcdef")).await;
    // The beginning of a live name is a name of its own.
    assert!(world.create(&lifecycle, request("abcd")).await.unwrap().fresh);
    let again = world.create(&lifecycle, request("abcdef")).await.unwrap();
    assert_eq!((again.session.id, again.fresh), (first, false));
    for other in [
        CreateRequest { reuse: false, ..request("abcdef") },
        CreateRequest { image: "py".to_owned(), ..request("abcdef") },
    ] {
        match world.create(&lifecycle, other).await.unwrap_err() {
            LifecycleError::SessionExists { existing } => assert_eq!(existing, first),
            unexpected => panic!("{unexpected}"),
        }
    }
    // Somebody else's names are their own.
    assert!(world.create_as(&lifecycle, "ROOT", request("abcdef")).await.unwrap().fresh);
}

#[tokio::test]
async fn the_name_of_an_id_is_still_one_name() {
    let world = World::new().await;
    let lifecycle = world.still().await;
    let first = world.made(&lifecycle, request("first")).await;
    let start_of_id = first.to_string()[..8].to_owned();
    let second = world.create(&lifecycle, request(&start_of_id)).await.unwrap();
    assert!(second.fresh);
    let again = world.create(&lifecycle, request(&start_of_id)).await.unwrap();
    assert_eq!((again.session.id, again.fresh), (second.session.id, false));
}
