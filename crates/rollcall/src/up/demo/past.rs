//! One session of the past: what it was called, what it ran on, how it went and how it ended.

use chrono::{Datelike as _, TimeDelta, Timelike as _, Weekday};
use rollcall_model::Timestamp;
use rollcall_model::ids::{AgentId, KernelId, SessionId};
use rollcall_model::session::{ClusterMode, Kernel, Session, SessionResult, SessionTimes, SessionType};
use rollcall_model::slots::Slots;
use rollcall_model::status::{Status, Step};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::rng::Dice;
use super::{Owner, Past, usage};

const GIB: i64 = 1024 * 1024 * 1024;
const SHMEM: i64 = 64 * 1024 * 1024;
const DAYS: i64 = 120;

const SUBJECTS: [&str; 18] = [
    "resnet",
    "orders-etl",
    "churn",
    "genome",
    "weather",
    "notebook",
    "tokenizer",
    "backtest",
    "crawl",
    "sensors",
    "claims",
    "routing",
    "survey",
    "speech",
    "layout",
    "billing",
    "seismic",
    "catalog",
];
const ACTS: [&str; 9] = ["train", "eval", "prep", "scan", "report", "tune", "debug", "plot", "merge"];
const IMAGES: [&str; 5] = [
    "rollcall/python:3.9-debian12",
    "rollcall/python:3.11-debian12",
    "rollcall/python:3.12-debian12",
    "rollcall/bash:5.2-debian12",
    "rollcall/node:20-debian12",
];
const COMMANDS: [&str; 4] = ["python train.py --epochs 20", "python etl.py", "bash nightly.sh", "node report.js"];

/// Where and when the past is told.
pub(super) struct Scene<'a> {
    pub(super) owner: &'a Owner,
    pub(super) registry: &'a str,
    pub(super) agent: &'a AgentId,
    pub(super) now: Timestamp,
}

/// How a session came to be where it is.
struct Course {
    status: Status,
    info: String,
    data: Value,
    exit_code: Option<i32>,
    steps: Vec<(Step, Timestamp)>,
    /// Seconds it ran; `None` when it never did.
    ran: Option<i64>,
}

impl Course {
    fn last_step_at(&self) -> Option<Timestamp> {
        // Entering RUNNING leaves the moment as it was.
        self.steps.iter().rev().find(|(step, _)| step.touches_status_changed()).map(|(_, at)| *at)
    }
}

/// A session that is over: mostly after it ran, one in twelve cancelled before.
pub(super) fn finished(scene: &Scene<'_>, number: i64, dice: &mut Dice) -> Past {
    let created = created_at(scene.now, dice);
    let batch = dice.chance(22);
    let course = if dice.chance(8) { cancelled(created, dice) } else { terminated(created, scene.now, batch, dice) };
    assemble(scene, number, created, batch, course, dice)
}

/// A session whose agent went away under it. That agent is LOST, so its slots count for nothing.
pub(super) fn failed(scene: &Scene<'_>, number: i64, dice: &mut Dice) -> Past {
    let created = created_at(scene.now, dice);
    let (mut steps, started) = start(created, dice);
    let ran = run_seconds(started, scene.now, dice);
    steps.push((Step::Fail, started + TimeDelta::seconds(ran)));
    let repr = "TimeoutError('no answer from the agent')";
    let course = Course {
        status: Status::Error,
        info: "operation-timeout (destroy_session)".to_owned(),
        data: json!({"error": {"src": "agent", "name": "TimeoutError", "repr": repr, "agent_id": scene.agent.as_str()}}),
        exit_code: None,
        steps,
        ran: Some(ran),
    };
    assemble(scene, number, created, false, course, dice)
}

/// A moment in the last months, mostly in working hours, never within the last three hours.
fn created_at(now: Timestamp, dice: &mut Dice) -> Timestamp {
    let mut at = now - TimeDelta::days(dice.between(1, DAYS));
    if matches!(at.weekday(), Weekday::Sat | Weekday::Sun) && dice.chance(80) {
        at -= TimeDelta::days(2);
    }
    let hour = if dice.chance(85) { dice.between(7, 18) } else { dice.between(0, 23) };
    let minutes = hour * 60 + dice.between(0, 59) - i64::from(at.hour() * 60 + at.minute());
    let moved = at + TimeDelta::minutes(minutes) + TimeDelta::microseconds(dice.between(0, 59_999_999));
    rollcall_model::time::truncate(moved.min(now - TimeDelta::hours(3)))
}

/// The steps from the queue to RUNNING, and when it ran.
fn start(created: Timestamp, dice: &mut Dice) -> (Vec<(Step, Timestamp)>, Timestamp) {
    let waited = if dice.chance(10) { dice.between(60_000, 1_200_000) } else { dice.between(2, 400) };
    let scheduled = created + TimeDelta::milliseconds(waited);
    let prepared = scheduled + TimeDelta::milliseconds(dice.between(1, 9));
    let started = prepared + TimeDelta::milliseconds(dice.between(30, 1_500));
    (vec![(Step::Schedule, scheduled), (Step::Prepare, prepared), (Step::Start, started)], started)
}

/// From minutes to two days, short ones more often, over before `now`.
fn run_seconds(started: Timestamp, now: Timestamp, dice: &mut Dice) -> i64 {
    let longest = match dice.between(1, 10) {
        1..=4 => 45 * 60,
        5..=8 => 6 * 3_600,
        _ => 48 * 3_600,
    };
    let room = (now - started).num_seconds() - 600;
    dice.between(40, longest).min(room).max(1)
}

fn terminated(created: Timestamp, now: Timestamp, batch: bool, dice: &mut Dice) -> Course {
    let (mut steps, started) = start(created, dice);
    let ran = run_seconds(started, now, dice);
    let asked = started + TimeDelta::seconds(ran);
    let (info, exit_code, by_itself) = match (batch, dice.between(1, 100)) {
        (true, 1..=85) => ("task-finished", 0, false),
        (true, _) => ("task-finished", dice.pick(&[1, 2, 137]), false),
        (false, 1..=80) => ("user-requested", dice.pick(&[0, 0, 0, 129, 143]), false),
        (false, 81..=95) => ("self-terminated", dice.pick(&[0, 0, 1, 137]), true),
        (false, _) => ("force-terminated", 137, false),
    };
    if by_itself {
        steps.push((Step::SelfTerminate, asked));
    } else {
        steps.push((Step::Terminate, asked));
        steps.push((Step::End, asked + TimeDelta::milliseconds(dice.between(8, 3_100))));
    }
    Course {
        status: Status::Terminated,
        info: info.to_owned(),
        data: json!({"kernel": {"exit_code": exit_code}, "session": {"status": "terminated"}}),
        exit_code: Some(exit_code),
        steps,
        ran: Some(ran),
    }
}

fn cancelled(created: Timestamp, dice: &mut Dice) -> Course {
    let at = created + TimeDelta::milliseconds(dice.between(4_000, 900_000));
    Course {
        status: Status::Cancelled,
        info: "user-requested".to_owned(),
        data: Value::Null,
        exit_code: None,
        steps: vec![(Step::Cancel, at)],
        ran: None,
    }
}

fn name_for(number: i64, dice: &mut Dice) -> String {
    format!("{}-{}-{number:03}", dice.pick(&SUBJECTS), dice.pick(&ACTS))
}

fn assemble(scene: &Scene<'_>, number: i64, created: Timestamp, batch: bool, course: Course, dice: &mut Dice) -> Past {
    let id = SessionId(dice.uuid());
    let cores = dice.pick(&[1, 1, 1, 2, 2, 4, 8]);
    let mem_bytes = cores * GIB * dice.pick(&[1, 2, 4]) / dice.pick(&[1, 1, 2]);
    let cluster_size = if dice.chance(5) { dice.pick(&[2, 3]) } else { 1 };
    let slots = Slots::of(Decimal::from(cores), mem_bytes);
    let terminated_at = course.status.is_dead().then(|| course.steps.last().map(|(_, at)| *at)).flatten();
    let scheduled = course.ran.is_some();
    let session = Session {
        id,
        name: name_for(number, dice),
        session_type: if batch { SessionType::Batch } else { SessionType::Interactive },
        image: format!("{}/{}", scene.registry, dice.pick(&IMAGES)),
        registry: scene.registry.to_owned(),
        tag: dice.chance(15).then(|| dice.pick(&["nightly", "paper", "review"]).to_owned()),
        cluster_mode: ClusterMode::SingleNode,
        cluster_size,
        domain: scene.owner.domain.clone(),
        group_id: scene.owner.group_id,
        group_name: scene.owner.group_name.clone(),
        user_id: scene.owner.user_id,
        user_email: scene.owner.email.clone(),
        access_key: scene.owner.access_key.clone(),
        status: course.status,
        status_changed: course.last_step_at(),
        status_info: Some(course.info.clone()),
        status_data: (!course.data.is_null()).then(|| course.data.clone()),
        created_at: created,
        terminated_at,
        starts_at: None,
        startup_command: batch.then(|| dice.pick(&COMMANDS).to_owned()),
        bootstrap_script: None,
        result: match (batch, course.exit_code) {
            (true, Some(0)) => SessionResult::Success,
            (true, Some(_)) => SessionResult::Failure,
            _ => SessionResult::Undefined,
        },
        resource_opts: json!({"shmem": SHMEM}),
        scaling_group: Some("default".to_owned()),
        agent: scheduled.then(|| scene.agent.clone()),
        service_ports: scheduled.then(|| json!([])),
        environ: Vec::new(),
        occupied_slots: slots.scale(u32::try_from(cluster_size).unwrap_or(1)).unwrap_or_else(|| slots.clone()),
        waiting: None,
        times: SessionTimes::default(),
    };
    let kernels = (0..cluster_size).map(|index| kernel(&session, &slots, &course, index, dice)).collect();
    Past { session, kernels, history: course.steps }
}

fn kernel(session: &Session, slots: &Slots, course: &Course, index: i32, dice: &mut Dice) -> Kernel {
    let (role, cluster_idx) = if index == 0 { ("main", 1) } else { ("sub", index) };
    let id = if index == 0 { session.id.main_kernel() } else { KernelId(dice.uuid()) };
    let cores = i64::try_from(slots.cpu().trunc().mantissa()).unwrap_or(1);
    Kernel {
        id,
        session_id: session.id,
        cluster_role: role.to_owned(),
        cluster_idx,
        cluster_hostname: format!("{role}{cluster_idx}"),
        image: session.image.clone(),
        registry: session.registry.clone(),
        status: session.status,
        status_changed: session.status_changed,
        status_info: session.status_info.clone(),
        status_data: session.status_data.clone(),
        created_at: session.created_at,
        terminated_at: session.terminated_at,
        starts_at: None,
        agent: session.agent.clone(),
        container_id: course.ran.map(|_| id.0.simple().to_string()),
        generation: 0,
        exit_code: course.exit_code,
        occupied_slots: slots.clone(),
        resource_opts: session.resource_opts.clone(),
        last_stat: course.ran.map(|seconds| usage::last_stat(cores, slots.mem(), seconds, dice)),
    }
}
