//! The unmodified Python command line: templates of sessions, and the error log.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::fs;

use harness::python::{Cli, OF_2021};
use harness::{Account, Up, signed, wait_for};
use serde_json::{Value, json};

/// What a command that must fail says.
fn refused(cli: &Cli<'_>, account: &Account, arguments: &[&str]) -> String {
    let output = cli.run(account, arguments);
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!output.status.success() || text.contains('✘'), "backend.ai {}: {text}", arguments.join(" "));
    text
}

/// Makes a template of a file; the client tells its id where it tells how things went.
fn create(cli: &Cli<'_>, account: &Account, file: &str) -> String {
    let output = cli.run(account, &["session-template", "create", "-f", file]);
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let id = text.split_whitespace().find(|word| word.len() == 32).filter(|_| output.status.success());
    id.unwrap_or_else(|| panic!("no id in {text:?}")).to_owned()
}

fn template(name: &str, image: &str) -> String {
    format!(
        "session_templates:\n- template:\n    api_version: v1\n    kind: taskTemplate\n    metadata: {{name: {name}}}\n    \
         spec:\n      kernel: {{image: {image}}}\n"
    )
}

#[test]
fn templates_are_made_listed_changed_and_removed() {
    let Some(python) = OF_2021.interpreter("python_own::templates_are_made_listed_changed_and_removed") else { return };
    let up = Up::start(&[]);
    let cli = Cli { python, up: &up };
    let [superadmin, _, alice, bob] = [0, 1, 2, 3].map(|index| up.accounts[index].clone());
    let file = |name: &str, text: &str| fs::write(up.home.path().join(name), text).unwrap();
    file("first.yaml", &template("py-first", "bash"));
    file("second.yaml", &template("py-second", "sh"));
    file("bomb.yaml", "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *c]\n");
    file("wrong.yaml", &template("py-wrong", "[1]"));
    let id = create(&cli, &alice, "first.yaml");
    for (bad, said) in
        [("bomb.yaml", "an alias stands for nothing"), ("wrong.yaml", "spec.kernel.image is not a string")]
    {
        let told = refused(&cli, &alice, &["session-template", "create", "-f", bad]);
        assert!(told.contains("Input validation error") || told.contains(said), "{told}");
    }
    let listed = |account: &Account, name: &str| {
        let text = cli.ok(account, &["session-template", "list", "-a"]);
        let line = text.lines().find(|line| line.contains(name)).map(str::to_owned);
        line.map(|line| (line.contains("True"), line.contains(&id)))
    };
    // Whether it is one's own, and the id that it was made with.
    assert_eq!(listed(&alice, "py-first"), Some((true, true)));
    assert_eq!(listed(&bob, "py-first"), Some((false, true)));
    assert_eq!(listed(&superadmin, "py-first"), Some((false, true)));
    assert_eq!(listed(&alice, "py-wrong"), None);
    let shown = |arguments: &[&str]| -> Value {
        let text = cli.ok(&alice, &[&["session-template", "get", &id], arguments].concat());
        serde_json::from_str(&text).unwrap()
    };
    assert_eq!(shown(&[])["template"]["spec"]["kernel"]["image"], "bash");
    for arguments in [&["-f", "json"][..], &["-o", &alice.access_key]] {
        assert_eq!(shown(arguments), shown(&[]));
    }
    for command in [&["update", "-f", "second.yaml", &id][..], &["delete", "-f", &id]] {
        let told = refused(&cli, &bob, &[&["session-template"], command].concat());
        assert!(told.contains("No such task template"), "{told}");
    }
    let told = refused(&cli, &bob, &["session-template", "delete", "-f", "-o", &alice.access_key, &id]);
    assert!(told.contains("Forbidden"), "{told}");
    assert_eq!(listed(&alice, "py-first"), Some((true, true)));
    cli.ok(&alice, &["session-template", "update", "-f", "second.yaml", &id]);
    assert_eq!(shown(&[])["template"]["spec"]["kernel"]["image"], "sh");
    assert_eq!((listed(&alice, "py-first"), listed(&alice, "py-second")), (None, Some((true, true))));
    cli.ok(&alice, &["session-template", "delete", "-f", &id]);
    assert_eq!(listed(&superadmin, "py-second"), None);
    assert_eq!(cli.ok(&alice, &["session-template", "get", &id]).trim(), "{}");
}

/// What the `git` section adds is run by a real session, before its script; a stand-in for `git` tells how.
#[test]
fn what_a_template_clones_comes_before_its_script() {
    let test = "python_own::what_a_template_clones_comes_before_its_script";
    let Some(python) = OF_2021.interpreter(test) else { return };
    let up = Up::start(&[]);
    let cli = Cli { python, up: &up };
    let alice = up.account("user", "default").clone();
    let git = json!({"path": "bin/git", "permission": "755", "data": "#!/bin/sh\nprintf '<%s>' \"$@\"\necho\n"});
    let kept = signed::request(&up, &alice, "POST", "/user-config/dotfiles", Some(&git)).unwrap();
    assert!(kept.succeeded(), "{}", kept.json);
    let kernel = json!({
        "image": "bash", "environ": {"PATH": "/home/work/bin:/usr/bin:/bin"},
        "git": {"repository": "https://example.com/a b.git", "branch": "$(touch /home/work/hit)", "commit": "it's"},
        "run": {"bootstrap": "#!/bin/bash\necho \"then ${BASH_VERSION:+bash} $(ls /home/work)\"\n"},
    });
    let spec = json!({"kernel": kernel, "resources": {"cpu": 1, "mem": "256m"}});
    let body = json!({"api_version": "v1", "kind": "taskTemplate", "metadata": {"name": "py-clones"}, "spec": spec});
    fs::write(up.home.path().join("clones.json"), body.to_string()).unwrap();
    let id = create(&cli, &alice, "clones.json");
    cli.ok(&alice, &["session", "create-from-template", "--max-wait", "0", "--cluster-size", "1", &id]);
    let logs = wait_for("the words of the script", || {
        let logs = cli.ok(&alice, &["session", "logs", "py-clones"]);
        logs.contains("then").then(|| logs.replace('\r', ""))
    });
    let clone = "<clone><--branch=$(touch /home/work/hit)><--><https://example.com/a b.git><a b>\n";
    let whole = format!("{clone}<-C><a b><checkout><--detach><it's><-->\nthen bash bin\n");
    assert!(logs.contains(&whole), "{logs}");
    cli.ok(&alice, &["rm", "py-clones"]);
}

#[test]
fn the_error_log_is_read_by_page() {
    let Some(python) = OF_2021.interpreter("python_own::the_error_log_is_read_by_page") else { return };
    let up = Up::start(&[]);
    let cli = Cli { python, up: &up };
    let [superadmin, admin, alice, bob] = [0, 1, 2, 3].map(|index| up.accounts[index].clone());
    for (account, message) in [(&alice, "py-one"), (&alice, "py-two"), (&bob, "py-three")] {
        let report = json!({"severity": "error", "source": "webui", "message": message, "context_lang": "en",
            "context_env": "{}", "request_url": "/func/x", "request_status": 500, "traceback": "line of it"});
        assert!(signed::request(&up, account, "POST", "/logs/error", Some(&report)).unwrap().succeeded());
    }
    let seen = |account: &Account, arguments: &[&str]| {
        let text = cli.ok(account, &[&["server-logs", "list"], arguments].concat());
        let count = text.lines().find_map(|line| line.strip_prefix("Total log count: ")).unwrap().to_owned();
        let found = ["py-one", "py-two", "py-three"].into_iter().filter(|message| text.contains(message));
        format!("{} of {count}", found.collect::<Vec<_>>().join(" "))
    };
    assert_eq!(seen(&alice, &[]), "py-one py-two of 2");
    assert_eq!(seen(&alice, &["-l", "1"]), "py-two of 2");
    assert_eq!(seen(&alice, &["-l", "1", "-n", "2", "--mark-read"]), "py-one of 2");
    assert_eq!(seen(&bob, &[]), "py-three of 1");
    for account in [&admin, &superadmin] {
        assert_eq!(seen(account, &[]), "py-one py-two py-three of 3");
    }
    let marked = signed::request(&up, &alice, "GET", "/logs/error", None).unwrap().json;
    let read: Vec<_> = marked["logs"].as_array().unwrap().iter().map(|log| log["is_read"].as_bool().unwrap()).collect();
    assert_eq!(read, [false, true]);
}
