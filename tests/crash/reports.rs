//! The part of the mix that reports errors, marks the reports as read, and clears them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::Up;
use crate::harness::signed::request;
use crate::ledger::MayBe;
use crate::mix::Worker;

const NEW: &str = "new";
const READ: &str = "read";
/// What it was before goes in front.
const CLEARED: &str = " cleared";
/// Of each person the newest 500 are kept: older ones are not asked for.
const REMEMBERED: usize = 300;

impl Worker {
    /// Adds a report, or changes one.
    pub(crate) fn report(&mut self, up: &Up) {
        match self.dice.below(3) {
            0 => self.mark_report(up),
            1 => self.clear_report(up),
            _ => self.add_report(up),
        }
    }

    fn add_report(&mut self, up: &Up) {
        let name = self.fresh("log");
        let mut fact = MayBe::surely("absent");
        fact.or(NEW);
        self.ledger.reports.insert(name.clone(), fact);
        let body = json!({"severity": "error", "source": "crash", "message": name, "context_lang": "text",
            "context_env": "{}"});
        let Some(answer) = request(up, &self.user, "POST", "/logs/error", Some(&body)) else { return };
        assert!(answer.succeeded(), "{name}: {} {}", answer.status, answer.json);
        self.reported("report an error", &name, NEW);
    }

    /// Reading a page is what marks it.
    fn mark_report(&mut self, up: &Up) {
        let target = format!("/logs/error?page_size=1&page_no={}", 1 + self.dice.below(4));
        let Some(page) = request(up, &self.user, "GET", &target, None) else { return };
        let Some(name) = page.json["logs"][0]["message"].as_str().map(str::to_owned) else { return };
        // Nobody else adds to the list or takes from it.
        let Some(fact) = self.ledger.reports.get_mut(&name).filter(|fact| fact.known() == Some(NEW)) else { return };
        fact.or(READ);
        let Some(page) = request(up, &self.user, "GET", &format!("{target}&mark_read=true"), None) else { return };
        assert_eq!(page.json["logs"][0]["message"], name.as_str(), "{}", page.json);
        self.reported("mark an error as read", &name, READ);
    }

    fn clear_report(&mut self, up: &Up) {
        let Some(page) = request(up, &self.user, "GET", "/logs/error?page_size=100", None) else { return };
        let Some(row) = page.json["logs"].as_array().and_then(|rows| self.dice.one(rows)).cloned() else { return };
        let (Some(name), Some(id)) = (row["message"].as_str(), row["log_id"].as_str()) else { return };
        let Some(fact) = self.ledger.reports.get_mut(name) else { return };
        let Some(to) = fact.known().map(|now| format!("{now}{CLEARED}")) else { return };
        fact.or(&to);
        let Some(answer) = request(up, &self.user, "POST", &format!("/logs/error/{id}/clear"), None) else { return };
        assert!(answer.succeeded(), "{name}: {} {}", answer.status, answer.json);
        self.reported("clear an error", name, &to);
    }

    fn reported(&mut self, what: &'static str, name: &str, state: &str) {
        self.ledger.reports.get_mut(name).unwrap().is(state);
        self.ledger.acknowledged(what);
    }
}

/// The reports are as the person left them; administrators see what was cleared too.
pub(crate) fn judge(up: &Up, worker: &mut Worker) {
    let found = found(up, worker);
    for (name, fact) in &mut worker.ledger.reports {
        fact.found(name, found.get(name).map_or("absent", String::as_str));
    }
    while worker.ledger.reports.len() > REMEMBERED {
        worker.ledger.reports.pop_first();
    }
}

fn found(up: &Up, worker: &Worker) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for page in 1.. {
        let target = format!("/logs/error?page_size=100&page_no={page}");
        let logs = request(up, &worker.admin, "GET", &target, None).expect("an answer").json;
        let rows = logs["logs"].as_array().expect("a page of reports");
        for row in rows {
            let twice = found.insert(row["message"].as_str().unwrap().to_owned(), state(row));
            assert_eq!(twice, None, "a report is there twice: {row}");
        }
        if rows.len() < 100 {
            break;
        }
    }
    found
}

fn state(row: &Value) -> String {
    let word = if row["is_read"] == true { READ } else { NEW };
    format!("{word}{}", if row["is_cleared"] == true { CLEARED } else { "" })
}
