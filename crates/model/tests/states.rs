//! The state machine against the transition table of `session-lifecycle.md`, written down a second
//! time: every transition of §3 (with §5's "others"), and no other.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;

use rollcall_model::status::{Status, Step};

/// `from > to: steps`, one line for each pair that any step connects.
const TRANSITIONS: &str = "
PENDING > SCHEDULED: schedule
PENDING > CANCELLED: cancel
PENDING > ERROR: fail
SCHEDULED > PREPARING: prepare
SCHEDULED > TERMINATED: force-terminate
SCHEDULED > ERROR: fail
PREPARING > PULLING: pull
PREPARING > RUNNING: start
PREPARING > TERMINATED: force-terminate
PREPARING > ERROR: fail
PREPARING > CANCELLED: fail-to-start
BUILDING > TERMINATING: terminate
BUILDING > ERROR: fail
PULLING > PREPARING: create
PULLING > ERROR: fail
PULLING > CANCELLED: fail-to-start
RUNNING > RESTARTING: restart
RUNNING > TERMINATING: terminate
RUNNING > TERMINATED: self-terminate
RUNNING > ERROR: fail
RESTARTING > RUNNING: restarted
RESTARTING > TERMINATING: terminate
RESTARTING > ERROR: fail
RESIZING > TERMINATING: terminate
RESIZING > ERROR: fail
SUSPENDED > TERMINATING: terminate
SUSPENDED > ERROR: fail
TERMINATING > TERMINATED: end force-terminate
TERMINATING > ERROR: fail
ERROR > TERMINATED: force-terminate
";

fn steps_between(from: Status, to: Status) -> Vec<&'static str> {
    let connects = |step: &Step| step.may_start_from(from) && step.target() == to;
    Step::ALL.into_iter().filter(connects).map(Step::as_str).collect()
}

#[test]
fn every_transition_of_the_contract_and_no_other() {
    let mut found = String::from("\n");
    for from in Status::ALL {
        for to in Status::ALL {
            let steps = steps_between(from, to);
            if !steps.is_empty() {
                found.push_str(&format!("{from} > {to}: {}\n", steps.join(" ")));
            }
        }
    }
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let (found, expected) = (lines(&found), lines(TRANSITIONS));
    assert_eq!(found.difference(&expected).collect::<Vec<_>>(), Vec::<&String>::new(), "transitions too many");
    assert_eq!(expected.difference(&found).collect::<Vec<_>>(), Vec::<&String>::new(), "transitions missing");
}

#[test]
fn what_is_over_stays_over() {
    for step in Step::ALL {
        assert!(!step.may_start_from(Status::Terminated) && !step.may_start_from(Status::Cancelled), "{step:?}");
    }
}

#[test]
fn every_status_that_is_ever_entered_leads_to_an_end() {
    for start in Status::ALL {
        let mut reached = BTreeSet::from([start]);
        while let Some(next) = Step::ALL.into_iter().find_map(|step| {
            let is_new = !reached.contains(&step.target());
            (is_new && reached.iter().any(|from| step.may_start_from(*from))).then(|| step.target())
        }) {
            reached.insert(next);
        }
        assert!(reached.iter().any(|status| status.is_dead()), "{start} never ends");
    }
}

/// `session-lifecycle.md` §2: status, holds an agent, counts for the quota, over.
const COUNTING: &str = "
PENDING no no no
SCHEDULED yes yes no
PREPARING yes yes no
BUILDING yes yes no
PULLING yes yes no
RUNNING yes yes no
RESTARTING yes yes no
RESIZING yes yes no
SUSPENDED yes yes no
TERMINATING yes no no
TERMINATED no no yes
ERROR yes yes no
CANCELLED no no yes
";

#[test]
fn what_each_status_counts_for() {
    let yes = |value| if value { "yes" } else { "no" };
    let line = |status: Status| {
        let counts = [status.occupies_agent(), status.occupies_quota(), status.is_dead()].map(yes).join(" ");
        format!("{status} {counts}\n")
    };
    assert_eq!(format!("\n{}", Status::ALL.map(line).concat()), COUNTING);
}

#[test]
fn which_columns_a_step_touches() {
    let untouched: Vec<_> = Step::ALL.into_iter().filter(|step| !step.touches_status_changed()).collect();
    assert_eq!(untouched, [Step::Start, Step::Restart, Step::Restarted]);
    let ending: Vec<_> = Step::ALL.into_iter().filter(|step| step.sets_terminated_at()).collect();
    assert_eq!(ending, [Step::FailToStart, Step::Cancel, Step::End, Step::SelfTerminate, Step::ForceTerminate]);
}

#[test]
fn names_are_read_back_and_ranks_follow_the_order() {
    for (rank, status) in Status::ALL.into_iter().enumerate() {
        assert_eq!(status.as_str().parse(), Ok(status));
        assert_eq!(usize::try_from(status.rank()), Ok(rank));
    }
    assert_eq!("running".parse::<Status>().unwrap_err().to_string(), "'running'");
}
