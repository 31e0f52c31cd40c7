//! The unmodified Python client against the real program: its command line as each role, and a
//! script on its SDK.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use harness::{Account, Up, python, traces, wait_for};

#[test]
fn a_session_from_its_start_to_its_end() {
    let Some(python) = python::OF_2021.interpreter("python_cli::a_session_from_its_start_to_its_end") else { return };
    let up = Up::start(&[]);
    let cli = python::Cli { python, up: &up };
    let alice = up.account("user", "default").clone();
    cli.ok(&alice, &["start", "bash", "--name", "py-first", "-r", "cpu=1", "-r", "mem=256m"]);
    assert!(cli.ok(&alice, &["ps"]).contains("py-first"));
    assert!(cli.ok(&alice, &["ps", "--running"]).contains("py-first"));
    assert!(!cli.ok(&alice, &["ps", "--dead"]).contains("py-first"));
    assert!(cli.ok(&alice, &["ps", "-s", "ALL"]).contains("py-first"));
    assert!(cli.ok(&alice, &["ps", "--detail"]).contains("py-first"));
    let formatted = cli.ok(&alice, &["ps", "--plain", "--format", "name,status,occupied_slots"]);
    assert!(formatted.contains("py-first") && formatted.contains("RUNNING"), "{formatted}");
    let id = cli.id_of(&alice, "py-first");
    let told = cli.ok(&alice, &["info", &id]);
    assert!(told.contains("py-first") && told.contains("RUNNING"), "{told}");
    cli.ok(&alice, &["session", "logs", "py-first"]);
    cli.ok(&alice, &["session", "rename", "py-first", "py-second"]);
    cli.ok(&alice, &["restart", "py-second"]);
    wait_for("the replacement", || cli.ok(&alice, &["ps", "--running"]).contains("py-second").then_some(()));
    cli.ok(&alice, &["rm", "py-second"]);
    wait_for("its end", || cli.ok(&alice, &["ps", "--dead"]).contains("py-second").then_some(()));
    assert!(traces::family(&up.data_dir()).is_empty());
}

#[test]
fn each_role_sees_its_own_list() {
    let Some(python) = python::OF_2021.interpreter("python_cli::each_role_sees_its_own_list") else { return };
    let up = Up::start(&[]);
    let cli = python::Cli { python, up: &up };
    let [superadmin, admin, alice, bob] = [0, 1, 2, 3].map(|index| up.accounts[index].clone());
    for (account, name) in [(&alice, "of-alice"), (&bob, "of-bob")] {
        cli.ok(account, &["start", "bash", "--name", name, "-r", "cpu=1", "-r", "mem=256m"]);
    }
    let sees = |account| {
        let text = cli.ok(account, &["ps"]);
        (text.contains("of-alice"), text.contains("of-bob"))
    };
    assert_eq!([sees(&alice), sees(&bob)], [(true, false), (false, true)]);
    assert_eq!([sees(&admin), sees(&superadmin)], [(true, true), (true, true)]);
}

#[test]
fn administrators_list_people_keys_and_machines() {
    let Some(python) = python::OF_2021.interpreter("python_cli::administrators_list_people_keys_and_machines") else {
        return;
    };
    let up = Up::start(&[]);
    let cli = python::Cli { python, up: &up };
    let [superadmin, admin, alice] = [0, 1, 2].map(|index| up.accounts[index].clone());
    let items = |account: &Account, arguments: &[&str]| {
        let text = cli.ok(account, &[&["--output", "json", "admin"], arguments].concat());
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        let items = document["items"].as_array().unwrap().clone();
        assert!(document["total_count"].as_u64() >= Some(items.len() as u64), "{text}");
        items
    };
    let of = |items: &[serde_json::Value], key: &str| {
        items.iter().map(|item| item[key].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    // Tables for people.
    assert!(cli.ok(&superadmin, &["admin", "user", "list"]).contains(&alice.email));
    assert!(cli.ok(&admin, &["admin", "user", "list"]).contains(&alice.email));
    assert!(cli.ok(&superadmin, &["admin", "keypair", "list"]).contains(&alice.access_key));
    let agents = cli.ok(&superadmin, &["admin", "agent", "list"]);
    assert!(agents.contains("ALIVE"), "{agents}");
    let agent = agents.lines().find_map(|line| line.split_whitespace().find(|word| word.starts_with("i-"))).unwrap();
    // Use needs two looks at the machine, a second apart.
    wait_for("the use of the machine", || {
        let told = cli.ok(&superadmin, &["admin", "agent", "info", agent]);
        (told.contains("cpu_util:") && told.contains("mem:") && told.contains("cores)")).then_some(())
    });
    // There is no storage, and it is said in a way that the client reads.
    cli.ok(&superadmin, &["admin", "storage", "list"]);
    cli.ok(&superadmin, &["admin", "storage", "info", "a:b"]);
    cli.ok(&superadmin, &["admin", "vfolder", "list"]);
    cli.ok(&alice, &["vfolder", "list"]);
    // Filters and orders as they are typed.
    let filter = format!("email == \"{}\"", alice.email);
    let found = items(&superadmin, &["user", "list", "--filter", &filter]);
    assert_eq!(of(&found, "email"), std::slice::from_ref(&alice.email));
    assert!(found[0]["groups"].is_array() || found[0]["groups"].is_string(), "{found:?}");
    let found = items(&superadmin, &["user", "list", "--filter", "role == \"SUPERADMIN\"", "--order=-created_at"]);
    assert_eq!(of(&found, "email"), std::slice::from_ref(&superadmin.email));
    let filter = format!("access_key == \"{}\" & is_active is true", alice.access_key);
    let found = items(&admin, &["keypair", "list", "--filter", &filter, "--order", "email"]);
    assert_eq!(of(&found, "access_key"), std::slice::from_ref(&alice.access_key));
    let up_and_down =
        |sign: &str| of(&items(&superadmin, &["keypair", "list", &format!("--order={sign}access_key")]), "access_key");
    let mut down = up_and_down("-");
    down.reverse();
    assert_eq!((up_and_down("+"), down.len()), (down, up.accounts.len()));
    let found = items(&superadmin, &["agent", "list", "--filter", "status == \"LOST\"", "--order=-first_contact"]);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_script_on_the_sdk_works_unchanged() {
    let Some(python) = python::OF_2021.interpreter("python_cli::a_script_on_the_sdk_works_unchanged") else { return };
    let up = Up::start(&[]);
    let cli = python::Cli { python, up: &up };
    let text = cli.script(up.account("user", "default"), &python::script("sdk.py"), &[]);
    assert!(text.contains("all done"), "{text}");
}

#[test]
fn signing_in_by_cookie_at_the_console() {
    let Some(python) = python::OF_2021.interpreter("python_cli::signing_in_by_cookie_at_the_console") else { return };
    let up = Up::start(&[]);
    let alice = up.account("user", "default").clone();
    let home = tempfile::tempdir().unwrap();
    let console = up.console();
    // Everything that the client has afterwards is the cookie in its state directory.
    let run = |arguments: &[&str], typed: &str| {
        use std::io::Write as _;
        use std::process::{Command, Stdio};
        let mut child = Command::new("timeout")
            .arg("60")
            .arg(python.parent().unwrap().join("backend.ai"))
            .args(arguments)
            .env_clear()
            .envs([("PATH", "/usr/bin:/bin"), ("LANG", "C.UTF-8"), ("BACKEND_ENDPOINT_TYPE", "session")])
            .envs([("BACKEND_DOMAIN", "default"), ("BACKEND_GROUP", "default")])
            .env("BACKEND_ENDPOINT", &console)
            .env("HOME", home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        (output.status.success(), text)
    };
    let ok = |arguments: &[&str], typed: &str| {
        let (succeeded, text) = run(arguments, typed);
        assert!(succeeded, "{arguments:?}: {text}");
        text
    };
    assert!(!run(&["ps"], "").0, "nobody is signed in");
    let told = ok(&["login"], &format!("{}\n{}\n", alice.email, alice.password));
    assert!(told.contains("Login succeeded"), "{told}");
    ok(&["start", "bash", "--name", "py-cookie", "-r", "cpu=1", "-r", "mem=256m"], "");
    assert!(ok(&["ps"], "").contains("py-cookie"));
    ok(&["rm", "py-cookie"], "");
    ok(&["logout"], "");
    let (succeeded, text) = run(&["ps"], "");
    assert!(!succeeded && text.contains("Unauthorized access"), "{text}");
}
