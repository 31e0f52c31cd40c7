//! A session's life by the mouse alone: launched, seen to run, used, read, extended, ended, found under finished.

use super::{Visit, wait_for};

#[test]
fn a_session_is_launched_used_and_ended_without_a_reload() {
    let Some(mut visit) = Visit::start("a_session_is_launched_used_and_ended_without_a_reload", &[]) else { return };
    let alice = visit.account("user");
    let tab = visit.signed_in(&alice);
    let browser = &mut visit.browser;
    browser.value(&tab, "window.stayed = true");
    // Refused at the field, nothing lost.
    browser.click(&tab, "launch", "all('#launch')[0]");
    browser.click(&tab, "the name", "all('#name')[0]");
    browser.type_text(&tab, "-bad-");
    browser.click(&tab, "start", "all('#dialog button.main')[0]");
    browser.wait(&tab, "the refusal at the name", "all('#name-wrong').length");
    assert_eq!(browser.value(&tab, "every('#name')[0].value"), "-bad-");
    browser.value(&tab, "every('#name')[0].value = ''");
    browser.click(&tab, "the name", "all('#name')[0]");
    browser.type_text(&tab, "by-hand");
    browser.screenshot(&tab, "launch");
    browser.click(&tab, "start", "all('#dialog button.main')[0]");
    browser.wait(&tab, "the row before the dialog is closed", "document.querySelector('tr[data-name=by-hand]')");
    browser.wait(&tab, "the end of the dialog", "!document.querySelector('dialog[open]')");
    browser.wait(&tab, "running", "text(every('tr[data-name=by-hand] .chip')[0]) === 'Running'");
    let quota = "[...document.querySelectorAll('#quotas .quota')].map((quota) => text(quota)).join('; ')";
    browser.wait(&tab, "the quota", &format!("/Sessions\\s*1 \\/ 30/.test({quota})"));
    browser.wait(
        &tab,
        "of which project",
        "/^default\\s+\\d\\d:\\d\\d:\\d\\d$/.test(text(all('#quotas .quota-of')[0]))",
    );

    // The terminal.
    browser.click(&tab, "terminal", "all('tr[data-name=by-hand] a[title=\"Open the terminal\"]')[0]");
    let terminal = browser.opened("/terminal");
    browser.wait(&terminal, "the prompt", "(every('.xterm-rows')[0] || {innerText: ''}).innerText.includes('$')");
    browser.click(&terminal, "the terminal", "all('.xterm')[0]");
    browser.type_text(&terminal, "echo $((6*7))-answer");
    browser.press(&terminal, "Enter");
    browser.wait(&terminal, "the answer", "every('.xterm-rows')[0].innerText.includes('42-answer')");
    browser.screenshot(&terminal, "terminal");
    // Its colours are those of the console's pages, also when they change.
    let drawn_on = |colour: &str| {
        let elements = "[document.body, ...document.querySelectorAll('.xterm *')]";
        format!("{elements}.filter((element) => getComputedStyle(element).backgroundColor === '{colour}').length > 1")
    };
    browser.wait(&terminal, "light", &drawn_on("rgb(255, 255, 255)"));
    browser.value(&tab, "document.querySelector('[data-theme-switch]').click()");
    browser.wait(&terminal, "dark", &drawn_on("rgb(17, 21, 26)"));
    browser.value(&tab, "document.querySelector('[data-theme-switch]').click()");
    browser.close(&terminal);
    browser.focus(&tab);

    // The drawer, and the log.
    browser.click(&tab, "the name", "all('tr[data-name=by-hand] a.name')[0]");
    browser.wait(&tab, "the drawer", "all('#session-detail').length");
    browser.wait(&tab, "the history", "every('.timeline li').length >= 4");
    assert!(browser.value(&tab, "location.search").as_str().unwrap().contains("open="));
    browser.press(&tab, "Escape");
    browser.wait(&tab, "no drawer", "!document.querySelector('#session-detail')");
    assert_eq!(browser.value(&tab, "location.search"), "");
    assert_eq!(browser.value(&tab, "window.stayed"), true);

    // Ending: the dialog names it, and tells what the server said.
    browser.click(&tab, "terminate", "all('tr[data-name=by-hand] a[title=Terminate]')[0]");
    browser.wait(
        &tab,
        "its name and owner",
        &format!("text(all('#dialog')[0]).includes('by-hand') && text(all('#dialog')[0]).includes('{}')", alice.email),
    );
    browser.screenshot(&tab, "terminate");
    browser.click(&tab, "do it", "all('#dialog button.bad')[0]");
    browser.wait(&tab, "what came of it", "every('#dialog [data-done] .chip.good').length");
    browser.click(&tab, "close", "all('#dialog .dialog-foot [data-close]')[0]");
    browser.wait(&tab, "it is gone", "!document.querySelector('tr[data-name=by-hand]:not(.gone)')");
    browser.click(&tab, "finished", "all('nav.tabs a')[1]");
    browser.wait(&tab, "it is here", "text(every('tr[data-name=by-hand] .chip')[0] || document.body) === 'Ended'");
    assert_eq!(browser.value(&tab, "window.stayed"), true);
    visit.was_clean(&tab);
}

#[test]
fn logs_follow_and_are_searched() {
    let Some(mut visit) = Visit::start("logs_follow_and_are_searched", &[]) else { return };
    let alice = visit.account("user");
    let command = "for i in $(seq 1 200); do echo line $i; sleep 0.05; done; printf '\\033[31m<b>red</b>\\033[0m\\n'";
    let id = visit.create_with(&alice, "printer", &serde_json::json!({"type": "batch", "startupCommand": command}));
    let tab = visit.signed_in(&alice);
    visit.open(&tab, &format!("/sessions/{id}/logs"));
    let browser = &mut visit.browser;
    browser.wait(&tab, "the first lines", "text(every('[data-text]')[0]).includes('line 1\\n')");
    browser.wait(&tab, "the last lines", "text(every('[data-text]')[0]).includes('line 200\\n<b>red</b>')");
    assert_eq!(browser.value(&tab, "document.querySelectorAll('[data-text] b').length"), 0);
    assert_eq!(browser.value(&tab, "text(every('[data-text]')[0]).includes('[31m')"), false);
    browser.wait(&tab, "its end in view", "(() => { const log = every('[data-text]')[0]; return log.scrollHeight - log.scrollTop - log.clientHeight < 8; })()");
    browser.click(&tab, "find", "all('[data-find]')[0]");
    browser.type_text(&tab, "line 15");
    browser.wait(&tab, "what is found", "text(every('[data-found]')[0]) === '1 / 11'");
    browser.screenshot(&tab, "logs");
    // Once more from the start, all of it.
    let script = format!("fetch('/sessions/{id}/logs.txt').then((answer) => answer.text())");
    let whole = browser.value(&tab, &script);
    assert!(whole.as_str().unwrap().starts_with("line 1\r\n"));
    visit.was_clean(&tab);
}

#[test]
fn a_session_is_extended_within_its_policy() {
    let Some(mut visit) = Visit::start("a_session_is_extended_within_its_policy", &[]) else { return };
    let [root, alice] = ["superadmin", "user"].map(|role| visit.account(role));
    visit.up.rollcall_ok(
        &root,
        &["admin", "policy", "change", "default", "--max-lifetime", "600s", "--max-extension", "300s"],
    );
    visit.create(&alice, "short");
    let tab = visit.signed_in(&alice);
    let browser = &mut visit.browser;
    browser.wait(&tab, "running", "text(every('tr[data-name=short] .chip')[0] || document.body) === 'Running'");
    browser.click(&tab, "the name", "all('tr[data-name=short] a.name')[0]");
    browser.wait(&tab, "what is left", "/Its lifetime ends in\\s+9m/.test(text(all('#drawer')[0]))");
    browser.screenshot(&tab, "extend");
    browser.click(&tab, "extend", "all('#drawer form.note button')[0]");
    browser.wait(&tab, "more time", "/Its lifetime ends in\\s+14m/.test(text(all('#drawer')[0]))");
    // Nothing more is allowed, so nothing more is offered.
    browser.wait(&tab, "no button", "!document.querySelector('#drawer form.note button')");
    visit.was_clean(&tab);
    wait_for("the API says so too", || {
        let row = &visit.listed(&alice, "tab=running")["items"][0];
        (row["remaining"]["seconds"].as_i64()? > 800 && row["remaining"]["extendable_seconds"] == 0).then_some(())
    });
}

#[test]
fn several_terminals_side_by_side() {
    let Some(mut visit) = Visit::start("several_terminals_side_by_side", &[]) else { return };
    let alice = visit.account("user");
    let ids = [visit.create(&alice, "left"), visit.create(&alice, "right")];
    visit.wait_running(&alice, &["left", "right"]);
    let tab = visit.signed_in(&alice);
    for name in ["left", "right"] {
        visit.browser.click(&tab, name, &format!("all('tr[data-name={name}] [data-mark]')[0]"));
    }
    visit.browser.value(&tab, "document.activeElement.blur()");
    visit.browser.press(&tab, "t");
    visit.browser.wait(&tab, "both frames", "every('iframe').length === 2");
    let prompts = "every('iframe').every((frame) => { const rows = frame.contentDocument && frame.contentDocument.querySelector('.xterm-rows'); return rows && rows.innerText.includes('$'); })";
    visit.browser.wait(&tab, "both prompts", prompts);
    visit.browser.screenshot(&tab, "terminals");
    let titles = visit.browser.value(&tab, "every('iframe').map((frame) => frame.title).sort().join()");
    assert_eq!(titles, "Terminal of left,Terminal of right");
    assert_eq!(ids.len(), 2);
    visit.was_clean(&tab);
}

#[test]
fn what_a_session_uses_is_drawn() {
    let Some(mut visit) = Visit::start("what_a_session_uses_is_drawn", &[]) else { return };
    let alice = visit.account("user");
    let busy = serde_json::json!({"type": "batch", "startupCommand": "while :; do :; done"});
    visit.create_with(&alice, "busy", &busy);
    let tab = visit.signed_in(&alice);
    visit.browser.wait(&tab, "cores in use", "/CPU (0\\.\\d+|1(\\.\\d+)?) of 1/.test(text(every('td.c-usage')[0]))");
    visit.browser.wait(&tab, "its curve", "document.querySelectorAll('svg.spark polyline').length");
    wait_for("two points of its use", || {
        let rows = visit.listed(&alice, "tab=running");
        (rows["items"][0]["usage"]["recent"]["cpu"].as_array()?.len() >= 2).then_some(())
    });
    visit.browser.click(&tab, "the name", "all('tr[data-name=busy] a.name')[0]");
    visit.browser.wait(&tab, "both charts", "document.querySelectorAll('#drawer .uplot canvas').length === 2");
    // They stay when the drawer is told something new.
    visit.up.rollcall_ok(&alice, &["rename", "busy", "drawn-anew"]);
    visit.browser.wait(&tab, "its new name", "text(all('#drawer h2')[0]) === 'drawn-anew'");
    assert_eq!(visit.browser.value(&tab, "document.querySelectorAll('#drawer .uplot canvas').length"), 2);
    visit.browser.screenshot(&tab, "charts");
    visit.was_clean(&tab);
}
