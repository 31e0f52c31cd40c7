//! The mix of operations that runs while the program is killed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};

use serde_json::{Value, json};

use crate::dice::Dice;
use crate::harness::signed::{self, Answer};
use crate::harness::{Account, Up};
use crate::ledger::{Ledger, MayBe, SessionFacts, present};
use crate::server::EndsOfAll;

/// Seconds that a session may run unless it is extended, and by how much it is.
const LIFETIME: u32 = 3;
const FAR: u32 = 1_000_000;
pub(crate) const FIRST_PASSWORD: &str = "long enough";

/// Gives every session a short life, that may be extended far and not so again.
pub(crate) fn shorten_lives(up: &Up, root: &Account) {
    let props = format!("{{max_session_lifetime: {LIFETIME}, max_extension: {FAR}}}");
    let mutation =
        format!("mutation {{ modify_keypair_resource_policy(name: \"default\", props: {props}) {{ ok msg }} }}");
    let answer = signed::graphql(up, root, &mutation).unwrap();
    assert_eq!(answer["ok"], true, "{answer}");
}

/// One author of changes.
pub(crate) struct Worker {
    pub(crate) name: String,
    pub(crate) dice: Dice,
    pub(crate) ledger: Ledger,
    pub(crate) next: u32,
    pub(crate) user: Account,
    pub(crate) admin: Account,
    pub(crate) root: Account,
    /// Changes what there is one of for all.
    pub(crate) of_server: bool,
    /// A domain and a project to which the worker alone lends resource groups.
    pub(crate) borrowers: (String, String),
    pub(crate) ends_of_all: Arc<EndsOfAll>,
    /// Held by each change, and alone by one that refuses those of the others.
    pub(crate) quiet: Arc<RwLock<()>>,
}

impl Worker {
    /// Changes one thing after another until told to stop or until nobody answers.
    pub(crate) fn work(&mut self, up: &Up, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            let quiet = Arc::clone(&self.quiet);
            let throw = self.dice.below(54);
            if self.of_server && throw < 5 {
                let _alone = quiet.write().unwrap();
                self.learn_of_ends();
                self.change_server(up, throw);
                continue;
            }
            let _with_others = quiet.read().unwrap();
            self.learn_of_ends();
            self.change_one(up, throw);
        }
    }

    /// What would get into the way of all others: they wait meanwhile.
    fn change_server(&mut self, up: &Up, throw: u64) {
        match throw {
            0 | 1 => self.freeze_and_thaw(up),
            2 | 3 => self.keep_and_give_sessions(up),
            _ => self.forget_and_find(up),
        }
    }

    fn change_one(&mut self, up: &Up, throw: u64) {
        match throw {
            0..=6 => self.create(up),
            7 => self.create_too_large(up),
            8 => self.create_batch(up),
            9 => self.create_cluster(up),
            10 => self.create_from_template(up),
            11 => self.rename(up),
            12 => self.restart(up),
            13 | 14 => self.destroy(up, false),
            15 => self.destroy(up, true),
            16..=18 => self.extend(up),
            19 | 20 => self.ticket(up),
            21 => self.add_person(up),
            22 | 23 => self.change_person(up),
            24 => self.sign_up_or_out(up),
            25 | 26 => self.password(up),
            27 | 28 => self.add_or_change_key(up),
            29 => self.policy(up),
            30 | 31 => self.preset(up),
            32 | 33 => self.group(up),
            34..=37 => self.share(up),
            38..=49 => self.belonging(up),
            50 | 51 => self.report(up),
            52 => self.recount(up),
            _ if self.of_server => self.announce(up),
            _ => self.ssh_key(up),
        }
    }

    pub(crate) fn fresh(&mut self, kind: &str) -> String {
        self.next += 1;
        format!("{kind}-{}-{:05}", self.name, self.next)
    }

    fn create(&mut self, up: &Up) {
        let name = self.fresh("s");
        let body = json!({"name": name, "image": "bash", "enqueueOnly": self.dice.below(3) > 0,
            "config": {"resources": {"cpu": "1", "mem": "128m"}}});
        self.created(up, "create", ("/session", &name), &body, false);
    }

    /// Stays PENDING until it is ended.
    fn create_too_large(&mut self, up: &Up) {
        let name = self.fresh("s");
        let body = json!({"name": name, "image": "bash", "enqueueOnly": true,
            "config": {"resources": {"cpu": "1", "mem": "900t"}}});
        self.created(up, "create what waits", ("/session", &name), &body, false);
    }

    fn create_batch(&mut self, up: &Up) {
        let name = self.fresh("s");
        let body = json!({"name": name, "image": "bash", "type": "batch", "startupCommand": "exit 0",
            "enqueueOnly": true, "config": {"resources": {"cpu": "1", "mem": "128m"}}});
        self.created(up, "create a batch", ("/session", &name), &body, true);
    }

    fn create_cluster(&mut self, up: &Up) {
        let name = self.fresh("s");
        let body = json!({"name": name, "image": "bash", "cluster_size": 2, "enqueueOnly": true,
            "config": {"resources": {"cpu": "1", "mem": "128m"}}});
        self.created(up, "create a cluster", ("/session", &name), &body, false);
    }

    /// Its id, if it was made.
    pub(crate) fn created(
        &mut self,
        up: &Up,
        what: &'static str,
        (target, name): (&str, &str),
        body: &Value,
        batch: bool,
    ) -> Option<String> {
        let answer = signed::request(up, &self.user, "POST", target, Some(body))?;
        let id = answer.json["sessionId"].as_str().filter(|_| answer.status == 201)?.to_owned();
        // Lifetimes are short until they are extended.
        let (name, life) = (MayBe::surely(name), MayBe::surely("live"));
        self.ledger.sessions.insert(id.clone(), SessionFacts { name, life, mortal: true, batch });
        self.ledger.acknowledged(what);
        Some(id)
    }

    fn living(&mut self) -> Option<String> {
        let living: Vec<String> = self
            .ledger
            .sessions
            .iter()
            .filter(|(_, facts)| facts.life.known() == Some("live"))
            .map(|(id, _)| id.clone())
            .collect();
        self.dice.one(&living).cloned()
    }

    /// One of the living that runs, as far as that can be said of the next moment.
    pub(crate) fn running(&mut self, up: &Up) -> Option<String> {
        let query = "{ compute_session_list(limit: 100, offset: 0, status: \"RUNNING\") { items { id } } }";
        let rows = signed::graphql(up, &self.user, query)?;
        let ids = rows["items"].as_array()?.iter().filter_map(|row| row["id"].as_str());
        let sessions = &self.ledger.sessions;
        let live = |id: &&str| sessions.get(*id).is_some_and(|facts| facts.life.known() == Some("live"));
        let running: Vec<String> = ids.filter(live).map(str::to_owned).collect();
        self.dice.one(&running).cloned()
    }

    fn rename(&mut self, up: &Up) {
        let Some(id) = self.running(up) else { return };
        let name = self.fresh("r");
        let facts = self.ledger.sessions.get_mut(&id).unwrap();
        facts.name.or(&name);
        let before = facts.name.clone();
        let answer = signed::request(up, &self.user, "POST", &format!("/session/{id}/rename?name={name}"), None);
        match answer {
            Some(Answer { status: 204, .. }) => {
                facts.name.is(&name);
                self.ledger.acknowledged("rename");
            }
            // Refused as not running: the new name is possible no more than before.
            Some(_) => facts.name = without(before, &name),
            None => {}
        }
    }

    fn restart(&mut self, up: &Up) {
        let Some(id) = self.running(up) else { return };
        let answer = signed::request(up, &self.user, "PATCH", &format!("/session/{id}"), None);
        if answer.is_some_and(|answer| answer.status == 204) {
            self.ledger.acknowledged("restart");
        }
    }

    /// So far that no lifetime ends it any more.
    fn extend(&mut self, up: &Up) {
        let Some(id) = self.living() else { return };
        let target = format!("/session/{id}/extend?seconds={FAR}");
        let answer = signed::request(up, &self.user, "POST", &target, None);
        let facts = self.ledger.sessions.get_mut(&id).unwrap();
        if answer.is_some_and(|answer| answer.succeeded()) {
            facts.mortal = facts.batch;
            self.ledger.acknowledged("extend");
        }
    }

    fn destroy(&mut self, up: &Up, forced: bool) {
        let Some(id) = self.living() else { return };
        self.ledger.sessions.get_mut(&id).unwrap().life.or("ended");
        let (by, target) = if forced {
            (&self.admin, format!("/session/{id}?forced=true&owner_access_key={}", self.user.access_key))
        } else {
            (&self.user, format!("/session/{id}"))
        };
        let answer = signed::request(up, by, "DELETE", &target, None);
        let life = &mut self.ledger.sessions.get_mut(&id).unwrap().life;
        match answer {
            Some(answer) if answer.succeeded() => {
                life.is("ended");
                self.ledger.acknowledged(if forced { "force" } else { "destroy" });
            }
            Some(Answer { status: 403, .. }) => life.is("live"),
            _ => {}
        }
    }

    pub(crate) fn mutate(&self, up: &Up, mutation: &str) -> Option<Value> {
        signed::graphql(up, &self.root, &format!("mutation {{ {mutation} }}"))
    }

    fn policy(&mut self, up: &Up) {
        let known = present(&self.ledger.policies);
        let limit = (1 + self.dice.below(54)).to_string();
        let (what, name, to, mutation) = match (self.dice.below(3), self.dice.one(&known).cloned()) {
            (0, Some((name, _))) => {
                let mutation = format!("delete_keypair_resource_policy(name: \"{name}\")");
                ("delete a policy", name, "absent".to_owned(), mutation)
            }
            (1, Some((name, _))) => {
                let props = format!("{{max_concurrent_sessions: {limit}}}");
                let mutation = format!("modify_keypair_resource_policy(name: \"{name}\", props: {props})");
                ("change a policy", name, limit, mutation)
            }
            _ => {
                let name = self.fresh("policy");
                let props = format!(
                    "{{default_for_unspecified: \"UNLIMITED\", total_resource_slots: \"{{}}\", max_concurrent_sessions: {limit}, \
                     max_containers_per_session: 1, idle_timeout: 0, max_vfolder_count: 0, max_vfolder_size: 0, \
                     allowed_vfolder_hosts: []}}"
                );
                let mutation = format!("create_keypair_resource_policy(name: \"{name}\", props: {props})");
                self.ledger.policies.insert(name.clone(), MayBe::surely("absent"));
                ("add a policy", name, limit, mutation)
            }
        };
        self.ledger.policies.get_mut(&name).unwrap().or(&to);
        let Some(answer) = self.mutate(up, &format!("{mutation} {{ ok msg }}")) else { return };
        assert_eq!(answer["ok"], true, "{mutation}: {answer}");
        self.ledger.policies.get_mut(&name).unwrap().is(&to);
        self.ledger.acknowledged(what);
    }

    fn preset(&mut self, up: &Up) {
        let known = present(&self.ledger.presets);
        let cores = (1 + self.dice.below(9)).to_string();
        let slots = format!("\"{{\\\"cpu\\\": {cores}, \\\"mem\\\": \\\"1g\\\"}}\"");
        let (what, name, to, mutation) = match (self.dice.below(3), self.dice.one(&known).cloned()) {
            (0, Some((name, _))) => {
                let mutation = format!("delete_resource_preset(name: \"{name}\")");
                ("delete a preset", name, "absent".to_owned(), mutation)
            }
            (1, Some((name, _))) => {
                let mutation = format!("modify_resource_preset(name: \"{name}\", props: {{resource_slots: {slots}}})");
                ("change a preset", name, cores, mutation)
            }
            _ => {
                let name = self.fresh("preset");
                let mutation = format!("create_resource_preset(name: \"{name}\", props: {{resource_slots: {slots}}})");
                self.ledger.presets.insert(name.clone(), MayBe::surely("absent"));
                ("add a preset", name, cores, mutation)
            }
        };
        self.ledger.presets.get_mut(&name).unwrap().or(&to);
        let Some(answer) = self.mutate(up, &format!("{mutation} {{ ok msg }}")) else { return };
        assert_eq!(answer["ok"], true, "{mutation}: {answer}");
        self.ledger.presets.get_mut(&name).unwrap().is(&to);
        self.ledger.acknowledged(what);
    }

    fn group(&mut self, up: &Up) {
        let known = present(&self.ledger.groups);
        let Some((id, state)) = self.dice.one(&known).cloned().filter(|_| self.dice.below(4) > 0) else {
            return self.add_group(up);
        };
        match self.dice.below(4) {
            0 => {
                self.change_group(up, "purge a project", &id, &state, "absent", &format!("purge_group(gid: \"{id}\")"))
            }
            1 => self.change_group(
                up,
                "delete a project",
                &id,
                &state,
                "inactive",
                &format!("delete_group(gid: \"{id}\")"),
            ),
            _ => self.membership(up, &id),
        }
    }

    fn add_group(&mut self, up: &Up) {
        let name = self.fresh("group");
        let mutation = format!(
            "create_group(name: \"{name}\", props: {{domain_name: \"default\", total_resource_slots: \"{{}}\"}}) \
             {{ ok msg group {{ id }} }}"
        );
        let Some(answer) = self.mutate(up, &mutation) else { return };
        assert_eq!(answer["ok"], true, "{answer}");
        self.ledger.groups.insert(answer["group"]["id"].as_str().unwrap().to_owned(), MayBe::surely("active"));
        self.ledger.acknowledged("add a project");
    }

    fn change_group(&mut self, up: &Up, what: &'static str, id: &str, state: &str, to: &str, mutation: &str) {
        self.ledger.groups.get_mut(id).unwrap().or(to);
        let Some(answer) = self.mutate(up, &format!("{mutation} {{ ok msg }}")) else { return };
        let fact = self.ledger.groups.get_mut(id).unwrap();
        if answer["ok"] == true {
            fact.is(to);
            self.ledger.acknowledged(what);
        } else {
            fact.is(state);
        }
    }

    fn membership(&mut self, up: &Up, id: &str) {
        let member = self.ledger.members.entry(id.to_owned()).or_insert_with(|| MayBe::surely("stranger"));
        let Some(now) = member.known().map(str::to_owned) else { return };
        let (what, to, mode) = if now == "member" {
            ("leave a project", "stranger", "remove")
        } else {
            ("join a project", "member", "add")
        };
        member.or(to);
        let whom = self.user_id(up);
        let Some(whom) = whom else { return };
        let props = format!("{{user_update_mode: \"{mode}\", user_uuids: [\"{whom}\"]}}");
        let Some(answer) = self.mutate(up, &format!("modify_group(gid: \"{id}\", props: {props}) {{ ok msg }}")) else {
            return;
        };
        assert_eq!(answer["ok"], true, "{answer}");
        self.ledger.members.get_mut(id).unwrap().is(to);
        self.ledger.acknowledged(what);
    }

    fn user_id(&self, up: &Up) -> Option<String> {
        signed::graphql(up, &self.user, "{ user { uuid } }")?["uuid"].as_str().map(str::to_owned)
    }
}

fn without(before: MayBe, name: &str) -> MayBe {
    let mut kept = MayBe::default();
    before.each().filter(|state| *state != name).for_each(|state| kept.or(state));
    kept
}
