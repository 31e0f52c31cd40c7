//! The client commands where no server is: what they say, and their exit codes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The program with nothing of the caller's environment but a home of its own.
fn rollcall(home: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall"));
    command.env_clear().env("HOME", home).args(words).stdin(Stdio::null());
    command
}

#[track_caller]
fn check(output: &Output, code: i32, told: &[&str]) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{text}");
    for words in told {
        assert!(text.contains(words), "`{words}` is missing in: {text}");
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn nobody_signed_in() {
    let home = tempfile::tempdir().unwrap();
    let output = rollcall(home.path(), &["ps"]).output().unwrap();
    check(&output, 2, &["you are not signed in", "rollcall login"]);
    let output = rollcall(home.path(), &["ps", "--profile", "work"]).output().unwrap();
    check(&output, 2, &["no profile `work`"]);
    let output = rollcall(home.path(), &["ps"]).env("BACKEND_ENDPOINT", "http://127.0.0.1:1").output().unwrap();
    check(&output, 2, &["BACKEND_ACCESS_KEY and BACKEND_SECRET_KEY"]);
}

#[test]
fn no_server_there() {
    let home = tempfile::tempdir().unwrap();
    let endpoint = format!("http://127.0.0.1:{}", free_port());
    let output = rollcall(home.path(), &["ps"])
        .envs([("BACKEND_ENDPOINT", endpoint.as_str()), ("BACKEND_ACCESS_KEY", "AKIA"), ("BACKEND_SECRET_KEY", "hush")])
        .output()
        .unwrap();
    check(&output, 1, &["cannot reach", &endpoint, "rollcall up"]);
    assert!(!String::from_utf8_lossy(&output.stderr).contains("hush"));
}

#[test]
fn a_profile_others_may_read_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(".config/rollcall/profiles.toml");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "[profiles.default]\nendpoint='http://127.0.0.1:1'\naccess_key='a'\nsecret_key='hush'\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let output = rollcall(home.path(), &["ps"]).output().unwrap();
    check(&output, 2, &["others may read it (mode 644)", "chmod 600"]);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&path, "[profiles.default]\nsecret_key = hush\n").unwrap();
    let output = rollcall(home.path(), &["ps"]).output().unwrap();
    check(&output, 2, &["no valid TOML"]);
    assert!(!String::from_utf8_lossy(&output.stderr).contains("hush"));
}

#[test]
fn without_a_terminal_nothing_is_asked() {
    let home = tempfile::tempdir().unwrap();
    check(&rollcall(home.path(), &["login"]).output().unwrap(), 2, &["Address is needed", "rollcall login http"]);
    let endpoint = format!("http://127.0.0.1:{}", free_port());
    let mut login = rollcall(home.path(), &["login", &endpoint, "--email", "me@example.com", "--password-stdin"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The address is found wrong before the password is read, so nobody may be there to take it.
    let _ = login.stdin.take().unwrap().write_all(b"hush\n");
    check(&login.wait_with_output().unwrap(), 1, &["cannot reach", "rollcall up"]);
    assert!(!home.path().join(".config/rollcall/profiles.toml").exists());
}

#[test]
fn a_reader_that_went_away_is_no_error() {
    let home = tempfile::tempdir().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output =
        rollcall(home.path(), &["completions", "bash"]).stdout(writer).stderr(Stdio::piped()).output().unwrap();
    check(&output, 0, &[]);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn every_shell_has_completions() {
    let home = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = rollcall(home.path(), &["completions", shell]).output().unwrap();
        check(&output, 0, &[]);
        assert!(String::from_utf8_lossy(&output.stdout).contains("rollcall"), "{shell}");
    }
}

#[test]
fn wrong_use_ends_with_two() {
    let home = tempfile::tempdir().unwrap();
    for words in
        [&["nonsense"][..], &["ps", "--tab", "nothing"], &["ps", "--limit", "0"], &["rm"], &["ps", "--page", "0"]]
    {
        check(&rollcall(home.path(), words).output().unwrap(), 2, &["error"]);
    }
}

#[test]
fn requests_are_recorded_for_their_owner_alone() {
    let home = tempfile::tempdir().unwrap();
    let endpoint = format!("http://127.0.0.1:{}", free_port());
    let variables =
        [("BACKEND_ENDPOINT", endpoint.as_str()), ("BACKEND_ACCESS_KEY", "AKIA"), ("BACKEND_SECRET_KEY", "hush")];
    let empty = rollcall(home.path(), &["log"]).output().unwrap();
    check(&empty, 0, &["No request is recorded"]);
    rollcall(home.path(), &["ps"]).envs(variables).env("ROLLCALL_REQUEST_LOG", "off").output().unwrap();
    check(&rollcall(home.path(), &["log"]).output().unwrap(), 0, &["No request is recorded"]);
    rollcall(home.path(), &["ps"]).envs(variables).output().unwrap();
    let path = home.path().join(".local/state/rollcall/requests.log");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let output = rollcall(home.path(), &["log", "--json", "-n", "2"]).output().unwrap();
    check(&output, 0, &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "a refused connection is tried again: {text}");
    assert!(lines[1].contains("\"error\":\"connection\"") && !text.contains("hush"), "{text}");
    let table = rollcall(home.path(), &["log"]).output().unwrap();
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(table.contains("OUTCOME") && table.contains("connection"), "{table}");
}
