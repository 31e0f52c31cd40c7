//! Who asks in the walk over fields, what is theirs, and how it stands to somebody else.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Body;
use http::Method;
use rollcall_model::role::Role;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::super::strangers::Names;
use super::stage::{change, equip, policies};
use crate::world::{Answer, PEOPLE, Signing, World, secret};

/// Somebody who signs. A `/2` in the name is a second key of the same person, without the admin flag.
#[derive(Clone)]
pub(super) struct Person {
    pub(super) name: &'static str,
    pub(super) role: Role,
    pub(super) domain: &'static str,
    pub(super) key: String,
    pub(super) secret: SecretString,
    email: String,
    policy: &'static str,
}

impl Person {
    fn founded(name: &'static str) -> Self {
        let (_, role, domain) = *PEOPLE.iter().find(|(key, ..)| *key == name).unwrap();
        let email = format!("{}@example.com", name.to_lowercase());
        Self { name, role, domain, key: name.to_owned(), secret: secret(name), email, policy: "default" }
    }

    async fn second(world: &World, of: &str, name: &'static str, policy: &'static str) -> Self {
        let first = Self::founded(PEOPLE.iter().find(|(key, ..)| *key == of).unwrap().0);
        let made = change(
            world,
            format!(
                "create_keypair(user_id: \"{}\", props: {{resource_policy: \"{policy}\", rate_limit: 10000}}) \
                 {{ ok msg keypair {{ access_key secret_key }} }}",
                first.email
            ),
        );
        let made = made.await["keypair"].clone();
        let text = |field: &str| made[field].as_str().unwrap().to_owned();
        Self { name, key: text("access_key"), secret: text("secret_key").into(), policy, ..first }
    }

    pub(super) async fn call(&self, world: &World, method: &Method, target: &str, body: Option<&Value>) -> Answer {
        let signing = Signing { secret: self.secret.clone(), ..Signing::of(&self.key, method.as_str(), target) };
        world.send(signing.request(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))).await
    }

    pub(super) async fn ask(&self, world: &World, query: &str) -> Answer {
        self.call(world, &Method::POST, "/admin/gql", Some(&json!({ "query": query }))).await
    }

    /// Stands in every text that was written for this domain, and in none of the other's.
    pub(super) fn marker(&self) -> &'static str {
        if self.domain == "default" { "near-" } else { "far-" }
    }

    fn session(&self) -> String {
        format!("{}of-{}", self.marker(), self.name.to_lowercase().replace('/', "-"))
    }
}

/// Whose something is.
#[derive(Clone, Debug)]
pub(super) enum Whose {
    Key(String),
    Person(String),
    Group(String),
    Domain(String),
    Policy(String),
    /// Nobody's in particular.
    Everybodys,
}

/// The world with what the walk comes across.
pub(super) struct Place {
    pub(super) world: World,
    pub(super) people: Vec<Person>,
    /// Key by session.
    sessions: BTreeMap<String, String>,
    /// The session that runs, by key.
    running: BTreeMap<String, String>,
    /// Id by e-mail.
    ids: BTreeMap<String, String>,
    /// Domain and whether anybody joined, by project.
    groups: BTreeMap<String, (&'static str, bool)>,
}

impl Place {
    pub(super) async fn new() -> Self {
        let world = World::new().await;
        policies(&world).await;
        let mut people: Vec<Person> =
            PEOPLE.iter().map(|(key, ..)| *key).filter(|key| *key != "SLOW").map(Person::founded).collect();
        people.insert(1, Person::second(&world, "ROOT", "ROOT/2", "default").await);
        people.insert(4, Person::second(&world, "USER", "USER/2", "of-second").await);
        let [near, far] = world.groups;
        let mut groups = BTreeMap::from([(near.to_string(), ("default", true)), (far.to_string(), ("other", true))]);
        for (name, domain) in [("near-closed", "default"), ("far-closed", "other")] {
            let made = change(
                &world,
                format!(
                    "create_group(name: \"{name}\", props: {{domain_name: \"{domain}\", \
                     total_resource_slots: \"{{}}\"}}) {{ ok msg group {{ id }} }}"
                ),
            );
            groups.insert(made.await["group"]["id"].as_str().unwrap().to_owned(), (domain, false));
        }
        let (sessions, running) = (BTreeMap::new(), BTreeMap::new());
        let mut place = Self { world, people, sessions, running, ids: BTreeMap::new(), groups };
        place.start_sessions().await;
        equip(&place.world).await;
        let answer = place.world.gql("ROOT", "{ users { email id } }", json!({})).await.json();
        for user in answer["data"]["users"].as_array().unwrap() {
            place.ids.insert(user["email"].as_str().unwrap().into(), user["id"].as_str().unwrap().into());
        }
        place.settle().await;
        place
    }

    /// A session that runs, of as many as the machine takes; and of some one that has ended and one that waits.
    async fn start_sessions(&mut self) {
        for name in ["ROOT", "ADMIN", "USER", "USER/2", "NEIGHBOUR", "FAR-ADMIN", "FAR-USER"] {
            let person = self.person(name).clone();
            // `near-script` or `far-script`.
            let script = if person.marker() == "near-" { "bmVhci1zY3JpcHQ=" } else { "ZmFyLXNjcmlwdA==" };
            let more = json!({"tag": format!("{}tag", person.marker()), "bootstrapScript": script});
            let id = self.start(&person, &person.session(), more).await;
            self.running.insert(person.key, id);
        }
        let batch = |person: &Person, cpu: u32| {
            json!({"type": "batch", "startupCommand": format!("echo {}", person.marker()),
                "startsAt": "2020-01-01T00:00:00+00:00", "enqueueOnly": cpu > 1,
                "config": {"resources": {"cpu": cpu, "mem": "1g"}}})
        };
        let some = ["USER", "USER/2", "NEIGHBOUR", "FAR-USER"].map(|name| self.person(name).clone());
        for person in &some {
            let name = format!("{}ended", person.session());
            self.start(person, &name, batch(person, 1)).await;
            let ended = person.call(&self.world, &Method::DELETE, &format!("/session/{name}"), None).await;
            assert!(ended.status.is_success(), "{}", ended.text);
        }
        for person in &some {
            self.start(person, &format!("{}waits", person.session()), batch(person, 60)).await;
        }
    }

    async fn start(&mut self, person: &Person, name: &str, more: Value) -> String {
        let mut body =
            json!({"name": name, "image": "sh", "domain": person.domain, "config": {"resources": {"cpu": 1}}});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let made = person.call(&self.world, &Method::POST, "/session", Some(&body)).await;
        assert!(made.status.is_success(), "{}", made.text);
        let id = made.json()["sessionId"].as_str().unwrap().to_owned();
        self.sessions.insert(id.clone(), person.key.clone());
        id
    }

    /// Waits until nothing changes any more that the walk would see.
    async fn settle(&self) {
        for person in &self.people {
            person.ask(&self.world, "{ __typename }").await;
        }
        let query = "{ keypairs(is_active: true) { access_key last_used } \
                     compute_session_list(limit: 100, offset: 0) { items { status waiting { ahead } } } }";
        loop {
            let now = self.world.gql("ROOT", query, json!({})).await.json()["data"].clone();
            let keys = now["keypairs"].as_array().unwrap();
            let used = |key: &Value| {
                !key["last_used"].is_null()
                    || !self.people.iter().any(|person| key["access_key"] == person.key.as_str())
            };
            let sessions = now["compute_session_list"]["items"].as_array().unwrap();
            let settled = |session: &Value| match session["status"].as_str().unwrap() {
                "PENDING" => !session["waiting"].is_null(),
                status => matches!(status, "RUNNING" | "TERMINATED"),
            };
            if keys.iter().all(used) && sessions.iter().all(settled) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn person(&self, name: &str) -> &Person {
        self.people.iter().find(|person| person.name == name).unwrap()
    }

    pub(super) fn session_key(&self, session: &str) -> Whose {
        Whose::Key(self.sessions[session].clone())
    }

    /// How something stands to somebody.
    pub(super) fn relation(&self, person: &Person, whose: &Whose) -> &'static str {
        let near = |own: bool, domain: &str| match (own, domain == person.domain) {
            (true, _) => "own",
            (false, true) => "near",
            (false, false) => "far",
        };
        match whose {
            Whose::Key(key) if *key == person.key => "own",
            // The one with a small rate asks nothing.
            Whose::Key(key) if key == "SLOW" => near(false, "default"),
            Whose::Key(key) => {
                let owner = self.people.iter().find(|owner| owner.key == *key);
                let owner = owner.unwrap_or_else(|| panic!("whose key is {key}?"));
                if owner.email == person.email { "second" } else { near(false, owner.domain) }
            }
            Whose::Person(email) if email == "slow@example.com" => near(false, "default"),
            Whose::Person(email) => {
                let owner = self.people.iter().find(|owner| owner.email == *email);
                let owner = owner.unwrap_or_else(|| panic!("who is {email}?"));
                near(owner.email == person.email, owner.domain)
            }
            Whose::Group(id) => {
                let (domain, joined) = self.groups[id];
                near(joined && domain == person.domain, domain)
            }
            Whose::Domain(name) => near(name == person.domain, name),
            Whose::Policy(name) if name == person.policy => "own",
            Whose::Policy(name) => {
                let mut own = self.people.iter().filter(|other| other.email == person.email);
                if own.any(|other| other.policy == name) { "second" } else { "other" }
            }
            Whose::Everybodys => "everybody's",
        }
    }

    /// What somebody may name in an argument, by how it stands to them.
    pub(super) fn values(&self, person: &Person, names: Names) -> Vec<(&'static str, String)> {
        let nothing = "00000000-0000-4000-8000-000000000000";
        let here = person.domain == "default";
        let near = match person.name {
            "USER" | "USER/2" => "NEIGHBOUR",
            "FAR-USER" => "FAR-ADMIN",
            _ if here => "USER",
            _ => "FAR-USER",
        };
        let (near, far) = (self.person(near), self.person(if here { "FAR-USER" } else { "USER" }));
        let second = self.people.iter().find(|other| other.email == person.email && other.key != person.key);
        let all = |of: &dyn Fn(&Person) -> Option<String>, unknown: &str| {
            let asked = [("own", Some(person)), ("second", second), ("near", Some(near)), ("far", Some(far))];
            let known = asked.into_iter().filter_map(|(word, other)| Some((word, of(other?)?)));
            known.chain([("unknown", unknown.to_owned())]).collect::<Vec<_>>()
        };
        // What belongs to the person is their own by whichever key.
        let once = |mut values: Vec<(&'static str, String)>| {
            values.retain(|(word, _)| *word != "second");
            values
        };
        let running = |other: &Person| self.running.get(&other.key).cloned();
        match names {
            Names::Key => all(&|other| Some(other.key.clone()), "NOBODY"),
            Names::Email => once(all(&|other| Some(other.email.clone()), "nobody@example.com")),
            Names::Person => once(all(&|other| Some(self.ids[&other.email].clone()), nothing)),
            Names::SessionName => all(&|other| running(other).map(|_| other.session()), "of-nobody"),
            Names::Session => all(&running, nothing),
            Names::Domain => {
                let far = if here { "other" } else { "default" };
                vec![("own", person.domain.into()), ("far", far.into()), ("unknown", "nowhere".into())]
            }
            Names::Group => {
                let of = |home: bool, joined: bool| {
                    let wanted = |group: &(&str, bool)| (group.0 == person.domain) == home && group.1 == joined;
                    self.groups.iter().find(|(_, group)| wanted(group)).unwrap().0.clone()
                };
                let known = [("own", of(true, true)), ("near", of(true, false)), ("far", of(false, true))];
                known.into_iter().chain([("unknown", nothing.to_owned())]).collect()
            }
            Names::Nothing => Vec::new(),
        }
    }

    /// Nothing that an answer tells is somebody else's secret, or was written for another domain.
    pub(super) fn is_clean(&self, person: &Person, asked: &str, answer: &str) {
        for other in self.people.iter().filter(|other| other.email != person.email) {
            assert!(!answer.contains(other.secret.expose_secret()), "{} reads a secret: {asked}", person.name);
        }
        let foreign = if person.marker() == "near-" { "far-" } else { "near-" };
        let told = person.role != Role::Superadmin && answer.to_lowercase().contains(foreign);
        assert!(!told, "{} is told of another domain: {asked}: {answer}", person.name);
    }
}
