//! What each role sees: rows and columns exactly as the API gives them, in both ways of signing in.

use serde_json::Value;

use super::{ROWS, Visit};

const HEADS: &str = "[...document.querySelectorAll('#sessions th')].map((head) => text(head)).filter((head) => head)";

#[test]
fn each_role_sees_its_rows_and_columns() {
    let Some(mut visit) = Visit::start("each_role_sees_its_rows_and_columns", &[]) else { return };
    let [root, admin, alice] = ["superadmin", "admin", "user"].map(|role| visit.account(role));
    for (account, name) in [(&root, "of-root"), (&admin, "of-admin"), (&alice, "of-alice"), (&alice, "ended")] {
        visit.create(account, name);
    }
    visit.wait_running(&root, &["of-root", "of-admin", "of-alice", "ended"]);
    visit.end(&alice, "ended");
    for account in [&root, &admin, &alice] {
        let tab = visit.signed_in(account);
        for state in ["running", "finished", "others"] {
            visit.open(&tab, &format!("/sessions?tab={state}"));
            visit.is_live(&tab);
            let page = visit.listed(account, &format!("tab={state}"));
            let rows = visit.browser.value(&tab, ROWS);
            let (rows, told) = (rows.as_array().unwrap(), page["items"].as_array().unwrap());
            assert_eq!(rows.len(), told.len(), "{} {state}", account.role);
            for (row, told) in rows.iter().zip(told) {
                assert_eq!(row[0], told["id"]);
                same(row, told, &account.role);
            }
            for tab_of in ["running", "finished", "others"] {
                let shown = visit.browser.value(&tab, &format!("text(every('[data-count={tab_of}]')[0])"));
                assert_eq!(shown.as_str().unwrap(), page["tabs"][tab_of].to_string(), "{} {tab_of}", account.role);
            }
        }
        let heads = super::strings(&visit.browser.value(&tab, HEADS)).join("|");
        let expected = match account.role.as_str() {
            "superadmin" => "#|Session|Owner|Project|Status|Controls|Configuration|Usage|Started|Agent",
            "admin" => "#|Session|Owner|Status|Controls|Configuration|Usage|Started",
            _ => "#|Session|Status|Controls|Configuration|Usage|Started",
        };
        assert_eq!(heads.replace("Number\n#", "#").replace("Number#", "#"), expected);
        visit.was_clean(&tab);
    }
}

/// The cells of a row say what the API says.
fn same(row: &Value, told: &Value, role: &str) {
    let cells: Vec<&str> = row.as_array().unwrap().iter().skip(1).map(|cell| cell.as_str().unwrap()).collect();
    let all = cells.join("\n");
    let name = told["name"].as_str().unwrap();
    assert!(cells[2].starts_with(name), "{all}");
    assert!(all.contains("bash") && all.contains("1 CPU · 0.13 GiB"), "{all}");
    assert!(all.contains(told["scaling_group"].as_str().unwrap()), "{all}");
    let word = match told["status"].as_str().unwrap() {
        "RUNNING" => "Running",
        "TERMINATED" => "Ended",
        other => panic!("{other}"),
    };
    assert!(all.contains(word), "{all}");
    assert_eq!(role != "user", all.contains(told["user_email"].as_str().unwrap()), "{all}");
    if let Some(agent) = told["agent"].as_str() {
        assert!(role == "superadmin" && cells.last().unwrap().contains(agent), "{all}");
    }
    if told["status"] == "RUNNING" {
        assert!(all.contains("of 128 MiB"), "{all}");
    }
}

#[test]
fn with_an_access_key_owners_are_access_keys() {
    let Some(mut visit) = Visit::start("with_an_access_key_owners_are_access_keys", &[]) else { return };
    let [admin, alice] = ["admin", "user"].map(|role| visit.account(role));
    visit.create(&alice, "of-alice");
    let tab = visit.browser.tab();
    visit.open(&tab, "/?mode=key");
    let browser = &mut visit.browser;
    browser.click(&tab, "the key", "all('#access_key')[0]");
    browser.type_text(&tab, &admin.access_key);
    browser.click(&tab, "the secret", "all('#secret_key')[0]");
    browser.type_text(&tab, "wrong");
    browser.press(&tab, "Enter");
    browser.wait(&tab, "the refusal", "all('.note.bad').length");
    browser.click(&tab, "the secret", "all('#secret_key')[0]");
    browser.type_text(&tab, &admin.secret_key);
    browser.press(&tab, "Enter");
    visit.is_live(&tab);
    let owner = visit.browser.value(&tab, "text(every('td.c-owner')[0])");
    assert_eq!(owner, alice.access_key.as_str());
    let head = visit.browser.value(&tab, "text(every('th.c-owner')[0])");
    assert_eq!(head, "Access key");
}

#[test]
fn a_page_that_a_role_may_not_see_does_not_exist() {
    let Some(mut visit) = Visit::start("a_page_that_a_role_may_not_see_does_not_exist", &[]) else { return };
    let all = ["summary", "sessions", "account", "people", "projects", "resource-groups", "policies", "agents"];
    for (role, pages) in [("superadmin", 8), ("admin", 5), ("user", 3)] {
        let account = visit.account(role);
        let tab = visit.signed_in(&account);
        let links = visit
            .browser
            .value(&tab, "[...document.querySelectorAll('nav.side a.to')].map((link) => link.getAttribute('href'))");
        let expected: Vec<String> = all[..pages].iter().map(|page| format!("/{page}")).collect();
        assert_eq!(super::strings(&links), expected, "{role}");
        for (place, page) in all.iter().enumerate() {
            let script = format!("fetch('/{page}').then((answer) => answer.status)");
            let status = visit.browser.value(&tab, &script);
            assert_eq!(status, if place < pages { 200 } else { 404 }, "{role} {page}");
            if place >= pages {
                let posted = visit.browser.value(
                    &tab,
                    &format!("fetch('/{page}', {{method: 'POST', body: 'act=x'}}).then((answer) => answer.status)"),
                );
                assert!(posted == 404 || posted == 405, "{role} {page}: {posted}");
            }
        }
    }
}
