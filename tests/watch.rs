//! `rollcall ps --watch`, the SDK's followed lists and `rollcall logins`, against the real program.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::collections::HashMap;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use harness::foreign::Foreign;
use harness::pty::OnTerminal;
use harness::{Account, Up, program, signed, wait_for};
use rollcall_client::v1::{Change, ListQuery, News, SessionRow};
use rollcall_client::{Client, Credentials};
use rollcall_model::list::tab::Tab;
use serde_json::{Value, json};
use uuid::Uuid;

/// `rollcall ps --watch --json`, whose pages go to a file.
struct Watching(Child, std::path::PathBuf);

impl Watching {
    fn start(up: &Up, account: &Account, api: &str, arguments: &[&str]) -> Self {
        let path = up.home.path().join(format!("watch-{}", Uuid::new_v4()));
        let file = |kind: &str| std::fs::File::create(path.with_extension(kind)).unwrap();
        let child = Command::new(program())
            .args(["ps", "--watch", "--json"])
            .args(arguments)
            .env("HOME", up.home.path())
            .envs(up.credentials(account))
            .env("BACKEND_ENDPOINT", api)
            .stdin(Stdio::null())
            .stdout(file("out"))
            .stderr(file("err"))
            .spawn()
            .unwrap();
        let watching = Self(child, path);
        wait_for("the first page", || watching.pages().pop());
        watching
    }

    /// All whole pages so far.
    fn pages(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.1.with_extension("out")).unwrap();
        let pages = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
        pages.map_while(Result::ok).collect()
    }

    fn notes(&self) -> String {
        std::fs::read_to_string(self.1.with_extension("err")).unwrap()
    }

    /// Names and statuses of the newest page.
    fn rows(&self) -> Vec<(String, String)> {
        rows(&self.pages().pop().unwrap())
    }

    fn until(&self, wanted: &[(&str, &str)]) {
        let began = Instant::now();
        loop {
            let rows = self.rows();
            if rows.iter().map(|(name, status)| (name.as_str(), status.as_str())).eq(wanted.iter().copied()) {
                return;
            }
            assert!(began.elapsed() < harness::PATIENCE, "{rows:?} instead of {wanted:?}: {}", self.notes());
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn rows(page: &Value) -> Vec<(String, String)> {
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    page["items"].as_array().unwrap().iter().map(|row| (text(row, "name"), text(row, "status"))).collect()
}

#[test]
fn a_watch_shows_changes_as_they_come_and_outlives_the_manager() {
    let mut up = Up::start(&[]);
    let alice = up.account("user", "default").clone();
    let watching = Watching::start(&up, &alice, &up.api, &["--order", "name"]);
    assert!(watching.rows().is_empty());
    up.rollcall_ok(&alice, &["run", "bash", "--name", "aaaa"]);
    let started = Instant::now();
    watching.until(&[("aaaa", "RUNNING")]);
    // One that asks every 5 seconds would mostly be later.
    assert!(started.elapsed() < Duration::from_millis(2500), "{:?}", started.elapsed());
    up.rollcall_ok(&alice, &["rename", "aaaa", "renamed"]);
    up.rollcall_ok(&alice, &["run", "bash", "--name", "bbbb", "--batch", "sleep 6"]);
    watching.until(&[("bbbb", "RUNNING"), ("renamed", "RUNNING")]);
    up.signal("KILL");
    up.ended();
    wait_for("the loss to be told", || watching.notes().contains("was lost").then_some(()));
    std::thread::sleep(Duration::from_secs(7));
    up.start_again();
    // What ended meanwhile is not missed.
    watching.until(&[("renamed", "RUNNING")]);
    wait_for("its return to be told", || watching.notes().contains("there again").then_some(()));
    up.rollcall_ok(&alice, &["run", "bash", "--name", "cccc"]);
    watching.until(&[("cccc", "RUNNING"), ("renamed", "RUNNING")]);
    up.rollcall_ok(&alice, &["rm", "renamed"]);
    watching.until(&[("cccc", "RUNNING")]);
    for page in watching.pages() {
        let mut names: Vec<_> = rows(&page).into_iter().map(|(name, _)| name).collect();
        let count = names.len();
        names.dedup();
        assert_eq!((names.len(), json!(count)), (count, page["total_count"].clone()), "{page}");
    }
    // The same row as without a watch, but for what moves.
    let mut once: Value = serde_json::from_str(&up.rollcall_ok(&alice, &["ps", "--json"])).unwrap();
    let mut watched = watching.pages().pop().unwrap();
    for page in [&mut once, &mut watched] {
        let row = page["items"][0].as_object_mut().unwrap();
        let containers = row.remove("containers").unwrap();
        assert_eq!(containers[0]["id"], row["id"]);
        assert!(containers[0]["live_stat"]["mem"]["current"].is_string(), "{containers}");
        row.retain(|name, _| name != "status_changed");
    }
    assert_eq!(watched, once);
    let wrong = up.rollcall(&alice, &["ps", "--watch", "--filter", "nonsense"]);
    let told = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(wrong.status.code() == Some(1) && told.contains("A filter looks like"), "{told}");
}

#[test]
fn both_keys_of_a_person_are_watched() {
    let up = Up::start(&[]);
    let (alice, root) = (up.account("user", "default").clone(), up.account("superadmin", "default").clone());
    let added = up.rollcall_ok(&root, &["admin", "keypair", "add", &alice.email, "--json"]);
    let added: Value = serde_json::from_str(&added).unwrap();
    let text = |name: &str| added[name].as_str().unwrap_or_else(|| panic!("{added}")).to_owned();
    let second = Account { access_key: text("access_key"), secret_key: text("secret_key"), ..alice.clone() };
    let watching = Watching::start(&up, &alice, &up.api, &[]);
    up.rollcall_ok(&second, &["run", "bash", "--name", "of-second-key"]);
    watching.until(&[("of-second-key", "RUNNING")]);
    let one = Watching::start(&up, &alice, &up.api, &["--owner", &alice.access_key]);
    assert!(one.rows().is_empty());
    // Its terminal is the person's too.
    let mut terminal = OnTerminal::start(&up, &alice, &up.api, &["attach", "of-second-key"]);
    wait_for("the terminal to be raw", || (!terminal.is_cooked()).then_some(()));
    terminal.type_in("echo said-$((40 + 2))\n");
    terminal.wait_to_show("said-42");
}

#[test]
fn on_a_terminal_the_page_is_drawn_in_place() {
    let up = Up::start(&[]);
    let alice = up.account("user", "default").clone();
    let watching = OnTerminal::start(&up, &alice, &up.api, &["ps", "--watch"]);
    watching.wait_to_show("changes come by themselves; Ctrl-C ends");
    up.rollcall_ok(&alice, &["run", "bash", "--name", "on-screen"]);
    watching.wait_to_show("on-screen");
    assert!(watching.shown().starts_with("\u{1b}[H"));
}

#[test]
fn a_server_of_the_compatible_api_alone_is_asked_again_and_again() {
    let up = Up::start(&[]);
    let alice = up.account("user", "default").clone();
    let foreign = Foreign::before(&up);
    let watching = Watching::start(&up, &alice, &foreign.api, &[]);
    up.rollcall_ok(&alice, &["run", "bash", "--name", "of-alice"]);
    watching.until(&[("of-alice", "RUNNING")]);
    let asked = foreign.asked();
    assert_eq!(asked.iter().filter(|asked| asked.contains("/v1")).count(), 1, "{asked:?}");
    assert!(asked.iter().filter(|asked| asked.contains("gql")).count() > 1, "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn following_over_kills_ends_in_the_page_that_is_read() {
    let mut up = Up::start(&[]);
    let alice = up.account("user", "default").clone();
    let keys = Credentials::new(alice.access_key.clone(), alice.secret_key.clone().into());
    let client = Client::builder(&up.api).unwrap().credentials(keys).build().unwrap();
    let query = ListQuery { tab: Some(Tab::Running), limit: 100, ..ListQuery::default() };
    let mut followed = client.v1().follow::<SessionRow>(&query);
    assert_eq!(followed.next().await.unwrap(), News::Page);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let (back, mut returns) = tokio::sync::mpsc::unbounded_channel::<()>();
    let follower = tokio::spawn(async move {
        tokio::pin!(stopped);
        let (mut rows, mut visits, mut losses) = (Vec::<Uuid>::new(), HashMap::<Uuid, i32>::new(), 0);
        loop {
            let news = tokio::select! {
                news = followed.next() => news.unwrap(),
                _ = &mut stopped => return (visits, losses, followed),
            };
            match news {
                News::Changed(changes) => {
                    for change in changes {
                        match change {
                            Change::Enter { at, row } => {
                                assert!(!rows.contains(&row.id), "twice: {}", row.name);
                                *visits.entry(row.id).or_default() += 1;
                                rows.insert(at, row.id);
                            }
                            Change::Update { row } => assert!(rows.contains(&row.id)),
                            Change::Move { id, at } => {
                                rows.retain(|known| *known != id);
                                rows.insert(at, id);
                            }
                            Change::Leave { id } => {
                                assert!(rows.contains(&id));
                                rows.retain(|known| *known != id);
                            }
                        }
                    }
                    assert_eq!(rows, followed.page().rows.iter().map(|row| row.id).collect::<Vec<_>>());
                }
                News::Lost => losses += 1,
                News::Again => back.send(()).unwrap(),
                News::Page => panic!("one page begins it"),
            }
        }
    });
    for round in 0..3 {
        for number in 0..3 {
            up.rollcall_ok(&alice, &["run", "bash", "--name", &format!("s-{round}-{number}"), "--no-wait"]);
        }
        up.signal("KILL");
        up.ended();
        up.start_again();
        wait_for("what was started", || {
            let page: Value = serde_json::from_str(&up.rollcall_ok(&alice, &["ps", "--json"])).unwrap();
            let all = page["items"].as_array().unwrap();
            all.iter().all(|row| row["status"] == "RUNNING").then_some(())
        });
        up.rollcall_ok(&alice, &["rm", &format!("s-{round}-1")]);
        // A follower that still waits to try again would not notice that the next manager dies too.
        tokio::time::timeout(Duration::from_secs(40), returns.recv()).await.expect("the follower comes back");
    }
    let read = client.v1().page::<SessionRow>(&query).await.unwrap();
    // The last change is on its way.
    tokio::time::sleep(Duration::from_secs(4)).await;
    stop.send(()).unwrap();
    let (visits, losses, followed) = follower.await.unwrap();
    let ids = |rows: &[SessionRow]| rows.iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(ids(&followed.page().rows), ids(&read.rows));
    assert_eq!((read.rows.len(), read.total_count, followed.page().total_count), (6, Some(6), Some(6)));
    assert_eq!(losses, 3);
    assert!(visits.len() >= 6 && visits.values().all(|times| *times == 1), "{visits:?}");
    let detail = client.v1().session(rollcall_model::ids::SessionId(read.rows[0].id)).await.unwrap();
    assert!(detail.history.iter().any(|line| line.to == "RUNNING") && detail.session.name == read.rows[0].name);
    let told = client.v1().explain(rollcall_model::ids::SessionId(Uuid::nil())).await.unwrap();
    assert!(!told.visible && !told.reasons.is_empty());
}

#[test]
fn logins_are_listed_and_ended() {
    let up = Up::start(&[]);
    let [root, admin, alice, bob] = [0, 1, 2, 3].map(|index| up.accounts[index].clone());
    assert!(up.rollcall_ok(&alice, &["logins"]).contains("Nobody is signed in"));
    let sign_in = |account: &Account| {
        let body = json!({"email": account.email, "password": account.password, "agent": "a\u{1b}[2Jtest"});
        let answer = signed::unsigned(&up, "POST", "/v1/logins", &body).unwrap();
        assert_eq!(answer.status, 201, "{}", answer.json);
        answer.json
    };
    let (of_alice, of_bob) = (sign_in(&alice), sign_in(&bob));
    let id = |login: &Value| login["id"].as_str().unwrap().to_owned();
    let own = up.rollcall_ok(&alice, &["logins"]);
    assert!(own.contains(&id(&of_alice)) && !own.contains(&id(&of_bob)) && own.contains("127.0.0.1"), "{own}");
    assert!(!own.contains('\u{1b}') && !own.contains(of_alice["token"].as_str().unwrap()), "{own}");
    for administrator in [&root, &admin] {
        let all = up.rollcall_ok(administrator, &["logins", "--all"]);
        assert!(all.contains(&id(&of_alice)) && all.contains(&bob.email), "{all}");
    }
    assert_eq!(up.rollcall(&alice, &["logins", "--all"]).status.code(), Some(1));
    let refused = up.rollcall(&alice, &["logins", "end", &id(&of_bob)]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(1) && told.contains("no login"), "{told}");
    up.rollcall_ok(&alice, &["logins", "end", &id(&of_alice)]);
    up.rollcall_ok(&admin, &["logins", "end", &id(&of_bob)]);
    let left: Value = serde_json::from_str(&up.rollcall_ok(&root, &["logins", "--all", "--json"])).unwrap();
    assert_eq!(left, json!([]));
    let foreign = Foreign::before(&up);
    let mut command = Command::new(program());
    command
        .arg("logins")
        .env("HOME", up.home.path())
        .envs(up.credentials(&alice))
        .env("BACKEND_ENDPOINT", &foreign.api);
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains("keeps no logins"));
}
