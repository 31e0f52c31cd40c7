//! The part of the mix that changes people and their keys: by an administrator, and by themselves when they sign up
//! and out.

use serde_json::json;

use crate::harness::Up;
use crate::harness::signed::{graphql, request, unsigned};
use crate::judge::activity;
use crate::ledger::{MayBe, present};
use crate::mix::{FIRST_PASSWORD, Worker};
use crate::secrets::signed_in;

const SIGNED_UP: &str = "signed up";
const SIGNED_OUT: &str = "signed out";

impl Worker {
    pub(crate) fn add_person(&mut self, up: &Up) {
        let email = format!("{}@example.com", self.fresh("p"));
        self.ledger.people.insert(email.clone(), MayBe::surely("absent"));
        self.ledger.people.get_mut(&email).unwrap().or("active");
        let props = format!(
            "{{username: \"{email}\", password: \"{FIRST_PASSWORD}\", need_password_change: false, domain_name: \"default\"}}"
        );
        let made = self.mutate(up, &format!("create_user(email: \"{email}\", props: {props}) {{ ok msg }}"));
        if let Some(answer) = made {
            assert_eq!(answer["ok"], true, "{answer}");
            self.ledger.people.get_mut(&email).unwrap().is("active");
            self.ledger.acknowledged("add a person");
        }
    }

    pub(crate) fn change_person(&mut self, up: &Up) {
        let known = present(&self.ledger.people);
        let Some((email, state)) = self.dice.one(&known).cloned() else { return };
        let (what, to, mutation) = match (self.dice.below(4), state.as_str()) {
            (0, _) => ("delete a person", "deleted", format!("delete_user(email: \"{email}\")")),
            (1, _) => ("purge a person", "absent", format!("purge_user(email: \"{email}\", props: {{}})")),
            (_, "active") => (
                "switch a person off",
                "inactive",
                format!("modify_user(email: \"{email}\", props: {{status: \"inactive\"}})"),
            ),
            _ => (
                "switch a person on",
                "active",
                format!("modify_user(email: \"{email}\", props: {{status: \"active\"}})"),
            ),
        };
        self.ledger.people.get_mut(&email).unwrap().or(to);
        let Some(answer) = self.mutate(up, &format!("{mutation} {{ ok msg }}")) else { return };
        let fact = self.ledger.people.get_mut(&email).unwrap();
        if answer["ok"] == true {
            fact.is(to);
            self.ledger.acknowledged(what);
        } else {
            // Deleting the deleted changes nothing.
            fact.is(&state);
        }
    }

    /// Somebody makes an account, or leaves.
    pub(crate) fn sign_up_or_out(&mut self, up: &Up) {
        let active = self.active_people();
        match self.dice.one(&active).cloned().filter(|_| self.dice.below(2) == 0) {
            Some(email) => self.sign_out(up, &email),
            None => self.sign_up(up),
        }
    }

    fn sign_up(&mut self, up: &Up) {
        let email = format!("{}@example.com", self.fresh("p"));
        let mut fact = MayBe::surely("absent");
        fact.or(SIGNED_UP);
        self.ledger.people.insert(email.clone(), fact);
        let body = json!({"domain": "default", "email": email, "password": FIRST_PASSWORD});
        let Some(answer) = unsigned(up, "POST", "/auth/signup", &body) else { return };
        let fact = self.ledger.people.get_mut(&email).unwrap();
        match answer.status {
            201 => {
                fact.is(SIGNED_UP);
                self.ledger.acknowledged("sign up");
            }
            // From one address, only so many.
            429 => fact.is("absent"),
            _ => panic!("signing up: {} {}", answer.status, answer.json),
        }
    }

    fn sign_out(&mut self, up: &Up, email: &str) {
        let password = self.ledger.passwords.get(email).map_or(Some(FIRST_PASSWORD), MayBe::known);
        let Some(password) = password.map(str::to_owned) else { return };
        // Whose key was switched off meanwhile cannot ask for it.
        let Some(person) = signed_in(up, email, &password) else { return };
        self.ledger.people.get_mut(email).unwrap().or(SIGNED_OUT);
        let body = json!({"email": email, "password": password});
        let Some(answer) = request(up, &person, "POST", "/auth/signout", Some(&body)) else { return };
        assert!(answer.succeeded(), "signing out: {} {}", answer.status, answer.json);
        self.ledger.people.get_mut(email).unwrap().is(SIGNED_OUT);
        self.ledger.acknowledged("sign out");
    }

    pub(crate) fn active_people(&self) -> Vec<String> {
        let active = self.ledger.people.iter().filter(|(_, state)| state.known() == Some("active"));
        active.map(|(email, _)| email.clone()).collect()
    }

    pub(crate) fn add_or_change_key(&mut self, up: &Up) {
        let known = present(&self.ledger.keys);
        let pick = self.dice.one(&known).cloned();
        let Some((key, state)) = pick.filter(|_| self.dice.below(3) > 0) else { return self.add_key(up) };
        let (what, to, mutation) = match (self.dice.below(3), state.as_str()) {
            (0, _) => ("delete a key", "absent", format!("delete_keypair(access_key: \"{key}\")")),
            (_, "active") => (
                "switch a key off",
                "inactive",
                format!("modify_keypair(access_key: \"{key}\", props: {{is_active: false}})"),
            ),
            _ => (
                "switch a key on",
                "active",
                format!("modify_keypair(access_key: \"{key}\", props: {{is_active: true}})"),
            ),
        };
        self.ledger.keys.get_mut(&key).unwrap().or(to);
        let Some(answer) = self.mutate(up, &format!("{mutation} {{ ok msg }}")) else { return };
        assert_eq!(answer["ok"], true, "{mutation}: {answer}");
        self.ledger.keys.get_mut(&key).unwrap().is(to);
        self.ledger.acknowledged(what);
    }

    /// A further key of the worker's own person, whom nobody switches off.
    fn add_key(&mut self, up: &Up) {
        let mutation = format!(
            "create_keypair(user_id: \"{}\", props: {{resource_policy: \"default\", rate_limit: 100, is_active: true}}) \
             {{ ok msg keypair {{ access_key }} }}",
            self.user.email
        );
        let Some(answer) = self.mutate(up, &mutation) else { return };
        assert_eq!(answer["ok"], true, "{answer}");
        let key = answer["keypair"]["access_key"].as_str().unwrap().to_owned();
        self.ledger.keys.insert(key, MayBe::surely("active"));
        self.ledger.acknowledged("add a key");
    }
}

/// People are what they were made, and their first keys with them.
pub(crate) fn judge(up: &Up, worker: &mut Worker) {
    for (email, fact) in &mut worker.ledger.people {
        let query = format!("{{ user(email: \"{email}\") {{ status status_info }} }}");
        let user = graphql(up, &worker.root, &query).expect("an answer");
        let found = match (user["status"].as_str(), user["status_info"].as_str()) {
            (Some("inactive"), Some("signed-up")) => SIGNED_UP,
            (Some("inactive"), Some("signed-out")) => SIGNED_OUT,
            (status, _) => status.unwrap_or("absent"),
        };
        let of_person = format!("{{ keypairs(email: \"{email}\") {{ is_active }} }}");
        let keys = graphql(up, &worker.root, &of_person).expect("an answer");
        let active: Vec<bool> = keys.as_array().into_iter().flatten().map(|key| key["is_active"] == true).collect();
        let whole = match found {
            "absent" => active.is_empty(),
            "deleted" | SIGNED_UP | SIGNED_OUT => active == [false],
            _ => active.len() == 1,
        };
        assert!(whole, "{email} is {found} with keys {active:?}");
        fact.found(email, found);
    }
    keys(up, worker);
}

fn keys(up: &Up, worker: &mut Worker) {
    for (key, fact) in &mut worker.ledger.keys {
        let query = format!("{{ keypair(access_key: \"{key}\") {{ is_active }} }}");
        let found = graphql(up, &worker.root, &query).expect("an answer");
        fact.found(key, activity(&found));
    }
}
