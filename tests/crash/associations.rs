//! The part of the mix that lends resource groups of the worker's own to a domain, a project and a key, and takes
//! them back, one or all at once.

use std::collections::{BTreeMap, BTreeSet};

use crate::harness::signed::graphql;
use crate::harness::{Account, Up};
use crate::mix::Worker;

/// A resource group to its scheduler and those who may use it.
type Shared = BTreeMap<String, BTreeSet<String>>;

const SCHEDULERS: [&str; 3] = ["fifo", "lifo", "drf"];
const DOMAIN: &str = "to a domain";
const PROJECT: &str = "to a project";
const KEY: &str = "to a key";

/// No resource group at all.
pub(crate) fn nothing() -> String {
    written(&Shared::new())
}

fn written(shared: &Shared) -> String {
    serde_json::to_string(shared).unwrap()
}

/// The domain and the project that borrow from the worker of this name. Nobody works there: everything may be
/// taken from them at once.
pub(crate) fn borrowers(up: &Up, root: &Account, name: &str) -> (String, String) {
    let domain = format!("borrows-{name}");
    let made = |mutation: &str| {
        let answer = graphql(up, root, &format!("mutation {{ {mutation} }}")).unwrap();
        assert_eq!(answer["ok"], true, "{mutation}: {answer}");
        answer
    };
    made(&format!("create_domain(name: \"{domain}\", props: {{}}) {{ ok msg }}"));
    let props = format!("{{domain_name: \"{domain}\", total_resource_slots: \"{{}}\"}}");
    let project = made(&format!("create_group(name: \"{domain}\", props: {props}) {{ ok msg group {{ id }} }}"));
    (domain, project["group"]["id"].as_str().unwrap().to_owned())
}

impl Worker {
    /// Changes one of the worker's own resource groups, or who may use them.
    pub(crate) fn share(&mut self, up: &Up) {
        let Some(now) = self.ledger.shared.known() else { return };
        let now: Shared = serde_json::from_str(now).unwrap();
        // Behind `default`, so that no session is put into one.
        let name = format!("shared-{}-{}", self.name, self.dice.below(2));
        let (what, to, mutation) = self.sharing(&now, &name);
        let to = written(&to);
        self.ledger.shared.or(&to);
        let Some(answer) = self.mutate(up, &format!("{mutation} {{ ok msg }}")) else { return };
        assert_eq!(answer["ok"], true, "{mutation}: {answer}");
        self.ledger.shared.is(&to);
        self.ledger.acknowledged(what);
    }

    fn sharing(&mut self, now: &Shared, name: &str) -> (&'static str, Shared, String) {
        let mut to = now.clone();
        let Some(own) = to.get_mut(name) else {
            to.insert(name.to_owned(), BTreeSet::from([SCHEDULERS[0].to_owned()]));
            let props = format!("{{driver: \"static\", scheduler: \"{}\"}}", SCHEDULERS[0]);
            return ("add a resource group", to, format!("create_scaling_group(name: \"{name}\", props: {props})"));
        };
        let lent = |user: &str| now.values().any(|own| own.contains(user));
        match self.dice.below(8) {
            0 => {
                to.remove(name);
                ("delete a resource group", to, format!("delete_scaling_group(name: \"{name}\")"))
            }
            1 => {
                let next = SCHEDULERS.iter().find(|scheduler| !own.contains(**scheduler)).unwrap();
                own.retain(|word| !SCHEDULERS.contains(&word.as_str()));
                own.insert((*next).to_owned());
                let props = format!("{{scheduler: \"{next}\"}}");
                ("change a resource group", to, format!("modify_scaling_group(name: \"{name}\", props: {props})"))
            }
            2 if lent(DOMAIN) => {
                to.values_mut().for_each(|own| _ = own.remove(DOMAIN));
                let mutation = format!("disassociate_all_scaling_groups_with_domain(domain: \"{}\")", self.borrowers.0);
                ("take all resource groups from a domain", to, mutation)
            }
            3 if lent(PROJECT) => {
                to.values_mut().for_each(|own| _ = own.remove(PROJECT));
                let project = &self.borrowers.1;
                let mutation = format!("disassociate_all_scaling_groups_with_group(user_group: \"{project}\")");
                ("take all resource groups from a project", to, mutation)
            }
            _ => {
                let user = *self.dice.one(&[DOMAIN, PROJECT, KEY]).unwrap();
                let back = own.contains(user);
                if back {
                    own.remove(user)
                } else {
                    own.insert(user.to_owned())
                };
                let (what, mutation) = self.lending(name, user, back);
                (what, to, mutation)
            }
        }
    }

    fn lending(&self, name: &str, user: &str, back: bool) -> (&'static str, String) {
        let (lend, take, with) = match user {
            DOMAIN => (
                "let a domain use a resource group",
                "take a resource group from a domain",
                format!("domain(scaling_group: \"{name}\", domain: \"{}\")", self.borrowers.0),
            ),
            PROJECT => (
                "let a project use a resource group",
                "take a resource group from a project",
                format!("user_group(scaling_group: \"{name}\", user_group: \"{}\")", self.borrowers.1),
            ),
            _ => (
                "let a key use a resource group",
                "take a resource group from a key",
                format!("keypair(scaling_group: \"{name}\", access_key: \"{}\")", self.user.access_key),
            ),
        };
        let verb = if back { "disassociate" } else { "associate" };
        (if back { take } else { lend }, format!("{verb}_scaling_group_with_{with}"))
    }
}

/// The resource groups are there with all their users, as before a cut change or as after it.
pub(crate) fn judge(up: &Up, worker: &mut Worker) {
    let prefix = format!("shared-{}-", worker.name);
    let ask = |list: String| {
        let rows = graphql(up, &worker.root, &format!("{{ {list} {{ name scheduler }} }}")).expect("an answer");
        let text = |row: &serde_json::Value, key: &str| row[key].as_str().unwrap().to_owned();
        let rows = rows.as_array().unwrap().iter().map(|row| (text(row, "name"), text(row, "scheduler")));
        rows.filter(|(name, _)| name.starts_with(&prefix)).collect::<Vec<_>>()
    };
    let mut found: Shared = ask("scaling_groups".to_owned())
        .into_iter()
        .map(|(name, scheduler)| (name, BTreeSet::from([scheduler])))
        .collect();
    let (domain, project) = &worker.borrowers;
    for (user, list) in [
        (DOMAIN, format!("scaling_groups_for_domain(domain: \"{domain}\")")),
        (PROJECT, format!("scaling_groups_for_user_group(user_group: \"{project}\")")),
        (KEY, format!("scaling_groups_for_keypair(access_key: \"{}\")", worker.user.access_key)),
    ] {
        for (name, _) in ask(list) {
            found.get_mut(&name).unwrap_or_else(|| panic!("{name} is lent {user} and is gone")).insert(user.to_owned());
        }
    }
    worker.ledger.shared.found("who may use which resource group", &written(&found));
}
