//! The list as each role sees it, from fixed rows.
#![allow(clippy::unwrap_used, clippy::panic)]

use clap::Parser as _;
use rollcall_model::features::Features;
use rollcall_model::list::columns::LoginMode;
use rollcall_model::role::Role;
use rollcall_model::session::Waiting;
use serde_json::json;

use super::*;
use crate::cli::{Arguments, Command};

fn arguments(words: &[&str]) -> PsArguments {
    match Arguments::try_parse_from(["rollcall", "ps"].iter().chain(words)).unwrap().command {
        Command::Ps(arguments) => arguments,
        other => panic!("{other:?}"),
    }
}

fn rows() -> SessionPage {
    let rows = json!([
        {
            "id": "aaaaaaaa-2222-3333-4444-555555555555", "name": "train-resnet", "user_email": "user1@example.com",
            "access_key": "AKIAUSER1EXAMPLE", "group_name": "default", "status": "RUNNING", "status_info": "",
            "image": "local.rollcall/stable/python:3.11", "scaling_group": "default", "cluster_size": 1,
            "occupied_slots": "{\"cpu\": \"2\", \"mem\": \"3221225472\"}", "created_at": "2021-10-07T07:58:33+00:00",
            "containers": [{"agent": "i-local",
                "live_stat": "{\"cpu_util\": {\"current\": \"142.4\"}, \"mem\": {\"current\": \"104857600\"}}"}],
        },
        {
            "id": "bbbbbbbb-2222-3333-4444-555555555555", "name": "evil\u{1b}]0;x\u{7}", "user_email": "user2@example.com",
            "access_key": "AKIAUSER2EXAMPLE", "group_name": "research", "status": "PENDING",
            "status_info": "no-available-instances", "image": "local.rollcall/stable/bash:5", "scaling_group": null,
            "cluster_size": 2, "occupied_slots": "{\"cpu\": \"0.5\", \"mem\": \"67108864\"}",
            "created_at": "2021-10-07T08:59:00+00:00", "containers": [{"agent": null, "live_stat": null}],
        },
        {
            "id": "cccccccc-2222-3333-4444-555555555555", "name": "nightly", "user_email": "user1@example.com",
            "access_key": "AKIAUSER1EXAMPLE", "group_name": "default", "status": "TERMINATED",
            "status_info": "user-requested", "image": "local.rollcall/stable/node:20", "scaling_group": "default",
            "cluster_size": 1, "occupied_slots": "{\"cpu\": \"1\", \"mem\": \"1073741824\"}",
            "created_at": "2021-10-04T07:00:00+00:00", "terminated_at": "2021-10-06T09:01:02+00:00",
            "containers": [{"agent": "i-local", "last_stat": "{\"cpu_used\": {\"current\": \"734500\"}}"}],
        },
    ]);
    SessionPage { total_count: 134, items: serde_json::from_value(rows).unwrap() }
}

fn drawn(role: Role, login: LoginMode, width: Option<usize>, colours: bool) -> String {
    let columns = columns(role, login, &Features::of("v6.20210815", "21.09.9"));
    let now = "2021-10-07T09:00:00Z".parse().unwrap();
    told(&arguments(&["--limit", "3"]), &columns, &rows(), now, Look { width, colours }).unwrap()
}

#[test]
fn a_user_sees_their_own() {
    insta::assert_snapshot!(drawn(Role::User, LoginMode::Session, None, false));
}

#[test]
fn an_administrator_sees_owners() {
    insta::assert_snapshot!(drawn(Role::Admin, LoginMode::Session, None, false));
}

#[test]
fn a_superadmin_sees_projects_and_agents() {
    insta::assert_snapshot!(drawn(Role::Superadmin, LoginMode::Api, None, false));
}

#[test]
fn a_narrow_terminal_shows_what_matters() {
    let narrow = drawn(Role::Superadmin, LoginMode::Session, Some(80), false);
    assert!(narrow.lines().take(4).all(|line| line.chars().count() <= 80), "{narrow}");
    insta::assert_snapshot!(narrow);
}

#[test]
fn the_reason_is_short() {
    let mut row = rows().items.remove(1);
    let waiting =
        |sentence: &str, ahead| Some(Waiting { sentence: sentence.to_owned(), ahead, unblock: String::new() });
    let memory = "Waits for memory: needs 8 GiB, the roomiest agent has 3.5 GiB free; 4 sessions are before it.";
    for (code, waiting, told) in [
        ("no-available-instances", None, "no room yet"),
        ("no-available-instances", waiting(memory, 4), "for memory, 4 before it"),
        ("no-available-instances", waiting("Waits for memory: needs 8 GiB.", 0), "for memory"),
        ("predicate-checks-failed", waiting("Waits for its key, which has 1 of at most 1.", 3), "for its key"),
        ("", waiting("Waits in line: one before it does not fit.", 1), "in line, 1 before it"),
        ("scheduler-error", waiting("\u{1b}[2J", 0), "\\u{1b}[2J"),
    ] {
        (row.status_info, row.waiting) = (Some(code.to_owned()), waiting);
        assert_eq!(cells::reason(&row), told);
    }
}

#[test]
fn an_end_that_comes_is_told_instead_of_a_reason() {
    let mut row = rows().items.remove(0);
    for (reason, told) in [("session-lifetime", "ends in 2 h 5 min"), ("idle-timeout", "ends in 2 h 5 min if idle")] {
        let left = json!({"sentence": "", "ends_at": "2021-10-07T11:05:00Z", "reason": reason, "seconds": 7500,
            "extendable_seconds": 0});
        row.remaining = Some(serde_json::from_value(left).unwrap());
        assert_eq!(cells::reason(&row), told);
    }
}

#[test]
fn only_what_columns_show_is_asked_for() {
    let names = |role, api| {
        let (fields, containers) = needed(&columns(role, LoginMode::Session, &Features::of(api, "21.09.9")));
        let fields: Vec<_> = fields.into_iter().map(SessionField::name).collect();
        let containers: Vec<_> = containers.into_iter().map(ContainerField::name).collect();
        format!("{} / {}", fields.join(" "), containers.join(" "))
    };
    assert_eq!(
        names(Role::Superadmin, "v6.20210815"),
        "id name user_email group_name image status status_info scaling_group cluster_size occupied_slots created_at \
         terminated_at containers / live_stat last_stat agent"
    );
    assert_eq!(
        names(Role::User, "v4.20190315"),
        "id name image status status_info occupied_slots created_at terminated_at / "
    );
}

#[test]
fn colours_are_the_only_escapes() {
    let coloured = drawn(Role::User, LoginMode::Session, None, true);
    assert!(coloured.contains("\u{1b}[32mrunning\u{1b}[0m"));
    let plain = ["\u{1b}[32m", "\u{1b}[33m", "\u{1b}[90m", "\u{1b}[0m"]
        .iter()
        .fold(coloured, |text, code| text.replace(code, ""));
    assert_eq!(plain, drawn(Role::User, LoginMode::Session, None, false));
    assert!(!plain.contains('\u{1b}') && !plain.contains('\u{7}'));
}

#[test]
fn an_empty_list_says_what_to_do() {
    let told = |words: &[&str], total_count| {
        let page = SessionPage { total_count, items: Vec::new() };
        told(
            &arguments(words),
            &[],
            &page,
            "2021-10-07T09:00:00Z".parse().unwrap(),
            Look { width: None, colours: false },
        )
        .unwrap()
    };
    assert_eq!(
        told(&[], 0),
        "No running sessions. Start one with `rollcall run`; `rollcall ps --all` shows those that are over.\n"
    );
    assert_eq!(told(&["--tab", "others"], 0), "No failed or stuck sessions. Start one with `rollcall run`.\n");
    assert_eq!(told(&["--page", "9"], 12), "No running sessions on this page. There are 12 on earlier pages.\n");
    assert_eq!(
        told(&["--filter", "name == \"x\""], 0),
        "No running sessions. Nothing meets the condition; try it with --all.\n"
    );
}

#[test]
fn json_has_every_field() {
    let json = told(
        &arguments(&["--json"]),
        &[],
        &rows(),
        "2021-10-07T09:00:00Z".parse().unwrap(),
        Look { width: None, colours: false },
    )
    .unwrap();
    let page: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(page["total_count"], 134);
    assert_eq!(page["items"][0]["occupied_slots"]["mem"], "3221225472");
    assert_eq!(page["items"][1]["terminated_at"], serde_json::Value::Null);
}
