//! The table of what to do.

use super::*;
use crate::sample;

const RUNS: Seen = Seen::Running;
const GONE: Seen = Seen::Missing;

fn check(status: Status, kind: SessionType, seen: &[Seen], expected: Act) {
    let mut session = sample::session(status);
    session.session_type = kind;
    let indices = 0..i32::try_from(seen.len()).unwrap_or(0);
    let kernels: Vec<Kernel> = indices.map(|index| sample::kernel(&session, index)).collect();
    let sight = Sight(kernels.iter().map(|kernel| kernel.id).zip(seen.iter().copied()).collect());
    assert_eq!(decide(&session, &kernels, &sight), expected, "{status} {kind:?} {seen:?}");
}

fn ending(reason: &'static str, exit_code: Option<i32>, result: Option<SessionResult>) -> Ending {
    Ending { reason, exit_code, result }
}

#[test]
fn on_the_way_up_and_down() {
    let interactive = SessionType::Interactive;
    for status in [Status::Scheduled, Status::Preparing, Status::Pulling] {
        check(status, interactive, &[GONE], Act::Start);
        check(status, interactive, &[RUNS], Act::Start);
    }
    check(Status::Restarting, interactive, &[RUNS], Act::Replace);
    check(Status::Terminating, interactive, &[Seen::Ended(Some(0)), RUNS], Act::Stop);
    check(Status::Terminating, interactive, &[Seen::Ended(Some(3)), GONE], Act::Finish(Some(3)));
    check(Status::Terminating, interactive, &[GONE], Act::Finish(None));
}

#[test]
fn what_runs() {
    let (interactive, batch) = (SessionType::Interactive, SessionType::Batch);
    let ended = Seen::Ended(Some(2));
    check(Status::Running, interactive, &[RUNS], Act::Rest);
    // A lost part of a cluster is the main kernel's business.
    check(Status::Running, interactive, &[RUNS, GONE], Act::Rest);
    check(Status::Running, interactive, &[ended], Act::Conclude(ending("self-terminated", Some(2), None)));
    check(Status::Running, interactive, &[ended, RUNS], Act::BeginEnd(ending("self-terminated", Some(2), None)));
    check(Status::Running, interactive, &[GONE], Act::Conclude(ending("agent-termination", None, None)));
    let failure = Some(SessionResult::Failure);
    check(Status::Running, batch, &[ended], Act::BeginEnd(ending("task-finished", Some(2), failure)));
    let success = ending("task-finished", Some(0), Some(SessionResult::Success));
    check(Status::Running, batch, &[Seen::Ended(Some(0))], Act::BeginEnd(success));
    check(Status::Running, batch, &[GONE], Act::Conclude(ending("agent-termination", None, failure)));
}

#[test]
fn what_is_left_alone() {
    for status in [Status::Pending, Status::Error, Status::Terminated, Status::Cancelled, Status::Suspended] {
        check(status, SessionType::Interactive, &[RUNS], Act::Rest);
    }
}
