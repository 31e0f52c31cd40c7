//! `rollcall up` from the outside: what it prints and writes, who may read it, what it refuses, and
//! that sessions outlive it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use harness::{Account, Up, program, traces, wait_for};
use serde_json::Value;

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// A start that must fail by itself, and what it said.
fn refused(arguments: &[&str]) -> String {
    let output: Output = Command::new("timeout")
        .args(["30", program(), "up", "--console", "off"])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let code = output.status.code();
    assert!(matches!(code, Some(1 | 2)), "ended with {code:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn list(up: &Up, account: &Account, more: &[&str]) -> Vec<Value> {
    let text = up.rollcall_ok(account, &[&["ps", "--json", "-n", "1000"], more].concat());
    let document: Value = serde_json::from_str(&text).unwrap();
    document["items"].as_array().unwrap().clone()
}

#[test]
fn a_first_start_tells_everything_once_and_closes_it_to_others() {
    let mut up = Up::start(&[]);
    let printed = wait_for("the banner", || Some(up.printed()).filter(|text| text.contains("Ctrl-C")));
    for part in [up.api.as_str(), "Fence", "Limits", "export BACKEND_ENDPOINT=", "export BACKEND_SECRET_KEY="] {
        assert!(printed.contains(part), "no {part} in:\n{printed}");
    }
    let shown: Vec<String> = up.accounts.iter().map(|one| format!("{} {}", one.role, one.domain)).collect();
    assert_eq!(shown, ["superadmin default", "admin default", "user default", "user default"]);
    assert!(up.accounts.iter().all(|account| printed.contains(&account.secret_key)));

    let file = up.home.path().join("accounts.json");
    assert_eq!((mode(&up.data_dir()), mode(&file), mode(&up.data_dir().join("keyring"))), (0o700, 0o600, 0o600));
    let database = std::fs::read(up.data_dir().join("rollcall.db")).unwrap();
    let secret = up.accounts[0].secret_key.as_bytes();
    assert!(!database.windows(secret.len()).any(|window| window == secret), "a secret key lies open in the database");

    let held = refused(&["--api", "127.0.0.1:0", "--data-dir", up.data_dir().to_str().unwrap()]);
    assert!(held.contains("is in use by a running") && held.contains(&up.api), "{held}");

    assert!(!up.data_dir().join("first-accounts.json").exists(), "what was told must not be kept");
    let before = std::fs::read(&file).unwrap();
    up.signal("INT");
    assert!(up.ended().success());
    up.start_again();
    let printed = up.printed();
    assert!(printed.contains("Everything is as it was") && !printed.contains("BACKEND_SECRET_KEY"), "{printed}");
    assert_eq!(std::fs::read(&file).unwrap(), before);
    up.rollcall_ok(&up.accounts[2].clone(), &["ps"]);
}

#[test]
fn the_demonstration_gives_each_role_its_own_past() {
    let up = Up::start(&["--demo"]);
    assert_eq!(up.accounts.len(), 7);
    let finished = |account: &Account| list(&up, account, &["--tab", "finished"]).len();
    let own = |email: &str| up.accounts.iter().find(|account| account.email.starts_with(email)).unwrap().clone();
    for name in ["alice", "bob", "carol", "dave"] {
        let count = finished(&own(name));
        assert!((60..=300).contains(&count), "{name} sees {count}");
    }
    let domain = |name: &str| finished(up.account("admin", name));
    let (first, second) = (domain("default"), domain("research"));
    assert!(first > finished(&own("alice")) + finished(&own("bob")));
    assert!(second > finished(&own("carol")) + finished(&own("dave")));
    let all = up.rollcall_ok(up.account("superadmin", "default"), &["ps", "--json", "-n", "1", "--tab", "finished"]);
    let all: Value = serde_json::from_str(&all).unwrap();
    assert_eq!(all["total_count"].as_u64().unwrap(), (first + second) as u64);
    let failed = list(&up, &own("alice"), &["--tab", "others"]);
    assert!(!failed.is_empty() && failed.iter().all(|row| row["status"] == "ERROR"), "{failed:?}");
}

#[test]
fn the_demonstration_after_the_first_start_is_refused_in_words() {
    let mut up = Up::start(&[]);
    up.signal("TERM");
    assert!(up.ended().success());
    up.arguments_from_now_on(&["--demo"]);
    up.start_again();
    assert!(up.printed().contains("--demo applies to the first start only"), "{}", up.printed());
}

#[test]
fn a_running_session_outlives_an_interrupt_and_is_found_again() {
    let mut up = Up::start(&[]);
    let user = up.account("user", "default").clone();
    up.rollcall_ok(&user, &["run", "bash", "--name", "outlives"]);
    let shims = traces::shims(&up.data_dir());
    assert_eq!(shims.len(), 1);
    up.signal("INT");
    assert!(up.ended().success());
    assert_eq!(traces::shims(&up.data_dir()).len(), 1, "the session ended with the program");
    up.start_again();
    let found = list(&up, &user, &[]);
    assert_eq!((found.len(), &found[0]["name"], &found[0]["status"]), (1, &"outlives".into(), &"RUNNING".into()));
    assert_eq!(traces::shims(&up.data_dir())[0].id, shims[0].id);
    up.rollcall_ok(&user, &["rm", "outlives"]);
    wait_for("the end of its processes", || traces::family(&up.data_dir()).is_empty().then_some(()));
}

#[test]
fn what_cannot_be_served_is_refused_before_anything_is_made() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let data = data.to_str().unwrap();
    let open = refused(&["--api", "0.0.0.0:0", "--data-dir", data]);
    assert!(open.contains("--insecure-http"), "{open}");
    assert!(!Path::new(data).exists());

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let busy = refused(&["--api", &address, "--data-dir", data]);
    assert!(busy.contains("is in use by another program"), "{busy}");
    assert!(!Path::new(data).join("rollcall.db").exists());

    std::fs::write(home.path().join("other"), "").unwrap();
    let foreign = refused(&["--api", "127.0.0.1:0", "--data-dir", home.path().to_str().unwrap()]);
    assert!(foreign.contains("no data directory of Rollcall"), "{foreign}");
}

#[test]
fn without_a_fence_it_starts_and_refuses_sessions() {
    let up = Up::start(&["--fence", "none"]);
    let printed = wait_for("the banner", || Some(up.printed()).filter(|text| text.contains("Ctrl-C")));
    assert!(printed.contains("bubblewrap") && printed.contains("--unsandboxed"), "{printed}");
    let refused = up.rollcall(up.account("user", "default"), &["run", "bash", "--name", "refused"]);
    assert!(!refused.status.success());
    assert!(traces::shims(&up.data_dir()).is_empty());
}
