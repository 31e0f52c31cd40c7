//! The WebUI of Backend.AI 21.09, as its bundle has it, in a real Chromium on the real program: signing in by
//! its form, the list of each role and its pages as the API gives them, logs, terminals, launching and ending
//! sessions, and every other page of its menu.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::path::PathBuf;

use harness::signed::{graphql, request};
use harness::{Account, Up, wait_for};
use rollcall_testkit::browser::{Browser, Requested, Tab};
use rollcall_testkit::skip;
use serde_json::{Value, json};

/// Names the unpacked bundle: the folder with index.html.
const VARIABLE: &str = "ROLLCALL_TEST_WEBUI";
/// The rows of the open tab, each with the texts of its cells.
const ROWS: &str = "(() => {
    const grid = all('#list-grid')[0];
    if (!grid) return [];
    return [...grid.shadowRoot.querySelectorAll('#items tr')].filter(seen).map((row) => [...row.children].map((cell) => {
        const slot = cell.querySelector('slot');
        const content = slot && slot.assignedNodes()[0];
        return content ? text(content) : '';
    }));
})()";

/// The bundle and a browser, or the reason why there is none.
fn peers(test: &str) -> Option<(PathBuf, Browser)> {
    let bundle = std::env::var_os(VARIABLE).map(PathBuf::from).filter(|bundle| bundle.join("index.html").is_file());
    let Some(bundle) = bundle else {
        let remedy =
            format!("unpack the folder `static` of the wheel backend.ai-webserver 21.9.5 and name it in {VARIABLE}");
        skip::missing(test, "there is no WebUI bundle", &remedy);
        return None;
    };
    match Browser::start() {
        Ok(browser) => Some((bundle, browser)),
        Err(missing) => {
            skip::missing(test, &missing.reason, &missing.remedy);
            None
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Session,
    Api,
}

struct Visit<'a> {
    up: &'a Up,
    browser: Browser,
    tab: Tab,
    url: String,
    mode: Mode,
}

fn start(bundle: &std::path::Path, mode: Mode) -> Up {
    start_with(bundle, mode, &[])
}

fn start_with(bundle: &std::path::Path, mode: Mode, more: &[&str]) -> Up {
    let bundle = bundle.to_str().unwrap();
    let mode = if mode == Mode::Api { "api" } else { "session" };
    let arguments = [&["--webui", bundle, "--webui-addr", "127.0.0.1:0"], more].concat();
    Up::start_with(&arguments, &[("ROLLCALL_WEBUI_MODE", mode)])
}

fn create(up: &Up, account: &Account, name: &str, mem: &str) -> String {
    let body = json!({"name": name, "image": "bash", "enqueueOnly": mem.ends_with('t'),
        "config": {"resources": {"cpu": "1", "mem": mem}}});
    let answer = request(up, account, "POST", "/session", Some(&body)).unwrap();
    assert_eq!(answer.status, 201, "{}", answer.json);
    answer.json["sessionId"].as_str().unwrap().to_owned()
}

/// Names of the list of this role and these statuses, as the API has them, in its order.
fn listed(up: &Up, account: &Account, statuses: &str) -> Vec<String> {
    let query = format!(
        "{{ compute_session_list(limit: 100, offset: 0, status: \"{statuses}\") {{ items {{ name }} total_count }} }}"
    );
    // Rows and total are read one after the other: a change between them belongs to neither.
    wait_for("rows and total of one moment", || {
        let list = graphql(up, account, &query).unwrap();
        let names: Vec<String> =
            list["items"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect();
        (list["total_count"] == names.len()).then_some(names)
    })
}

const ENDED: &str = "TERMINATED,CANCELLED";
const RUNNING: &str = "RUNNING,RESTARTING,TERMINATING,PENDING,SCHEDULED,PREPARING,PULLING";

impl Visit<'_> {
    fn sign_in(&mut self, account: &Account) {
        let Self { browser, tab, url, mode, .. } = self;
        browser.open(tab, url);
        let (name, word, fields) = match mode {
            Mode::Session => (&account.email, &account.password, ("#id_user_id", "#id_password")),
            Mode::Api => (&account.access_key, &account.secret_key, ("#id_api_key", "#id_secret_key")),
        };
        browser.click(tab, "the first field", &format!("all('{}')[0]", fields.0));
        browser.type_text(tab, name);
        browser.click(tab, "the second field", &format!("all('{}')[0]", fields.1));
        browser.type_text(tab, word);
        browser.click(tab, "the button", "all('#login-button')[0]");
        browser.wait(tab, "the page after signing in", "all('#group-select').length > 0");
    }

    fn open(&mut self, page: &str) {
        let address = format!("{}/{page}", self.url);
        self.browser.open(&self.tab, &address);
    }

    fn rows(&mut self) -> Vec<Vec<String>> {
        let rows = self.browser.value(&self.tab, ROWS);
        let text = |cell: &Value| cell.as_str().unwrap_or_default().to_owned();
        rows.as_array().unwrap().iter().map(|row| row.as_array().unwrap().iter().map(text).collect()).collect()
    }

    /// Waits until the open tab shows exactly these sessions, in this order.
    fn shows(&mut self, names: &[String]) -> Vec<Vec<String>> {
        wait_for(&format!("the rows {names:?}"), || {
            let rows = self.rows();
            let each =
                rows.iter().zip(names).all(|(row, name)| row.iter().any(|cell| cell.lines().next() == Some(name)));
            (rows.len() == names.len() && each).then_some(rows)
        })
    }

    /// The same for a finished tab of more rows than are in sight: the grid draws no others, and numbers each.
    fn shows_by_scrolling(&mut self, names: &[String]) {
        let mut shown = vec![false; names.len()];
        while let Some(next) = shown.iter().position(|shown| !shown) {
            let at = wait_for(&format!("row {next} of {names:?}"), || {
                self.browser.value(&self.tab, &format!("all('#list-grid')[0].scrollToIndex({next})"));
                let rows = self.rows();
                let at = |row: &Vec<String>| {
                    let number: usize = row.first()?.parse().ok()?;
                    let name = names.get(number.checked_sub(1)?)?;
                    row.iter().any(|cell| cell.lines().next() == Some(name)).then_some(number - 1)
                };
                let at: Vec<usize> = rows.iter().map(at).collect::<Option<_>>()?;
                at.contains(&next).then_some(at)
            });
            for row in at {
                shown[row] = true;
            }
        }
        let all = self.browser.value(&self.tab, "all('#list-grid')[0].items.length");
        assert_eq!(all, names.len(), "rows besides {names:?}");
    }

    /// A control in the row of this session: `apps`, `assignment`, `power_settings_new`, or none for the terminal.
    fn control(&mut self, name: &str, icon: Option<&str>) {
        let icon = icon.map_or_else(
            || "!e.getAttribute('icon')".to_owned(),
            |icon| format!("e.getAttribute('icon') === '{icon}'"),
        );
        let script = format!(
            "(() => {{
                const cells = [...walk(document)].filter((e) => e.localName === 'vaadin-grid-cell-content' && seen(e));
                const own = cells.find((e) => text(e).split('\\n')[0] === '{name}');
                if (!own) return null;
                const at = own.getBoundingClientRect();
                return all('mwc-icon-button').find((e) => {{
                    const box = e.getBoundingClientRect();
                    return {icon} && box.y + box.height / 2 > at.y && box.y + box.height / 2 < at.y + at.height && e.closest('vaadin-grid-cell-content') !== null && (e.className || '').includes('fg');
                }});
            }})()"
        );
        self.browser.click(&self.tab, &format!("{icon} of {name}"), &script);
    }

    /// Goes to another page of the list. A list that is refreshing turns without looking again.
    fn turn(&mut self, button: &str) {
        self.browser.wait(&self.tab, "a still list", "!all('backend-ai-session-list')[0].refreshing");
        self.browser.click(&self.tab, button, &format!("all('#{button}')[0]"));
    }

    /// Waits until the list tells this page, the number of pages and the total, and lets one turn no further.
    fn is_at(&mut self, page: usize, pages: usize, total: usize) {
        let label = format!("{page} / {pages}");
        let told = "all('wl-label').map(text).find((told) => /^[0-9]+ \\/ [0-9]+$/.test(told))";
        self.browser.wait(&self.tab, &label, &format!("{told} === '{label}'"));
        let told = "[all('backend-ai-session-list')[0].total_session_count, \
                    all('#previous-page')[0].disabled, all('#next-page')[0].disabled]";
        assert_eq!(self.browser.value(&self.tab, told), json!([total, page == 1, page == pages]), "{label}");
    }

    /// Requests and errors that no page should have, since they were forgotten last.
    fn nothing_failed(&mut self, page: &str) {
        let refused = |request: &Requested| request.status.is_none_or(|status| status >= 400);
        let failed: Vec<Requested> = self.browser.requests(&self.tab).into_iter().filter(refused).collect();
        let unexpected: Vec<&Requested> = failed.iter().filter(|request| !is_expected(request)).collect();
        assert!(unexpected.is_empty(), "{page}: {unexpected:#?}");
        let mut errors = self.browser.errors(&self.tab);
        if failed.iter().any(|request| request.url.ends_with("/server/logout")) {
            // The failure that nobody catches there (`webui-calls.md` §3.1b).
            errors.retain(|error| error != "Object");
        }
        assert!(errors.is_empty(), "{page}: {errors:#?}");
        self.browser.forget(&self.tab);
    }
}

/// What fails before the reference too: its own look for news, signing in with nothing, and the licence of
/// another edition.
fn is_expected(request: &Requested) -> bool {
    let asked = (request.method.as_str(), request.status);
    request.url.starts_with("https://raw.githubusercontent.com/")
        || (request.url.ends_with("/server/login") && asked == ("POST", Some(400)))
        || (request.url.ends_with("/license") && asked == ("GET", Some(404)))
        // It asks a proxy of older servers whether it knows a session before it ends one.
        || (request.url.contains("/proxy/") && asked == ("GET", Some(404)))
        // A page that was left before its answer came.
        || (request.status.is_none() && request.failure.as_deref() == Some("net::ERR_ABORTED"))
        // In API mode it tries empty keys first, and then wants to end a session that there is not.
        || (asked.0 == "POST" && asked.1 == Some(401) && request.url.ends_with("/admin/graphql"))
        || (request.url.ends_with("/server/logout") && asked == ("POST", Some(404)))
}

#[test]
fn each_role_in_session_mode() {
    let Some((bundle, browser)) = peers("webui::session") else { return };
    roles(&bundle, browser, Mode::Session);
}

#[test]
fn each_role_in_api_mode() {
    let Some((bundle, browser)) = peers("webui::api") else { return };
    roles(&bundle, browser, Mode::Api);
}

fn roles(bundle: &std::path::Path, browser: Browser, mode: Mode) {
    let up = start(bundle, mode);
    let of = |role: &str| up.account(role, "default").clone();
    let (root, admin, user) = (of("superadmin"), of("admin"), of("user"));
    for (owner, name) in [(&root, "of-the-root"), (&admin, "of-the-admin"), (&user, "of-the-user")] {
        create(&up, owner, name, "128m");
        let ended = create(&up, owner, &format!("{name}-ended"), "128m");
        let answer = request(&up, owner, "DELETE", &format!("/session/{ended}"), None).unwrap();
        assert!(answer.succeeded(), "{}", answer.json);
    }
    wait_for("three ended ones", || (listed(&up, &root, ENDED).len() == 3).then_some(()));
    let mut visit = Visit { up: &up, url: up.webui(), tab: Tab::default(), browser, mode };
    for (account, columns) in [(&root, 10), (&admin, 9), (&user, 8)] {
        visit.tab = visit.browser.tab();
        visit.sign_in(account);
        // By the menu: keys are not kept over a reload in API mode.
        visit.browser.click(&visit.tab, "sessions", "all('mwc-list-item').find((e) => text(e) === 'Sessions')");
        let names = listed(&up, account, RUNNING);
        let rows = visit.shows(&names);
        assert_eq!(rows[0].len(), columns, "{}: {:?}", account.role, rows[0]);
        let owner = if mode == Mode::Session { &user.email } else { &user.access_key };
        let told = rows.iter().flatten().any(|cell| cell == owner);
        assert_eq!(told, account.role != "user", "{}: {rows:?}", account.role);
        // The agent is a superadmin's column.
        let agent = rows[0].last().unwrap().starts_with("i-");
        assert_eq!(agent, account.role == "superadmin", "{rows:?}");

        visit.browser.click(
            &visit.tab,
            "the tab of what has finished",
            "all('mwc-tab').find((e) => e.title === 'finished')",
        );
        let rows = visit.shows(&listed(&up, account, ENDED));
        assert!(rows.iter().all(|row| row.iter().any(|cell| cell.starts_with("TERMINATED"))), "{rows:?}");
        visit.browser.click(&visit.tab, "the tab of others", "all('mwc-tab').find((e) => e.title === 'others')");
        visit.shows(&[]);
        visit.browser.screenshot(&visit.tab, &format!("webui-{mode:?}-{}", account.role));
        visit.nothing_failed("/job");
        visit.browser.close(&visit.tab);
    }
}

/// What everybody has of the past, and the rows of a page.
const PAST: usize = 120;
const PAGE: usize = 50;

#[test]
fn the_pages_of_a_long_list() {
    let Some((bundle, browser)) = peers("webui::pages_of_a_list") else { return };
    let up = start_with(&bundle, Mode::Session, &["--demo", "--demo-sessions", &PAST.to_string()]);
    let mut visit = Visit { up: &up, url: up.webui(), tab: Tab::default(), browser, mode: Mode::Session };
    // Four people share the domain. Not as superadmin: the WebUI knows projects by name alone, and both domains
    // of the demonstration have one of the same.
    for (role, total) in [("user", PAST), ("admin", 4 * PAST)] {
        let account = up.account(role, "default").clone();
        visit.tab = visit.browser.tab();
        visit.sign_in(&account);
        visit.open("job");
        visit.browser.click(
            &visit.tab,
            "the tab of what has finished",
            "all('mwc-tab').find((e) => e.title === 'finished')",
        );
        let pages = total.div_ceil(PAGE);
        let project = visit.browser.wait(&visit.tab, "the project", "globalThis.backendaiclient.current_group_id()");
        let project = project.as_str().unwrap();
        let names = ended_in(&up, &account, project, total);
        for (page, names) in (1..).zip(names.chunks(PAGE)) {
            if page > 1 {
                visit.turn("next-page");
            }
            visit.shows_by_scrolling(names);
            visit.is_at(page, pages, total);
        }
        visit.browser.screenshot(&visit.tab, &format!("webui-pages-{role}"));
        visit.turn("previous-page");
        visit.shows_by_scrolling(names.chunks(PAGE).rev().nth(1).unwrap());
        visit.is_at(pages - 1, pages, total);
        visit.nothing_failed("/job");
        visit.browser.close(&visit.tab);
    }
}

/// Names of what has finished in a project, as the API has them on one page, in its order.
fn ended_in(up: &Up, account: &Account, project: &str, total: usize) -> Vec<String> {
    let query = format!(
        "{{ compute_session_list(limit: 1000, offset: 0, group_id: \"{project}\", status: \"{ENDED}\") \
         {{ items {{ name }} total_count }} }}"
    );
    let list = graphql(up, account, &query).unwrap();
    let names: Vec<String> =
        list["items"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!((&list["total_count"], names.len()), (&json!(total), total));
    names
}

#[test]
fn a_session_from_launch_to_end() {
    let Some((bundle, browser)) = peers("webui::life") else { return };
    let up = start(&bundle, Mode::Session);
    let user = up.account("user", "default").clone();
    create(&up, &user, "waits", "900t");
    let mut visit = Visit { up: &up, url: up.webui(), tab: Tab::default(), browser, mode: Mode::Session };
    visit.tab = visit.browser.tab();
    visit.sign_in(&user);
    visit.open("job");
    visit.shows(&["waits".to_owned()]);

    // It does nothing until the images are there.
    wait_for("the launch dialog", || {
        visit.browser.click(&visit.tab, "start", "all('#launch-session')[0]");
        std::thread::sleep(std::time::Duration::from_secs(2));
        (visit.browser.value(&visit.tab, "all('#session-name').length > 0") == true).then_some(())
    });
    visit.browser.click(&visit.tab, "the name", "all('#session-name')[0]");
    visit.browser.type_text(&visit.tab, "launched");
    let ready = "all('#environment')[0].value && all('#version')[0].value && !all('#launch-button')[0].disabled";
    visit.browser.wait(&visit.tab, "an image", ready);
    visit.browser.click(&visit.tab, "confirm", "all('#launch-button')[0]");
    let on_last = "every('#launch-button-msg').some((e) => text(e).toUpperCase() === 'LAUNCH')";
    visit.browser.wait(&visit.tab, "the last step", on_last);
    visit.browser.click(&visit.tab, "launch", "all('#launch-button')[0]");
    // It asks once more, as no folder is mounted.
    visit.browser.click(&visit.tab, "launch all the same", "all('#launch-confirmation-button')[0]");
    wait_for("the launched session", || {
        let list = "{ compute_session_list(limit: 9, offset: 0, status: \"RUNNING\") { items { name } } }";
        let running = graphql(&up, &user, list)?;
        running["items"].as_array()?.iter().any(|row| row["name"] == "launched").then_some(())
    });
    visit.browser.screenshot(&visit.tab, "webui-launched");
    // Reload keeps the login.
    visit.open("job");
    visit.shows(&listed(&up, &user, RUNNING));

    visit.control("launched", Some("assignment"));
    let logs = "[...walk(document)].some((e) => e.id === 'work-area' && text(e).includes('bash'))";
    visit.browser.wait(&visit.tab, "the log", logs);
    visit.open("job");
    visit.shows(&listed(&up, &user, RUNNING));

    visit.control("launched", None);
    let terminal = visit.browser.opened("/terminal");
    let screen = "all('.xterm-rows').map(text).join('')";
    visit.browser.wait(&terminal, "a prompt", &format!("{screen}.includes('bash')"));
    let address = visit.browser.value(&terminal, "location.href");
    assert!(!address.as_str().unwrap().contains("ticket"), "{address} holds the ticket still");
    visit.browser.type_text(&terminal, "echo $((6*7))-is-it");
    visit.browser.press(&terminal, "Enter");
    visit.browser.wait(&terminal, "the answer", &format!("{screen}.includes('42-is-it')"));
    visit.browser.screenshot(&terminal, "webui-terminal");
    assert!(visit.browser.errors(&terminal).is_empty());
    visit.browser.close(&terminal);

    for name in ["waits", "launched"] {
        visit.open("job");
        visit.shows(&listed(&up, &user, RUNNING));
        visit.control(name, Some("power_settings_new"));
        visit.browser.click(&visit.tab, "okay", "all('wl-button.ok').find((e) => text(e).toUpperCase() === 'OKAY')");
        wait_for("its end", || (!listed(&up, &user, RUNNING).iter().any(|other| other == name)).then_some(()));
        // The list refreshes by itself.
        visit.shows(&listed(&up, &user, RUNNING));
    }
    visit.nothing_failed("/job");

    visit.browser.click(
        &visit.tab,
        "sign out",
        "all('mwc-icon-button').find((e) => e.querySelector('.fa-sign-out-alt'))",
    );
    visit.browser.wait(&visit.tab, "the form", "all('#id_user_id').length > 0");
    visit.open("job");
    visit.browser.wait(&visit.tab, "the form again", "all('#id_user_id').length > 0");
}

#[test]
fn every_page_of_the_menu_opens() {
    let Some((bundle, browser)) = peers("webui::pages") else { return };
    let up = start(&bundle, Mode::Session);
    let mut visit = Visit { up: &up, url: up.webui(), tab: Tab::default(), browser, mode: Mode::Session };
    let all = ["summary", "job", "import", "data", "statistics", "usersettings"];
    let admins = ["credential", "environment"];
    let roots = ["agent", "settings", "maintenance", "information"];
    for (role, more) in [("superadmin", &[&admins[..], &roots[..]][..]), ("admin", &[&admins[..]]), ("user", &[])] {
        let account = visit.up.account(role, "default").clone();
        create(&up, &account, &format!("of-{role}"), "128m");
        visit.tab = visit.browser.tab();
        visit.sign_in(&account);
        for page in all.iter().chain(more.iter().copied().flatten()) {
            visit.open(page);
            let shown = format!("location.pathname === '/{page}' && all('#group-select').length > 0");
            visit.browser.wait(&visit.tab, page, &shown);
            quiet(&mut visit);
            visit.browser.screenshot(&visit.tab, &format!("webui-{role}-{page}"));
            visit.nothing_failed(&format!("{role}: /{page}"));
        }
        visit.browser.close(&visit.tab);
    }
}

/// Waits until a page asks for nothing more for a while.
fn quiet(visit: &mut Visit<'_>) {
    let mut asked = 0;
    wait_for("a quiet page", || {
        std::thread::sleep(std::time::Duration::from_millis(700));
        let now = visit.browser.requests(&visit.tab).len();
        (now > 0 && std::mem::replace(&mut asked, now) == now).then_some(())
    });
}
