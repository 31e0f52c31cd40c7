//! What may be done to sessions, and which are listed.

use rollcall_model::access::{
    Create, Destroy, Extend, ForceDestroy, Inspect, Operation, Owners, Rename, Restart, ScopeArguments, act_for,
    act_for_found, force, person_scope, session_scope,
};
use rollcall_model::ids::{AccessKey, DomainName, UserId};
use rollcall_model::resources::EventScope;
use rollcall_model::terminal::open_terminal;
use uuid::Uuid;

use crate::table::{Section, cell};
use crate::world::{Me, TARGETS, Target};

const ACT: &[&str] = &["act_for", "act_for_found"];

/// Every operation of `model::access`, the lists, and the events.
pub(crate) fn sections() -> Vec<Section> {
    [operations(), terminals(), lists(), vec![events()]].concat()
}

fn terminals() -> Vec<Section> {
    let may = |me: &Me, target: Target, admins_may: bool| {
        cell(open_terminal(&me.caller, me.owner(target), admins_may), |may| reaches(may.scope(), target))
    };
    let words = "Type into a session and see what it prints (`/stream/session/{s}/pty`): its owner alone.";
    let set =
        "The same where the setting `sessions.terminal_for_admins` lets administrators in; the history says who was.";
    vec![
        Section::new("open a terminal", &["open_terminal"], words, &TARGETS, move |me, target| may(me, target, false)),
        Section::new("open a terminal by the setting", &["open_terminal"], set, &TARGETS, move |me, target| {
            may(me, target, true)
        }),
    ]
}

fn events() -> Section {
    let words = "`/events/session` with `ownerAccessKey`; without one, the events of those with a yes.";
    Section::new("hear of the sessions of a key", &["EventScope::of"], words, &TARGETS, |me, target| {
        cell(EventScope::of(&me.caller).ask_for(me.owner(target).as_ref()), |()| true)
    })
}

fn operations() -> Vec<Section> {
    vec![
        operation::<Create>("Make a session for the key (`owner_access_key`)."),
        operation::<Inspect>(
            "Find the key's sessions by name, look at them, read their logs; also where the key is disabled.",
        ),
        operation::<Rename>("Change a session's name."),
        operation::<Restart>("Replace a session's processes."),
        operation::<Extend>("Push the end of a session out, within the policy of its key."),
        operation::<Destroy>("End a session in the orderly way; also where the key is disabled."),
        Section::new(
            ForceDestroy::NAME,
            &["force"],
            "End a session at once. A domain admin's permit reaches no session outside of the own domain.",
            &TARGETS,
            |me, target| {
                let permit = act_for_found::<Destroy>(&me.caller, me.owner(target));
                cell(permit.and_then(|permit| force(&me.caller, permit)), |permit| reaches(&permit.scope(), target))
            },
        ),
    ]
}

fn operation<O: Operation>(words: &'static str) -> Section {
    Section::new(O::NAME, ACT, words, &TARGETS, |me, target| {
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
    let (domain, access_key) = (DomainName::from(target.domain), AccessKey::from(target.key));
    let user = UserId(Uuid::from_u128(target.id));
    scope.admits(&Owners { domain: &domain, group: target.project, user, access_key: &access_key })
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
            &TARGETS,
            move |me, target| by_person(me, target, ScopeArguments::default()),
        ),
        Section::new(
            "list sessions by the person, of a key",
            &["person_scope"],
            "The same with `access_key`: one that is not one's own has no sessions of one's own.",
            &TARGETS,
            move |me, target| {
                by_person(me, target, ScopeArguments { access_key: Some(target.key), ..ScopeArguments::default() })
            },
        ),
        Section::new(
            "list sessions by the person, of a domain",
            &["person_scope"],
            "The same with `domain_name`: the domain of the target; a domain that does not exist for *unknown*.",
            &TARGETS,
            move |me, target| {
                let domain = if target.exists { target.domain } else { "nowhere" };
                by_person(me, target, ScopeArguments { domain: Some(domain), ..ScopeArguments::default() })
            },
        ),
        Section::new(
            "list sessions",
            &["session_scope"],
            "`compute_session_list`, `compute_session` and the containers, without scoping arguments.",
            &TARGETS,
            move |me, target| listed(me, target, ScopeArguments::default()),
        ),
        Section::new(
            "list sessions of a key",
            &["session_scope"],
            "The same with `access_key`.",
            &TARGETS,
            move |me, target| {
                listed(me, target, ScopeArguments { access_key: Some(target.key), ..ScopeArguments::default() })
            },
        ),
        Section::new(
            "list sessions of a domain",
            &["session_scope"],
            "The same with `domain_name`: the domain of the target; a domain that does not exist for *unknown*.",
            &TARGETS,
            move |me, target| {
                let domain = if target.exists { target.domain } else { "nowhere" };
                listed(me, target, ScopeArguments { domain: Some(domain), ..ScopeArguments::default() })
            },
        ),
        Section::new(
            "list sessions of a project",
            &["session_scope"],
            "The same with `group_id`: one that the caller is not in, or that there is not, has no sessions of theirs.",
            &TARGETS,
            move |me, target| {
                listed(me, target, ScopeArguments { group: Some(target.project), ..ScopeArguments::default() })
            },
        ),
    ]
}
