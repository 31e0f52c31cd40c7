//! Rows for unit tests.
#![allow(clippy::unwrap_used)]

use rollcall_model::ids::{AccessKey, DomainName, GroupId, KernelId, SessionId, UserId};
use rollcall_model::session::{ClusterMode, Kernel, Session, SessionResult, SessionTimes, SessionType};
use rollcall_model::slots::Slots;
use rollcall_model::status::Status;
use serde_json::json;

use crate::clock;

/// A session of one key and project, of one core.
pub(crate) fn session(status: Status) -> Session {
    Session {
        id: SessionId::random(),
        name: "sample".to_owned(),
        session_type: SessionType::Interactive,
        image: "local.rollcall/rollcall/shell:1".to_owned(),
        registry: "local.rollcall".to_owned(),
        tag: None,
        cluster_mode: ClusterMode::SingleNode,
        cluster_size: 1,
        domain: DomainName::from("default"),
        group_id: GroupId(uuid::Uuid::nil()),
        group_name: "default".to_owned(),
        user_id: UserId(uuid::Uuid::nil()),
        user_email: "user@example.com".to_owned(),
        access_key: AccessKey::from("USER"),
        status,
        status_changed: None,
        status_info: None,
        status_data: None,
        created_at: clock::now(),
        terminated_at: None,
        starts_at: None,
        startup_command: None,
        bootstrap_script: None,
        result: SessionResult::Undefined,
        resource_opts: json!({}),
        scaling_group: Some("default".to_owned()),
        agent: None,
        service_ports: None,
        environ: Vec::new(),
        occupied_slots: slots(json!({"cpu": 1, "mem": "1g"})),
        waiting: None,
        times: SessionTimes::default(),
    }
}

/// The first kernel of `session`, or a later one.
pub(crate) fn kernel(session: &Session, index: i32) -> Kernel {
    Kernel {
        id: if index == 0 { session.id.main_kernel() } else { KernelId::random() },
        session_id: session.id,
        cluster_role: if index == 0 { "main" } else { "sub" }.to_owned(),
        cluster_idx: index.max(1),
        cluster_hostname: format!("host{index}"),
        image: session.image.clone(),
        registry: session.registry.clone(),
        status: session.status,
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
        occupied_slots: session.occupied_slots.clone(),
        resource_opts: json!({}),
        last_stat: None,
    }
}

pub(crate) fn slots(value: serde_json::Value) -> Slots {
    Slots::from_json(&value).unwrap()
}
