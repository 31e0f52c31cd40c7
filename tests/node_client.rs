//! The unmodified JavaScript client, signing for itself, against the real program as each role.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::collections::BTreeSet;

use harness::{Account, Up, node, traces, wait_for};
use serde_json::Value;

/// A key's texts in a list.
fn all<'a>(items: &'a Value, key: &str) -> BTreeSet<&'a str> {
    let items = items.as_array().unwrap_or_else(|| panic!("no list: {items}"));
    items.iter().map(|item| item[key].as_str().unwrap_or_else(|| panic!("no {key} in {item}"))).collect()
}

#[test]
fn a_session_from_its_start_to_its_end() {
    let Some(packages) = node::packages("node_client::a_session_from_its_start_to_its_end") else { return };
    let up = Up::start(&[]);
    let node = node::Node { packages, up: &up };
    let alice = up.account("user", "default").clone();
    let told = node.tells(&alice, &["start", "node-first"]);
    assert_eq!((&told["made"]["created"], &told["made"]["status"]), (&true.into(), &"RUNNING".into()));
    assert_eq!((&told["again"]["created"], &told["again"]["sessionId"]), (&false.into(), &told["made"]["sessionId"]));
    assert_eq!(told["shown"]["id"], told["made"]["sessionId"]);
    assert_eq!((&told["shown"]["name"], &told["info"]["status"]), (&"node-first".into(), &"RUNNING".into()));
    assert!(told["logs"].is_string(), "{told}");
    let ended = node.tells(&alice, &["end", "node-first"]);
    assert_eq!(ended["stats"]["status"], "terminated");
    wait_for("the end of its processes", || traces::family(&up.data_dir()).is_empty().then_some(()));
    let seen = node.tells(&alice, &["sees"]);
    assert_eq!((&seen["running"]["total_count"], &seen["finished"]["total_count"]), (&0.into(), &1.into()));
    assert_eq!(seen["finished"]["items"][0]["name"], "node-first");
    assert!(seen["finished"]["items"][0]["terminated_at"].is_string());
}

#[test]
fn each_role_lists_its_own() {
    let Some(packages) = node::packages("node_client::each_role_lists_its_own") else { return };
    let up = Up::start(&["--demo"]);
    let node = node::Node { packages, up: &up };
    let [alice, bob] = [2, 3].map(|index| up.accounts[index].clone());
    let carol = up.account("user", "research").clone();
    for (account, name) in [(&alice, "of-alice"), (&bob, "of-bob"), (&carol, "of-carol")] {
        node.tells(account, &["start", name]);
    }
    let superadmin = up.account("superadmin", "default");
    let keys_of = |domain: Option<&str>| -> BTreeSet<&str> {
        let theirs = up.accounts.iter().filter(|account| domain.is_none_or(|domain| account.domain == domain));
        theirs.map(|account| account.access_key.as_str()).collect()
    };
    let cases: [(&Account, &[&str], BTreeSet<&str>); 5] = [
        (&alice, &["of-alice"], BTreeSet::from([alice.access_key.as_str()])),
        (&carol, &["of-carol"], BTreeSet::from([carol.access_key.as_str()])),
        (up.account("admin", "default"), &["of-alice", "of-bob"], keys_of(Some("default"))),
        (up.account("admin", "research"), &["of-carol"], keys_of(Some("research"))),
        (superadmin, &["of-alice", "of-bob", "of-carol"], keys_of(None)),
    ];
    for (account, names, keys) in cases {
        let seen = node.tells(account, &["sees"]);
        let running = &seen["running"];
        assert_eq!(all(&running["items"], "name"), names.iter().copied().collect(), "{}", account.email);
        assert_eq!(running["total_count"], names.len());
        let finished = all(&seen["finished"]["items"], "access_key");
        assert!(!finished.is_empty() && finished.is_subset(&keys), "{}: {finished:?}", account.email);
        page_is_cut(&seen);
        own_world(account, &seen);
        rights(account, &seen, &keys);
    }
}

/// Two rows after the first, of the same whole.
fn page_is_cut(seen: &Value) {
    let ids = |list: &Value| -> Vec<Value> {
        list["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect()
    };
    assert_eq!(ids(&seen["page"]), ids(&seen["finished"])[1..3]);
    assert_eq!(seen["page"]["total_count"], seen["finished"]["total_count"]);
}

/// What every role is told about itself and what there is to use.
fn own_world(account: &Account, seen: &Value) {
    assert_eq!((&seen["version"], &seen["api"]), (&"21.09.9".into(), &"v6.20210815".into()));
    assert_eq!(seen["keypair"]["access_key"], account.access_key.as_str());
    assert_eq!(seen["keypair"]["user_id"], account.email.as_str());
    let user = &seen["user"]["user"];
    assert_eq!((&user["email"], &user["role"]), (&account.email.as_str().into(), &account.role.as_str().into()));
    assert_eq!(all(&seen["groups"], "domain_name"), BTreeSet::from([account.domain.as_str()]));
    assert_eq!(seen["domain"]["domain"]["name"], account.domain.as_str());
    assert_eq!(all(&seen["scalingGroups"]["scaling_groups"], "name"), BTreeSet::from(["default"]));
    assert!(all(&seen["images"]["images"], "name").contains("rollcall/bash"));
    assert_eq!((&seen["slots"]["cpu"], &seen["slots"]["mem"]), (&"count".into(), &"bytes".into()));
    assert!(all(&seen["presets"]["presets"], "name").contains("small"));
    assert!(seen["check"]["keypair_limits"]["cpu"].is_string(), "{}", seen["check"]);
    assert!(all(&seen["policies"]["keypair_resource_policies"], "name").contains("default"));
}

/// What only administrators are told.
fn rights(account: &Account, seen: &Value, keys: &BTreeSet<&str>) {
    if account.role == "superadmin" {
        assert_eq!(all(&seen["agents"]["agents"], "status"), BTreeSet::from(["ALIVE"]));
    } else {
        assert_eq!(seen["agents"]["refused"], 400, "{}", account.email);
    }
    if account.role == "user" {
        assert_eq!((&seen["users"]["refused"], &seen["keypairs"]["refused"]), (&400.into(), &400.into()));
        return;
    }
    assert_eq!(&all(&seen["keypairs"]["keypairs"], "access_key"), keys, "{}", account.email);
    let domains = all(&seen["users"]["users"], "domain_name");
    match account.role.as_str() {
        "superadmin" => assert_eq!(domains, BTreeSet::from(["default", "research"])),
        _ => assert_eq!(domains, BTreeSet::from([account.domain.as_str()])),
    }
}
