//! Where keys and passwords end up: in no log, and in no file that isn't sealed.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json;

use crate::harness::signed::{graphql, request};
use crate::harness::{Up, program, wait_for};
use crate::nothing_panicked;

const NEW_PASSWORD: &str = "a new person's long word";
const WRONG_PASSWORD: &str = "a wrong person's long word";
const VARIABLE: &str = "hush-this-is-the-variable";

#[test]
fn no_secret_gets_into_a_log_or_lies_open_on_the_disk() {
    // As much as it can say, of everything.
    let up = Up::start_with(&[], &[("RUST_LOG", "trace")]);
    let user = up.account("user", "default").clone();
    let root = up.account("superadmin", "default").clone();
    login(&up, &user.password);
    login(&up, WRONG_PASSWORD);
    let made = graphql(
        &up,
        &root,
        &format!(
            "mutation {{ create_user(email: \"new@example.com\", props: {{username: \"new\", password: \"{NEW_PASSWORD}\", \
             need_password_change: false, domain_name: \"default\"}}) {{ ok msg keypair {{ secret_key }} }} }}"
        ),
    )
    .unwrap();
    let made = made["keypair"]["secret_key"].as_str().unwrap().to_owned();
    let environ = format!("TOKEN={VARIABLE}");
    up.rollcall_ok(&user, &["run", "bash", "--name", "keeper", "-e", &environ]);
    up.rollcall_ok(&user, &["ps"]);
    up.rollcall_ok(&user, &["info", "keeper"]);
    let broken =
        request(&up, &user, "POST", "/session", Some(&json!({"name": 5, "config": {"environ": {"TOKEN": VARIABLE}}})));
    assert_eq!(broken.unwrap().status, 400);
    up.rollcall_ok(&user, &["rm", "keeper"]);
    let mut secrets = vec![made, NEW_PASSWORD.to_owned(), WRONG_PASSWORD.to_owned()];
    secrets.extend(up.accounts.iter().flat_map(|account| [account.secret_key.clone(), account.password.clone()]));

    let logged = up.logged();
    assert!(logged.contains("DEBUG") && logged.contains("/auth/authorize"), "the log is not at its loudest");
    for secret in secrets.iter().chain([&VARIABLE.to_owned()]) {
        assert!(!logged.contains(secret), "{secret} is in the log");
    }
    let requests = std::fs::read_to_string(up.home.path().join(".local/state/rollcall/requests.log")).unwrap();
    assert!(requests.lines().count() > 5);
    for secret in secrets.iter().chain([&VARIABLE.to_owned(), &user.email]) {
        assert!(!requests.contains(secret), "{secret} is in the log of requests");
    }
    // The database with its log, whatever is beside it: secrets are sealed, passwords hashed.
    let files = wait_for("files", || Some(files(&up.data_dir())).filter(|files| files.len() > 2));
    assert!(files.iter().any(|file| file.ends_with("rollcall.db")), "{files:?}");
    for file in files {
        let Ok(bytes) = std::fs::read(&file) else { continue };
        for secret in &secrets {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} lies open in {}", file.display());
        }
    }
    let mode = |path: PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!([mode(up.data_dir()), mode(up.data_dir().join("keyring"))], [0o700, 0o600]);
    nothing_panicked(&up);
}

fn login(up: &Up, password: &str) {
    let email = &up.account("user", "default").email;
    let mut command = Command::new(program());
    command.args(["login", &up.api, "--email", email, "--password-stdin"]).env("HOME", up.home.path());
    command.env_remove("XDG_CONFIG_HOME").env_remove("XDG_STATE_HOME");
    let mut login = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    login.stdin.take().unwrap().write_all(format!("{password}\n").as_bytes()).unwrap();
    login.wait().unwrap();
}

fn files(place: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(place).into_iter().flatten().flatten() {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            found.extend(files(&entry.path()));
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
    found
}
