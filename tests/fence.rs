//! What a session cannot reach, tried from inside one on the real program, under each fence.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use harness::{Up, wait_for};
use rollcall_testkit::{postgres::Postgres, skip};

#[test]
fn bubblewrap_holds() {
    held("bubblewrap");
}

#[test]
fn landlock_holds() {
    held("landlock");
}

/// The tries themselves work: with nothing around it, a session reaches the ports.
#[test]
fn without_a_fence_the_same_tries_get_through() {
    let holes = burgle("none", &["--fence", "none", "--unsandboxed"]);
    if let Some(holes) = holes {
        assert!(["HOLE api", "HOLE database"].iter().all(|hole| holes.contains(*hole)), "{holes}");
    }
}

fn held(fence: &str) {
    if fence == "bubblewrap" && !std::path::Path::new("/usr/bin/bwrap").exists() {
        return skip::missing("fence::bubblewrap", "bubblewrap is not installed", "install the package bubblewrap");
    }
    if let Some(said) = burgle(fence, &["--fence", fence]) {
        let holes: Vec<&str> = said.lines().filter(|line| line.contains("HOLE")).collect();
        assert!(holes.is_empty(), "{fence}: {holes:?}");
    }
}

/// What a session says that tries to get at everything; `None` without a database to get at.
fn burgle(fence: &str, arguments: &[&str]) -> Option<String> {
    let database = match Postgres::start() {
        Ok(server) => server,
        Err(missing) => {
            skip::missing(&format!("fence::{fence}"), &missing.reason, &missing.remedy);
            return None;
        }
    };
    let url = database.create_database("fence").unwrap();
    let up = Up::start_with(arguments, &[("ROLLCALL_DATABASE_URL", &url)]);
    let user = up.account("user", "default").clone();
    let api = up.api.rsplit_once(':').unwrap().1;
    let postgres = url.rsplit_once(':').unwrap().1.split('/').next().unwrap();
    // bash, since /dev/tcp is its own. Each try says `HOLE name` when it gets through; the last line says that all were tried.
    let script = format!(
        "(exec 3<>/dev/tcp/127.0.0.1/{api}) 2>/dev/null && echo HOLE api; \
         (exec 3<>/dev/tcp/127.0.0.1/{postgres}) 2>/dev/null && echo HOLE database; \
         ls {data} >/dev/null 2>&1 && echo HOLE data; \
         cat {data}/keyring >/dev/null 2>&1 && echo HOLE keyring; \
         kill -0 {manager} 2>/dev/null && echo HOLE signal; \
         cat /proc/{manager}/environ 2>/dev/null | grep -q PATH && echo HOLE environ; \
         touch /usr/hole 2>/dev/null && echo HOLE system; \
         touch ~/own && echo tried-all; sleep 1",
        data = up.data_dir().display(),
        manager = up.process(),
    );
    up.rollcall_ok(&user, &["run", "bash", "--name", "burglar", "--batch", &format!("bash -c '{script}'")]);
    Some(wait_for("all tries", || {
        let output = up.rollcall(&user, &["logs", "burglar"]);
        String::from_utf8(output.stdout).ok().filter(|text| text.contains("tried-all"))
    }))
}
