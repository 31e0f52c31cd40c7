//! The unmodified Python client of two years later: it negotiates down to this API, yet asks its own
//! newer fields and statuses.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use harness::{Account, Up, python, traces, wait_for};
use serde_json::Value;

/// A role's list, as a command prints it.
fn listed(cli: &python::Cli<'_>, account: &Account, arguments: &[&str]) -> Vec<Value> {
    let text = cli.ok(account, &[&["--output", "json"], arguments].concat());
    let document: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}"));
    document["items"].as_array().unwrap().clone()
}

fn names(items: &[Value]) -> Vec<&str> {
    let mut names: Vec<&str> = items.iter().map(|item| item["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    names
}

#[test]
fn a_session_from_its_start_to_its_end() {
    let test = "python_2023::a_session_from_its_start_to_its_end";
    let Some(python) = python::OF_2023.interpreter(test) else { return };
    let up = Up::start(&[]);
    let cli = python::Cli { python, up: &up };
    let alice = up.account("user", "default").clone();
    cli.ok(&alice, &["start", "bash", "--name", "py-new", "-r", "cpu=1", "-r", "mem=256m"]);
    for arguments in
        [&["ps"][..], &["ps", "--running"], &["ps", "-s", "ALL"], &["ps", "--detail"], &["session", "list"]]
    {
        let text = cli.ok(&alice, arguments);
        assert!(text.contains("py-new") && text.contains("RUNNING"), "{arguments:?}: {text}");
    }
    // The table form fails on an empty list.
    assert!(listed(&cli, &alice, &["ps", "--dead"]).is_empty());
    let id = cli.id_of(&alice, "py-new");
    let told = cli.ok(&alice, &["info", &id]);
    assert!(told.contains("py-new") && told.contains("RUNNING") && told.contains("main"), "{told}");
    wait_for("its prompt", || cli.ok(&alice, &["session", "logs", "py-new"]).contains("bash-").then_some(()));
    cli.ok(&alice, &["session", "rename", "py-new", "py-newer"]);
    cli.ok(&alice, &["session", "restart", "py-newer"]);
    wait_for("the replacement", || (names(&listed(&cli, &alice, &["ps", "--running"])) == ["py-newer"]).then_some(()));
    assert_eq!(cli.id_of(&alice, "py-newer"), id);
    cli.ok(&alice, &["rm", "py-newer"]);
    wait_for("its end", || (names(&listed(&cli, &alice, &["ps", "--dead"])) == ["py-newer"]).then_some(()));
    assert!(traces::family(&up.data_dir()).is_empty());
}

#[test]
fn each_role_lists_its_own_by_both_ways() {
    let test = "python_2023::each_role_lists_its_own_by_both_ways";
    let Some(python) = python::OF_2023.interpreter(test) else { return };
    let up = Up::start(&[]);
    let cli = python::Cli { python, up: &up };
    let [superadmin, admin, alice, bob] = [0, 1, 2, 3].map(|index| up.accounts[index].clone());
    for (account, name) in [(&alice, "of-alice"), (&bob, "of-bob"), (&admin, "of-admin"), (&superadmin, "of-super")] {
        cli.ok(account, &["start", "bash", "--name", name, "-r", "cpu=1", "-r", "mem=256m"]);
    }
    let all = ["of-admin", "of-alice", "of-bob", "of-super"];
    for (account, expected) in [(&alice, &["of-alice"][..]), (&bob, &["of-bob"]), (&admin, &all), (&superadmin, &all)] {
        let rows = listed(&cli, account, &["ps", "-f", "name,session_id,main_kernel_id,occupying_slots,status"]);
        assert_eq!(names(&rows), expected, "{}", account.email);
        assert!(rows.iter().all(|row| row["occupying_slots"]["cpu"] == "1"), "{rows:?}");
        let told: Value =
            serde_json::from_str(&cli.script(account, &python::script("sdk_2023.py"), &["list"])).unwrap();
        assert_eq!((&told["names"], &told["version"]), (&expected.into(), &serde_json::json!([6, "20210815"])));
    }
    // An administrator ends another's by the owner's key, and a user cannot.
    let refused = cli.run(&alice, &["rm", "of-bob", "--owner", &bob.access_key]);
    let said = String::from_utf8_lossy(&refused.stdout).into_owned() + &String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("403"), "{said}");
    assert_eq!(names(&listed(&cli, &bob, &["ps", "--running"])), ["of-bob"]);
    cli.ok(&admin, &["rm", "of-bob", "--owner", &bob.access_key]);
    wait_for("its end", || listed(&cli, &bob, &["ps", "--running"]).is_empty().then_some(()));
}

#[test]
fn administrators_list_people_keys_and_machines() {
    let test = "python_2023::administrators_list_people_keys_and_machines";
    let Some(python) = python::OF_2023.interpreter(test) else { return };
    let up = Up::start(&[]);
    let cli = python::Cli { python, up: &up };
    let root = up.account("superadmin", "default").clone();
    let alice = up.account("user", "default").clone();
    for (kind, expected) in [
        ("user", alice.email.as_str()),
        ("keypair", &alice.access_key),
        ("group", "default"),
        ("domain", "default"),
        ("scaling-group", "default"),
        ("keypair-resource-policy", "default"),
        ("image", "rollcall/bash"),
        ("agent", "ALIVE"),
    ] {
        let told = cli.ok(&root, &["admin", kind, "list"]);
        assert!(told.contains(expected), "{kind}: {told}");
    }
    assert!(cli.ok(&root, &["admin", "keypair", "info"]).contains(&root.access_key));
    assert!(cli.ok(&alice, &["admin", "user", "info"]).contains(&alice.email));
    let refused = cli.run(&alice, &["admin", "user", "list"]);
    assert!(!String::from_utf8_lossy(&refused.stdout).contains(&root.email));
}

#[test]
fn a_script_on_the_sdk_works_unchanged_as_each_role() {
    let test = "python_2023::a_script_on_the_sdk_works_unchanged_as_each_role";
    let Some(python) = python::OF_2023.interpreter(test) else { return };
    let up = Up::start(&[]);
    let cli = python::Cli { python, up: &up };
    for role in ["user", "admin", "superadmin"] {
        let text = cli.script(up.account(role, "default"), &python::script("sdk_2023.py"), &[]);
        assert!(text.contains("all done"), "{text}");
    }
}
