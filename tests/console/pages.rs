//! The pages beside the list: people, projects, policies and the rest are changed by their forms.

use super::Visit;

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
    let link = format!("[...({small}).closest('tr').querySelectorAll('a')].find((link) => text(link) === 'Remove')");
    browser.click(&tab, "change", &format!("({small}).closest('tr').querySelector('summary')"));
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
    let vision = "every('td b').find((cell) => text(cell) === 'vision').closest('tr')";
    browser.wait(&tab, "the project", vision);
    assert_eq!(browser.value(&tab, "[every('datalist').length, every('main select[name=user]').length].join()"), "1,0");
    let known = browser.value(&tab, "[...every('datalist option')].map((one) => one.value)");
    assert!(super::strings(&known).contains(&alice.email), "{known}");
    let add = |browser: &mut rollcall_testkit::browser::Browser, email: &str| {
        browser.click(&tab, "members", &format!("({vision}).querySelector('summary')"));
        browser.click(&tab, "who", &format!("({vision}).querySelector('input[name=user]')"));
        browser.type_text(&tab, email);
        browser.click(&tab, "add", &format!("({vision}).querySelector('button[value=join]')"));
    };
    add(browser, "nobody@default.example");
    browser.wait(
        &tab,
        "who is not",
        "every('.note.bad').some((note) => text(note).includes('Nobody here has the address nobody@default.example'))",
    );
    add(browser, &alice.email);
    browser.wait(&tab, "one member", &format!("text({vision}).includes('One member')"));
    browser.click(&tab, "members", &format!("({vision}).querySelector('summary')"));
    browser.click(&tab, "remove", &format!("({vision}).querySelector('.choice a')"));
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
    let tab = visit.signed_in(&alice);
    let other = visit.signed_in(&alice);
    visit.open(&tab, "/account");
    let browser = &mut visit.browser;
    browser.wait(&tab, "both logins", "every('section tbody tr').length === 2");
    browser.click(&tab, "end the other", "all('form[action$=\"/end\"] button')[0]");
    browser.wait(&tab, "one login", "every('section tbody tr').length === 1");
    browser.wait(&other, "the other is out", "all('#email').length");
    // Another language, kept.
    browser.click(&tab, "Korean", "all('button[value=ko]')[0]");
    browser.wait(&tab, "Korean", "document.documentElement.lang === 'ko' && text(every('h1')[0]) === '내 계정'");
    browser.click(&tab, "English", "all('button[value=en]')[0]");
    browser.wait(&tab, "English", "document.documentElement.lang === 'en'");
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
