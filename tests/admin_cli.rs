//! `rollcall admin` against the real program.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use harness::{Account, Up};
use serde_json::Value;

fn document(up: &Up, account: &Account, arguments: &[&str]) -> Value {
    let arguments = [&["admin"], arguments, &["--json"]].concat();
    serde_json::from_str(&up.rollcall_ok(account, &arguments)).unwrap()
}

fn told(up: &Up, account: &Account, arguments: &[&str]) -> String {
    up.rollcall_ok(account, &[&["admin"], arguments].concat())
}

/// What a failed command says, on standard error.
fn failed(up: &Up, account: &Account, arguments: &[&str]) -> String {
    let output = up.rollcall(account, &[&["admin"], arguments].concat());
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn every_kind_is_listed_and_shown() {
    let up = Up::start(&[]);
    let root = up.account("superadmin", "default").clone();
    let alice = up.account("user", "default").clone();
    for (kind, name) in [
        ("user", "email"),
        ("keypair", "access_key"),
        ("group", "id"),
        ("domain", "name"),
        ("policy", "name"),
        ("resource-group", "name"),
    ] {
        let listed = document(&up, &root, &[kind, "list"]);
        let rows = listed.as_array().unwrap();
        assert!(!rows.is_empty(), "{kind}");
        let table = told(&up, &root, &[kind, "list"]);
        assert_eq!(table.lines().count(), rows.len() + 1, "{table}");
        for row in rows {
            let name = row[name].as_str().unwrap();
            assert!(table.contains(name), "{name} in:\n{table}");
            let mut page = document(&up, &root, &[kind, "show", name]);
            // Who is in a project is on its page alone.
            let people = page.as_object_mut().unwrap().remove("people");
            assert_eq!(people.is_some(), kind == "group");
            assert_eq!(&page, row);
            let shown = told(&up, &root, &[kind, "show", name]);
            assert!(shown.contains(name), "{name} in:\n{shown}");
        }
    }
    assert!(document(&up, &root, &["preset", "list"]).is_array());
    let shown = document(&up, &root, &["user", "show", &alice.email]);
    assert_eq!((&shown["role"], &shown["domain_name"]), (&"user".into(), &"default".into()));
    let keys = document(&up, &root, &["keypair", "list", "--user", &alice.email]);
    assert_eq!(keys.as_array().unwrap().len(), 1);
    assert_eq!(keys[0]["access_key"], alice.access_key.as_str());
}

#[test]
fn lists_are_narrowed() {
    let up = Up::start(&[]);
    let root = up.account("superadmin", "default").clone();
    let all = document(&up, &root, &["user", "list"]).as_array().unwrap().len();
    let active = document(&up, &root, &["user", "list", "--status", "active"]).as_array().unwrap().len();
    assert_eq!(all, active);
    assert!(told(&up, &root, &["user", "list", "--status", "inactive"]).contains("No people"));
    assert!(told(&up, &root, &["keypair", "list", "--disabled"]).contains("No keypairs"));
    let group = document(&up, &root, &["group", "show", "default"]);
    let members = document(&up, &root, &["user", "list", "--group", "default"]);
    for member in members.as_array().unwrap() {
        let joined = member["groups"].as_array().unwrap();
        assert!(joined.iter().any(|joined| joined["id"] == group["id"]), "{member}");
    }
    assert!(!members.as_array().unwrap().is_empty());
    let usable = document(&up, &root, &["resource-group", "list", "--domain", "default"]);
    assert!(!usable.as_array().unwrap().is_empty());
    let usable = document(&up, &root, &["resource-group", "list", "--domain", "no-such-domain"]);
    assert!(usable.as_array().unwrap().is_empty());
}

#[test]
fn secrets_are_not_shown() {
    let up = Up::start(&[]);
    let root = up.account("superadmin", "default").clone();
    for account in up.accounts.clone() {
        for arguments in [&["keypair", "list", "--json"][..], &["keypair", "show", &account.access_key, "--json"]] {
            let text = told(&up, &root, arguments);
            assert!(text.contains(&account.access_key) && !text.contains(&account.secret_key), "{arguments:?}");
        }
    }
}

#[test]
fn failures_say_what_to_do_next() {
    let up = Up::start(&[]);
    let root = up.account("superadmin", "default").clone();
    let alice = up.account("user", "default").clone();
    for (kind, words) in [
        ("user", "no user `nobody`"),
        ("keypair", "no keypair `nobody`"),
        ("group", "no group `nobody`"),
        ("domain", "no domain `nobody`"),
        ("policy", "no policy `nobody`"),
        ("preset", "no preset `nobody`"),
        ("resource-group", "no resource group `nobody`"),
    ] {
        let text = failed(&up, &root, &[kind, "show", "nobody"]);
        assert!(text.contains(words) && text.contains(&format!("rollcall admin {kind} list")), "{text}");
    }
    for arguments in
        [&["user", "list"][..], &["domain", "list"], &["resource-group", "list"], &["user", "show", &root.email]]
    {
        let text = failed(&up, &alice, arguments);
        assert!(text.contains("Sign in as a superadmin"), "{arguments:?}: {text}");
    }
}
