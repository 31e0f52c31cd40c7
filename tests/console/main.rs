//! The console's pages in a real Chromium on the real program, as each role.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access;
mod find;
#[path = "../harness/mod.rs"]
mod harness;
mod keys;
mod launch;
mod life;
mod live;
mod pages;
mod roles;

use std::sync::{Mutex, MutexGuard, PoisonError};

use harness::signed::request;
use harness::{Account, Up, wait_for};
use rollcall_testkit::browser::{Browser, Tab};
use rollcall_testkit::skip;
use serde_json::{Value, json};

/// Every row of the list: its id, then the texts of its cells.
const ROWS: &str = "[...document.querySelectorAll('[data-rows] > tr:not(.gone)')].map((row) => \
     [row.dataset.id, ...[...row.children].map((cell) => text(cell))])";
/// Names of the rows in their order.
const NAMES: &str = "[...document.querySelectorAll('[data-rows] > tr:not(.gone)')].map((row) => row.dataset.name)";

/// Two browsers and their programs at a time are all that a small machine can take.
static ONE: Mutex<()> = Mutex::new(());

/// A browser on the program, for one test at a time.
struct Visit {
    browser: Browser,
    up: Up,
    _turn: MutexGuard<'static, ()>,
}

impl Visit {
    /// Starts both, or says why there is no browser.
    fn start(test: &str, arguments: &[&str]) -> Option<Self> {
        let turn = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        match Browser::start() {
            Ok(browser) => Some(Self { browser, up: Up::start(arguments), _turn: turn }),
            Err(missing) => {
                skip::missing(test, &missing.reason, &missing.remedy);
                None
            }
        }
    }

    fn account(&self, role: &str) -> Account {
        self.up.account(role, "default").clone()
    }

    /// A tab of somebody who signs in by the form.
    fn signed_in(&mut self, account: &Account) -> Tab {
        let tab = self.browser.tab();
        self.browser.open(&tab, &self.up.console());
        self.sign_in(&tab, account);
        tab
    }

    fn sign_in(&mut self, tab: &Tab, account: &Account) {
        let browser = &mut self.browser;
        browser.click(tab, "the e-mail", "all('#email')[0]");
        browser.type_text(tab, &account.email);
        browser.click(tab, "the password", "all('#password')[0]");
        browser.type_text(tab, &account.password);
        browser.press(tab, "Enter");
        self.is_live(tab);
    }

    /// Waits until the list of the tab is followed.
    fn is_live(&mut self, tab: &Tab) {
        self.browser.wait(tab, "the list", "all('#list').length");
        self.browser.wait(tab, "the stream", "every('[data-state=live]').length");
    }

    fn open(&mut self, tab: &Tab, path: &str) {
        let address = format!("{}{path}", self.up.console());
        self.browser.open(tab, &address);
    }

    fn names(&mut self, tab: &Tab) -> Vec<String> {
        strings(&self.browser.value(tab, NAMES))
    }

    /// Waits until the list shows exactly these, in this order.
    fn shows(&mut self, tab: &Tab, names: &[&str]) {
        let mut last = Vec::new();
        for _ in 0..600 {
            last = self.names(tab);
            if last == names {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(25));
        }
        panic!("shows {last:?} instead of {names:?}");
    }

    /// Nothing went wrong in the tab, and it asked nobody else.
    fn was_clean(&mut self, tab: &Tab) {
        assert_eq!(self.browser.errors(tab), Vec::<String>::new());
        assert_eq!(self.browser.complaints(tab), Vec::<String>::new());
        let console = self.up.console();
        for asked in self.browser.requests(tab) {
            // The browser's own pictures in its fields.
            let own = asked.url.starts_with("data:") || asked.url == "about:blank";
            assert!(own || asked.url.starts_with(&console), "{asked:?}");
            assert!(asked.status.is_none_or(|status| status < 400), "{asked:?}");
        }
    }

    fn create(&self, account: &Account, name: &str) -> String {
        self.create_with(account, name, &json!({}))
    }

    fn create_with(&self, account: &Account, name: &str, more: &Value) -> String {
        let mut body = json!({"name": name, "image": "bash", "config": {"resources": {"cpu": "1", "mem": "128m"}}});
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        let answer = request(&self.up, account, "POST", "/session", Some(&body)).unwrap();
        assert_eq!(answer.status, 201, "{}", answer.json);
        answer.json["sessionId"].as_str().unwrap().to_owned()
    }

    fn end(&self, account: &Account, name: &str) {
        self.up.rollcall_ok(account, &["rm", name]);
    }

    /// The page of the list as the API gives it.
    fn listed(&self, account: &Account, query: &str) -> Value {
        request(&self.up, account, "GET", &format!("/v1/sessions?{query}"), None).unwrap().json
    }

    fn wait_running(&self, account: &Account, names: &[&str]) {
        wait_for("the sessions to run", || {
            let page = self.listed(account, "tab=running&limit=100");
            let running = |name: &&str| {
                page["items"].as_array().unwrap().iter().any(|row| row["name"] == **name && row["status"] == "RUNNING")
            };
            names.iter().all(running).then_some(())
        });
    }
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap_or_default().to_owned()).collect()
}
