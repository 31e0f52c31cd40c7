//! Sessions as rows: with their containers, use, rights and times, each asked for all rows at once.

use std::collections::HashMap;

use rollcall_model::Timestamp;
use rollcall_model::access::{Caller, KeyOwner, Scope};
use rollcall_model::course::{Course, Line};
use rollcall_model::human;
use rollcall_model::ids::{AccessKey, KernelId, SessionId};
use rollcall_model::limits::Limits;
use rollcall_model::list::controls::controls;
use rollcall_model::role::Role;
use rollcall_model::session::{Kernel, Session};
use rollcall_model::stats::KernelStats;
use rollcall_model::status::Status;
use rollcall_model::time::print_iso;
use rollcall_store::StatusTimes;
use rollcall_wire::v1::{KernelRow, RecentUsage, SessionRow, SlotAmounts, Usage, Waiting};

use crate::error::ApiError;
use crate::manager::{App, now};

/// What rows need besides the sessions themselves.
struct Beside {
    kernels: HashMap<SessionId, Vec<Kernel>>,
    times: HashMap<SessionId, StatusTimes>,
    owners: HashMap<AccessKey, KeyOwner>,
    limits: HashMap<SessionId, Limits>,
    /// Empty where they are left out.
    courses: HashMap<KernelId, Course>,
}

/// Whether rows tell the use of the last ten minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recent {
    Told,
    LeftOut,
}

impl Recent {
    /// It is a part of the field `usage`.
    pub(super) fn among(fields: Option<&[&'static str]>) -> Self {
        if fields.is_none_or(|fields| fields.contains(&"usage")) { Self::Told } else { Self::LeftOut }
    }
}

/// The rows of `sessions`, which were found inside `scope`, as `caller` may see them.
pub(super) async fn rows(
    app: &App,
    caller: &Caller,
    scope: &Scope,
    sessions: &[Session],
    recent: Recent,
) -> Result<Vec<SessionRow>, ApiError> {
    let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    let running = sessions.iter().filter(|session| session.status == Status::Running);
    let running: Vec<SessionId> = running.map(|session| session.id).collect();
    let mut keys: Vec<AccessKey> = sessions.iter().map(|session| session.access_key.clone()).collect();
    keys.sort();
    keys.dedup();
    let beside = Beside {
        kernels: app.store().kernels_of(scope, &ids).await?,
        times: app.store().status_times(scope, &ids).await?,
        owners: app.store().key_owners(&keys).await?,
        limits: app.store().limits_of(scope, &running).await?,
        courses: match recent {
            Recent::Told => app.store().courses_of(scope, &ids).await?,
            Recent::LeftOut => HashMap::new(),
        },
    };
    let mut rows = Vec::with_capacity(sessions.len());
    for session in sessions {
        let mut row = row(app, caller, session, &beside).await;
        if let Some(usage) = row.usage.as_mut().filter(|_| recent == Recent::Told) {
            let courses = courses(app, beside.kernels.get(&session.id), &beside.courses);
            usage.recent = Line::recent(&courses, until(session)).as_ref().map(RecentUsage::from);
        }
        rows.push(row);
    }
    Ok(rows)
}

async fn row(app: &App, caller: &Caller, session: &Session, beside: &Beside) -> SessionRow {
    let shows_agent = caller.role() == Role::Superadmin;
    let kernels = beside.kernels.get(&session.id).map(Vec::as_slice).unwrap_or_default();
    let (mut samples, mut containers) = (Vec::new(), Vec::new());
    for kernel in kernels {
        let sample = sample(app, kernel).await;
        let live = kernel.status == Status::Running;
        let usage = sample.as_ref().and_then(|one| Usage::of(std::slice::from_ref(one), live));
        containers.push(KernelRow::of(kernel, usage, shows_agent));
        samples.extend(sample);
    }
    let since = beside.times.get(&session.id).and_then(|times| times.iter().rev().find(|at| at.0 == session.status));
    let owner = beside.owners.get(&session.access_key);
    SessionRow {
        id: session.id.0,
        name: session.name.clone(),
        session_type: session.session_type.as_str().to_owned(),
        status: session.status.as_str().to_owned(),
        status_info: session.status_info.clone(),
        status_data: session.status_data.clone(),
        status_since: since.map(|(_, at)| print_iso(*at)),
        seconds_in_status: since.map(|(_, at)| (now() - *at).num_seconds().max(0)),
        created_at: print_iso(session.created_at),
        terminated_at: session.terminated_at.map(print_iso),
        starts_at: session.starts_at.map(print_iso),
        image_name: human::image_short_name(&session.image).to_owned(),
        image: session.image.clone(),
        tag: session.tag.clone(),
        cluster_mode: session.cluster_mode.as_str().to_owned(),
        cluster_size: session.cluster_size,
        startup_command: session.startup_command.clone(),
        result: session.result.as_str().to_owned(),
        domain_name: session.domain.as_str().to_owned(),
        group_id: session.group_id.0,
        group_name: session.group_name.clone(),
        user_id: session.user_id.0,
        user_email: session.user_email.clone(),
        access_key: session.access_key.as_str().to_owned(),
        scaling_group: session.scaling_group.clone(),
        agent: session.agent.as_ref().filter(|_| shows_agent).map(|agent| agent.as_str().to_owned()),
        service_ports: session.service_ports.clone(),
        mounts: Vec::new(),
        slots: SlotAmounts::of(&session.occupied_slots),
        resource_opts: session.resource_opts.clone(),
        usage: Usage::of(&samples, session.status == Status::Running),
        waiting: session.waiting.as_ref().map(Waiting::from),
        remaining: beside
            .limits
            .get(&session.id)
            .and_then(|limits| app.lifecycle().remaining(session, *limits))
            .map(Into::into),
        containers,
        can: controls(caller, owner, session.status).iter().map(|control| control.as_str().to_owned()).collect(),
    }
}

/// What a session's kernels used: what is in memory goes on where what is written down ends.
pub(super) fn courses(app: &App, kernels: Option<&Vec<Kernel>>, kept: &HashMap<KernelId, Course>) -> Vec<Course> {
    let course = |kernel: &Kernel| {
        let noted = app.lifecycle().course(kernel.id).filter(|_| !kernel.status.is_dead());
        noted.or_else(|| kept.get(&kernel.id).cloned())
    };
    kernels.into_iter().flatten().filter_map(course).collect()
}

/// Up to when the use of a session is told: up to now while it runs.
pub(super) fn until(session: &Session) -> Option<Timestamp> {
    (session.status == Status::Running).then(now)
}

/// The latest use while it runs, the last one else.
async fn sample(app: &App, kernel: &Kernel) -> Option<KernelStats> {
    match kernel.status {
        Status::Running => app.lifecycle().live_stat(kernel.id).await,
        _ => kernel.last_stat,
    }
}
