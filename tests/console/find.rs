//! Finding sessions: search, order, pages, columns, saved views; bulk ending; export.

use serde_json::{Value, json};

use super::Visit;
use crate::harness::signed::request;
use crate::harness::wait_for;

#[test]
fn the_list_is_searched_sorted_and_turned() {
    let Some(mut visit) = Visit::start("the_list_is_searched_sorted_and_turned", &[]) else { return };
    let alice = visit.account("user");
    let names = ["alpha", "beta", "gamma", "delta"];
    for name in &names {
        visit.create(&alice, name);
    }
    visit.wait_running(&alice, &names);
    let tab = visit.signed_in(&alice);
    // By a head, then the other way round.
    visit.browser.click(&tab, "the head", "all('th.c-session a')[0]");
    visit.shows(&tab, &["alpha", "beta", "delta", "gamma"]);
    visit.browser.click(&tab, "the head again", "all('th.c-session a')[0]");
    visit.shows(&tab, &["gamma", "delta", "beta", "alpha"]);
    assert_eq!(visit.browser.value(&tab, "every('th.c-session')[0].getAttribute('aria-sort')"), "descending");
    // Plain words.
    visit.browser.click(&tab, "the search", "all('#q')[0]");
    visit.browser.type_text(&tab, "ta");
    visit.browser.press(&tab, "Enter");
    visit.shows(&tab, &["delta", "beta"]);
    assert!(visit.browser.value(&tab, "location.search").as_str().unwrap().contains("q=ta"));
    // Reloaded, the same.
    let address = visit.browser.value(&tab, "location.pathname + location.search");
    visit.open(&tab, address.as_str().unwrap());
    visit.is_live(&tab);
    visit.shows(&tab, &["delta", "beta"]);
    // Changes follow the search.
    visit.create(&alice, "eta-new");
    visit.shows(&tab, &["eta-new", "delta", "beta"]);
    // A filter with hints, by the keyboard.
    visit.browser.value(&tab, "every('#q')[0].value = ''");
    visit.browser.click(&tab, "the search", "all('#q')[0]");
    visit.browser.type_text(&tab, "stat");
    visit.browser.wait(&tab, "hints", "all('#hints li').length");
    visit.browser.screenshot(&tab, "hints");
    visit.browser.press(&tab, "ArrowDown");
    visit.browser.press(&tab, "Enter");
    visit.browser.wait(&tab, "the field", "every('#q')[0].value === 'status '");
    visit.browser.type_text(&tab, "== \"PEN");
    visit.browser.wait(&tab, "the value", "text(all('#hints li')[0]).includes('PENDING')");
    visit.browser.press(&tab, "ArrowDown");
    visit.browser.press(&tab, "Enter");
    visit.browser.wait(&tab, "the value", "every('#q')[0].value === 'status == \"PENDING\"'");
    visit.browser.press(&tab, "Enter");
    visit.browser.wait(
        &tab,
        "nothing matches",
        "all('[data-empty]').length && text(all('[data-empty]')[0]).includes('No session matches')",
    );
    // What is no filter is said at the box.
    visit.open(&tab, "/sessions?q=name+%3D%3D");
    visit.browser.wait(&tab, "why not", "all('.note.bad').length");
    // A few rows a page.
    visit.open(&tab, "/sessions?size=5&order=name&tab=running");
    visit.is_live(&tab);
    visit.create(&alice, "zeta");
    visit.browser.wait(&tab, "two pages", "text(all('[data-pager]')[0]).includes('1–5 of 6')");
    visit.browser.click(&tab, "the next page", "all('[data-pager] a[rel=next]')[0]");
    visit.shows(&tab, &["zeta"]);
    assert_eq!(visit.browser.value(&tab, "text(every('td.c-number')[0])"), "6");
    visit.was_clean(&tab);
}

#[test]
fn columns_and_views_are_kept_with_the_person() {
    let Some(mut visit) = Visit::start("columns_and_views_are_kept_with_the_person", &[]) else { return };
    let alice = visit.account("user");
    visit.create(&alice, "mine");
    let tab = visit.signed_in(&alice);
    visit.open(&tab, "/sessions?q=mine&order=name");
    visit.is_live(&tab);
    let browser = &mut visit.browser;
    browser.click(&tab, "columns", "all('summary[aria-label^=Columns]')[0]");
    browser.click(&tab, "usage away", "all('input[name=column][value=usage]')[0]");
    browser.click(
        &tab,
        "status up",
        "all('input[name=column][value=status]')[0].closest('.choice').querySelector('[data-move=up]')",
    );
    browser.screenshot(&tab, "columns");
    browser.click(&tab, "apply", "all('button[value=columns]')[0]");
    browser.wait(&tab, "the columns", "[...document.querySelectorAll('#sessions th')].map((head) => head.className).join(' ') === 'c-mark  c-status c-session c-controls c-configuration c-reservation'");
    browser.click(&tab, "views", "all('summary[aria-label=\"Saved views\"]')[0]");
    browser.click(&tab, "its name", "all('#view-name')[0]");
    browser.type_text(&tab, "<b>my</b> view");
    browser.click(&tab, "save", "all('button[value=save]')[0]");
    browser.wait(&tab, "the page again", "document.readyState === 'complete' && every('.sheet a.iso').length");
    // From another browser, the same person.
    let other = visit.signed_in(&alice);
    let browser = &mut visit.browser;
    assert_eq!(browser.value(&other, "document.querySelectorAll('th.c-usage').length"), 0);
    browser.click(&other, "views", "all('summary[aria-label=\"Saved views\"]')[0]");
    browser.wait(&other, "the view as text", "text(every('.sheet a.iso')[0]) === '<b>my</b> view'");
    browser.click(&other, "the view", "all('.sheet a.iso')[0]");
    browser.wait(&other, "its search", "every('#q')[0].value === 'mine' && location.search.includes('order=name')");
    // Another name, in the other tab.
    browser.click(&tab, "views", "all('summary[aria-label=\"Saved views\"]')[0]");
    browser.click(&tab, "rename", "all('summary[aria-label^=\"Rename the view\"]')[0]");
    browser.wait(
        &tab,
        "its name",
        "(() => { const to = all('input[name=to]')[0]; if (to) to.select(); return to; })()",
    );
    browser.click(&tab, "the name", "all('input[name=to]')[0]");
    browser.value(&tab, "document.activeElement.setSelectionRange(99, 99)");
    browser.type_text(&tab, "!");
    browser.screenshot(&tab, "views");
    browser.click(&tab, "save", "all('button[value=rename]')[0]");
    browser.wait(
        &tab,
        "the new name",
        "(every('.sheet a.iso')[0] || document.body).textContent.trim() === '<b>my</b> view!'",
    );
    // Columns of this address alone; what is kept stays.
    browser.click(&tab, "columns", "all('summary[aria-label^=Columns]')[0]");
    browser.click(&tab, "status away", "all('input[name=column][value=status]')[0]");
    browser.click(&tab, "here", "all('button[formaction]')[0]");
    browser.wait(&tab, "no status", "location.search.includes('cols=') || location.search.includes('column=')");
    browser.wait(&tab, "its columns", "every('#sessions').length && !every('th.c-status').length");
    assert_eq!(browser.value(&tab, "every('#q')[0].value"), "mine");
    visit.open(&tab, "/sessions");
    visit.is_live(&tab);
    assert_eq!(visit.browser.value(&tab, "every('th.c-status').length"), 1);
    // More than fit are refused, and none is lost.
    let many: serde_json::Map<String, Value> = (1..40).map(|number| (format!("view {number:02}"), json!(""))).collect();
    let patch = json!({"console": {"views": many}});
    let set = request(&visit.up, &alice, "PATCH", "/v1/preferences", Some(&patch)).unwrap();
    assert!(set.succeeded(), "{}", set.json);
    let browser = &mut visit.browser;
    browser.click(&tab, "views", "all('summary[aria-label=\"Saved views\"]')[0]");
    browser.click(&tab, "its name", "all('#view-name')[0]");
    browser.type_text(&tab, "one more");
    browser.press(&tab, "Enter");
    browser.wait(&tab, "why not", "text(all('.note.bad')[0] || document.body).startsWith('40 views')");
    let kept = request(&visit.up, &alice, "GET", "/v1/preferences", None).unwrap().json;
    assert_eq!(kept["console"]["views"].as_object().unwrap().len(), 40);
    visit.was_clean(&other);
}

#[test]
fn marks_hold_over_pages() {
    let Some(mut visit) = Visit::start("marks_hold_over_pages", &[]) else { return };
    let alice = visit.account("user");
    let names = ["a", "b", "c", "d", "e", "f"].map(|letter| format!("mark-{letter}"));
    for name in &names {
        visit.create(&alice, name);
    }
    let names = names.each_ref().map(String::as_str);
    visit.wait_running(&alice, &names);
    let tab = visit.signed_in(&alice);
    visit.open(&tab, "/sessions?size=5&order=name");
    visit.is_live(&tab);
    let browser = &mut visit.browser;
    browser.click(&tab, "the first", "all('tr[data-name=mark-a] [data-mark]')[0]");
    browser.click(&tab, "on", "all('#page-after')[0]");
    visit.shows(&tab, &["mark-f"]);
    let browser = &mut visit.browser;
    browser.click(&tab, "the last", "all('tr[data-name=mark-f] [data-mark]')[0]");
    browser.wait(&tab, "both", "text(all('[data-marked]')[0]) === '2 marked, 1 of them not on this page'");
    browser.screenshot(&tab, "marks");
    let terminals = browser.value(&tab, "all('.marked a[href^=\"/terminals\"]')[0].search.split('&').length");
    assert_eq!(terminals, 2);
    browser.click(&tab, "end them", "all('a[data-with-marks][data-dialog]')[0]");
    browser.wait(&tab, "both names", "every('#dialog .victims li').length === 2");
    // One of them ends meanwhile, by somebody else's hand.
    visit.end(&alice, "mark-f");
    wait_for("its end", || {
        let finished = visit.listed(&alice, "tab=finished");
        (finished["items"].as_array().unwrap().len() == 1).then_some(())
    });
    let browser = &mut visit.browser;
    browser.click(&tab, "do it", "all('#dialog button.bad')[0]");
    browser.wait(&tab, "one ended", "every('#dialog [data-done] .chip.good').length === 1");
    browser.wait(&tab, "one not, and why", "every('#dialog li:not([data-done]) .chip.bad').length === 1");
    browser.screenshot(&tab, "marks-done");
    browser.press(&tab, "Escape");
    // What was not confirmed stays marked.
    browser.wait(&tab, "one mark", "text(all('[data-marked]')[0]) === '1 marked, 1 of them not on this page'");
    browser.click(&tab, "unmark", "all('[data-unmark]')[0]");
    browser.wait(&tab, "none", "all('.marked').length === 0");
}

#[test]
fn marked_sessions_are_ended_together_and_what_is_found_is_exported() {
    let Some(mut visit) = Visit::start("marked_sessions_are_ended_together_and_what_is_found_is_exported", &[]) else {
        return;
    };
    let alice = visit.account("user");
    for name in ["one-a", "one-b", "two-a"] {
        visit.create(&alice, name);
    }
    visit.wait_running(&alice, &["one-a", "one-b", "two-a"]);
    let tab = visit.signed_in(&alice);
    let csv = visit.browser.value(&tab, "fetch('/export.csv?q=one').then((answer) => answer.text())");
    let csv = csv.as_str().unwrap();
    assert_eq!((csv.lines().count(), csv.contains("one-a"), csv.contains("two-a")), (3, true, false), "{csv}");
    let json = visit.browser.value(&tab, "fetch('/export.json?q=one').then((answer) => answer.text())");
    let rows: Vec<Value> = json.as_str().unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 2);
    let browser = &mut visit.browser;
    for name in ["one-a", "one-b"] {
        browser.click(&tab, name, &format!("all('tr[data-name={name}] [data-mark]')[0]"));
    }
    browser.wait(&tab, "how many", "text(all('[data-marked]')[0]) === '2 marked'");
    // Marks outlive changes of the list.
    visit.create(&alice, "two-b");
    visit.browser.wait(&tab, "another row", "document.querySelector('tr[data-name=two-b]')");
    let browser = &mut visit.browser;
    assert_eq!(browser.value(&tab, "every('[data-mark]').filter((box) => box.checked).length"), 2);
    browser.click(&tab, "end them", "all('a[data-with-marks][data-dialog]')[0]");
    browser.wait(
        &tab,
        "both names",
        "every('#dialog .victims li').length === 2 && text(all('#dialog h2')[0]) === 'Terminate 2 sessions?'",
    );
    browser.screenshot(&tab, "bulk");
    browser.click(&tab, "do it", "all('#dialog button.bad')[0]");
    browser.wait(&tab, "a result for each", "every('#dialog [data-done] .chip.good').length === 2");
    browser.press(&tab, "Escape");
    browser.wait(&tab, "the others alone", "document.querySelectorAll('[data-rows] > tr:not(.gone)').length === 2");
    browser.wait(&tab, "no marks", "all('.marked').length === 0");
    visit.was_clean(&tab);
}
