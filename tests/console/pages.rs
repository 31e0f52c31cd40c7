//! The pages beside the list: people, projects, policies and the rest are changed by their forms.

use serde_json::{Value, json};

use super::{Visit, wait_for};

#[test]
fn a_superadmin_manages_by_the_pages() {
    let Some(mut visit) = Visit::start("a_superadmin_manages_by_the_pages", &[]) else { return };
    let root = visit.account("superadmin");
    let tab = visit.signed_in(&root);
    // Somebody new, with a name that a page must not take for markup.
    visit.open(&tab, "/people");
    let browser = &mut visit.browser;
    browser.click(&tab, "new", "all('details.new > summary')[0]");
    for (field, text) in
        [("email", "new@default.example"), ("full_name", "<img src=x onerror=alert(1)>"), ("password", "long-enough-9")]
    {
        browser.click(&tab, field, &format!("all('#{field}')[0]"));
        browser.type_text(&tab, text);
    }
    browser.click(&tab, "add", "all('button[value=create]')[0]");
    browser.wait(&tab, "the keys, this once", "text(document.body).includes('These keys are shown this once')");
    browser.wait(
        &tab,
        "the name as text",
        "[...document.querySelectorAll('td')].some((cell) => text(cell).includes('<img src=x'))",
    );
    assert_eq!(browser.value(&tab, "document.querySelectorAll('main img').length"), 0);
    browser.click(&tab, "the person", "every('a.name').find((link) => text(link) === 'new@default.example')");
    browser.wait(&tab, "their page", "text(every('h1')[0]) === 'new@default.example'");
    browser.click(&tab, "into the project", "all('input[name=group]')[0]");
    browser.value(&tab, "window.before = true");
    browser.click(&tab, "save", "all('button[value=change]')[0]");
    browser.wait(
        &tab,
        "it is kept",
        "!window.before && document.readyState === 'complete' && document.querySelector('input[name=group]').checked",
    );
    // Refused things are said where they were asked.
    visit.open(&tab, "/policies");
    let browser = &mut visit.browser;
    browser.click(&tab, "new", "all('details.new > summary')[0]");
    browser.click(&tab, "its name", "all('#name-new')[0]");
    browser.type_text(&tab, "default");
    browser.click(&tab, "save", "all('button[value=create]')[0]");
    browser.wait(&tab, "why not", "all('.note.bad').length");
    browser.click(&tab, "new", "all('details.new > summary')[0]");
    browser.click(&tab, "its name", "all('#name-new')[0]");
    browser.type_text(&tab, "small");
    browser.click(&tab, "limits", "all('#slots-new')[0]");
    browser.type_text(&tab, "cpu=2 mem=1g");
    browser.click(&tab, "save", "all('button[value=create]')[0]");
    browser.wait(
        &tab,
        "it is there",
        "[...document.querySelectorAll('td')].some((cell) => text(cell) === 'cpu 2, mem 1 GiB')",
    );
    visit.open(&tab, "/projects");
    let browser = &mut visit.browser;
    browser.click(&tab, "new", "all('details.new > summary')[0]");
    browser.click(&tab, "its name", "all('#name')[0]");
    browser.type_text(&tab, "vision");
    browser.click(&tab, "add", "all('button[value=create]')[0]");
    browser.wait(&tab, "it is there", "[...document.querySelectorAll('td b')].some((cell) => text(cell) === 'vision')");
    // Domain admins see these, and change their projects alone.
    let admin = visit.account("admin");
    let other = visit.signed_in(&admin);
    visit.open(&other, "/people/new%40default.example");
    let browser = &mut visit.browser;
    browser.wait(&other, "the person", "text(every('h1')[0]) === 'new@default.example'");
    assert_eq!(browser.value(&other, "document.querySelectorAll('main form').length"), 0);
    visit.open(&other, "/projects");
    visit.browser.wait(&other, "the project", "text(document.body).includes('vision')");
    visit.was_clean(&other);
}

#[test]
fn taking_away_is_asked_about_first() {
    let Some(mut visit) = Visit::start("taking_away_is_asked_about_first", &[]) else { return };
    let [root, alice] = ["superadmin", "user"].map(|role| visit.account(role));
    visit.up.rollcall_ok(&root, &["admin", "policy", "add", "small", "--cpu", "2"]);
    visit.up.rollcall_ok(&root, &["admin", "group", "add", "vision", "--domain", "default"]);
    let tab = visit.signed_in(&root);

    // A policy: the dialog names it, can be left by the keyboard, and its button alone removes.
    visit.open(&tab, "/policies");
    let browser = &mut visit.browser;
    let small = "every('td b').find((cell) => text(cell) === 'small')";
    let link =
        format!("[...(({small})?.closest('tr')?.querySelectorAll('a') || [])].find((link) => text(link) === 'Remove')");
    browser.wait(&tab, "the policy", small);
    browser.click(&tab, "change", &format!("({small})?.closest('tr')?.querySelector('summary')"));
    browser.click(&tab, "remove", &link);
    browser.wait(
        &tab,
        "the question",
        "text(every('#dialog[open] h2')[0] || document.body) === 'Remove the policy small?'",
    );
    browser.screenshot(&tab, "confirm");
    browser.wait(&tab, "the harmless button first", "text(document.activeElement) === 'Cancel'");
    browser.press(&tab, "Escape");
    browser.wait(&tab, "no dialog", "!document.querySelector('dialog[open]')");
    browser.wait(&tab, "it is still there", small);
    browser.click(&tab, "remove", &link);
    browser.click(&tab, "remove it", "all('#dialog button.bad')[0]");
    browser.wait(
        &tab,
        "it is gone",
        &format!("document.readyState === 'complete' && every('td b').length && !{small}"),
    );

    // Members: by one list for the page, and by nobody else's address.
    visit.open(&tab, "/projects");
    let browser = &mut visit.browser;
    let vision = "every('td b').find((cell) => text(cell) === 'vision')?.closest('tr')";
    browser.wait(&tab, "the project", vision);
    assert_eq!(browser.value(&tab, "[every('datalist').length, every('main select[name=user]').length].join()"), "1,0");
    let known = browser.value(&tab, "[...every('datalist option')].map((one) => one.value)");
    assert!(super::strings(&known).contains(&alice.email), "{known}");
    let add = |browser: &mut rollcall_testkit::browser::Browser, email: &str| {
        browser.click(&tab, "members", &format!("({vision})?.querySelector('summary')"));
        browser.click(&tab, "who", &format!("({vision})?.querySelector('input[name=user]')"));
        browser.type_text(&tab, email);
        browser.click(&tab, "add", &format!("({vision})?.querySelector('button[value=join]')"));
    };
    add(browser, "nobody@default.example");
    browser.wait(
        &tab,
        "who is not",
        "every('.note.bad').some((note) => text(note).includes('Nobody here has the address nobody@default.example'))",
    );
    add(browser, &alice.email);
    browser.wait(&tab, "one member", &format!("text({vision}).includes('One member')"));
    browser.click(&tab, "members", &format!("({vision})?.querySelector('summary')"));
    browser.click(&tab, "remove", &format!("({vision})?.querySelector('.choice a')"));
    let title =
        format!("text(every('#dialog[open] h2')[0] || document.body) === 'Remove {} from vision?'", alice.email);
    browser.wait(&tab, "the question", &title);
    browser.click(&tab, "remove", "all('#dialog button.bad')[0]");
    browser.wait(
        &tab,
        "no member",
        &format!("document.readyState === 'complete' && text({vision}).includes('0 members')"),
    );

    // A new keypair has the policy that is chosen.
    visit.up.rollcall_ok(&root, &["admin", "policy", "add", "tiny", "--cpu", "1"]);
    visit.open(&tab, &format!("/people/{}", alice.email.replace('@', "%40")));
    let browser = &mut visit.browser;
    let new = "every('button[value=key-new]')[0].form";
    browser.wait(&tab, "the form", "every('button[value=key-new]').length");
    browser.value(&tab, &format!("({new}).elements.policy.value = 'tiny'"));
    browser.click(&tab, "new key", "all('button[value=key-new]')[0]");
    browser.wait(&tab, "the keys, this once", "text(document.body).includes('These keys are shown this once')");
    let policies = browser.value(&tab, "every('section select[name=policy]').map((one) => one.value)");
    let policies = super::strings(&policies);
    assert_eq!(policies.iter().filter(|name| *name == "tiny").count(), 1, "{policies:?}");
    visit.was_clean(&tab);

    // Without scripts a question is a page, and asking changes nothing.
    let agent = super::harness::web::Plain::new(&visit.up.console());
    agent.post("/sign-in", &[("mode", "email"), ("email", &root.email), ("password", &root.password)]);
    let person = format!("/people/{}", alice.email.replace('@', "%40"));
    let key = format!("{person}?ask=key-disable&key={}", alice.access_key);
    let disable = format!("{person}?ask=disable");
    for (path, told) in [
        (disable.as_str(), format!("Disable {}?", alice.email)),
        (key.as_str(), format!("Disable the keypair {}?", alice.access_key)),
        ("/policies?ask=remove&name=default", "Remove the policy default?".to_owned()),
        ("/resource-groups?ask=disable&name=default", "Disable the resource group default?".to_owned()),
        (
            "/resource-groups?ask=deny&name=default&domain=default",
            "Take the resource group default from the domain default?".to_owned(),
        ),
    ] {
        let page = agent.get(path);
        assert!(page.status == 200 && page.body.contains(&told), "{path}: {}", page.body);
    }
    for path in [
        "/policies?ask=remove&name=none",
        "/policies?ask=x&name=default",
        "/resource-groups?ask=disable&name=none",
        "/projects?ask=disable&id=00000000-0000-0000-0000-000000000000",
        "/people/nobody%40default.example?ask=disable",
    ] {
        assert_eq!(agent.get(path).status, 404, "{path}");
    }
    // A key is asked about where it is.
    let foreign = format!("/people/{}?ask=key-disable&key={}", root.email.replace('@', "%40"), alice.access_key);
    assert_eq!(agent.get(&foreign).status, 404);
    visit.create(&alice, "goes-on");
    visit.wait_running(&alice, &["goes-on"]);
    // It is done by the question's own form, and comes to what the question said.
    assert_eq!(agent.post(&person, &[("act", "disable")]).status, 303);
    assert!(agent.get("/people").body.contains("Inactive"));
    let signed = super::request(&visit.up, &alice, "GET", "/v1/sessions", None).unwrap();
    assert_eq!(signed.status, 401, "{}", signed.json);
    visit.wait_running(&root, &["goes-on"]);
}

#[test]
fn ones_own_account() {
    let Some(mut visit) = Visit::start("ones_own_account", &[]) else { return };
    let alice = visit.account("user");
    let root = visit.account("superadmin");
    visit.up.rollcall_ok(
        &root,
        &["admin", "policy", "add", "small", "--cpu", "2", "--sessions", "3", "--max-lifetime", "2h"],
    );
    visit.up.rollcall_ok(&root, &["admin", "keypair", "add", &alice.email, "--policy", "small"]);
    let tab = visit.signed_in(&alice);
    let other = visit.signed_in(&alice);
    visit.open(&tab, "/account");
    let browser = &mut visit.browser;
    // Both keys of her own, the one that she acts with first, each with what it may use.
    browser.wait(&tab, "both keys", "every('#keypairs tbody tr').length === 2");
    let keys = super::strings(&browser.value(&tab, "every('#keypairs tbody tr').map((row) => text(row))"));
    assert!(
        keys[0].contains(&alice.access_key) && keys[0].contains("In use here") && keys[0].contains("default"),
        "{keys:?}"
    );
    for told in ["small", "cpu 2", "0 / 3", "2h 00m", "Never", "Active"] {
        assert!(keys[1].contains(told), "{told}: {keys:?}");
    }
    assert!(!keys[1].contains("In use here"), "{keys:?}");
    browser.screenshot(&tab, "account");
    browser.wait(&tab, "both logins", "every('#logins tbody tr').length === 2");
    browser.click(&tab, "end the other", "all('form[action$=\"/end\"] button')[0]");
    browser.wait(&tab, "one login", "every('#logins tbody tr').length === 1");
    browser.wait(&other, "the other is out", "all('#email').length");
    // Another language, kept.
    browser.click(&tab, "Korean", "all('button[value=ko]')[0]");
    browser.wait(&tab, "Korean", "document.documentElement?.lang === 'ko' && text(every('h1')[0]) === '내 계정'");
    browser.click(&tab, "English", "all('button[value=en]')[0]");
    browser.wait(&tab, "English", "document.documentElement?.lang === 'en'");
    // Another password ends this login too.
    for (field, text) in [("old", "wrong"), ("new", "another-long-9"), ("again", "another-long-9")] {
        browser.click(&tab, field, &format!("all('#{field}')[0]"));
        browser.type_text(&tab, text);
    }
    browser.press(&tab, "Enter");
    browser.wait(&tab, "why not", "all('.note.bad').length");
    for (field, text) in [("old", alice.password.as_str()), ("new", "another-long-9"), ("again", "another-long-9")] {
        browser.click(&tab, field, &format!("all('#{field}')[0]"));
        browser.type_text(&tab, text);
    }
    browser.press(&tab, "Enter");
    browser.wait(&tab, "the sign-in", "all('#email').length");
    let changed = super::Account { password: "another-long-9".to_owned(), ..alice };
    visit.sign_in(&tab, &changed);
}

#[test]
fn the_summary_counts_each_status_and_names_every_failure() {
    let test = "the_summary_counts_each_status_and_names_every_failure";
    let Some(mut visit) = Visit::start(test, &["--demo"]) else { return };
    let [root, alice] = ["superadmin", "user"].map(|role| visit.account(role));
    // Its supervisor dies, and with it all that is known of it.
    visit.create(&alice, "lost");
    visit.wait_running(&alice, &["lost"]);
    let shims = super::harness::traces::shims(&visit.up.data_dir());
    assert_eq!(shims.len(), 1, "{shims:?}");
    let killed = std::process::Command::new("kill").args(["-9", &shims[0].id.to_string()]).status().unwrap();
    assert!(killed.success());
    visit.create_with(&alice, "broken", &json!({"type": "batch", "startupCommand": "exit 3"}));
    let too_large = json!({"enqueueOnly": true, "config": {"resources": {"cpu": "1", "mem": "4t"}}});
    visit.create_with(&alice, "waits", &too_large);
    wait_for("both failures", || {
        let page = visit.listed(&root, "tab=finished&limit=100");
        let ended = |name: &str| page["items"].as_array()?.iter().find(|row| row["name"] == name).cloned();
        let (broken, lost) = (ended("broken")?, ended("lost")?);
        assert_eq!(lost["status_info"], "agent-termination");
        (broken["result"] == "FAILURE").then_some(())
    });
    let tab = visit.signed_in(&root);
    visit.open(&tab, "/summary");
    visit.browser.wait(&tab, "the tabs", "every('[data-tab]').length === 3");
    visit.browser.screenshot(&tab, "summary");
    let all = visit.listed(&root, "limit=1000&order=-created_at");
    let all = all["items"].as_array().unwrap();
    let mut counted = 0;
    let total = visit.listed(&root, "limit=1")["total_count"].as_u64().unwrap();
    for status in rollcall_model::status::Status::ALL.map(rollcall_model::status::Status::as_str) {
        let there = visit.listed(&root, &format!("status={status}&limit=1"))["total_count"].as_u64().unwrap();
        let script = format!("every('[data-status={status}]').map((link) => text(link).split(' ').pop())");
        let told = super::strings(&visit.browser.value(&tab, &script));
        assert!(
            told.iter().all(|count| *count == there.to_string()) && told.is_empty() == (there == 0),
            "{status} {told:?} {there}"
        );
        counted += there;
    }
    assert_eq!(counted, total);
    // Those that the summary is to name, by a list of their own.
    let wrong = |row: &&Value| {
        let reason = row["status_info"].as_str().unwrap_or_default();
        let known = [
            "failed-to-start",
            "agent-error",
            "agent-termination",
            "creation-failed",
            "operation-timeout",
            "other-error",
            "task-failed",
            "task-timeout",
            "restart-timeout",
            "missing-agent-allocation",
            "terminated-unknown-container",
        ];
        row["status"] == "ERROR" || row["result"] == "FAILURE" || known.iter().any(|known| reason.starts_with(known))
    };
    let mut failed: Vec<&Value> = all.iter().filter(wrong).collect();
    failed.sort_by_key(|row| std::cmp::Reverse(row["created_at"].as_str().unwrap().to_owned()));
    let names: Vec<&str> = failed.iter().take(8).map(|row| row["name"].as_str().unwrap()).collect();
    let shown = super::strings(&visit.browser.value(&tab, "every('#problems a.name').map((link) => text(link))"));
    assert_eq!(shown, names);
    assert_eq!(shown[..2], ["broken", "lost"]);
    // A status leads to its sessions.
    visit.browser.click(&tab, "those that wait", "all('[data-status=PENDING]')[0]");
    visit.is_live(&tab);
    assert!(visit.names(&tab).contains(&"waits".to_owned()));
    visit.was_clean(&tab);
}

#[test]
fn a_monitor_has_an_account_and_nothing_else() {
    let Some(mut visit) = Visit::start("a_monitor_has_an_account_and_nothing_else", &[]) else { return };
    let root = visit.account("superadmin");
    let (email, password) = ("watch@default.example", "long-enough-9");
    let arguments =
        ["admin", "user", "add", email, "--domain", "default", "--role", "monitor", "--random-password", "--json"];
    let made = visit.up.rollcall_ok(&root, &arguments);
    let made: Value = serde_json::from_str(&made).unwrap();
    let drawn = made["password"].as_str().unwrap_or(password).to_owned();
    let tab = visit.browser.tab();
    visit.open(&tab, "/");
    let browser = &mut visit.browser;
    browser.click(&tab, "the e-mail", "all('#email')[0]");
    browser.type_text(&tab, email);
    browser.click(&tab, "the password", "all('#password')[0]");
    browser.type_text(&tab, &drawn);
    browser.press(&tab, "Enter");
    // The start leads to what there is.
    browser.wait(&tab, "the account", "location.pathname === '/account' && every('#keypairs').length");
    assert_eq!(browser.value(&tab, "every('h1').map((head) => text(head)).join()"), "My account");
    let links =
        browser.value(&tab, "[...document.querySelectorAll('nav.side a.to')].map((link) => link.getAttribute('href'))");
    assert_eq!(super::strings(&links), ["/account"]);
    browser.screenshot(&tab, "monitor");
    let paths = [
        "/summary",
        "/people",
        "/projects",
        "/agents",
        "/agents/table",
        "/launch",
        "/quotas",
        "/live",
        "/export.csv",
        "/terminals",
        "/sessions/00000000-0000-0000-0000-000000000000",
    ];
    for path in paths {
        let status = browser.value(&tab, &format!("fetch('{path}').then((answer) => answer.status)"));
        assert_eq!(status, 404, "{path}");
    }
    let led = browser.value(&tab, "fetch('/sessions').then((answer) => new URL(answer.url).pathname + answer.status)");
    assert_eq!(led, "/account200");
    browser.click(&tab, "a new key", "all('form[action=\"/account/ssh-key\"] button')[0]");
    browser.wait(&tab, "the key", "every('pre.key').length === 2");
}
