//! The part of the mix that changes the whole server: its announcement, freezing, with or without the end of all
//! sessions, and which agents take new ones.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use crate::harness::Up;
use crate::harness::signed::{graphql, request};
use crate::images;
use crate::mix::Worker;

const RUNNING: &str = "running";
const FROZEN: &str = "frozen";
const TAKING: &str = "taking";
const KEPT: &str = "kept";

/// How often one worker asked for the end of all sessions, those of the others too, and how often that was
/// acknowledged.
#[derive(Debug, Default)]
pub(crate) struct EndsOfAll {
    asked: AtomicU32,
    done: AtomicU32,
}

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
        let frozen = if self.dice.below(3) == 0 { self.end_all(up) } else { self.set_status(up, FROZEN) };
        if !frozen {
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

    /// Freezes, and ends every session of everybody.
    fn end_all(&mut self, up: &Up) -> bool {
        self.ends_of_all.asked.fetch_add(1, Ordering::SeqCst);
        self.ledger.status.or(FROZEN);
        let body = json!({"status": FROZEN, "force_kill": true});
        let Some(answer) = request(up, &self.root, "PUT", "/manager/status", Some(&body)) else { return false };
        assert!(answer.succeeded(), "the end of all: {} {}", answer.status, answer.json);
        self.ends_of_all.done.fetch_add(1, Ordering::SeqCst);
        self.ledger.status.is(FROZEN);
        self.ledger.acknowledged("end all sessions");
        true
    }

    /// Notes what became of the worker's sessions by an end of all. Before it makes others: nobody makes any
    /// while all are ended.
    pub(crate) fn learn_of_ends(&mut self) {
        let ends = &self.ends_of_all;
        let now = (ends.asked.load(Ordering::SeqCst), ends.done.load(Ordering::SeqCst));
        let before = std::mem::replace(&mut self.ledger.ends_of_all, now);
        let sessions = self.ledger.sessions.values_mut();
        if now.1 > before.1 {
            sessions.for_each(|facts| facts.life.is("ended"));
        } else if now.0 > before.0 {
            sessions.for_each(|facts| facts.life.or("ended"));
        }
    }

    /// What is created while no agent takes sessions waits. The others wait too: for a session that starts,
    /// they would in vain.
    pub(crate) fn keep_and_give_sessions(&mut self, up: &Up) {
        let Some((agent, _)) = agent(up, self) else { return };
        if !self.set_agent(up, &agent, KEPT) {
            return;
        }
        let name = self.fresh("s");
        let body = json!({"name": name, "image": "bash", "enqueueOnly": true,
            "config": {"resources": {"cpu": "1", "mem": "128m"}}});
        if let Some(id) = self.created(up, "create", ("/session", &name), &body, false) {
            let Some(answer) = request(up, &self.user, "GET", &format!("/session/{id}"), None) else { return };
            assert_eq!(answer.json["status"], "PENDING", "{}", answer.json);
        }
        self.set_agent(up, &agent, TAKING);
    }

    fn set_agent(&mut self, up: &Up, id: &str, to: &str) -> bool {
        let takes = to == TAKING;
        self.ledger.agent.or(to);
        let what = if self.dice.below(2) == 0 {
            let mutation = format!("modify_agent(id: \"{id}\", props: {{schedulable: {takes}}}) {{ ok msg }}");
            let Some(answer) = self.mutate(up, &mutation) else { return false };
            assert_eq!(answer["ok"], true, "{answer}");
            if takes { "give an agent sessions" } else { "keep sessions from an agent" }
        } else {
            let body = json!({"op": if takes { "include-agents" } else { "exclude-agents" }, "args": [id]});
            let target = "/manager/scheduler/operation";
            let Some(answer) = request(up, &self.root, "POST", target, Some(&body)) else { return false };
            assert!(answer.succeeded(), "{body}: {} {}", answer.status, answer.json);
            if takes { "include agents" } else { "exclude agents" }
        };
        self.ledger.agent.is(to);
        self.ledger.acknowledged(what);
        true
    }
}

/// The agent's id, and whether it takes sessions.
fn agent(up: &Up, worker: &Worker) -> Option<(String, &'static str)> {
    let agents = graphql(up, &worker.root, "{ agents { id schedulable } }")?;
    let [agent] = agents.as_array()?.as_slice() else { panic!("not one agent: {agents}") };
    Some((agent["id"].as_str()?.to_owned(), if agent["schedulable"] == true { TAKING } else { KEPT }))
}

/// Announcement, status, agent and image are what was asked for last. For what follows a frozen server is thawed,
/// the agent takes sessions, and the image is offered.
pub(crate) fn judge(up: &Up, worker: &mut Worker) {
    let get = |target: &str| request(up, &worker.root, "GET", target, None).expect("an answer").json;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (message, status) = (text(&get("/manager/announcement")["message"]), text(&get("/manager/status")["status"]));
    let (agent, takes) = agent(up, worker).expect("an answer");
    worker.ledger.announcement.found("the announcement", &message);
    worker.ledger.status.found("the status", &status);
    worker.ledger.agent.found("the agent", takes);
    if status == FROZEN {
        assert!(worker.set_status(up, RUNNING), "the server could not be thawed");
    }
    if takes == KEPT {
        assert!(worker.set_agent(up, &agent, TAKING), "the agent could not be given sessions");
    }
    images::judge(up, worker);
}
