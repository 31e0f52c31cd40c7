//! Rollcall under a service manager: what it tells one, and that the unit it comes with fits it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::Command;

use harness::{PATIENCE, Up, program, succeeded};

fn packaging(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging").join(file)
}

fn read(file: &str) -> String {
    std::fs::read_to_string(packaging(file)).unwrap()
}

/// The values of a directive of the unit.
fn values<'a>(unit: &'a str, name: &str) -> Vec<&'a str> {
    unit.lines()
        .filter_map(|line| line.split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value)
        .collect()
}

#[test]
fn it_tells_when_it_is_ready_alive_reading_anew_and_stopping() {
    let place = tempfile::tempdir().unwrap();
    let socket = UnixDatagram::bind(place.path().join("notify")).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let path = place.path().join("notify");
    let mut up = Up::start_with(&[], &[("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "300000")]);
    let next = |wanted: &str| loop {
        let mut text = [0; 4096];
        let length = socket.recv(&mut text).unwrap_or_else(|error| panic!("waited in vain for {wanted}: {error}"));
        let text = String::from_utf8_lossy(&text[..length]).into_owned();
        if text.lines().any(|line| line == wanted) {
            return text;
        }
    };
    // What it says then is true: the API answers.
    assert!(next("READY=1").contains(&format!("STATUS=Serving {}", up.api)));
    next("WATCHDOG=1");
    next("WATCHDOG=1");
    up.signal("HUP");
    assert!(next("RELOADING=1").contains("MONOTONIC_USEC="));
    next("READY=1");
    up.signal("TERM");
    next("STOPPING=1");
    assert!(up.ended().success());
}

#[test]
fn the_unit_names_what_the_program_understands() {
    let unit = read("rollcall.service");
    let [start] = values(&unit, "ExecStart")[..] else { panic!("one ExecStart") };
    let words: Vec<&str> = start.split_whitespace().skip(1).collect();
    assert_eq!(words[0], "up");
    let help = succeeded("up --help", &Command::new(program()).args(["up", "--help"]).output().unwrap());
    for flag in words.iter().filter(|word| word.starts_with("--")) {
        assert!(help.contains(flag), "{flag} is no flag");
    }
    let reference =
        succeeded("the reference", &Command::new(program()).args(["config", "reference"]).output().unwrap());
    let drop_in = read("postgresql.conf");
    for line in values(&unit, "Environment").into_iter().chain(values(&drop_in, "Environment")) {
        let (name, _) = line.split_once('=').unwrap();
        assert!(reference.contains(&format!("${name}")), "{name} sets nothing");
    }
    // What sessions need: they outlive a stop, and one without memory takes no other with it.
    for (name, value) in [("KillMode", "process"), ("Type", "notify"), ("OOMPolicy", "continue"), ("User", "rollcall")]
    {
        assert_eq!(values(&unit, name), [value], "{name}");
    }
}

/// The example is right but for files that only an installation has, and those are told by name.
#[test]
fn the_example_configuration_is_checked() {
    let check = |file: &Path| Command::new(program()).args(["config", "check"]).arg(file).env_clear().output().unwrap();
    let output = check(&packaging("rollcall.toml"));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains("`api.tls_certificate`: reading `/etc/rollcall/tls/fullchain.pem` failed"), "{text}");

    let place = tempfile::tempdir().unwrap();
    let authority = rollcall_testkit::authority::Authority::new(place.path(), "authority");
    let (certificate, key) = authority.issue("server", &["localhost"], rollcall_testkit::authority::Valid::Now);
    let mine = read("rollcall.toml")
        .replace("/etc/rollcall/tls/fullchain.pem", certificate.to_str().unwrap())
        .replace("/etc/rollcall/tls/privkey.pem", key.to_str().unwrap());
    let file = place.path().join("rollcall.toml");
    std::fs::write(&file, mine).unwrap();
    succeeded("config check", &check(&file));
}

#[test]
fn systemd_takes_the_unit() {
    let unit = read("rollcall.service").replace("/usr/bin/rollcall", program());
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("rollcall.service");
    std::fs::write(&file, unit).unwrap();
    let drop_ins = place.path().join("rollcall.service.d");
    std::fs::create_dir(&drop_ins).unwrap();
    std::fs::copy(packaging("postgresql.conf"), drop_ins.join("postgresql.conf")).unwrap();
    let verify = |file: &Path| Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(file).output();
    match verify(&file) {
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            succeeded("systemd-analyze verify", &output);
            assert!(!text.contains("rollcall.service"), "{text}");
            // It would tell: an unknown directive is one.
            let spoilt = std::fs::read_to_string(&file).unwrap().replace("KillMode=process", "KillMode=nobody");
            std::fs::write(&file, spoilt).unwrap();
            let text = String::from_utf8_lossy(&verify(&file).unwrap().stderr).into_owned();
            assert!(text.contains("kill mode"), "{text}");
        }
        Err(_) => rollcall_testkit::skip::missing(
            "service::systemd_takes_the_unit",
            "there is no systemd-analyze",
            "install systemd",
        ),
    }
}
