//! Lists that are open: what happens shows in each of them, in its place, and moves nothing under the pointer.

use std::time::{Duration, Instant};

use super::Visit;

#[test]
fn two_browsers_see_each_others_changes() {
    let Some(mut visit) = Visit::start("two_browsers_see_each_others_changes", &[]) else { return };
    let [root, alice] = ["superadmin", "user"].map(|role| visit.account(role));
    let (one, other) = (visit.signed_in(&alice), visit.signed_in(&root));
    visit.create(&alice, "seen");
    visit.shows(&one, &["seen"]);
    visit.shows(&other, &["seen"]);
    visit.wait_running(&alice, &["seen"]);
    // The superadmin ends it; its owner sees it go.
    let browser = &mut visit.browser;
    browser.click(&other, "terminate", "all('tr[data-name=seen] a[title=Terminate]')[0]");
    browser.click(&other, "do it", "all('#dialog button.bad')[0]");
    browser.wait(&other, "what came of it", "every('#dialog [data-done] .chip.good').length");
    visit.shows(&one, &[]);
    let browser = &mut visit.browser;
    browser.wait(&one, "the count", "text(every('[data-count=finished]')[0]) === '1'");
    browser.wait(&one, "the empty list", "all('[data-empty]').length");
    visit.was_clean(&one);
    visit.was_clean(&other);
}

#[test]
fn what_is_pointed_at_stays_where_it_is() {
    let Some(mut visit) = Visit::start("what_is_pointed_at_stays_where_it_is", &[]) else { return };
    let alice = visit.account("user");
    for name in ["first", "second", "third"] {
        visit.create(&alice, name);
        visit.wait_running(&alice, &[name]);
    }
    let tab = visit.signed_in(&alice);
    visit.open(&tab, "/sessions?order=name");
    visit.is_live(&tab);
    visit.shows(&tab, &["first", "second", "third"]);
    let place = "document.querySelector('tr[data-name=second]').getBoundingClientRect().top";
    visit.browser.hover(&tab, "the second row", "all('tr[data-name=second] td.c-configuration')[0]");
    let before = visit.browser.value(&tab, place);
    // One comes in above it, in its place.
    visit.create(&alice, "aaaa");
    visit.shows(&tab, &["aaaa", "first", "second", "third"]);
    assert_eq!(visit.browser.value(&tab, place), before, "a row that enters above");
    visit.wait_running(&alice, &["aaaa"]);
    // One above it goes.
    visit.end(&alice, "first");
    visit.shows(&tab, &["aaaa", "second", "third"]);
    assert_eq!(visit.browser.value(&tab, place), before, "a row that leaves above");
    // It goes itself: no other comes under the pointer, and nothing of it can be clicked.
    visit.end(&alice, "second");
    visit.shows(&tab, &["aaaa", "third"]);
    assert_eq!(visit.browser.value(&tab, place), before, "the row itself");
    assert_eq!(visit.browser.value(&tab, "all('tr[data-name=second] a.button').length"), 0);
    visit.browser.hover(&tab, "elsewhere", "all('h1')[0]");
    visit.browser.wait(&tab, "it is gone", "!document.querySelector('tr[data-name=second]')");
    let numbers = visit.browser.value(&tab, "every('td.c-number').map((cell) => text(cell)).join()");
    assert_eq!(numbers, "1,2");
    visit.was_clean(&tab);
}

#[test]
fn a_page_outlives_its_server() {
    let Some(mut visit) = Visit::start("a_page_outlives_its_server", &["--console", "127.0.0.1:0"]) else { return };
    let alice = visit.account("user");
    visit.create(&alice, "before");
    visit.wait_running(&alice, &["before"]);
    let tab = visit.signed_in(&alice);
    visit.shows(&tab, &["before"]);
    let console = visit.up.console();
    let port = console.rsplit(':').next().unwrap().to_owned();
    visit.up.signal("TERM");
    visit.up.ended();
    visit.browser.wait(
        &tab,
        "it is said",
        "text(every('[data-link]')[0]) === 'Reconnecting' || text(every('[data-link]')[0]) === 'Every few seconds'",
    );
    // Rows stay, and a click that cannot be answered says so.
    visit.shows(&tab, &["before"]);
    visit.browser.click(&tab, "a dialog that cannot open", "all('tr[data-name=before] a[title=Terminate]')[0]");
    visit.browser.wait(&tab, "that is said", "every('#toasts .note.bad').length");
    assert_eq!(visit.browser.value(&tab, "document.querySelectorAll('dialog[open]').length"), 0);
    visit.up.arguments_from_now_on(&["--console", &format!("127.0.0.1:{port}")]);
    visit.up.environment_from_now_on("ROLLCALL_CONSOLE_LISTEN", &format!("127.0.0.1:{port}"));
    visit.up.start_again();
    visit.create(&alice, "after");
    visit.shows(&tab, &["after", "before"]);
    visit.browser.wait(&tab, "live again", "every('[data-state=live]').length");
    assert_eq!(visit.browser.errors(&tab), Vec::<String>::new());
}

#[test]
fn ten_tabs_of_one_browser_all_work() {
    let Some(mut visit) = Visit::start("ten_tabs_of_one_browser_all_work", &[]) else { return };
    let alice = visit.account("user");
    let first = visit.signed_in(&alice);
    let mut tabs = vec![first.clone()];
    for number in 1..10 {
        let tab = visit.browser.tab_beside(&first);
        // Different lists, so that nothing is shared by accident.
        visit.open(&tab, &format!("/sessions?size={}", 20 + number));
        tabs.push(tab);
    }
    for tab in &tabs {
        visit.is_live(tab);
    }
    visit.create(&alice, "in-all");
    for tab in &tabs {
        visit.shows(tab, &["in-all"]);
        // Another request still gets through.
        let status = visit.browser.value(tab, "fetch('/quotas').then((answer) => answer.status)");
        assert_eq!(status, 200);
    }
    for tab in &tabs {
        visit.was_clean(tab);
    }
}

#[test]
fn a_hidden_page_asks_nothing_and_catches_up() {
    let Some(mut visit) = Visit::start("a_hidden_page_asks_nothing_and_catches_up", &[]) else { return };
    let alice = visit.account("user");
    let tab = visit.signed_in(&alice);
    // As the browser tells it when another tab is in front.
    let hide = |hidden: bool| {
        format!(
            "(() => {{ Object.defineProperty(document, 'hidden', {{ configurable: true, value: {hidden} }}); \
             document.dispatchEvent(new Event('visibilitychange')); }})()"
        )
    };
    visit.browser.value(&tab, &hide(true));
    std::thread::sleep(Duration::from_millis(300));
    visit.browser.forget(&tab);
    visit.create(&alice, "unseen");
    visit.wait_running(&alice, &["unseen"]);
    std::thread::sleep(Duration::from_millis(1500));
    assert!(visit.names(&tab).is_empty());
    assert_eq!(visit.browser.requests(&tab).len(), 0);
    let began = Instant::now();
    visit.browser.value(&tab, &hide(false));
    visit.shows(&tab, &["unseen"]);
    assert!(began.elapsed() < Duration::from_secs(10));
    visit.was_clean(&tab);
}

#[test]
fn a_page_opened_before_its_manager_starts_by_itself() {
    let Some(mut visit) = Visit::start("a_page_opened_before_its_manager_starts_by_itself", &[]) else { return };
    let alice = visit.account("user");
    let console = super::harness::web::Alone::before(&visit.up.api);
    visit.up.signal("TERM");
    visit.up.ended();
    let tab = visit.browser.tab();
    visit.browser.open(&tab, &format!("{}/sessions", console.url));
    visit.browser.wait(&tab, "a sign-in or a page that waits", "all('main').length");
    let cookie = format!("document.cookie = 'AIOHTTP_SESSION={}; path=/'", "0".repeat(32));
    visit.browser.value(&tab, &cookie);
    visit.browser.open(&tab, &format!("{}/sessions", console.url));
    visit.browser.wait(&tab, "that it waits", "document.body && document.body.hasAttribute('data-retry')");
    visit.up.start_again();
    // Nobody is signed in by that cookie: the sign-in comes by itself.
    visit.browser.wait(&tab, "the sign-in", "all('#email').length");
    visit.sign_in(&tab, &alice);
}

#[test]
fn a_row_that_ended_goes_once_it_is_left() {
    let Some(mut visit) = Visit::start("a_row_that_ended_goes_once_it_is_left", &[]) else { return };
    let alice = visit.account("user");
    for name in ["first", "second", "third"] {
        visit.create(&alice, name);
    }
    visit.wait_running(&alice, &["first", "second", "third"]);
    let tab = visit.signed_in(&alice);
    visit.open(&tab, "/sessions?order=name");
    visit.is_live(&tab);
    let browser = &mut visit.browser;
    browser.press(&tab, "j");
    browser.hover(&tab, "the second row", "all('tr[data-name=second] td.c-configuration')[0]");
    visit.end(&alice, "second");
    visit.shows(&tab, &["first", "third"]);
    assert_eq!(visit.browser.value(&tab, "document.querySelectorAll('tr.gone[data-name=second]').length"), 1);
    visit.browser.hover(&tab, "elsewhere", "all('h1')[0]");
    visit.browser.wait(&tab, "it is gone", "!document.querySelector('tr[data-name=second]')");
    let focused = "document.activeElement.closest('tr').dataset.name";
    assert_eq!(visit.browser.value(&tab, focused), "first", "the focus stays where it was");
    // What is focused itself stays too, and the keys go on from there.
    visit.end(&alice, "first");
    visit.shows(&tab, &["third"]);
    visit.browser.press(&tab, "j");
    visit.browser.wait(&tab, "the next row", &format!("{focused} === 'third'"));
    visit.browser.wait(&tab, "no ghost", "!document.querySelector('tr.gone')");
    visit.was_clean(&tab);
}

/// A browser whose streams do not get through. What the server would say can be told by hand.
const NO_STREAM: &str = "window.SharedWorker = undefined; window.streams = [];
window.EventSource = class {
  constructor(url) { this.url = url; this.heard = {}; window.streams.push(this); setTimeout(() => window.through ? this.onopen && this.onopen() : this.onerror && this.onerror(), 5); }
  addEventListener(kind, hear) { this.heard[kind] = hear; }
  close() {}
};";

#[test]
fn without_a_stream_the_list_is_asked_for_again_and_again() {
    let Some(mut visit) = Visit::start("without_a_stream_the_list_is_asked_for_again_and_again", &[]) else { return };
    let alice = visit.account("user");
    let cookies = visit.signed_in(&alice);
    let tab = visit.browser.tab_beside(&cookies);
    visit.browser.at_the_beginning(&tab, NO_STREAM);
    visit.open(&tab, "/sessions");
    visit.browser.wait(&tab, "that it asks", "every('[data-state=poll]').length");
    visit.create(&alice, "asked-for");
    visit.shows(&tab, &["asked-for"]);
    // While nothing answers it says so, and does not say now this, now that.
    visit.browser.value(
        &tab,
        "(() => { window.answers = window.fetch; window.fetch = () => Promise.reject(new Error('away')); window.told = [];
           new MutationObserver(() => told.push(every('[data-link]')[0].dataset.state)).observe(every('[data-link]')[0], { attributes: true }); })()",
    );
    visit.browser.wait(&tab, "that it is lost", "every('[data-state=lost]').length");
    std::thread::sleep(Duration::from_secs(11));
    assert_eq!(visit.browser.value(&tab, "told"), serde_json::json!(["lost"]));
    visit.browser.value(&tab, "(() => { window.fetch = window.answers; })()");
    visit.browser.wait(&tab, "that it asks again", "every('[data-state=poll]').length");
    // What the server refuses is said for as long as it holds.
    visit.browser.value(&tab, "(() => { window.streams.length = 0; window.through = true; })()");
    visit.browser.wait(&tab, "a stream", "streams.length");
    visit.browser.value(
        &tab,
        "(() => { const stream = streams[streams.length - 1];
           const list = new URLSearchParams(stream.url.split('?')[1]).get('list').split(':')[0];
           stream.heard.refused({ data: JSON.stringify({ list, reason: 'Not any more' }) }); })()",
    );
    visit.browser.wait(
        &tab,
        "what is said",
        "text(every('[data-state=refused]')[0] || document.body) === 'Not any more'",
    );
}

#[test]
fn the_page_of_one_session_is_alive_too() {
    let Some(mut visit) = Visit::start("the_page_of_one_session_is_alive_too", &[]) else { return };
    let alice = visit.account("user");
    let id = visit.create(&alice, "alone");
    visit.create(&alice, "taken");
    visit.wait_running(&alice, &["alone", "taken"]);
    let tab = visit.signed_in(&alice);
    visit.open(&tab, &format!("/sessions/{id}"));
    let browser = &mut visit.browser;
    browser.wait(&tab, "its state", "text(all('#session .chip')[0]) === 'Running'");
    let rename = |browser: &mut rollcall_testkit::browser::Browser, name: &str| {
        browser.click(&tab, "rename", "all('#session summary')[0]");
        browser.wait(&tab, "the field", "(() => { const field = all('#new-name')[0]; if (field) { field.focus(); field.select(); } return field; })()");
        browser.type_text(&tab, name);
        browser.press(&tab, "Enter");
    };
    rename(browser, "taken");
    browser.wait(
        &tab,
        "why not",
        "text(all('#session .note.bad')[0] || document.body).includes('taken') || every('#session .note.bad').length",
    );
    assert_eq!(browser.value(&tab, "every('[data-close-drawer]').length"), 0, "it stays a page");
    rename(browser, "renamed");
    browser.wait(&tab, "its new name", "text(all('#session h2')[0]) === 'renamed'");
    assert_eq!(browser.value(&tab, "every('[data-close-drawer]').length"), 0);
    browser.screenshot(&tab, "own-page");
    browser.value(&tab, "(() => { document.activeElement.blur(); window.same = true; })()");
    visit.end(&alice, "renamed");
    let browser = &mut visit.browser;
    browser.wait(&tab, "its end", "text(all('#session .chip')[0]) === 'Ended'");
    assert_eq!(browser.value(&tab, "window.same"), true, "without a reload");
    // Without scripts the reason is told as well.
    let agent = crate::harness::web::Plain::new(&visit.up.console());
    agent.post("/sign-in", &[("mode", "email"), ("email", &alice.email), ("password", &alice.password)]);
    let refused = agent.post(&format!("/sessions/{id}/extend"), &[("place", "session")]);
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert!(refused.body.contains(&format!("href=\"/sessions/{id}\"")));
    // Where only forms go there is no page: one is led to the one above.
    for (path, above) in [("/sign-in", "/"), ("/account/password", "/account"), ("/views", "/")] {
        let led = agent.get(path);
        assert_eq!((led.status, led.location.as_deref()), (303, Some(above)), "{path}");
    }
}
