//! The part of the mix that changes secrets: passwords, by an administrator and by the person, and SSH keys.

use std::collections::BTreeSet;

use serde_json::json;

use crate::harness::signed::{Answer, graphql, request};
use crate::harness::{Account, Up};
use crate::ledger::MayBe;
use crate::mix::{FIRST_PASSWORD, Worker};

impl Worker {
    /// Somebody who is active gets another password.
    pub(crate) fn password(&mut self, up: &Up) {
        let active = self.active_people();
        let Some(email) = self.dice.one(&active).cloned() else { return };
        let fact = self.ledger.passwords.entry(email.clone()).or_insert_with(|| MayBe::surely(FIRST_PASSWORD));
        let Some(old) = fact.known().map(str::to_owned) else { return };
        let new = self.fresh("a password");
        let by_themselves = self.dice.below(2) == 0;
        let person = if by_themselves { signed_in(up, &email, &old) } else { None };
        if by_themselves && person.is_none() {
            return;
        }
        let fact = self.ledger.passwords.get_mut(&email).unwrap();
        fact.or(&new);
        self.ledger.unproven.insert(email.clone());
        let what = if let Some(person) = person {
            let body = json!({"old_password": old, "new_password": new, "new_password2": new});
            let Some(answer) = request(up, &person, "POST", "/auth/update-password", Some(&body)) else { return };
            assert!(answer.succeeded(), "the own password: {} {}", answer.status, answer.json);
            "change the own password"
        } else {
            let mutation =
                format!("mutation {{ modify_user(email: \"{email}\", props: {{password: \"{new}\"}}) {{ ok msg }} }}");
            let Some(answer) = graphql(up, &self.root, &mutation) else { return };
            assert_eq!(answer["ok"], true, "{answer}");
            "change a password"
        };
        self.ledger.passwords.get_mut(&email).unwrap().is(&new);
        self.ledger.acknowledged(what);
    }

    /// The worker's own person gets another SSH key. What a cut request made is not known before it is read.
    pub(crate) fn ssh_key(&mut self, up: &Up) {
        self.ledger.ssh_key = None;
        let Some(Answer { status: 200, json }) = request(up, &self.user, "PATCH", "/auth/ssh-keypair", None) else {
            return;
        };
        self.ledger.ssh_key = json["ssh_public_key"].as_str().map(str::to_owned);
        assert!(self.ledger.ssh_key.is_some(), "{json}");
        self.ledger.acknowledged("change an SSH key");
    }
}

/// Whether the password is the person's. Whoever was deleted and switched on again has no active key.
fn is_theirs(up: &Up, email: &str, password: &str) -> bool {
    let (_, answer) = authorize(up, email, password).expect("an answer");
    answer.status == 200 || answer.json["msg"] == "No API keypairs found."
}

/// The person with the key that their password gives; nobody if it is not theirs.
pub(crate) fn signed_in(up: &Up, email: &str, password: &str) -> Option<Account> {
    let (nobody, answer) = authorize(up, email, password)?;
    let key = |name: &str| Some(answer.json["data"][name].as_str()?.to_owned());
    Some(Account { access_key: key("access_key")?, secret_key: key("secret_key")?, ..nobody })
}

fn authorize(up: &Up, email: &str, password: &str) -> Option<(Account, Answer)> {
    let body = json!({"type": "keypair", "domain": "default", "username": email, "password": password});
    // It is signed by nobody whom the server knows, and asks for no signature.
    let nobody = Account {
        role: "user".to_owned(),
        domain: "default".to_owned(),
        email: email.to_owned(),
        password: password.to_owned(),
        access_key: "AKIANOBODYNOBODYNOBO".to_owned(),
        secret_key: "nothing".to_owned(),
    };
    let answer = request(up, &nobody, "POST", "/auth/authorize", Some(&body))?;
    Some((nobody, answer))
}

/// One of the possible passwords is the person's, and no other: those that were changed since the last look,
/// and one of the others.
pub(crate) fn judge(up: &Up, worker: &mut Worker) {
    let people = &worker.ledger.people;
    let active = |email: &String| people.get(email).is_some_and(|state| state.known() == Some("active"));
    let known: Vec<String> = worker.ledger.passwords.keys().filter(|email| active(email)).cloned().collect();
    let mut looked_at: BTreeSet<String> =
        known.iter().filter(|email| worker.ledger.unproven.contains(*email)).cloned().collect();
    looked_at.extend(worker.dice.one(&known).cloned());
    for email in looked_at {
        let fact = worker.ledger.passwords.get_mut(&email).unwrap();
        let theirs: Vec<String> = fact.each().filter(|word| is_theirs(up, &email, word)).map(str::to_owned).collect();
        let [password] = theirs.as_slice() else {
            let query = format!("{{ user(email: \"{email}\") {{ status is_active }} }}");
            let person = graphql(up, &worker.root, &query);
            panic!("{email} ({person:?}) signs in with {theirs:?} of {fact:?}")
        };
        fact.is(password);
        worker.ledger.unproven.remove(&email);
    }
    if let Some(key) = &worker.ledger.ssh_key {
        let found = request(up, &worker.user, "GET", "/auth/ssh-keypair", None).expect("an answer").json;
        assert_eq!(found["ssh_public_key"], key.as_str(), "an acknowledged SSH key is lost");
    }
}
