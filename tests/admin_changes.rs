//! `rollcall admin`: what changes accounts, against the real program.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use harness::{Account, Up, program, succeeded, wait_for};
use serde_json::Value;

struct World {
    up: Up,
    root: Account,
    admin: Account,
    alice: Account,
}

impl World {
    fn start() -> Self {
        let up = Up::start(&[]);
        let of = |role: &str| up.account(role, "default").clone();
        let (root, admin, alice) = (of("superadmin"), of("admin"), of("user"));
        Self { up, root, admin, alice }
    }

    /// As the superadmin, which must succeed; the standard output.
    fn done(&self, arguments: &[&str]) -> String {
        self.up.rollcall_ok(&self.root, &[&["admin"], arguments].concat())
    }

    /// The same with `--json`.
    fn document(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.done(&[arguments, &["--json"]].concat())).unwrap()
    }

    /// Must fail with this code; the standard error.
    fn failed(&self, who: &Account, code: i32, arguments: &[&str]) -> String {
        let output = self.up.rollcall(who, &[&["admin"], arguments].concat());
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {told}");
        assert_eq!(output.stdout, b"", "{arguments:?}");
        // Each says what to do next.
        assert!(told.trim_end().lines().count() > 1, "{arguments:?}: {told}");
        told
    }

    /// With something to read on standard input.
    fn fed(&self, input: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(program());
        command.args([&["admin"], arguments].concat()).envs(self.up.credentials(&self.root));
        command.env("HOME", self.up.home.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// What lists and pages of everything say, to see that nothing changed.
    fn everything(&self) -> Vec<Value> {
        let kinds = ["user", "keypair", "group", "domain", "policy", "preset", "resource-group"];
        let listed = |kind: &str| {
            let mut rows = self.document(&[kind, "list"]);
            for row in rows.as_array_mut().unwrap() {
                let row = row.as_object_mut().unwrap();
                row.retain(|name, _| !matches!(name.as_str(), "last_used" | "num_queries"));
            }
            rows
        };
        kinds.map(listed).into()
    }

    /// Signs in with a password, which stores the keys in a profile of this name.
    fn signs_in(&self, profile: &str, email: &str, password: &str) -> bool {
        let mut command = Command::new(program());
        command.args(["--profile", profile, "login", &self.up.api, "--email", email, "--password-stdin"]);
        command.env("HOME", self.up.home.path()).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(password.as_bytes()).unwrap();
        child.wait().unwrap().success()
    }

    /// An account that was just added, from what `add --json` said.
    fn account(&self, email: &str, keypair: &Value) -> Account {
        Account {
            role: "user".to_owned(),
            domain: "default".to_owned(),
            email: email.to_owned(),
            password: String::new(),
            access_key: text(&keypair["access_key"]),
            secret_key: text(&keypair["secret_key"]),
        }
    }

    fn may_work(&self, who: &Account) -> bool {
        self.up.rollcall(who, &["ps"]).status.success()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// The word after a label such as `secret key`.
fn labelled(output: &str, label: &str) -> String {
    let line = output.lines().find_map(|line| line.strip_prefix(label));
    line.unwrap_or_else(|| panic!("no {label} in:\n{output}")).trim().to_owned()
}

#[test]
fn a_person_from_the_beginning_to_the_end() {
    let world = World::start();
    let carol = "carol@default.example";
    let told = world.done(&["user", "add", carol, "--project", "default", "--random-password", "--full-name", "C"]);
    let (password, key) = (labelled(&told, "password"), labelled(&told, "access key"));
    let account = Account {
        email: carol.to_owned(),
        access_key: key.clone(),
        secret_key: labelled(&told, "secret key"),
        ..world.alice.clone()
    };
    assert!(world.signs_in("carol", carol, &password) && world.may_work(&account));
    let shown = world.document(&["user", "show", carol]);
    assert_eq!((&shown["role"], &shown["groups"][0]["name"]), (&"user".into(), &"default".into()));
    // What was told once is told never again.
    for secret in [&password, &account.secret_key] {
        assert!(!world.done(&["user", "show", carol]).contains(secret));
        assert!(!world.done(&["keypair", "show", &key, "--json"]).contains(secret.as_str()));
    }

    world.done(&["user", "change", carol, "--role", "admin", "--description", "A note", "--new-password", "yes"]);
    let shown = world.document(&["user", "show", carol]);
    assert_eq!((&shown["role"], &shown["need_password_change"]), (&"admin".into(), &true.into()));
    assert_eq!((&shown["full_name"], &shown["description"]), (&"C".into(), &"A note".into()));
    assert_eq!(world.document(&["keypair", "show", &key])["is_admin"], true);
    let again = world.document(&["user", "change", carol, "--random-password", "--role", "user"]);
    assert_eq!(again["user"]["role"], "user");
    assert!(!world.signs_in("carol", carol, &password));
    assert!(world.signs_in("carol", carol, again["password"].as_str().unwrap()));

    let second = world.document(&["keypair", "add", carol]);
    let both = [key.as_str(), second["access_key"].as_str().unwrap()];
    let told = world.done(&["user", "disable", carol]);
    assert!(both.iter().all(|key| told.contains(key)), "{told}");
    assert!(!world.may_work(&account) && !world.signs_in("carol", carol, again["password"].as_str().unwrap()));
    for key in both {
        assert_eq!(world.document(&["keypair", "show", key])["is_active"], false);
    }
    let enabled = world.document(&["user", "enable", carol, "--key", &key]);
    assert_eq!(enabled["user"]["status"], "active");
    let active = |key: &str| world.document(&["keypair", "show", key])["is_active"] == true;
    assert_eq!(both.map(active), [true, false]);
    world.done(&["user", "enable", carol]);
    assert!(both.map(active) == [true, true] && world.may_work(&account));

    let gone = world.document(&["user", "remove", carol, "--yes"]);
    assert_eq!((&gone["removed"], gone["keypairs"].as_array().unwrap().len()), (&"user".into(), 2));
    assert!(world.failed(&world.root, 1, &["user", "show", carol]).contains("no user"));
    assert!(!world.may_work(&account));
}

#[test]
fn passwords_come_from_standard_input_and_never_from_arguments() {
    let world = World::start();
    let dan = "dan@default.example";
    let output = world.fed("a password of dan\n", &["user", "add", dan, "--password-stdin", "--json"]);
    let made: Value = serde_json::from_str(&succeeded("adding", &output)).unwrap();
    assert_eq!(made["password"], Value::Null);
    assert!(world.signs_in("dan", dan, "a password of dan"));
    assert!(world.may_work(&world.account(dan, &made["keypair"])));
    succeeded("changing", &world.fed("another password\n", &["user", "change", dan, "--password-stdin"]));
    assert!(world.signs_in("dan", dan, "another password") && !world.signs_in("dan", dan, "a password of dan"));
    let before = world.everything();
    let output = world.fed("short\n", &["user", "add", "eve@default.example", "--password-stdin"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("at least 8 characters"));
    let told = world.failed(&world.root, 2, &["user", "add", "eve@default.example"]);
    assert!(told.contains("--password-stdin") && told.contains("--random-password"), "{told}");
    for flag in ["--password", "--password=secret-word"] {
        let told = world.failed(&world.root, 2, &["user", "add", "eve@default.example", flag]);
        assert!(told.contains("unexpected argument"), "{told}");
    }
    assert_eq!(world.everything(), before);
}

#[test]
fn what_is_made_inactive_waits_to_be_enabled() {
    let world = World::start();
    let new = "new@default.example";
    let made = world.document(&["user", "add", new, "--inactive", "--random-password"]);
    let account = world.account(new, &made["keypair"]);
    assert_eq!(made["user"]["status"], "inactive");
    assert!(!world.may_work(&account));
    world.done(&["keypair", "enable", &account.access_key]);
    assert!(!world.may_work(&account));
    world.done(&["keypair", "disable", &account.access_key]);
    let told = world.done(&["user", "enable", new]);
    assert!(told.contains(&account.access_key) && world.may_work(&account), "{told}");
}

#[test]
fn sessions_are_decided_about_before_a_person_goes() {
    let world = World::start();
    let alice = world.alice.clone();
    for name in ["alice-one", "alice-two"] {
        world.up.rollcall_ok(&alice, &["run", "bash", "--name", name]);
    }
    let names_both = |told: &str| told.contains("alice-one") && told.contains("alice-two");
    let before = world.everything();
    for how in [&["--yes"][..], &[]] {
        let told = world.failed(&world.root, 1, &[&["user", "remove", &alice.email], how].concat());
        assert!(names_both(&told) && told.contains("--end-sessions") && told.contains("Nothing was done"), "{told}");
    }
    // Without a terminal it is not asked, so nothing is done either.
    let told = world.failed(&world.root, 2, &["user", "remove", &alice.email, "--end-sessions"]);
    assert!(names_both(&told) && told.contains("--yes"), "{told}");
    assert_eq!(world.everything(), before);
    assert!(names_both(&world.up.rollcall_ok(&alice, &["ps"])));

    // Whoever is switched off can still be seen to.
    let output = world.up.rollcall(&world.root, &["admin", "user", "disable", &alice.email]);
    assert!(output.status.success() && names_both(&String::from_utf8(output.stderr).unwrap()));
    assert!(!world.may_work(&alice));
    let gone = world.document(&["user", "remove", &alice.email, "--end-sessions", "--yes"]);
    let ended: Vec<String> = gone["ended_sessions"].as_array().unwrap().iter().map(|row| text(&row["name"])).collect();
    assert!(names_both(&ended.join(" ")) && gone["finished_sessions"] == 2, "{gone}");
    assert!(harness::traces::family(&world.up.data_dir()).is_empty());
    assert!(!world.up.rollcall_ok(&world.root, &["ps", "--all"]).contains("alice-"));
}

/// What failed has no orderly end: it is ended by force, beside what runs and what waits.
#[test]
fn sessions_that_failed_go_with_their_person() {
    let up = Up::start(&["--demo"]);
    let root = up.account("superadmin", "default").clone();
    let alice = up.accounts.iter().find(|account| account.email.starts_with("alice")).unwrap().clone();
    up.rollcall_ok(&alice, &["run", "bash", "--name", "runs-on"]);
    up.rollcall_ok(&alice, &["run", "bash", "--name", "waits-on", "--mem", "900t", "--no-wait"]);
    let others: Value = serde_json::from_str(&up.rollcall_ok(&alice, &["ps", "--tab", "others", "--json"])).unwrap();
    let failed: Vec<String> = others["items"].as_array().unwrap().iter().map(|row| text(&row["name"])).collect();
    assert!(!failed.is_empty(), "{others}");
    // One of them alone says what it needs.
    let output = up.rollcall(&alice, &["rm", &failed[0]]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && told.contains("has failed") && told.contains("--force"), "{told}");

    let arguments = ["admin", "user", "remove", &alice.email, "--end-sessions", "--yes", "--json"];
    let output = up.rollcall(&root, &arguments);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && told.contains("ends by force alone"), "{told}");
    let gone: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut ended: Vec<String> =
        gone["ended_sessions"].as_array().unwrap().iter().map(|row| text(&row["name"])).collect();
    let mut all = [failed, vec!["runs-on".to_owned(), "waits-on".to_owned()]].concat();
    ended.sort();
    all.sort();
    assert_eq!(ended, all);
    assert!(harness::traces::family(&up.data_dir()).is_empty());
}

/// Everything is ready to go but the last superadmin: sessions are ended, the account stays, and both
/// is told.
#[test]
fn a_removal_that_fails_midway_says_what_was_done() {
    let world = World::start();
    world.up.rollcall_ok(&world.root, &["run", "bash", "--name", "roots-own"]);
    let told = world.failed(&world.root, 1, &["user", "remove", &world.root.email, "--end-sessions", "--yes"]);
    assert!(told.contains("Done before that: roots-own ended."), "{told}");
    assert!(told.contains(&format!("Not done: {} is not removed.", world.root.email)), "{told}");
    assert!(told.contains("Make somebody else a superadmin first") && !told.contains("Nothing was done"), "{told}");
    assert!(world.up.rollcall_ok(&world.root, &["ps", "--tab", "finished"]).contains("roots-own"));
}

#[test]
fn keypairs() {
    let world = World::start();
    let alice = world.alice.clone();
    let told = world.done(&["keypair", "add", &alice.email, "--rate-limit", "500"]);
    let second = Account {
        access_key: labelled(&told, "access key"),
        secret_key: labelled(&told, "secret key"),
        ..alice.clone()
    };
    let key = second.access_key.as_str();
    assert!(world.may_work(&second));
    world.done(&["policy", "add", "narrow", "--sessions", "1"]);
    let changed = world.document(&["keypair", "change", key, "--policy", "narrow", "--admin", "yes"]);
    let told = (&changed["resource_policy"], &changed["is_admin"], &changed["rate_limit"]);
    assert_eq!(told, (&"narrow".into(), &true.into(), &500.into()));
    world.done(&["keypair", "disable", key]);
    assert!(!world.may_work(&second));
    world.done(&["keypair", "enable", key]);
    world.up.rollcall_ok(&second, &["run", "bash", "--name", "of-second"]);
    world.up.rollcall_ok(&second, &["rm", "of-second"]);
    let told = world.failed(&world.root, 1, &["keypair", "remove", key, "--yes"]);
    assert!(told.contains("still has sessions") && told.contains("keypair disable"), "{told}");
    let third = text(&world.document(&["keypair", "add", &alice.email, "--inactive"])["access_key"]);
    assert!(world.failed(&world.root, 2, &["keypair", "remove", &third]).contains("--yes"));
    assert_eq!(world.document(&["keypair", "remove", &third, "--yes"])["user"], alice.email.as_str());
    assert!(world.failed(&world.root, 1, &["keypair", "show", &third]).contains("no keypair"));
    let told = world.failed(&world.root, 1, &["keypair", "add", &alice.email, "--policy", "nowhere"]);
    assert!(told.contains("there is no policy `nowhere`") && told.contains("admin policy list"), "{told}");
    assert!(world.failed(&world.root, 1, &["keypair", "add", "nobody@x.example"]).contains("no user"));
}

#[test]
fn groups_and_who_is_in_them() {
    let world = World::start();
    let (alice, admin) = (world.alice.email.clone(), world.admin.email.clone());
    world.done(&["group", "add", "vision", "--mem", "4g", "--cpu", "2", "--description", "Eyes"]);
    let show = || world.document(&["group", "show", "vision"]);
    assert_eq!(show()["total_resource_slots"], serde_json::json!({"cpu": "2", "mem": "4294967296"}));
    let told = world.done(&["group", "change", "vision", "--add-user", &alice, "--add-user", &admin, "--cpu", "3"]);
    assert!(told.contains("changed") && told.contains(&format!("{alice} and {admin} joined vision")), "{told}");
    // What was not named stays.
    assert_eq!(show()["total_resource_slots"], serde_json::json!({"cpu": "3", "mem": "4294967296"}));
    let members = || world.document(&["user", "list", "--group", "vision"]).as_array().unwrap().len();
    assert_eq!(members(), 2);
    let people = |group: &Value| group["people"].as_array().unwrap().iter().map(text).collect::<Vec<_>>();
    let mut both = people(&show());
    both.sort();
    assert_eq!(both, [&admin[..], &alice[..]]);
    // Who may not list people sees the project without them.
    let seen = world.up.rollcall_ok(&world.alice, &["admin", "group", "show", "vision"]);
    assert!(seen.contains("vision") && !seen.contains("people"), "{seen}");
    let output = world
        .up
        .rollcall(&world.root, &["admin", "group", "change", "vision", "--add-user", &alice, "--remove-user", &admin]);
    assert_eq!(succeeded("leaving", &output), format!("{admin} left vision\n"));
    assert!(String::from_utf8(output.stderr).unwrap().contains("is in it already"));
    world.up.rollcall_ok(&world.alice, &["run", "bash", "--name", "in-vision", "--group", "vision"]);
    world.done(&["group", "disable", "vision"]);
    assert_eq!(show()["is_active"], false);
    assert!(!world.up.rollcall(&world.alice, &["run", "bash", "--group", "vision"]).status.success());
    world.done(&["group", "enable", "vision"]);
    assert_eq!(show()["is_active"], true);
    world.done(&["group", "change", "vision", "--name", "sight"]);
    let told = world.failed(&world.root, 1, &["group", "remove", "sight", "--yes"]);
    assert!(told.contains("1 active session: in-vision") && told.contains("--end-sessions"), "{told}");
    let gone = world.document(&["group", "remove", "sight", "--end-sessions", "--yes"]);
    assert_eq!((&gone["memberships"], &gone["finished_sessions"]), (&1.into(), &1.into()));
    assert!(world.failed(&world.root, 1, &["group", "show", "sight"]).contains("no group"));
    let before = world.everything();
    assert!(world.failed(&world.root, 2, &["group", "add", "no good"]).contains("no name"));
    assert!(world.failed(&world.root, 1, &["group", "add", "default"]).contains("is there already"));
    assert!(world.failed(&world.root, 1, &["group", "add", "x", "--domain", "nowhere"]).contains("there is no domain"));
    assert!(world.failed(&world.root, 2, &["group", "change", "default"]).contains("nothing to change"));
    assert_eq!(world.everything(), before);
}

#[test]
fn nobody_moves_away_from_what_runs() {
    let world = World::start();
    let alice = world.alice.email.as_str();
    world.done(&["domain", "add", "labs"]);
    world.done(&["group", "add", "vision", "--domain", "default"]);
    world.done(&["group", "change", "vision", "--add-user", alice]);
    world.up.rollcall_ok(&world.alice, &["run", "bash", "--name", "runs-on", "--group", "vision"]);
    let before = world.everything();
    let person = ["user", "change", alice, "--domain", "labs"];
    let project = ["group", "change", "vision", "--to-domain", "labs"];
    for (who, arguments) in [("user", &person[..]), ("group", &project)] {
        let told = world.failed(&world.root, 1, arguments);
        assert!(told.contains(&format!("the {who} has 1 active session")), "{told}");
        assert!(told.contains("End them first") && told.contains("rollcall rm"), "{told}");
    }
    assert_eq!(world.everything(), before);
    world.up.rollcall_ok(&world.alice, &["rm", "runs-on"]);
    world.done(&project);
    world.done(&person);

    // Back in `default`, but for what was done in `labs`: its administrator cannot take that away.
    world.done(&["group", "change", "vision", "--domain", "labs", "--add-user", alice]);
    let registry = text(&world.document(&["domain", "show", "default"])["allowed_docker_registries"][0]);
    world.done(&["domain", "change", "labs", "--registry", &registry]);
    world.done(&["resource-group", "change", "default", "--allow-domain", "labs"]);
    let moved = Account { domain: "labs".to_owned(), ..world.alice.clone() };
    world.up.rollcall_ok(&moved, &["run", "bash", "--name", "done-there", "--group", "vision"]);
    world.up.rollcall_ok(&moved, &["rm", "done-there"]);
    world.done(&["group", "change", "vision", "--domain", "labs", "--to-domain", "default"]);
    let told = world.failed(&world.admin, 1, &["group", "remove", "vision", "--yes"]);
    assert!(told.contains("in another domain before") && told.contains("group disable"), "{told}");
    assert!(told.contains("  1 finished session with") && !told.contains("done-there"), "only its own: {told}");
    let gone = world.document(&["group", "remove", "vision", "--yes"]);
    assert_eq!(gone["finished_sessions"], 2, "{gone}");
}

#[test]
fn domains() {
    let world = World::start();
    world.done(&["domain", "add", "lab", "--mem", "64g", "--registry", "local.rollcall"]);
    world.done(&["domain", "change", "lab", "--name", "labs", "--cpu", "16", "--mem", "unlimited"]);
    let shown = world.document(&["domain", "show", "labs"]);
    assert_eq!(shown["total_resource_slots"], serde_json::json!({"cpu": "16", "mem": "Infinity"}));
    assert_eq!(shown["allowed_docker_registries"], serde_json::json!(["local.rollcall"]));
    world.done(&["group", "add", "first", "--domain", "labs"]);
    let zoe = "zoe@labs.example";
    let told = world.failed(&world.root, 1, &["group", "change", "first", "--add-user", &world.alice.email]);
    assert!(told.contains("is of domain default") && told.contains("Nothing was done"), "{told}");
    let made = world.document(&["user", "add", zoe, "--domain", "labs", "--project", "first", "--random-password"]);
    let account = Account { domain: "labs".to_owned(), ..world.account(zoe, &made["keypair"]) };
    world.done(&["resource-group", "change", "default", "--allow-domain", "labs"]);
    // Two projects of one name: the id decides where no domain can be named.
    let second = text(&world.document(&["group", "add", "default", "--domain", "labs"])["id"]);
    let told = world.failed(&world.root, 1, &["resource-group", "change", "default", "--allow-group", "default"]);
    assert!(told.contains("Give its id") && told.contains(&second) && !told.contains("--domain"), "{told}");
    world.done(&["resource-group", "change", "default", "--allow-group", &second]);
    let told = world.failed(&world.root, 1, &["group", "show", "default"]);
    assert!(told.contains("Name its domain with --domain"), "{told}");
    world.done(&["group", "remove", &second, "--yes"]);
    world.up.rollcall_ok(&account, &["run", "bash", "--name", "of-zoe", "--group", "first"]);
    let told = world.failed(&world.root, 1, &["domain", "change", "labs", "--name", "laboratory"]);
    assert!(told.contains("active sessions") && told.contains("`rollcall rm`"), "{told}");
    world.done(&["domain", "disable", "labs"]);
    assert!(!world.may_work(&account));
    world.done(&["domain", "enable", "labs"]);
    assert!(world.may_work(&account));
    let told = world.failed(&world.root, 1, &["domain", "remove", "labs", "--yes", "--end-sessions"]);
    assert!(told.contains(zoe) && told.contains("groups: first") && told.contains("Nothing was done"), "{told}");
    assert!(world.up.rollcall_ok(&account, &["ps"]).contains("of-zoe"));
    world.done(&["user", "remove", zoe, "--yes", "--end-sessions"]);
    world.done(&["group", "remove", "first", "--yes"]);
    assert_eq!(world.document(&["domain", "remove", "labs", "--yes"])["removed"], "domain");
    assert!(world.failed(&world.root, 1, &["domain", "show", "labs"]).contains("no domain"));
}

#[test]
fn policies() {
    let world = World::start();
    let limits =
        ["--idle-timeout", "2h", "--max-lifetime", "1d", "--max-extension", "12h", "--mem", "16g", "--cpu", "4"];
    let counts =
        ["--sessions", "3", "--kernels", "2", "--folders", "5", "--folder-size", "10g", "--other-slots", "limited"];
    let made = world.document(&[&["policy", "add", "short"], &limits[..], &counts].concat());
    let numbers = |policy: &Value| -> Vec<i64> {
        [
            "idle_timeout",
            "max_session_lifetime",
            "max_extension",
            "max_concurrent_sessions",
            "max_containers_per_session",
            "max_vfolder_count",
            "max_vfolder_size",
        ]
        .map(|name| policy[name].as_i64().unwrap())
        .into()
    };
    assert_eq!(numbers(&made), [7200, 86_400, 43_200, 3, 2, 5, 10 << 30]);
    assert_eq!(made["total_resource_slots"], serde_json::json!({"cpu": "4", "mem": "17179869184"}));
    assert_eq!(made["default_for_unspecified"], "LIMITED");
    let shown = world.done(&["policy", "show", "short"]);
    for words in ["2 h", "1 d", "12 h in all", "cpu 4, mem 16 GiB", "5 of 10 GiB each"] {
        assert!(shown.contains(words), "{words} in:\n{shown}");
    }
    let changed = world.document(&["policy", "change", "short", "--idle-timeout", "default", "--mem", "none"]);
    assert_eq!(numbers(&changed), [-1, 86_400, 43_200, 3, 2, 5, 10 << 30]);
    assert_eq!(changed["total_resource_slots"], serde_json::json!({"cpu": "4"}));
    let told = world.failed(&world.root, 1, &["policy", "remove", "default", "--yes"]);
    assert!(told.contains("still has keypairs") && told.contains(&world.alice.access_key), "{told}");
    for verb in ["disable", "enable"] {
        let told = world.failed(&world.root, 2, &["policy", verb, "short"]);
        assert!(told.contains("--sessions 0"), "{told}");
    }
    world.done(&["policy", "remove", "short", "--yes"]);
    assert!(world.failed(&world.root, 1, &["policy", "show", "short"]).contains("no policy"));
    let before = world.everything();
    for wrong in [["--idle-timeout", "soon"], ["--mem", "16 gallons"], ["--sessions", "-1"], ["--cpu", "many"]] {
        world.failed(&world.root, 2, &[&["policy", "add", "wrong"], &wrong[..]].concat());
    }
    assert_eq!(world.everything(), before);
}

#[test]
fn presets() {
    let world = World::start();
    let made = world.document(&["preset", "add", "tiny", "--cpu", "0.5", "--mem", "256m", "--shared-memory", "16m"]);
    assert_eq!(made["resource_slots"], serde_json::json!({"cpu": "0.5", "mem": "268435456"}));
    assert_eq!(made["shared_memory"], 16 << 20);
    let changed = world.document(&["preset", "change", "tiny", "--mem", "512m", "--slot", "cuda.device=1"]);
    let slots = serde_json::json!({"cpu": "0.5", "cuda.device": "1", "mem": "536870912"});
    assert_eq!((&changed["resource_slots"], &changed["shared_memory"]), (&slots, &(16 << 20).into()));
    let changed = world.document(&["preset", "change", "tiny", "--shared-memory", "none"]);
    assert_eq!((&changed["resource_slots"], &changed["shared_memory"]), (&slots, &Value::Null));
    for verb in ["disable", "enable"] {
        assert!(world.failed(&world.root, 2, &["preset", verb, "tiny"]).contains("preset remove tiny"));
    }
    assert!(world.failed(&world.root, 1, &["preset", "add", "tiny", "--cpu", "1"]).contains("is there already"));
    assert!(world.failed(&world.root, 2, &["preset", "add", "empty"]).contains("--cpu"));
    assert!(world.failed(&world.root, 2, &["preset", "change", "tiny"]).contains("nothing to change"));
    world.done(&["preset", "remove", "tiny", "--yes"]);
    assert!(world.failed(&world.root, 1, &["preset", "remove", "tiny", "--yes"]).contains("no preset"));
}

#[test]
fn resource_groups_and_who_may_use_them() {
    let world = World::start();
    let key = world.alice.access_key.clone();
    let allow = ["--allow-domain", "default", "--allow-group", "default", "--allow-key", &key];
    let told = world.done(&[&["resource-group", "add", "gpu", "--head-of-line", "strict"], &allow[..]].concat());
    assert_eq!(told.lines().count(), 4, "{told}");
    let of = |whom: [&str; 2]| {
        let listed = world.document(&[&["resource-group", "list"], &whom[..]].concat());
        listed.as_array().unwrap().iter().any(|row| row["name"] == "gpu")
    };
    let everyone = || [["--domain", "default"], ["--group", "default"], ["--keypair", &key]].map(of);
    assert_eq!(everyone(), [true; 3]);
    let show = || world.document(&["resource-group", "show", "gpu"]);
    assert_eq!(show()["scheduler_opts"]["num_retries_to_skip"], 0);
    world.done(&["resource-group", "change", "gpu", "--head-of-line", "3", "--scheduler", "lifo"]);
    assert_eq!((&show()["scheduler"], &show()["scheduler_opts"]["num_retries_to_skip"]), (&"lifo".into(), &3.into()));
    world.done(&["resource-group", "change", "gpu", "--head-of-line", "free", "--session-type", "batch"]);
    assert_eq!(show()["scheduler_opts"].get("num_retries_to_skip"), None);
    assert_eq!(show()["scheduler_opts"]["allowed_session_types"], serde_json::json!(["batch"]));
    world.done(&["resource-group", "change", "gpu", "--scheduler", "drf"]);
    assert!(
        world.failed(&world.root, 2, &["resource-group", "change", "gpu", "--head-of-line", "strict"]).contains("drf")
    );
    world.done(&["resource-group", "disable", "gpu"]);
    assert_eq!(show()["is_active"], false);
    world.done(&["resource-group", "enable", "gpu"]);
    assert_eq!(show()["is_active"], true);
    // Whoever is not there is told before anything is done.
    let deny = ["--deny-domain", "default", "--deny-group", "default", "--deny-key", &key];
    world.failed(
        &world.root,
        1,
        &[&["resource-group", "change", "gpu", "--allow-domain", "nowhere"], &deny[..]].concat(),
    );
    assert_eq!(everyone(), [true; 3]);
    world.done(&[&["resource-group", "change", "gpu"], &deny[..]].concat());
    assert_eq!(everyone(), [false; 3]);
    let told = world.done(&["resource-group", "change", "gpu", "--deny-key", &key, "--allow-domain", "default"]);
    assert!(told.contains("may use gpu") && told.contains("may not already"), "{told}");
    world.done(&["resource-group", "remove", "gpu", "--yes"]);
    let told = world.failed(&world.root, 1, &["resource-group", "remove", "default", "--yes"]);
    assert!(told.contains("still has agents") && told.contains("resource-group disable"), "{told}");
}

/// Each verb of each noun as who may not: refused with what to do next, and nothing changed.
#[test]
fn lesser_roles_change_nothing() {
    let world = World::start();
    let root = world.root.clone();
    let bob = world.up.accounts.iter().find(|account| account.email.starts_with("bob")).unwrap().clone();
    let group = text(&world.document(&["group", "show", "default"])["id"]);
    let (alice, key) = (world.alice.email.clone(), world.alice.access_key.clone());
    let superadmins = [
        vec!["user", "add", "new@default.example", "--random-password"],
        vec!["user", "change", &alice, "--role", "superadmin"],
        vec!["user", "disable", &alice],
        vec!["user", "enable", &alice],
        vec!["user", "remove", &alice, "--yes", "--end-sessions"],
        vec!["user", "remove", &root.email, "--yes", "--end-sessions"],
        vec!["keypair", "add", &root.email, "--admin"],
        vec!["keypair", "change", &key, "--admin", "yes"],
        vec!["keypair", "disable", &key],
        vec!["keypair", "enable", &key],
        vec!["keypair", "remove", &key, "--yes"],
        vec!["domain", "add", "lab"],
        vec!["domain", "change", "default", "--description", "Mine"],
        vec!["domain", "disable", "default"],
        vec!["domain", "enable", "default"],
        vec!["domain", "remove", "default", "--yes", "--end-sessions"],
        vec!["policy", "add", "wide"],
        vec!["policy", "change", "default", "--sessions", "1000"],
        vec!["policy", "remove", "default", "--yes"],
        vec!["preset", "add", "tiny", "--cpu", "1"],
        vec!["preset", "change", "small", "--cpu", "100"],
        vec!["preset", "remove", "small", "--yes"],
        vec!["resource-group", "add", "gpu"],
        vec!["resource-group", "change", "default", "--deny-domain", "default"],
        vec!["resource-group", "disable", "default"],
        vec!["resource-group", "enable", "default"],
        vec!["resource-group", "remove", "default", "--yes"],
    ];
    let admins = [
        vec!["group", "add", "mine"],
        vec!["group", "change", &group, "--description", "Mine"],
        vec!["group", "change", &group, "--remove-user", &bob.email],
        vec!["group", "disable", &group],
        vec!["group", "enable", &group],
        vec!["group", "remove", &group, "--yes", "--end-sessions"],
    ];
    world.up.rollcall_ok(&world.alice, &["run", "bash", "--name", "goes-on"]);
    let before = world.everything();
    for arguments in &superadmins {
        for who in [&world.admin, &bob] {
            world.failed(who, 1, arguments);
        }
    }
    for arguments in &admins {
        world.failed(&bob, 1, arguments);
    }
    assert_eq!(world.everything(), before);
    assert!(world.up.rollcall_ok(&world.alice, &["ps"]).contains("goes-on"));
    // An admin may change projects of the own domain, and no others.
    world.done(&["domain", "add", "lab"]);
    world.done(&["group", "add", "far", "--domain", "lab"]);
    let far = text(&world.document(&["group", "show", "far"])["id"]);
    let before = world.everything();
    for arguments in [
        vec!["group", "disable", &far],
        vec!["group", "change", &group, "--to-domain", "lab"],
        vec!["group", "add", "x", "--domain", "lab"],
    ] {
        world.failed(&world.admin, 1, &arguments);
    }
    assert_eq!(world.everything(), before);
    world.up.rollcall_ok(&world.admin, &["admin", "group", "change", &group, "--description", "Ours"]);
    wait_for("the description", || (world.document(&["group", "show", &group])["description"] == "Ours").then_some(()));
}
