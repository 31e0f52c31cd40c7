//! What must hold for every past, whoever's it is.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use rollcall_model::status::Status;
use rollcall_model::time;

use super::*;

fn owner(number: u8) -> Owner {
    Owner {
        user_id: UserId(uuid::Uuid::from_bytes([number; 16])),
        email: format!("person{number}@example.com"),
        access_key: AccessKey(format!("AKIA{number:016}")),
        domain: DomainName::from("default"),
        group_id: GroupId(uuid::Uuid::from_bytes([9; 16])),
        group_name: "default".to_owned(),
    }
}

fn now() -> Timestamp {
    time::from_micros(1_700_000_000_000_000)
}

fn world() -> Vec<Past> {
    let owners: Vec<Owner> = (1..=7).map(owner).collect();
    pasts(&owners, "local.example", BELIEVABLE, now())
}

#[test]
fn the_same_seed_tells_the_same_past() {
    assert_eq!(world(), world());
}

#[test]
fn everyone_has_sixty_to_three_hundred_finished_sessions_some_cancelled_and_a_few_in_error() {
    let world = world();
    for number in 1..=7 {
        let email = owner(number).email;
        let count = |wanted: fn(Status) -> bool| {
            world.iter().filter(|past| past.session.user_email == email && wanted(past.session.status)).count()
        };
        let finished = count(Status::is_dead);
        assert!((60..=300).contains(&finished), "{email} has {finished}");
        assert!(count(|status| status == Status::Cancelled) > 0, "{email} has none cancelled");
        assert!((1..=3).contains(&count(|status| status == Status::Error)));
    }
}

#[test]
fn every_history_is_a_walk_through_the_machine_that_ends_in_the_rows_status() {
    for past in world() {
        let mut status = Status::Pending;
        let mut at = past.session.created_at;
        for (step, moment) in &past.history {
            assert!(step.may_start_from(status), "{step:?} from {status}");
            assert!(*moment >= at && *moment < now(), "{step:?} at {moment} after {at}");
            status = step.target();
            at = *moment;
        }
        assert_eq!(status, past.session.status);
        assert_eq!(past.session.terminated_at.is_some(), status.is_dead());
    }
}

#[test]
fn kernels_fit_their_session_and_errors_lie_on_the_lost_agent() {
    for past in world() {
        assert_eq!(past.kernels.len(), usize::try_from(past.session.cluster_size).unwrap());
        assert_eq!(past.kernels[0].id, past.session.id.main_kernel());
        let sum = past
            .kernels
            .iter()
            .try_fold(Default::default(), |sum: rollcall_model::slots::Slots, kernel| sum.add(&kernel.occupied_slots));
        assert_eq!(sum.unwrap(), past.session.occupied_slots);
        if past.session.status == Status::Error {
            assert!(past.session.occupied_slots.mem() > 0, "lists show its size");
            assert_eq!(past.session.agent, Some(AgentId::from(LOST_AGENT)));
        }
        for stat in past.kernels.iter().filter_map(|kernel| kernel.last_stat) {
            assert!(stat.mem_bytes <= stat.mem_max_bytes && stat.mem_max_bytes <= stat.mem_capacity_bytes);
            assert!(stat.cpu_util_max_milli_pct <= stat.cpu_capacity_milli * 100);
        }
    }
}
