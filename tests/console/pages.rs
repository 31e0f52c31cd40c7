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
