//! The rows of a new session, from what was asked for and found.

use rollcall_model::Timestamp;
use rollcall_model::access::KeyOwner;
use rollcall_model::ids::{KernelId, SessionId};
use rollcall_model::session::{Kernel, Session, SessionResult, SessionTimes};
use rollcall_model::status::Status;
use rollcall_store::NewSession;

use super::Findings;
use crate::error::LifecycleError;
use crate::request::CreateRequest;

/// The PENDING session and its kernels, the main one first.
pub(super) fn session(
    request: &CreateRequest,
    found: Findings,
    owner: &KeyOwner,
    email: &str,
    now: Timestamp,
) -> Result<NewSession, LifecycleError> {
    let too_much = || LifecycleError::parameter("resources", "more than can be counted");
    let count = u32::try_from(request.cluster_size).map_err(|_| too_much())?;
    let session = Session {
        id: SessionId::random(),
        name: request.name.clone(),
        session_type: request.session_type,
        image: found.image.canonical(),
        registry: found.image.registry.clone(),
        tag: request.tag.clone(),
        cluster_mode: request.cluster_mode,
        cluster_size: request.cluster_size,
        domain: found.group.domain.clone(),
        group_id: found.group.id,
        group_name: found.group.name.clone(),
        user_id: owner.user_id,
        user_email: email.to_owned(),
        access_key: owner.access_key.clone(),
        status: Status::Pending,
        status_changed: None,
        status_info: None,
        status_data: None,
        created_at: now,
        terminated_at: None,
        starts_at: found.starts_at,
        startup_command: request.startup_command.clone(),
        bootstrap_script: request.bootstrap_script.clone(),
        result: SessionResult::Undefined,
        resource_opts: found.demand.resource_opts.clone(),
        scaling_group: Some(found.scaling_group.clone()),
        agent: found.designated.clone(),
        service_ports: None,
        environ: request.config.environ.clone(),
        occupied_slots: found.demand.slots.scale(count).ok_or_else(too_much)?,
        waiting: None,
        times: SessionTimes::default(),
    };
    let kernels = (0..request.cluster_size).map(|index| kernel(&session, &found, index)).collect();
    Ok(NewSession { session, kernels })
}

fn kernel(session: &Session, found: &Findings, index: i32) -> Kernel {
    let (id, role, idx) = match index {
        0 => (session.id.main_kernel(), "main", 1),
        sub => (KernelId::random(), "sub", sub),
    };
    Kernel {
        id,
        session_id: session.id,
        cluster_role: role.to_owned(),
        cluster_idx: idx,
        cluster_hostname: format!("{role}{idx}"),
        image: session.image.clone(),
        registry: session.registry.clone(),
        status: Status::Pending,
        status_changed: None,
        status_info: None,
        status_data: None,
        created_at: session.created_at,
        terminated_at: None,
        starts_at: session.starts_at,
        agent: session.agent.clone(),
        container_id: None,
        generation: 0,
        exit_code: None,
        occupied_slots: found.demand.slots.clone(),
        resource_opts: session.resource_opts.clone(),
        last_stat: None,
    }
}
