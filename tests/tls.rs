//! HTTPS from the outside: our own client, curl and the unmodified Python client, with an authority
//! that only they were told of.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use harness::{Account, Up, program, python, succeeded, wait_for};
use rollcall_testkit::authority::{Authority, Valid};

struct Encrypted {
    files: tempfile::TempDir,
    authority: Authority,
    up: Up,
}

impl Encrypted {
    fn start() -> Self {
        let files = tempfile::tempdir().unwrap();
        let authority = Authority::new(files.path(), "authority");
        let (certificate, key) = authority.issue("server", &["127.0.0.1"], Valid::Now);
        let up = Up::start_with(
            &[],
            &[
                ("ROLLCALL_API_TLS_CERTIFICATE", certificate.to_str().unwrap()),
                ("ROLLCALL_API_TLS_KEY", key.to_str().unwrap()),
            ],
        );
        Self { files, authority, up }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    fn user(&self) -> Account {
        self.up.account("user", "default").clone()
    }

    fn ours(&self, authority: Option<&Path>, arguments: &[&str]) -> Output {
        let mut command = Command::new(program());
        command.args(arguments).stdin(Stdio::null()).env("HOME", self.up.home.path());
        command.env_remove("XDG_CONFIG_HOME").env_remove("ROLLCALL_CA_FILE");
        command.envs(self.up.credentials(&self.user()));
        if let Some(file) = authority {
            command.env("ROLLCALL_CA_FILE", file);
        }
        command.output().unwrap()
    }

    /// Puts another certificate in place and tells the program; waits until our client says so.
    fn replaced(&self, authority: &Authority, names: &[&str], valid: Valid, told: &str) {
        authority.issue("server", names, valid);
        self.up.signal("HUP");
        wait_for(told, || {
            let output = self.ours(Some(&self.file("authority.pem")), &["ps"]);
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            (output.status.code() == Some(1) && text.contains(told)).then_some(())
        });
    }
}

#[test]
fn our_client_trusts_whom_it_was_told_to_and_nobody_else() {
    let encrypted = Encrypted::start();
    let up = &encrypted.up;
    assert!(up.api.starts_with("https://127.0.0.1:"), "{}", up.api);
    let authority = encrypted.file("authority.pem");
    succeeded("ps over HTTPS", &encrypted.ours(Some(&authority), &["ps"]));

    let untold = encrypted.ours(None, &["ps"]);
    let text = String::from_utf8_lossy(&untold.stderr).into_owned();
    assert_eq!(untold.status.code(), Some(1), "{text}");
    for part in ["the server's certificate is refused", "no authority that is trusted here", "--ca FILE"] {
        assert!(text.contains(part), "no {part} in: {text}");
    }
    std::fs::write(encrypted.file("empty.pem"), "").unwrap();
    for (file, part) in [("empty.pem", "holds no certificate"), ("none.pem", "reading the authority's file")] {
        let output = encrypted.ours(Some(&encrypted.file(file)), &["ps"]);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && text.contains(part) && text.contains(file), "{text}");
    }

    encrypted.replaced(&encrypted.authority, &["127.0.0.1"], Valid::Past, "it has expired");
    encrypted.replaced(&encrypted.authority, &["rollcall.example"], Valid::Now, "for another name");
    let other = Authority::new(encrypted.files.path(), "other");
    encrypted.replaced(&other, &["127.0.0.1"], Valid::Now, "no authority that is trusted here");
    succeeded("ps with the new authority", &encrypted.ours(Some(&encrypted.file("other.pem")), &["ps"]));
}

#[test]
fn signing_in_keeps_the_authority() {
    let encrypted = Encrypted::start();
    let user = encrypted.user();
    let clean = |arguments: &[&str]| {
        let mut command = Command::new(program());
        command.args(arguments).env_clear().env("HOME", encrypted.up.home.path());
        command.current_dir(encrypted.files.path());
        command
    };
    let mut login =
        clean(&["login", &encrypted.up.api, "--ca", "authority.pem", "--email", &user.email, "--password-stdin"]);
    let mut child = login.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(user.password.as_bytes()).unwrap();
    succeeded("login over HTTPS", &child.wait_with_output().unwrap());
    let mut ps = clean(&["ps"]);
    succeeded("ps with the profile", &ps.current_dir("/").stdin(Stdio::null()).output().unwrap());
}

#[test]
fn curl_and_the_python_client_agree() {
    let encrypted = Encrypted::start();
    let authority = encrypted.file("authority.pem");
    let health = format!("{}/healthz", encrypted.up.api);
    let curl = |arguments: &[&str]| Command::new("curl").args(["-sS", "--max-time", "30"]).args(arguments).output();
    match curl(&["--cacert", authority.to_str().unwrap(), &health]) {
        Ok(output) => {
            assert_eq!(succeeded("curl", &output), r#"{"status":"ok"}"#);
            assert!(!curl(&[&health]).unwrap().status.success());
        }
        Err(_) => rollcall_testkit::skip::missing("tls::curl", "there is no curl", "install curl"),
    }
    let Some(python) = python::OF_2021.interpreter("tls::curl_and_the_python_client_agree") else { return };
    let ps = |trusted: &Path| {
        let mut command = Command::new(python.with_file_name("backend.ai"));
        command.arg("ps").envs(encrypted.up.credentials(&encrypted.user())).env("HOME", encrypted.up.home.path());
        command.env("SSL_CERT_FILE", trusted).env("PYTHONWARNINGS", "ignore").stdin(Stdio::null()).output().unwrap()
    };
    succeeded("backend.ai ps over HTTPS", &ps(&authority));
    let other = Authority::new(encrypted.files.path(), "other");
    drop(other);
    assert!(!ps(&encrypted.file("other.pem")).status.success());
}
