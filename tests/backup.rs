//! `rollcall backup` beside a busy program, and `rollcall restore`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use harness::{Up, program, signed, succeeded, wait_for};
use rollcall_model::access::System;
use rollcall_model::list::page::Page;
use rollcall_model::list::request::ListRequest;
use rollcall_store::{Keyring, Settings, Store};
use serde_json::json;

fn run(arguments: &[&str]) -> Output {
    Command::new(program()).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// What a command that must fail says, and its exit code.
fn refused(arguments: &[&str]) -> (String, Option<i32>) {
    let output = run(arguments);
    assert!(!output.status.success(), "{arguments:?} succeeded");
    (String::from_utf8_lossy(&output.stderr).into_owned(), output.status.code())
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Names of all sessions, after counters and histories were held against the rows.
async fn sessions_of(data_dir: &Path) -> Vec<String> {
    let keyring = Keyring::load_or_create(&data_dir.join("keyring")).unwrap();
    let store = Store::open(&Settings::Sqlite { path: data_dir.join("rollcall.db") }, keyring).await.unwrap();
    let system = System::control_plane();
    assert_eq!(store.counters_match(system).await.unwrap(), []);
    let mut sessions = Vec::new();
    loop {
        let page = Page::new(100, i64::try_from(sessions.len()).unwrap()).unwrap();
        let request = ListRequest { statuses: None, filter: None, order: Vec::new(), page };
        let found = store.list_sessions(&system.scope(), &request).await.unwrap().items;
        if found.is_empty() {
            break;
        }
        sessions.extend(found);
    }
    for session in &sessions {
        let history = store.history(&system.scope(), session.id).await.unwrap();
        assert_eq!(history.last().map(|entry| entry.to), Some(session.status), "{}", session.name);
    }
    store.close().await;
    sessions.into_iter().map(|session| session.name).collect()
}

/// Sessions come and go until told to stop; the names of those that were acknowledged.
fn busy(up: &Up, name: &str, stop: &AtomicBool, made: &Mutex<Vec<String>>) {
    let user = up.account("user", "default");
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let name = format!("{name}-{number}");
        // More memory than there is: waits until it is ended.
        let body = json!({"name": name, "image": "bash", "enqueueOnly": true,
            "config": {"resources": {"cpu": "1", "mem": "900t"}}});
        let answer = signed::request(up, user, "POST", "/session", Some(&body)).unwrap();
        if answer.status == 201 {
            made.lock().unwrap().push(name.clone());
            signed::request(up, user, "DELETE", &format!("/session/{name}"), None).unwrap();
        }
    }
}

#[test]
fn a_backup_beside_writers_restores_to_a_whole_installation() {
    let mut up = Up::start(&[]);
    let user = up.account("user", "default").clone();
    up.rollcall_ok(&user, &["run", "--name", "kept"]);
    let backups = tempfile::tempdir().unwrap();
    let (stop, made) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    let taken: Vec<_> = std::thread::scope(|scope| {
        for name in ["a", "b"] {
            let (up, stop, made) = (&up, &stop, &made);
            scope.spawn(move || busy(up, name, stop, made));
        }
        let taken = (0..3)
            .map(|number| {
                let before = made.lock().unwrap().len();
                wait_for("writers at work", || (made.lock().unwrap().len() >= before + 4).then_some(()));
                let acknowledged = made.lock().unwrap().clone();
                let file = backups.path().join(format!("{number}.tar"));
                succeeded("backup", &run(&["backup", text(&file), "--data-dir", text(&up.data_dir())]));
                (file, acknowledged)
            })
            .collect();
        stop.store(true, Ordering::Relaxed);
        taken
    });
    assert_eq!(names(backups.path()).len(), 3, "nothing is left beside the backups");

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for (file, acknowledged) in &taken {
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
        let target = backups.path().join("restored").join(file.file_stem().unwrap());
        succeeded("restore", &run(&["restore", text(file), "--data-dir", text(&target)]));
        assert_eq!(std::fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o700);
        for inside in names(&target) {
            assert_eq!(std::fs::metadata(target.join(&inside)).unwrap().permissions().mode() & 0o077, 0, "{inside}");
        }
        let found = runtime.block_on(sessions_of(&target));
        for name in acknowledged.iter().map(String::as_str).chain(["kept"]) {
            assert!(found.iter().any(|one| one == name), "{name} was there before the backup began and is lost");
        }
    }

    // In the place of the old directory: the same people sign in, and what no longer runs is ended.
    up.signal("TERM");
    assert!(up.ended().success());
    harness::traces::end_all_under(&up.data_dir());
    let file = text(&taken[2].0).to_owned();
    let (told, code) = refused(&["restore", &file, "--data-dir", text(&up.data_dir())]);
    assert!(told.contains("is not empty") && code == Some(2), "{told}");
    std::fs::rename(up.data_dir(), up.home.path().join("old")).unwrap();
    succeeded("restore", &run(&["restore", &file, "--data-dir", text(&up.data_dir())]));
    up.start_again();
    let listed = up.rollcall_ok(&user, &["ps", "--all", "-n", "1000"]);
    assert!(listed.contains("kept"), "{listed}");
    wait_for("the end of what no longer runs", || {
        let rows = up.rollcall_ok(&user, &["ps", "--json"]);
        (!rows.contains("\"kept\"")).then_some(())
    });
    up.rollcall_ok(&user, &["run", "--name", "after"]);
}

#[test]
fn what_is_no_whole_backup_is_refused_and_leaves_nothing() {
    let up = Up::start(&[]);
    let place = tempfile::tempdir().unwrap();
    let good = place.path().join("good.tar");
    succeeded("backup", &run(&["backup", text(&good), "--data-dir", text(&up.data_dir())]));
    let (told, code) = refused(&["backup", text(&good), "--data-dir", text(&up.data_dir())]);
    assert!(told.contains("never overwritten") && code == Some(2), "{told}");
    let (told, code) = refused(&["backup", text(&place.path().join("x")), "--data-dir", text(place.path())]);
    assert!(told.contains("no embedded database") && code == Some(2), "{told}");

    let whole = std::fs::read(&good).unwrap();
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        bytes
    };
    // As long as a header of an archive: what its reader says of it quotes it.
    let secrets = b"root:x:0:0:root:/root:/bin/bash\n".repeat(40);
    let cases: [(&str, Vec<u8>); 7] = [
        ("empty", Vec::new()),
        ("another file", secrets),
        ("text", b"not at all".to_vec()),
        ("cut", whole[..whole.len() / 2].to_vec()),
        ("without its sums", whole[..whole.len() - 2048].to_vec()),
        ("another key", flipped(512 * 3 + 40)),
        ("another page", flipped(whole.len() / 2)),
    ];
    for (what, bytes) in cases {
        let file = place.path().join("bad.tar");
        std::fs::write(&file, bytes).unwrap();
        let (told, code) = refused(&["restore", text(&file), "--data-dir", text(&place.path().join("new"))]);
        assert!(told.contains("is no whole backup of Rollcall") && code == Some(1), "{what}: {told}");
        assert!(!told.contains("root:"), "{what}: {told}");
        let mut left = names(place.path());
        left.sort();
        assert_eq!(left, ["bad.tar", "good.tar"], "{what}");
    }
    let (told, _) = refused(&["restore", text(&place.path().join("none.tar"))]);
    assert!(told.contains("none.tar"), "{told}");
}
