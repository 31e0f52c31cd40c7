//! Our own command line against the real program.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::io::Write as _;
use std::process::{Command, Stdio};

use harness::{Up, program, succeeded, traces, wait_for};
use serde_json::Value;

#[test]
fn a_session_from_its_start_to_its_end() {
    let up = Up::start(&[]);
    let alice = up.account("user", "default").clone();
    up.rollcall_ok(&alice, &["run", "bash", "--name", "first-one", "-e", "GREETING=hello"]);
    let listed = up.rollcall_ok(&alice, &["ps"]);
    assert!(listed.contains("first-one") && listed.contains("running"), "{listed}");
    let document: Value = serde_json::from_str(&up.rollcall_ok(&alice, &["ps", "--json"])).unwrap();
    assert_eq!(document["items"][0]["name"], "first-one");
    let id = document["items"][0]["id"].as_str().unwrap().to_owned();
    let told = up.rollcall_ok(&alice, &["info", "first-one"]);
    assert!(told.contains(&id), "{told}");
    for line in ["fence ", "limits ", "network "] {
        assert!(told.lines().any(|told| told.starts_with(line)), "no {line}in:\n{told}");
    }
    up.rollcall_ok(&alice, &["rename", "first-one", "second-one"]);
    up.rollcall_ok(&alice, &["restart", "second-one"]);
    wait_for("the replacement", || up.rollcall_ok(&alice, &["ps"]).contains("running").then_some(()));
    up.rollcall_ok(&alice, &["rm", "second-one"]);
    let finished = up.rollcall_ok(&alice, &["ps", "--tab", "finished"]);
    assert!(finished.contains("second-one") && finished.contains("ended"), "{finished}");
    assert!(traces::family(&up.data_dir()).is_empty());
    let unknown = up.rollcall(&alice, &["info", "no-such-session"]);
    assert_eq!(unknown.status.code(), Some(1));
}

#[test]
fn logs_keep_what_a_batch_command_said() {
    let up = Up::start(&[]);
    let alice = up.account("user", "default").clone();
    up.rollcall_ok(&alice, &["run", "bash", "--name", "speaks", "--batch", "echo said-$((40 + 2)); sleep 1"]);
    let said = wait_for("its words", || {
        let output = up.rollcall(&alice, &["logs", "speaks"]);
        String::from_utf8(output.stdout).ok().filter(|text| text.contains("said-42"))
    });
    assert!(said.contains("said-42"));
}

#[test]
fn each_role_sees_its_own_list() {
    let up = Up::start(&[]);
    let [superadmin, admin, alice, bob] = [0, 1, 2, 3].map(|index| up.accounts[index].clone());
    up.rollcall_ok(&alice, &["run", "bash", "--name", "of-alice"]);
    up.rollcall_ok(&bob, &["run", "bash", "--name", "of-bob"]);
    let sees = |account| {
        let text = up.rollcall_ok(account, &["ps"]);
        (text.contains("of-alice"), text.contains("of-bob"))
    };
    assert_eq!([sees(&alice), sees(&bob)], [(true, false), (false, true)]);
    assert_eq!([sees(&admin), sees(&superadmin)], [(true, true), (true, true)]);
    assert!(!up.rollcall(&bob, &["rm", "of-alice"]).status.success());
    assert!(sees(&alice).0);
}

#[test]
fn login_keeps_a_profile_that_works_without_variables() {
    let up = Up::start(&[]);
    let bob = up.accounts[3].clone();
    let command = |arguments: &[&str]| {
        let mut command = Command::new(program());
        command.args(arguments).env("HOME", up.home.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        for variable in ["BACKEND_ENDPOINT", "BACKEND_ACCESS_KEY", "BACKEND_SECRET_KEY", "XDG_CONFIG_HOME"] {
            command.env_remove(variable);
        }
        command
    };
    let mut login = command(&["login", &up.api, "--email", &bob.email, "--password-stdin"]);
    let mut login = login.stdin(Stdio::piped()).spawn().unwrap();
    login.stdin.take().unwrap().write_all(format!("{}\n", bob.password).as_bytes()).unwrap();
    succeeded("rollcall login", &login.wait_with_output().unwrap());
    succeeded("rollcall ps", &command(&["ps"]).stdin(Stdio::null()).output().unwrap());
    succeeded("rollcall completions", &command(&["completions", "bash"]).output().unwrap());
}

#[test]
fn a_limit_is_told_and_put_off() {
    let up = Up::start(&[]);
    let (alice, bob, root) =
        (up.accounts[2].clone(), up.accounts[3].clone(), up.account("superadmin", "default").clone());
    up.rollcall_ok(&alice, &["run", "bash", "--name", "long-one"]);
    assert!(!up.rollcall_ok(&alice, &["info", "long-one"]).contains("Ends in"));
    let endless = up.rollcall(&alice, &["extend", "long-one", "1h"]);
    assert!(String::from_utf8_lossy(&endless.stderr).contains("nothing ends this session"), "{endless:?}");
    let props = "{max_session_lifetime: 36000, max_extension: 10800}";
    let changed = format!("mutation {{ modify_keypair_resource_policy(name: \"default\", props: {props}) {{ ok }} }}");
    assert_eq!(harness::signed::graphql(&up, &root, &changed).unwrap()["ok"], true);
    let told = up.rollcall_ok(&alice, &["info", "long-one"]);
    assert!(told.contains("because sessions may run for 10 h. It can be extended by 3 h."), "{told}");
    let extended = up.rollcall_ok(&alice, &["extend", "long-one", "2h"]);
    assert!(extended.starts_with("long-one extended by 2 h. Ends in 11 h"), "{extended}");
    let listed = up.rollcall_ok(&alice, &["ps"]);
    assert!(listed.contains("ends in 11 h"), "{listed}");
    let document: Value = serde_json::from_str(&up.rollcall_ok(&alice, &["ps", "--json"])).unwrap();
    assert_eq!(document["items"][0]["remaining"]["extendable_seconds"], 3600);
    let over = up.rollcall(&alice, &["extend", "long-one", "1h1s"]);
    assert_eq!(over.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&over.stderr).contains("extended by 1 h more (3600 s)"), "{over:?}");
    assert_eq!(up.rollcall(&alice, &["extend", "long-one", "soon"]).status.code(), Some(2));
    assert_eq!(up.rollcall(&bob, &["extend", "long-one", "1h"]).status.code(), Some(1));
    up.rollcall_ok(&alice, &["rm", "long-one"]);
}

#[test]
fn a_waiting_session_says_why() {
    let up = Up::start(&[]);
    let alice = up.account("user", "default").clone();
    up.rollcall_ok(&alice, &["run", "bash", "--name", "greedy", "--mem", "900t", "--no-wait"]);
    let told = wait_for("the reason", || {
        let told = up.rollcall_ok(&alice, &["info", "greedy"]);
        told.contains("Waits for memory: needs 921600 GiB, the largest agent of resource group default").then_some(told)
    });
    assert!(told.lines().any(|line| line.starts_with("would help ")), "{told}");
    let listed = up.rollcall_ok(&alice, &["ps"]);
    assert!(listed.contains("for memory"), "{listed}");
    let document: Value = serde_json::from_str(&up.rollcall_ok(&alice, &["ps", "--json"])).unwrap();
    assert_eq!(document["items"][0]["waiting"]["ahead"], 0);
    up.rollcall_ok(&alice, &["rm", "greedy"]);
}

/// `rollcall events`, whose output and notes go to files.
struct Listening(std::process::Child, std::path::PathBuf);

impl Listening {
    fn start(up: &Up, account: &harness::Account, name: &str, arguments: &[&str]) -> Self {
        let path = up.home.path().join(name);
        let file = |kind: &str| std::fs::File::create(path.with_extension(kind)).unwrap();
        let child = Command::new(program())
            .arg("events")
            .args(arguments)
            .env("HOME", up.home.path())
            .envs(up.credentials(account))
            .stdin(Stdio::null())
            .stdout(file("out"))
            .stderr(file("err"))
            .spawn()
            .unwrap();
        let listening = Self(child, path);
        wait_for("the begin of the stream", || listening.notes().contains("Listening").then_some(()));
        listening
    }

    fn printed(&self) -> String {
        std::fs::read_to_string(self.1.with_extension("out")).unwrap()
    }

    fn notes(&self) -> String {
        std::fs::read_to_string(self.1.with_extension("err")).unwrap()
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn events_are_heard_over_a_restart_of_the_server() {
    let mut up = Up::start(&[]);
    let [superadmin, alice, bob] = [0, 2, 3].map(|index| up.accounts[index].clone());
    let all = Listening::start(&up, &superadmin, "all", &["--json", "--scope", "session"]);
    let own = Listening::start(&up, &alice, "own", &[]);
    up.rollcall_ok(&bob, &["run", "bash", "--name", "of-bob"]);
    up.rollcall_ok(&alice, &["run", "bash", "--name", "of-alice"]);
    let started = |line: &str| line.contains("session started") && line.contains("of-alice");
    wait_for("an event", || own.printed().lines().any(started).then_some(()));
    assert!(!own.printed().contains("of-bob") && own.printed().contains("kernel started"), "{}", own.printed());
    wait_for("events of all", || (all.printed().lines().count() == 6).then_some(()));
    for line in all.printed().lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        assert!(event["event"].as_str().unwrap().starts_with("session_"), "{line}");
        assert!(event["sessionId"].is_string() && event["ownerAccessKey"].is_string(), "{line}");
    }
    let one = Listening::start(&up, &superadmin, "one", &["of-bob", "--owner", &bob.access_key]);
    up.signal("TERM");
    up.ended();
    up.start_again();
    for listening in [&all, &own, &one] {
        wait_for("the connection made again", || listening.notes().contains("is there again").then_some(()));
    }
    up.rollcall_ok(&alice, &["rm", "of-alice"]);
    up.rollcall_ok(&bob, &["rm", "of-bob"]);
    wait_for("the end", || one.printed().contains("session terminated").then_some(()));
    let line = one.printed().lines().last().unwrap().to_owned();
    assert!(line.contains(&format!("of-bob of {}, on request", bob.access_key)), "{line}");
    wait_for("the end of all", || (all.printed().lines().count() == 8).then_some(()));
    assert!(!one.printed().contains("of-alice") && !own.printed().contains("of-bob"));
    // Refused for good: it ends.
    let disabled = up.rollcall(&bob, &["events", "--group", "nowhere"]);
    assert_eq!(disabled.status.code(), Some(1), "{}", String::from_utf8_lossy(&disabled.stderr));
}

/// Before a limit ends a session its owner is told, and what to do about it.
#[test]
fn an_end_is_announced_and_pushed_out() {
    let up = Up::start(&[]);
    let [superadmin, alice] = [0, 2].map(|index| up.accounts[index].clone());
    let limits = ["--max-lifetime", "30s", "--max-extension", "1h"];
    up.rollcall_ok(&superadmin, &[&["admin", "policy", "change", "default"][..], &limits].concat());
    let heard = Listening::start(&up, &alice, "heard", &["--scope", "session"]);
    let document = Listening::start(&up, &alice, "document", &["--json"]);
    up.rollcall_ok(&alice, &["run", "bash", "--name", "short-lived"]);
    let soon = |line: &str| line.contains("session ending soon") && line.contains("short-lived, ends in ");
    let line = wait_for("the warning", || heard.printed().lines().find(|line| soon(line)).map(str::to_owned));
    assert!(line.ends_with("; `rollcall extend short-lived TIME` gives it more"), "{line}");
    assert!(document.printed().contains("\"event\":\"session_ending_soon\""), "{}", document.printed());
    up.rollcall_ok(&alice, &["extend", "short-lived", "30m"]);
    wait_for("the extension", || heard.printed().contains("session extended").then_some(()));
    assert!(up.rollcall_ok(&alice, &["ps"]).contains("short-lived"));
}

#[test]
fn a_password_is_changed_on_the_command_line() {
    let up = Up::start(&[]);
    let bob = up.accounts[3].clone();
    let fed = |arguments: &[&str], input: &str| {
        let mut command = Command::new(program());
        command.args(arguments).env("HOME", up.home.path()).envs(up.credentials(&bob));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let change = |old: &str, new: &str| fed(&["passwd", "--password-stdin"], &format!("{old}\n{new}\n"));
    let new = "another good password";
    for (old, new, code, said) in [
        ("wrong", new, 1, "Old password mismatch"),
        (bob.password.as_str(), "short", 2, "a password needs at least 8 characters"),
        (bob.password.as_str(), "", 2, "New password is empty"),
    ] {
        let refused = change(old, new);
        let told = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(code), "{told}");
        assert!(told.contains(said) && told.trim_end().lines().count() > 1, "{told}");
    }
    let changed = change(&bob.password, new);
    let told = format!("{changed:?}");
    assert!(changed.status.success() && !told.contains(new) && !told.contains(&bob.password), "{told}");
    let login = |password: &str| {
        fed(&["--profile", "x", "login", &up.api, "--email", &bob.email, "--password-stdin"], &format!("{password}\n"))
    };
    assert!(!login(&bob.password).status.success());
    succeeded("rollcall login", &login(new));
    let recorded = up.rollcall_ok(&bob, &["log"]);
    assert!(recorded.contains("/auth/update-password") && !recorded.contains(new), "{recorded}");
}
