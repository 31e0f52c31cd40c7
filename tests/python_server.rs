//! The unmodified Python client directs the real server: status, freeze, announcement, agents, and what
//! it says where there is nothing to direct. What is of sessions and images is in `scorecard`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use harness::{Account, Up, python, signed, wait_for};

struct Stage<'a> {
    cli: python::Cli<'a>,
    root: Account,
    alice: Account,
}

impl Stage<'_> {
    /// Everything that a command prints, however it ends.
    fn says(&self, account: &Account, arguments: &[&str]) -> String {
        let output = self.cli.run_and_type(account, arguments, "y\n");
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    }

    /// Whether the superadmin's command does it, and the plain user's does not.
    fn only_root(&self, arguments: &[&str]) -> String {
        let refused = self.says(&self.alice, arguments);
        assert!(refused.contains("401"), "{arguments:?} as a user: {refused}");
        let text = self.says(&self.root, arguments);
        assert!(!text.contains('✘') && !text.contains("Error"), "{arguments:?}: {text}");
        text
    }

    fn status(&self) -> serde_json::Value {
        signed::request(self.cli.up, &self.alice, "GET", "/manager/status", None).unwrap().json
    }
}

fn with_stage(test: &str, story: impl FnOnce(&Stage<'_>)) {
    let Some(python) = python::OF_2021.interpreter(&format!("python_server::{test}")) else { return };
    let up = Up::start(&[]);
    let [root, alice] = [0, 2].map(|index| up.accounts[index].clone());
    story(&Stage { cli: python::Cli { python, up: &up }, root, alice });
}

#[test]
fn the_server_is_frozen_and_thawed() {
    with_stage("the_server_is_frozen_and_thawed", |stage| {
        let (root, alice) = (&stage.root, &stage.alice);
        let start = |name: &str| stage.says(alice, &["start", "bash", "--name", name, "-r", "cpu=1", "-r", "mem=256m"]);
        assert!(start("py-before").contains("is created and ready"));
        let text = stage.cli.ok(root, &["admin", "manager", "status"]);
        assert!(text.lines().any(|line| line.starts_with("running") && line.ends_with(" 1")), "{text}");
        stage.only_root(&["admin", "manager", "freeze"]);
        assert_eq!(stage.status()["status"], "frozen");
        assert!(stage.cli.ok(root, &["admin", "manager", "status"]).contains("frozen"));
        let refused = start("py-frozen");
        assert!(refused.contains("frozen due to maintenance"), "{refused}");
        assert!(stage.cli.ok(alice, &["ps"]).contains("py-before"));
        stage.only_root(&["admin", "manager", "unfreeze"]);
        assert_eq!(stage.status()["status"], "running");
        assert!(start("py-thawed").contains("is created and ready"));
        stage.only_root(&["admin", "manager", "freeze", "--force-kill"]);
        assert_eq!((&stage.status()["status"], &stage.status()["active_sessions"]), (&"frozen".into(), &0.into()));
        let ended = stage.cli.ok(alice, &["ps", "--dead"]);
        assert!(ended.contains("py-before") && ended.contains("py-thawed"), "{ended}");
    });
}

/// A freeze outlives the program.
#[test]
fn a_freeze_is_kept() {
    let Some(python) = python::OF_2021.interpreter("python_server::a_freeze_is_kept") else { return };
    let mut up = Up::start(&[]);
    let root = up.accounts[0].clone();
    python::Cli { python: python.clone(), up: &up }.ok(&root, &["admin", "manager", "freeze", "--wait"]);
    up.signal("TERM");
    up.ended();
    up.start_again();
    let cli = python::Cli { python, up: &up };
    assert!(cli.ok(&root, &["admin", "manager", "status"]).contains("frozen"));
    cli.ok(&root, &["admin", "manager", "unfreeze"]);
    assert!(cli.ok(&root, &["admin", "manager", "status"]).contains("running"));
}

#[test]
fn an_announcement_is_told_and_taken_back() {
    with_stage("an_announcement_is_told_and_taken_back", |stage| {
        let get = || stage.cli.ok(&stage.alice, &["admin", "announcement", "get"]);
        assert!(!get().contains("Down at noon"));
        stage.only_root(&["admin", "announcement", "update", "-m", "Down at noon, back at one."]);
        assert!(get().contains("Down at noon, back at one."));
        // Every command tells it until it is dismissed.
        let told = stage.says(&stage.alice, &["ps"]);
        assert!(told.contains("Down at noon"), "{told}");
        stage.only_root(&["admin", "announcement", "delete"]);
        assert!(!get().contains("Down at noon"));
    });
}

#[test]
fn agents_and_totals_are_directed() {
    with_stage("agents_and_totals_are_directed", |stage| {
        let agents = stage.cli.ok(&stage.root, &["admin", "agent", "list"]);
        let agent = agents.split_whitespace().find(|word| word.starts_with("i-")).unwrap();
        stage.only_root(&["admin", "manager", "scheduler", "exclude-agents", agent]);
        let start = ["start", "bash", "--name", "py-waits", "--enqueue-only", "-r", "cpu=1", "-r", "mem=256m"];
        stage.cli.ok(&stage.alice, &start);
        let unknown = stage.says(&stage.root, &["admin", "manager", "scheduler", "include-agents", agent, "i-none"]);
        assert!(unknown.contains("404"), "{unknown}");
        assert!(stage.cli.ok(&stage.alice, &["ps"]).contains("PENDING"));
        stage.only_root(&["admin", "manager", "scheduler", "include-agents", agent]);
        wait_for("its start", || stage.cli.ok(&stage.alice, &["ps"]).contains("RUNNING").then_some(()));
        stage.only_root(&["admin", "resource", "recalculate-usage"]);
        assert!(stage.only_root(&["admin", "resource", "docker-registries"]).contains("local.rollcall"));
        assert!(stage.cli.ok(&stage.alice, &["admin", "resource", "query-slots"]).contains("cpu"));
        // There is no watcher beside the agent, and the client says so in our words.
        for command in ["status", "agent-start", "agent-stop", "agent-restart"] {
            let text = stage.says(&stage.root, &["admin", "watcher", command, agent]);
            assert!(text.contains("has no watcher"), "{command}: {text}");
            let text = stage.says(&stage.root, &["admin", "watcher", command, "i-none"]);
            assert!(text.contains("No such instance"), "{command}: {text}");
        }
    });
}
