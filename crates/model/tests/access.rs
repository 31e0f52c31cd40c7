//! Who may do what to whom: the readable table, and the promise that no scope reaches too far.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write as _;

use proptest::prelude::*;
use rollcall_model::access::{
    Caller, Create, Denied, Destroy, Extend, ForceDestroy, Identity, Inspect, KeyOwner, MayAdvance, OPERATIONS,
    Operation, Owners, Permit, Rename, Restart, Scope, ScopeArguments, System, act_for, force, person_scope,
    see_agents, session_scope,
};
use rollcall_model::ids::{AccessKey, DomainName, GroupId, UserId};
use rollcall_model::role::Role;
use rollcall_model::status::Step;
use uuid::Uuid;

const OWN: &str = "OWN";

fn caller(role: Role, key_is_admin: bool) -> Caller {
    Caller::authenticated(Identity {
        user_id: UserId(Uuid::nil()),
        email: "me@example.com".to_owned(),
        role,
        domain: DomainName::from("mine"),
        access_key: AccessKey::from(OWN),
        key_is_admin,
        resource_policy: "default".to_owned(),
    })
}

fn owner(key: &str, role: Role, domain: &str) -> KeyOwner {
    KeyOwner {
        access_key: AccessKey::from(key),
        user_id: UserId(Uuid::nil()),
        role,
        domain: DomainName::from(domain),
        resource_policy: "default".to_owned(),
        active: true,
    }
}

fn told<T>(result: &Result<T, Denied>) -> String {
    match result {
        Ok(_) => "yes".to_owned(),
        Err(Denied::Forbidden) => "forbidden".to_owned(),
        Err(Denied::SuperadminOnly) => "superadmin only".to_owned(),
        Err(Denied::Insufficient) => "insufficient".to_owned(),
        Err(Denied::UnknownRole) => "unknown role".to_owned(),
        Err(Denied::NoSuchDomain) => "no such domain".to_owned(),
    }
}

fn scope_in_words(scope: &Scope) -> String {
    let domain = scope.domain().map_or("any domain".to_owned(), |domain| format!("domain {domain}"));
    let group = scope.group().map_or(String::new(), |_| ", the project".to_owned());
    let key = scope.access_key().map_or("any key".to_owned(), |key| format!("key {key}"));
    format!("{domain}{group}, {key}")
}

fn scope_table() -> String {
    let group = Some(GroupId(Uuid::nil()));
    let nothing = ScopeArguments::default();
    let asked = [
        ("nothing", nothing),
        ("own key", ScopeArguments { access_key: Some(OWN), ..nothing }),
        ("another key", ScopeArguments { access_key: Some("OTHER"), ..nothing }),
        ("own domain", ScopeArguments { domain: Some("mine"), ..nothing }),
        ("another domain", ScopeArguments { domain: Some("theirs"), ..nothing }),
        ("a project", ScopeArguments { group, ..nothing }),
        ("all of another", ScopeArguments { domain: Some("theirs"), group, access_key: Some("OTHER") }),
    ];
    let mut table = format!("{:<14}{:<18}SESSIONS LISTED", "CALLER", "ASKED FOR");
    for role in Role::ALL {
        for (name, arguments) in asked {
            let scope = session_scope(&caller(role, role.is_administrative()), arguments);
            let words = scope.as_ref().map_or_else(|_| told(&scope), scope_in_words);
            write!(table, "\n{:<14}{name:<18}{words}", role.as_str()).unwrap();
        }
        let agents = told(&see_agents(&caller(role, role.is_administrative())));
        write!(table, "\n{:<14}{:<18}{agents}", role.as_str(), "agents").unwrap();
    }
    trimmed(&table)
}

fn trimmed(table: &str) -> String {
    table.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

#[test]
fn role_by_list_arguments() {
    insta::assert_snapshot!("scopes", scope_table());
}

/// Which steps each permit lets take.
#[test]
fn permits_move_only_what_they_are_for() {
    let me = caller(Role::Superadmin, true);
    let key = AccessKey::from(OWN);
    let target = || owner(OWN, Role::User, "mine");
    let destroy: Permit<Destroy> = act_for(&me, target()).unwrap();
    let forced: Permit<ForceDestroy> = force(&me, destroy.clone()).unwrap();
    let restart: Permit<Restart> = act_for(&me, target()).unwrap();
    let steps = |may: &dyn MayAdvance| {
        let may_take = |step: &Step| may.may_take(*step);
        Step::ALL.into_iter().filter(may_take).map(Step::as_str).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(steps(&destroy), "cancel terminate");
    assert_eq!(steps(&forced), "cancel terminate force-terminate");
    assert_eq!(steps(&restart), "restart");
    assert_eq!(steps(&System::control_plane()).split(' ').count(), Step::ALL.len());
    let reach = [destroy.reach(), forced.reach(), restart.reach()];
    assert!(reach.iter().all(|reach| *reach == destroy.scope() && reach.access_key() == Some(&key)));
}

#[test]
fn for_the_disabled_their_sessions_are_seen_to_and_nothing_more() {
    fn may<O: Operation>(owner: &KeyOwner) -> (&'static str, bool) {
        (O::NAME, act_for::<O>(&caller(Role::Superadmin, true), owner.clone()).is_ok())
    }
    let off = KeyOwner { active: false, ..owner("OTHER", Role::User, "mine") };
    let table = [
        may::<Create>(&off),
        may::<Inspect>(&off),
        may::<Rename>(&off),
        may::<Restart>(&off),
        may::<Destroy>(&off),
        may::<Extend>(&off),
        may::<ForceDestroy>(&off),
    ];
    assert_eq!(table.map(|(name, _)| name), *OPERATIONS);
    let allowed: Vec<_> = table.into_iter().filter(|(_, may)| *may).map(|(name, _)| name).collect();
    assert_eq!(allowed, ["inspect", "destroy", "force-destroy"]);
    // Being switched off lets nobody else come near.
    assert!(act_for::<Destroy>(&caller(Role::User, false), off.clone()).is_err());
    assert!(act_for::<Destroy>(&caller(Role::Admin, true), KeyOwner { domain: "other".into(), ..off }).is_err());
}

fn domain() -> impl Strategy<Value = DomainName> {
    prop::sample::select(vec!["mine", "theirs", "third"]).prop_map(DomainName::from)
}

fn key() -> impl Strategy<Value = AccessKey> {
    prop::sample::select(vec![OWN, "NEIGHBOUR", "STRANGER"]).prop_map(AccessKey::from)
}

fn group() -> impl Strategy<Value = GroupId> {
    (0u128..3).prop_map(|number| GroupId(Uuid::from_u128(number)))
}

fn role() -> impl Strategy<Value = Role> {
    prop::sample::select(Role::ALL.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// The list's promise, whatever was asked and whatever row there is.
    #[test]
    fn no_scope_admits_a_row_outside_the_callers_domain_or_ownership(
        role in role(), flag: bool,
        asked_domain in prop::option::of(domain()), asked_group in prop::option::of(group()), asked_key in prop::option::of(key()),
        row_domain in domain(), row_group in group(), row_key in key(),
    ) {
        let me = caller(role, flag);
        let asked = ScopeArguments {
            domain: asked_domain.as_ref().map(DomainName::as_str),
            group: asked_group,
            access_key: asked_key.as_ref().map(AccessKey::as_str),
        };
        let Ok(scope) = session_scope(&me, asked) else { return Ok(()) };
        let may_see = match role {
            Role::Superadmin => true,
            Role::Admin => row_domain == *me.domain(),
            Role::User => row_domain == *me.domain() && row_key == *me.access_key(),
            Role::Monitor => false,
        };
        let was_asked = asked_domain.is_none_or(|domain| domain == row_domain)
            && asked_group.is_none_or(|group| group == row_group)
            && asked_key.is_none_or(|key| key == row_key);
        // Not only never too much: all that one may see and asked for is there.
        let row = Owners { domain: &row_domain, group: row_group, user: UserId(Uuid::nil()), access_key: &row_key };
        prop_assert_eq!(scope.admits(&row), may_see && was_asked);
    }

    /// The same of the list by the person, who may have made the row with any of their keys.
    #[test]
    fn no_scope_by_the_person_admits_more_than_the_person_may_see(
        role in role(), flag: bool, mine: bool,
        asked_domain in prop::option::of(domain()), asked_group in prop::option::of(group()), asked_key in prop::option::of(key()),
        row_domain in domain(), row_group in group(), row_key in key(),
    ) {
        let me = caller(role, flag);
        let asked = ScopeArguments {
            domain: asked_domain.as_ref().map(DomainName::as_str),
            group: asked_group,
            access_key: asked_key.as_ref().map(AccessKey::as_str),
        };
        let Ok(scope) = person_scope(&me, asked) else { return Ok(()) };
        let user = UserId(if mine { Uuid::nil() } else { Uuid::from_u128(9) });
        let may_see = match role {
            Role::Superadmin => true,
            Role::Admin => row_domain == *me.domain(),
            Role::User => row_domain == *me.domain() && mine,
            Role::Monitor => false,
        };
        let was_asked = asked_domain.is_none_or(|domain| domain == row_domain)
            && asked_group.is_none_or(|group| group == row_group)
            && asked_key.is_none_or(|key| key == row_key);
        let row = Owners { domain: &row_domain, group: row_group, user, access_key: &row_key };
        prop_assert_eq!(scope.admits(&row), may_see && was_asked);
    }

    /// The same for what is found by name through a permit.
    #[test]
    fn no_permit_reaches_outside_the_callers_domain_or_ownership(
        role in role(), flag: bool, owner_role in role(), owner_domain in domain(), owner_key in key(),
        row_domain in domain(), row_group in group(), row_key in key(),
    ) {
        let me = caller(role, flag);
        let target = KeyOwner { domain: owner_domain, ..owner(owner_key.as_str(), owner_role, "mine") };
        let Ok(permit) = act_for::<Destroy>(&me, target.clone()) else { return Ok(()) };
        let row = Owners { domain: &row_domain, group: row_group, user: UserId(Uuid::nil()), access_key: &row_key };
        if permit.scope().admits(&row) {
            prop_assert_eq!(&row_key, &owner_key);
            let own = row_key == *me.access_key();
            let as_superadmin = role == Role::Superadmin && flag;
            let as_admin = role == Role::Admin && flag && row_domain == *me.domain() && owner_role != Role::Superadmin;
            prop_assert!(own || as_superadmin || as_admin);
        }
        prop_assert_eq!(permit.reach(), permit.scope());
        let forced = force(&me, permit.clone());
        prop_assert_eq!(forced.is_ok(), role.is_administrative() && flag);
        if let Ok(forced) = forced {
            prop_assert_eq!(forced.scope(), permit.scope());
        }
    }
}
