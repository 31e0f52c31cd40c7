//! Who reads pages otherwise: axe-core on every page, in both themes and languages, on a desktop and a phone; what
//! pages may do; hostile texts.

use std::path::PathBuf;

use rollcall_testkit::browser::Tab;
use rollcall_testkit::skip;
use serde_json::json;

use super::Visit;

const PAGES: [&str; 10] = [
    "/sessions",
    "/sessions?tab=finished",
    "/sessions?tab=others",
    "/summary",
    "/account",
    "/people",
    "/projects",
    "/resource-groups",
    "/policies",
    "/agents",
];

/// The script of axe-core, or the reason why there is none.
fn axe(test: &str) -> Option<String> {
    let directory = std::env::var_os("ROLLCALL_TEST_NODE").map(PathBuf::from);
    let found = directory
        .and_then(|directory| std::fs::read_to_string(directory.join("node_modules/axe-core/axe.min.js")).ok());
    if found.is_none() {
        skip::missing(
            test,
            "there is no axe-core",
            "run `npm ci` on tests/node and name the directory in ROLLCALL_TEST_NODE",
        );
    }
    found
}

/// What axe-core finds serious on the page.
fn serious(visit: &mut Visit, tab: &Tab, script: &str) -> String {
    visit.browser.value(tab, &format!("(() => {{ if (!window.axe) {{ {script} }} return true; }})()"));
    let found = visit.browser.value(
        tab,
        "axe.run(document, {resultTypes: ['violations']}).then((told) => told.violations \
             .filter((one) => one.impact === 'serious' || one.impact === 'critical') \
             .map((one) => one.id + ': ' + one.nodes.map((node) => node.html.slice(0, 160) + ' ' + (node.any[0] ? node.any[0].message : '')).join(' | ')).join('\\n'))",
    );
    found.as_str().unwrap().to_owned()
}

#[test]
fn nothing_serious_is_found_on_any_page() {
    let Some(script) = axe("nothing_serious_is_found_on_any_page") else { return };
    let Some(mut visit) = Visit::start("nothing_serious_is_found_on_any_page", &[]) else { return };
    let [root, alice] = ["superadmin", "user"].map(|role| visit.account(role));
    let id = visit.create(&alice, "running");
    visit.create(&alice, "over");
    visit.create_with(
        &alice,
        "too-large",
        &json!({"enqueueOnly": true, "config": {"resources": {"cpu": "1", "mem": "4t"}}}),
    );
    visit.wait_running(&alice, &["running", "over"]);
    visit.end(&alice, "over");
    let door = visit.browser.tab();
    visit.open(&door, "/");
    visit.browser.wait(&door, "the form", "all('#email').length");
    assert_eq!(serious(&mut visit, &door, &script), "", "sign-in");
    let tab = visit.signed_in(&root);
    let mut found = String::new();
    for dark in [false, true] {
        for language in ["en", "ko"] {
            visit.browser.dark(&tab, dark);
            visit.browser.value(&tab, &format!("document.cookie = 'rollcall_language={language}; path=/'"));
            let one = [
                format!("/sessions/{id}"),
                format!("/sessions/{id}/logs"),
                format!("/terminate?id={id}"),
                "/launch".to_owned(),
            ];
            let open = format!("/sessions?open={id}");
            for page in PAGES.iter().map(|page| (*page).to_owned()).chain(one).chain([open]) {
                visit.open(&tab, &page);
                visit.browser.wait(&tab, &page, "document.readyState === 'complete' && all('main').length");
                std::thread::sleep(std::time::Duration::from_millis(60));
                let told = serious(&mut visit, &tab, &script);
                if !told.is_empty() {
                    found.push_str(&format!("{page} {language} dark {dark}:\n{told}\n"));
                }
                let theme = if dark { "dark" } else { "light" };
                let name =
                    page.split('?').next().unwrap_or_default().trim_matches('/').replace('/', "-").replace(&id, "one");
                let more = if page.contains('?') { "-more" } else { "" };
                visit.browser.screenshot(&tab, &format!("{name}{more}-{theme}-{language}"));
            }
        }
    }
    assert_eq!(found, "");
    visit.browser.value(&tab, "document.cookie = 'rollcall_language=en; path=/'");
    // On a phone nothing is wider than it.
    visit.browser.size(&tab, 390, 844);
    for page in PAGES {
        visit.open(&tab, page);
        visit.browser.wait(&tab, page, "document.readyState === 'complete' && all('main').length");
        let wide = visit.browser.value(&tab, "document.documentElement.scrollWidth");
        let name = page.trim_matches('/').replace(['/', '?', '='], "-");
        visit.browser.screenshot(&tab, &format!("phone-{name}"));
        assert!(wide.as_u64().unwrap() <= 390, "{page} is {wide} wide");
        let told = serious(&mut visit, &tab, &script);
        assert_eq!(told, "", "{page} on a phone");
    }
    visit.was_clean(&tab);
}

#[test]
fn pages_run_nothing_of_their_own_text() {
    let Some(mut visit) = Visit::start("pages_run_nothing_of_their_own_text", &[]) else { return };
    let alice = visit.account("user");
    let command = "echo '<script>alert(1)</script>'; sleep 600";
    let environ = json!({"config": {"resources": {"cpu": "1", "mem": "128m"}, "environ": {"A": "<img src=x onerror=alert(2)>"}}, "type": "batch", "startupCommand": command});
    let id = visit.create_with(&alice, "hostile", &environ);
    visit.wait_running(&alice, &["hostile"]);
    let tab = visit.signed_in(&alice);
    visit.open(&tab, &format!("/sessions?open={id}"));
    visit.is_live(&tab);
    visit.browser.wait(
        &tab,
        "the environment",
        "text(document.querySelector('#drawer')).includes('<img src=x onerror=alert(2)>')",
    );
    visit.browser.wait(
        &tab,
        "the command",
        "text(document.querySelector('#drawer')).includes('<script>alert(1)</script>')",
    );
    assert_eq!(visit.browser.value(&tab, "document.querySelectorAll('#drawer img, #drawer script').length"), 0);
    // What is searched comes back as text.
    visit.open(&tab, "/sessions?q=%3Cimg+src%3Dx+onerror%3Dalert(3)%3E");
    visit.is_live(&tab);
    assert_eq!(visit.browser.value(&tab, "document.querySelectorAll('main img').length"), 0);
    // The policy holds: a script that somebody put there does not run.
    for page in
        ["/", "/sessions", "/summary", "/account", &format!("/sessions/{id}/logs"), "/nothing-here", "/terminal"]
    {
        let told = visit.browser.value(&tab, &format!("fetch('{page}').then((answer) => answer.headers.get('content-security-policy') + ' ' + answer.headers.get('x-content-type-options'))"));
        let told = told.as_str().unwrap();
        assert!(told.contains("script-src 'self';") && told.ends_with("nosniff"), "{page}: {told}");
        assert_eq!(told.contains("unsafe-inline"), page == "/terminal", "{page}: {told}");
    }
    visit.browser.value(&tab, "(() => { const script = document.createElement('script'); script.textContent = 'window.ran = true'; document.body.append(script); })()");
    assert_eq!(visit.browser.value(&tab, "window.ran"), serde_json::Value::Null);
}

#[test]
fn pages_work_without_scripts() {
    let Some(visit) = Visit::start("pages_work_without_scripts", &[]) else { return };
    let alice = visit.account("user");
    let agent = super::harness::web::Plain::new(&visit.up.console());
    let door = agent.get("/sessions");
    assert_eq!((door.status, door.location.as_deref()), (303, Some("/")));
    let signed = agent.post("/sign-in", &[("mode", "email"), ("email", &alice.email), ("password", &alice.password)]);
    assert_eq!((signed.status, signed.location.as_deref()), (303, Some("/sessions")));
    let launched = agent.post(
        "/launch",
        &[("name", "by-form"), ("image", "bash"), ("project", "default"), ("cpu", "1"), ("mem", "0.25")],
    );
    assert_eq!((launched.status, launched.location.as_deref()), (303, Some("/sessions")), "{}", launched.body);
    visit.wait_running(&alice, &["by-form"]);
    let list = agent.get("/sessions?q=by-form");
    assert!(list.body.contains("by-form") && list.body.contains("1–1 of 1"));
    let id = visit.listed(&alice, "tab=running")["items"][0]["id"].as_str().unwrap().to_owned();
    let preview = agent.get(&format!("/terminate?id={id}"));
    assert!(preview.body.contains("Terminate this session?") && preview.body.contains(&alice.email));
    let ended = agent.post("/terminate", &[("id", &id)]);
    assert!(ended.body.contains("The session has ended"), "{}", ended.body);
    assert!(agent.get("/sessions?tab=finished").body.contains("by-form"));
    // A page of another origin changes nothing.
    let foreign = agent.post_from("https://evil.example", "/sign-out", &[]);
    assert_eq!(foreign.status, 403);
    assert_eq!(agent.get("/sessions").status, 200);
    assert_eq!(agent.post("/sign-out", &[]).status, 303);
    assert_eq!(agent.get("/sessions").status, 303);
}
