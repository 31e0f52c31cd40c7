//! The part of the mix that changes the whole server: its announcement, and freezing.

use serde_json::{Value, json};

use crate::harness::Up;
use crate::harness::signed::request;
use crate::ledger::MayBe;
use crate::mix::Worker;

const RUNNING: &str = "running";
const FROZEN: &str = "frozen";

impl Worker {
    /// Everybody sees another announcement, or none. One worker's alone: there is one for all.
    pub(crate) fn announce(&mut self, up: &Up) {
        let message = if self.dice.below(3) == 0 { String::new() } else { self.fresh("news") };
        let body = json!({"enabled": !message.is_empty(), "message": message});
        self.ledger.announcement.or(&message);
        let Some(answer) = request(up, &self.root, "POST", "/manager/announcement", Some(&body)) else { return };
        assert!(answer.succeeded(), "announcement: {} {}", answer.status, answer.json);
        self.ledger.announcement.is(&message);
        self.ledger.acknowledged("announce");
    }

    /// Nothing may be created while the server is frozen. The others wait meanwhile: they would be refused.
    pub(crate) fn freeze_and_thaw(&mut self, up: &Up) {
        if !self.set_status(up, FROZEN) {
            return;
        }
        let name = self.fresh("s");
        let body = json!({"name": name, "image": "bash", "config": {"resources": {"cpu": "1", "mem": "128m"}}});
        let Some(refused) = request(up, &self.user, "POST", "/session", Some(&body)) else { return };
        assert_eq!(refused.status, 503, "{}", refused.json);
        self.ledger.acknowledged("freeze");
        if self.set_status(up, RUNNING) {
            self.ledger.acknowledged("thaw");
        }
    }

    fn set_status(&mut self, up: &Up, status: &str) -> bool {
        self.ledger.status.or(status);
        let Some(answer) = request(up, &self.root, "PUT", "/manager/status", Some(&json!({"status": status}))) else {
            return false;
        };
        assert!(answer.succeeded(), "{status}: {} {}", answer.status, answer.json);
        self.ledger.status.is(status);
        true
    }
}

/// Announcement and status are what was asked for last. A frozen server is thawed for what follows.
pub(crate) fn judge(up: &Up, worker: &mut Worker) {
    let get = |target: &str| request(up, &worker.root, "GET", target, None).expect("an answer").json;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (message, status) = (text(&get("/manager/announcement")["message"]), text(&get("/manager/status")["status"]));
    let held = |what: &str, fact: &mut MayBe, found: &str| {
        assert!(fact.admits(found), "the {what} is {found:?}, but may only be {fact:?}");
        fact.is(found);
    };
    held("announcement", &mut worker.ledger.announcement, &message);
    held("status", &mut worker.ledger.status, &status);
    if status == FROZEN {
        assert!(worker.set_status(up, RUNNING), "the server could not be thawed");
    }
}
