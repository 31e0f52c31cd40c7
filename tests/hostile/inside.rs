//! What a session can find of its owner, and what variables can give it.

use crate::harness::{Account, Up, wait_for};
use crate::nothing_panicked;

/// Runs a script to its end with some variables, and returns what it printed.
fn said(up: &Up, account: &Account, name: &str, variables: &[&str], script: &str) -> String {
    let command = format!("bash -c '{script}; echo said-all; sleep 1'");
    let mut words = vec!["run", "bash", "--name", name, "--batch", &command];
    for variable in variables {
        words.extend(["-e", variable]);
    }
    up.rollcall_ok(account, &words);
    wait_for("what it says", || {
        let output = up.rollcall(account, &["logs", name]);
        String::from_utf8(output.stdout).ok().filter(|text| text.contains("said-all"))
    })
}

#[test]
fn a_session_finds_nothing_of_its_owner() {
    let up = Up::start(&[]);
    let user = up.account("user", "default").clone();
    let script = "env; cat /proc/*/environ /proc/*/cmdline | tr \"\\0\" \"\\n\"; cat /proc/self/mountinfo; \
        find / -xdev -type f -size -64k -newer /bin/true -not -path \"/proc/*\" 2>/dev/null | head -2000 | xargs -r cat; \
        cat ~/.* ~/* /etc/passwd /run/* /tmp/* 2>/dev/null";
    let text = said(&up, &user, "curious", &["GREETING=seen-by-all"], script);
    // It has looked: what it may see is there.
    assert!(text.contains("seen-by-all") && text.contains("BACKENDAI_SESSION_NAME=curious"), "{text}");
    for account in &up.accounts {
        for secret in [&account.access_key, &account.secret_key, &account.password, &account.email] {
            assert!(!text.contains(secret.as_str()), "{secret} can be read inside");
        }
    }
    nothing_panicked(&up);
}

#[test]
fn no_variable_gives_rights() {
    let up = Up::start(&[]);
    let user = up.account("user", "default").clone();
    let script = "id -u; id -g; grep -E \"^(NoNewPrivs|CapEff|CapPrm|CapBnd|Uid|Gid)\" /proc/self/status; \
        sudo -n true 2>/dev/null && echo HOLE sudo; su -c true 2>/dev/null </dev/null && echo HOLE su; \
        echo name=$BACKENDAI_SESSION_NAME home=$HOME; touch /usr/hole 2>/dev/null && echo HOLE system";
    let plain = said(&up, &user, "plain", &[], script);
    let variables = [
        "sudo_session_enabled=1",
        "SUDO_SESSION_ENABLED=true",
        "BACKENDAI_SESSION_NAME=plain-as-another",
        "BACKENDAI_PRIVILEGED=1",
        "LOCAL_USER_ID=0",
        "LOCAL_GROUP_ID=0",
        "UID_OVERRIDE=0",
        "USER=root",
        "LOGNAME=root",
        "HOME=/root",
        "LD_PRELOAD=/tmp/evil.so",
        "LD_LIBRARY_PATH=/tmp",
        "BASH_ENV=/tmp/evil.sh",
        "ENV=/tmp/evil.sh",
        "GCONV_PATH=/tmp",
        "ROLLCALL_SESSIONS_FENCE=none",
        "ROLLCALL_SESSIONS_UNSANDBOXED=true",
    ];
    let given = said(&up, &user, "given", &variables, script);
    assert!(!plain.contains("HOLE") && !given.contains("HOLE"), "{plain}\n{given}");
    // What both say of their rights is the same, word for word; their names differ.
    let rights = |text: &str, name: &str| {
        let lines = text.lines().filter(|line| !line.contains("evil.so"));
        lines.map(|line| line.trim_end().replace(&format!("name={name}"), "name=")).collect::<Vec<_>>()
    };
    assert_eq!(rights(&plain, "plain"), rights(&given, "given"), "{plain}\n{given}");
    assert!(plain.contains("NoNewPrivs:\t1") && plain.contains("CapEff:\t0000000000000000"), "{plain}");
    assert!(!plain.lines().any(|line| line.starts_with("Uid:\t0\t")), "{plain}");
    nothing_panicked(&up);
}
