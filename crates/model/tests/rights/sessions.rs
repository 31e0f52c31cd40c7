//! What may be done to sessions, and which are listed.

use rollcall_model::Timestamp;
use rollcall_model::access::{
    Create, Destroy, Extend, ForceDestroy, Inspect, Operation, Owners, Rename, Restart, ScopeArguments, act_for,
    act_for_found, force, person_scope, session_scope,
};
use rollcall_model::event::Event;
use rollcall_model::ids::{AccessKey, DomainName, SessionId, UserId};
use rollcall_model::resources::{EventScope, follow_task};
use rollcall_model::terminal::open_terminal;
use uuid::Uuid;

use crate::table::{Section, cell};
use crate::world::{MOVED, Me, TARGETS, Target};

const ACT: &[&str] = &["act_for", "act_for_found"];

/// Every operation of `model::access`, the lists, and the events.
pub(crate) fn sections() -> Vec<Section> {
    [operations(), terminals(), lists(), events()].concat()
}

fn terminals() -> Vec<Section> {
    let may = |me: &Me, target: Target, admins_may: bool| {
        cell(open_terminal(&me.caller, me.owner(target), admins_may), |may| reaches(may.scope(), target))
    };
    let words = "Type into a session and see what it prints (`/stream/session/{s}/pty`): its owner alone.";
    let set =
        "The same where the setting `sessions.terminal_for_admins` lets administrators in; the history says who was.";
    vec![
        Section::new("open a terminal", &["open_terminal"], words, &sessions(), move |me, target| {
            may(me, target, false)
        }),
        Section::new("open a terminal by the setting", &["open_terminal"], set, &sessions(), move |me, target| {
            may(me, target, true)
        }),
    ]
}

/// Everybody, and what was left in another domain.
fn sessions() -> Vec<(&'static str, Target)> {
    [TARGETS.as_slice(), &MOVED].concat()
}

fn operations() -> Vec<Section> {
    vec![
        operation::<Create>(&TARGETS, "Make a session for the key (`owner_access_key`)."),
        operation::<Inspect>(
            &sessions(),
            "Find the key's sessions by name, look at them, read their logs; also where the key is disabled.",
        ),
        operation::<Rename>(&sessions(), "Change a session's name."),
        operation::<Restart>(&sessions(), "Replace a session's processes."),
        operation::<Extend>(&sessions(), "Push the end of a session out, within the policy of its key."),
        operation::<Destroy>(&sessions(), "End a session in the orderly way; also where the key is disabled."),
        Section::new(
            ForceDestroy::NAME,
            &["force"],
            "End a session at once. A domain admin's permit reaches no session outside of the own domain.",
            &sessions(),
            |me, target| {
                let permit = act_for_found::<Destroy>(&me.caller, me.owner(target));
                cell(permit.and_then(|permit| force(&me.caller, permit)), |permit| reaches(&permit.scope(), target))
            },
        ),
    ]
}

fn operation<O: Operation>(targets: &[(&'static str, Target)], words: &'static str) -> Section {
    Section::new(O::NAME, ACT, words, targets, |me, target| {
        let found = me.owner(target);
        let decided = act_for_found::<O>(&me.caller, found.clone());
        // The two ways to a permit agree wherever there is something.
        if let Some(owner) = found {
            assert_eq!(decided.as_ref().err(), act_for::<O>(&me.caller, owner).as_ref().err());
        }
        cell(decided, |permit| reaches(&permit.scope(), target))
    })
}

fn reaches(scope: &rollcall_model::access::Scope, target: Target) -> bool {
    let (domain, project) = target.place();
    let (domain, access_key) = (DomainName::from(domain), AccessKey::from(target.key));
    let user = UserId(Uuid::from_u128(target.id));
    scope.admits(&Owners { domain: &domain, group: project, user, access_key: &access_key })
}

fn lists() -> Vec<Section> {
    let listed = |me: &Me, target: Target, asked: ScopeArguments<'_>| {
        cell(session_scope(&me.caller, asked), |scope| target.exists && reaches(&scope, target))
    };
    let by_person = |me: &Me, target: Target, asked: ScopeArguments<'_>| {
        cell(person_scope(&me.caller, asked), |scope| target.exists && reaches(&scope, target))
    };
    vec![
        Section::new(
            "list sessions by the person",
            &["person_scope"],
            "`/v1/sessions` and what belongs to it, without scoping arguments.",
            &sessions(),
            move |me, target| by_person(me, target, ScopeArguments::default()),
        ),
        Section::new(
            "list sessions by the person, of a key",
            &["person_scope"],
            "The same with `access_key`: one that is not one's own has no sessions of one's own.",
            &sessions(),
            move |me, target| {
                by_person(me, target, ScopeArguments { access_key: Some(target.key), ..ScopeArguments::default() })
            },
        ),
        Section::new(
            "list sessions by the person, of a domain",
            &["person_scope"],
            "The same with `domain_name`: the domain of the target; a domain that does not exist for *unknown*.",
            &sessions(),
            move |me, target| {
                let domain = if target.exists { target.place().0 } else { "nowhere" };
                by_person(me, target, ScopeArguments { domain: Some(domain), ..ScopeArguments::default() })
            },
        ),
        Section::new(
            "list sessions",
            &["session_scope"],
            "`compute_session_list`, `compute_session` and the containers, without scoping arguments.",
            &sessions(),
            move |me, target| listed(me, target, ScopeArguments::default()),
        ),
        Section::new(
            "list sessions of a key",
            &["session_scope"],
            "The same with `access_key`.",
            &sessions(),
            move |me, target| {
                listed(me, target, ScopeArguments { access_key: Some(target.key), ..ScopeArguments::default() })
            },
        ),
        Section::new(
            "list sessions of a domain",
            &["session_scope"],
            "The same with `domain_name`: the domain of the target; a domain that does not exist for *unknown*.",
            &sessions(),
            move |me, target| {
                let domain = if target.exists { target.place().0 } else { "nowhere" };
                listed(me, target, ScopeArguments { domain: Some(domain), ..ScopeArguments::default() })
            },
        ),
        Section::new(
            "list sessions of a project",
            &["session_scope"],
            "The same with `group_id`: one that the caller is not in, or that there is not, has no sessions of theirs.",
            &sessions(),
            move |me, target| {
                listed(me, target, ScopeArguments { group: Some(target.place().1), ..ScopeArguments::default() })
            },
        ),
    ]
}

fn events() -> Vec<Section> {
    let yes = |admitted: bool| if admitted { "yes" } else { "-" }.to_owned();
    vec![
        Section::new(
            "hear events of sessions",
            &["EventScope::of"],
            "`/events/session`; judged anew for every event.",
            &sessions(),
            move |me, target| yes(target.exists && EventScope::of(&me.caller).admits(&event(target))),
        ),
        Section::new(
            "hear events of a key's sessions",
            &[],
            "The same with a name and `ownerAccessKey`.",
            &sessions(),
            move |me, target| {
                let scope = EventScope::of(&me.caller);
                cell(scope.ask_for(me.owner(target).as_ref()), |()| scope.admits(&event(target)))
            },
        ),
        Section::new(
            "follow a background task",
            &["follow_task"],
            "`/events/background-task`, started by the target. A refusal is answered as an unknown task is.",
            &TARGETS,
            move |me, target| yes(target.exists && follow_task(&me.caller, UserId(Uuid::from_u128(target.id))).is_ok()),
        ),
    ]
}

fn event(target: Target) -> Event {
    let session_id = SessionId(Uuid::nil());
    Event {
        number: 1,
        name: "session_started".to_owned(),
        reason: String::new(),
        session_id,
        session_name: "session".to_owned(),
        kernel_id: session_id.main_kernel(),
        cluster_role: None,
        cluster_idx: None,
        access_key: AccessKey::from(target.key),
        user_id: UserId(Uuid::from_u128(target.id)),
        domain: DomainName::from(target.place().0),
        group_id: target.place().1,
        at: Timestamp::default(),
    }
}
