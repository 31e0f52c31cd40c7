//! Everything once more by the keyboard alone.

use super::Visit;

#[test]
fn the_keyboard_alone_is_enough() {
    let Some(mut visit) = Visit::start("the_keyboard_alone_is_enough", &[]) else { return };
    let alice = visit.account("user");
    let tab = visit.browser.tab();
    visit.open(&tab, "/");
    let browser = &mut visit.browser;
    browser.wait(&tab, "the form", "all('#email').length");
    // From the top of the page to the field.
    tab_to(browser, &tab, "email");
    browser.type_text(&tab, &alice.email);
    browser.press(&tab, "Tab");
    browser.type_text(&tab, &alice.password);
    browser.press(&tab, "Enter");
    visit.is_live(&tab);
    let browser = &mut visit.browser;
    browser.press(&tab, "?");
    browser.wait(&tab, "the keys", "all('#keys[open]').length");
    browser.press(&tab, "Escape");
    browser.wait(&tab, "no keys", "!document.querySelector('dialog[open]')");
    // Launch.
    browser.press(&tab, "n");
    browser.wait(&tab, "the dialog", "all('#dialog[open] #name').length");
    tab_to(browser, &tab, "name");
    browser.type_text(&tab, "typed");
    browser.press(&tab, "Enter");
    browser.wait(&tab, "running", "text(every('tr[data-name=typed] .chip')[0] || document.body) === 'Running'");
    browser.wait(&tab, "no dialog", "!document.querySelector('dialog[open]')");
    visit.create(&alice, "other");
    let browser = &mut visit.browser;
    browser.wait(&tab, "both", "every('[data-rows] > tr').length === 2");
    // Moves, opens, closes; the focus comes back to the row.
    browser.value(&tab, "document.activeElement.blur()");
    browser.value(&tab, "(document.querySelector('tr.at') || {classList: {remove() {}}}).classList.remove('at')");
    browser.press(&tab, "j");
    assert_eq!(browser.value(&tab, "every('tr.at')[0].dataset.name"), "other");
    browser.press(&tab, "j");
    assert_eq!(browser.value(&tab, "every('tr.at')[0].dataset.name"), "typed");
    browser.press(&tab, "Enter");
    browser.wait(&tab, "the drawer", "text(every('#session-detail h2')[0] || document.body) === 'typed'");
    browser.press(&tab, "Escape");
    browser.wait(&tab, "no drawer", "!document.querySelector('#session-detail')");
    assert_eq!(browser.value(&tab, "document.activeElement.closest('tr').dataset.name"), "typed");
    // Search, and back out of it.
    browser.press(&tab, "/");
    assert_eq!(browser.value(&tab, "document.activeElement.id"), "q");
    browser.type_text(&tab, "typed");
    browser.press(&tab, "Enter");
    browser.wait(&tab, "what is found", "every('[data-rows] > tr').length === 1");
    browser.press(&tab, "Escape");
    // Mark, end, confirm.
    browser.press(&tab, "j");
    browser.press(&tab, "x");
    browser.wait(&tab, "a mark", "text(all('[data-marked]')[0]) === '1 marked'");
    browser.press(&tab, "#");
    browser.wait(&tab, "the dialog", "all('#dialog[open] button.bad').length");
    // The safe choice has the focus; the other is one step away.
    assert_eq!(browser.value(&tab, "text(document.activeElement)"), "Cancel");
    browser.press(&tab, "Tab");
    browser.press(&tab, "Enter");
    browser.wait(&tab, "what came of it", "every('#dialog [data-done] .chip.good').length");
    browser.press(&tab, "Escape");
    browser.wait(&tab, "nothing is left", "!document.querySelector('[data-rows] > tr:not(.gone)')");
    // And the log.
    visit.open(&tab, "/sessions?tab=finished");
    visit.is_live(&tab);
    let browser = &mut visit.browser;
    browser.press(&tab, "j");
    browser.press(&tab, "l");
    browser.wait(&tab, "the log", "all('[data-log]').length");
    visit.was_clean(&tab);
}

/// Presses Tab until this element has the focus.
fn tab_to(browser: &mut rollcall_testkit::browser::Browser, tab: &rollcall_testkit::browser::Tab, id: &str) {
    for _ in 0..60 {
        if browser.value(tab, "document.activeElement.id") == id {
            return;
        }
        browser.press(tab, "Tab");
    }
    panic!("`{id}` is not reached by the Tab key");
}
