//! The launch form: what was typed stays, whatever happens; another project has other limits; every kind of device has
//! its field; a session is launched again as it was.

use serde_json::{Value, json};

use super::harness::signed::request;
use super::harness::web::Plain;
use super::{Account, Visit, wait_for};

/// Sets a field as a person would, where typing into it is a matter of the browser's language.
fn set(visit: &mut Visit, tab: &rollcall_testkit::browser::Tab, id: &str, value: &str) {
    let script = format!(
        "(() => {{ const field = document.getElementById('{id}'); field.value = '{value}';
           for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, {{ bubbles: true }})); return field.value; }})()"
    );
    assert_eq!(visit.browser.value(tab, &script), value, "{id}");
}

fn value_of(visit: &mut Visit, tab: &rollcall_testkit::browser::Tab, id: &str) -> Value {
    visit.browser.value(tab, &format!("document.getElementById('{id}').value"))
}

fn row(visit: &Visit, account: &Account, tab: &str, name: &str) -> Value {
    wait_for("the session", || {
        let page = visit.listed(account, &format!("tab={tab}&limit=100"));
        page["items"].as_array()?.iter().find(|row| row["name"] == name).cloned()
    })
}

#[test]
fn nothing_typed_is_lost_whatever_is_refused_or_chosen() {
    let Some(mut visit) = Visit::start("nothing_typed_is_lost_whatever_is_refused_or_chosen", &[]) else { return };
    let [root, alice] = ["superadmin", "user"].map(|role| visit.account(role));
    for slot in ["cuda.device", "cuda.shares"] {
        let entry = json!({"key": format!("config/resource_slots/{slot}"), "value": "count"});
        assert_eq!(request(&visit.up, &root, "POST", "/config/set", Some(&entry)).unwrap().status, 200);
    }
    visit.up.rollcall_ok(&root, &["admin", "group", "add", "tight", "--cpu", "1", "--domain", "default"]);
    visit.up.rollcall_ok(&root, &["admin", "group", "change", "tight", "--add-user", &alice.email]);
    visit.create(&alice, "taken");
    let tab = visit.signed_in(&alice);
    let browser = &mut visit.browser;
    browser.value(&tab, "window.stayed = true");
    browser.click(&tab, "launch", "all('#launch')[0]");
    browser.click(&tab, "the name", "all('#name')[0]");
    browser.type_text(&tab, "taken");
    browser.click(&tab, "more", "all('#dialog summary')[0]");
    browser.click(&tab, "the command", "all('#command')[0]");
    browser.type_text(&tab, "sleep 5");
    browser.click(&tab, "the script", "all('#bootstrap')[0]");
    browser.type_text(&tab, "true");
    for (field, value) in [("starts", "2031-02-03T04:05"), ("slot-cuda.device", "0"), ("slot-cuda.shares", "0.5")] {
        set(&mut visit, &tab, field, value);
    }
    assert_ne!(value_of(&mut visit, &tab, "cpu"), "");
    let most = "document.querySelector('#dialog [data-slide] input[type=range]').max";
    let before = visit.browser.value(&tab, most);
    assert_ne!(before, "1", "the machine of this test has two cores");

    // Another project: its limits, and what was typed.
    visit.browser.value(&tab, "document.getElementById('project').focus()");
    set(&mut visit, &tab, "project", "tight");
    visit.browser.wait(&tab, "the limits of the other project", &format!("{most} === '1'"));
    visit.browser.wait(&tab, "the focus where it was", "document.activeElement.id === 'project'");
    let kept = [
        ("project", "tight"),
        ("name", "taken"),
        ("command", "sleep 5"),
        ("bootstrap", "true"),
        ("starts", "2031-02-03T04:05"),
        ("slot-cuda.shares", "0.5"),
    ];
    for (field, value) in kept {
        assert_eq!(value_of(&mut visit, &tab, field), value, "{field}");
    }
    // Refused for its name alone.
    visit.browser.screenshot(&tab, "launch-devices");
    visit.browser.click(&tab, "start", "all('#dialog button.main')[0]");
    visit.browser.wait(
        &tab,
        "the refusal at the name",
        "text(all('#name-wrong')[0] || document.body).startsWith('You have a session')",
    );
    for (field, value) in kept {
        assert_eq!(value_of(&mut visit, &tab, field), value, "{field}");
    }
    visit.browser.value(&tab, "document.getElementById('name').value = ''");
    visit.browser.click(&tab, "the name", "all('#name')[0]");
    visit.browser.type_text(&tab, "later");
    visit.browser.click(&tab, "start", "all('#dialog button.main')[0]");
    visit.browser.wait(&tab, "the end of the dialog", "!document.querySelector('dialog[open]')");
    let moment = visit.browser.value(&tab, "new Date('2031-02-03T04:05').toISOString().slice(0, 19)");
    let made = row(&visit, &alice, "running", "later");
    assert!(made["starts_at"].as_str().unwrap().starts_with(moment.as_str().unwrap()), "{made}");
    assert_eq!((&made["group_name"], &made["type"]), (&json!("tight"), &json!("BATCH")));
    assert_eq!(made["slots"]["other"]["cuda.shares"], 0.5, "{made}");
    assert_eq!(visit.browser.value(&tab, "window.stayed"), true);
    visit.was_clean(&tab);
}

#[test]
fn a_session_is_launched_again_as_it_was() {
    let Some(mut visit) = Visit::start("a_session_is_launched_again_as_it_was", &[]) else { return };
    let [root, alice] = ["superadmin", "user"].map(|role| visit.account(role));
    visit.up.rollcall_ok(&root, &["admin", "policy", "change", "default", "--kernels", "2"]);
    let config =
        json!({"resources": {"cpu": "1", "mem": "192m"}, "resource_opts": {"shmem": "32m"}, "environ": {"A": "b c"}});
    let more = json!({"cluster_size": 2, "cluster_mode": "multi-node", "tag": "night", "config": config});
    let id = visit.create_with(&alice, "first", &more);
    visit.wait_running(&alice, &["first"]);
    let tab = visit.signed_in(&alice);
    // On a page of its own, as who has no scripts or opens it in another tab gets it.
    visit.open(&tab, &format!("/launch?like={id}"));
    visit.browser.wait(&tab, "the form", "all('#cluster').length");
    visit.browser.screenshot(&tab, "launch-again");
    visit.browser.click(&tab, "the name", "all('#name')[0]");
    visit.browser.type_text(&tab, "second");
    visit.browser.press(&tab, "Enter");
    visit.is_live(&tab);
    visit.wait_running(&alice, &["first", "second"]);
    let [first, second] = ["first", "second"].map(|name| row(&visit, &alice, "running", name));
    for field in ["image", "slots", "resource_opts", "cluster_size", "cluster_mode", "tag", "group_name", "type"] {
        assert_eq!(first[field], second[field], "{field}");
    }
    let tuple = (&second["cluster_size"], &second["cluster_mode"], &second["tag"], &second["resource_opts"]["shmem"]);
    assert_eq!(tuple, (&json!(2), &json!("multi-node"), &json!("night"), &json!(33_554_432)));
    let detail = format!("/v1/sessions/{}", second["id"].as_str().unwrap());
    let detail = request(&visit.up, &alice, "GET", &detail, None).unwrap().json;
    assert_eq!(detail["environ"], json!([["A", "b c"]]));
    visit.was_clean(&tab);
}

#[test]
fn the_form_works_without_scripts() {
    let Some(visit) = Visit::start("the_form_works_without_scripts", &[]) else { return };
    let alice = visit.account("user");
    let agent = Plain::new(&visit.up.console());
    agent.post("/sign-in", &[("mode", "email"), ("email", &alice.email), ("password", &alice.password)]);
    let with = |name: &'static str, starts: &'static str| {
        [
            ("name", name),
            ("image", "bash"),
            ("project", "default"),
            ("cpu", "1"),
            ("mem", "0.25"),
            ("command", "true"),
            ("starts", starts),
            ("starts_at", ""),
            ("bootstrap", "echo \"one\"\r\necho two"),
        ]
    };
    // The form anew starts nothing, and holds what it held.
    let anew = agent.post("/launch/form", &with("planned", "2031-02-03T04:05"));
    assert_eq!(anew.status, 200);
    assert!(
        anew.body.contains("value=\"planned\"") && anew.body.contains("value=\"2031-02-03T04:05\""),
        "{}",
        anew.body
    );
    assert!(
        anew.body.contains("formaction=\"/launch/form\"") && anew.body.contains("echo two</textarea>"),
        "{}",
        anew.body
    );
    assert_eq!(visit.listed(&alice, "tab=running")["items"], json!([]));
    let wrong = agent.post("/launch", &with("planned", "tomorrow"));
    assert!(wrong.status == 200 && wrong.body.contains("id=\"starts-wrong\""), "{}", wrong.body);
    assert!(wrong.body.contains("value=\"tomorrow\""), "{}", wrong.body);
    // The zone is not known, so that it is UTC; a browser that told it is in that one.
    assert_eq!(agent.post("/launch", &with("planned", "2031-02-03T04:05")).status, 303);
    let made = row(&visit, &alice, "running", "planned");
    assert!(made["starts_at"].as_str().unwrap().starts_with("2031-02-03T04:05:00"), "{made}");
    agent.keep("rollcall_offset", "540");
    assert_eq!(agent.post("/launch", &with("planned-2", "2031-02-03T04:05")).status, 303);
    let made = row(&visit, &alice, "running", "planned-2");
    assert!(made["starts_at"].as_str().unwrap().starts_with("2031-02-02T19:05:00"), "{made}");
}
