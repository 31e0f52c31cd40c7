//! The Rust SDK's own functions against the real program: what a web console needs of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use futures_util::StreamExt as _;
use harness::signed::with_token;
use harness::{Account, Up};
use rollcall_client::v1::{Export, ListQuery, SessionRow};
use rollcall_client::{Client, Credentials, Error, PresetRow};
use rollcall_model::ids::SessionId;
use rollcall_model::slots::Slots;
use serde_json::{Value, json};

fn client(up: &Up, account: &Account) -> Client {
    let keys = Credentials::new(account.access_key.clone(), account.secret_key.clone().into());
    Client::builder(&up.api).unwrap().credentials(keys).build().unwrap()
}

#[tokio::test]
async fn preferences_are_kept() {
    let mut up = Up::start(&[]);
    let (alice, admin) = (up.account("user", "default").clone(), up.account("admin", "default").clone());
    let of_alice = client(&up, &alice);
    assert!(of_alice.v1().preferences().await.unwrap().is_empty());
    let document = json!({"columns": ["name", "status"], "views": {"mine": "tab=running"}});
    let document = document.as_object().unwrap();
    of_alice.v1().set_preferences(document).await.unwrap();
    assert!(client(&up, &admin).v1().preferences().await.unwrap().is_empty());
    let large = json!({"a": "x".repeat(rollcall_wire::v1::MAX_PREFERENCES_BYTES)});
    let refused = of_alice.v1().set_preferences(large.as_object().unwrap()).await.unwrap_err();
    assert_eq!(refused.status(), Some(400), "{refused}");
    // Two that change different parts at the same time both stay.
    let (first, second) = (json!({"views": {"a": "q=a"}}), json!({"views": {"b": "q=b", "mine": null}}));
    let v1 = of_alice.v1();
    let (first, second) = tokio::join!(v1.change_preferences(&first), v1.change_preferences(&second));
    first.and(second).unwrap();
    let changed = json!({"columns": ["name", "status"], "views": {"a": "q=a", "b": "q=b"}});
    up.signal("KILL");
    up.ended();
    up.start_again();
    assert_eq!(Value::Object(of_alice.v1().preferences().await.unwrap()), changed);
}

/// What stands behind a token, asked without the SDK.
fn current(up: &Up, token: &str) -> (u16, Value) {
    let answer = with_token(up, token, "GET", "/v1/login").unwrap();
    (answer.status, answer.json)
}

#[tokio::test]
async fn logins_by_password_and_by_keys() {
    let up = Up::start(&[]);
    let alice = up.account("user", "default").clone();
    let stranger = Client::builder(&up.api).unwrap().build().unwrap();
    let of_alice = client(&up, &alice);
    let by_password = stranger.v1().login(&alice.email, &alice.password.clone().into(), Some("a test")).await.unwrap();
    let by_keys = of_alice.v1().login_with_keys(Some("a script")).await.unwrap();
    for login in [&by_password, &by_keys] {
        assert_eq!((login.access_key.as_str(), login.role.as_str()), (alice.access_key.as_str(), "user"));
        let (status, told) = current(&up, &login.token);
        assert_eq!((status, &told["id"]), (200, &json!(login.id)));
    }
    assert!(matches!(stranger.v1().login_with_keys(None).await, Err(Error::Usage(_))));
    let refused = stranger.v1().login(&alice.email, &"wrong".to_owned().into(), None).await.unwrap_err();
    assert_eq!(refused.status(), Some(401), "{refused}");
    let mut agents: Vec<_> =
        of_alice.v1().logins(false).await.unwrap().into_iter().map(|login| (login.agent, login.access_key)).collect();
    agents.sort();
    assert_eq!(agents, [("a script".to_owned(), Some(alice.access_key.clone())), ("a test".to_owned(), None)]);
    of_alice.v1().end_login(by_keys.id).await.unwrap();
    assert_eq!((current(&up, &by_keys.token).0, current(&up, &by_password.token).0), (401, 200));
}

#[tokio::test]
async fn quotas_keys_and_resource_groups() {
    let up = Up::start(&[]);
    let [alice, root] = ["user", "superadmin"].map(|role| client(&up, up.account(role, "default")));
    assert_eq!(alice.resource_groups("default").await.unwrap(), ["default"]);
    assert_eq!(alice.resource_groups("nowhere").await.unwrap_err().status(), Some(404));
    let quotas = alice.quotas("default", Some("default")).await.unwrap();
    let cores = |slots: &Slots| slots.get("cpu").finite();
    let before = cores(&quotas.scaling_groups["default"].remaining).unwrap();
    assert_eq!(cores(&quotas.keypair_using), Some(0.into()));
    let presets = alice.presets().await.unwrap();
    let names = |presets: &[PresetRow]| presets.iter().map(|preset| preset.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&presets), names(&quotas.presets));
    assert!(presets.iter().all(|preset| preset.allocatable.is_none()));
    up.rollcall_ok(up.account("user", "default"), &["run", "bash", "--name", "one-core", "--cpu", "1"]);
    let after = alice.quotas("default", None).await.unwrap();
    assert_eq!(cores(&after.keypair_using), Some(1.into()));
    assert_eq!(cores(&after.scaling_groups["default"].remaining), Some(before - rust_decimal::Decimal::ONE));
    assert!(after.presets.iter().all(|preset| preset.allocatable.is_some()));
    // Each their own, a superadmin too, who may see everybody's.
    for (client, role) in [(&alice, "user"), (&root, "superadmin")] {
        let keys = client.own_keypairs().await.unwrap();
        let own = up.account(role, "default");
        assert!(keys.iter().any(|key| key.access_key == own.access_key), "{keys:?}");
        assert!(keys.iter().all(|key| key.email == own.email), "{keys:?}");
    }
}

#[tokio::test]
async fn a_list_is_exported_whole() {
    let up = Up::start(&["--demo", "--demo-sessions", "40"]);
    let client = client(&up, up.account("superadmin", "default"));
    // What the query says of pages does not count; what it says of rows does.
    let filter = Some("domain_name == \"research\"".to_owned());
    let query = ListQuery { filter, limit: 5, order: Some("name".to_owned()), ..ListQuery::default() };
    let total = client.v1().page::<SessionRow>(&query).await.unwrap().total_count.unwrap();
    assert!(total > 40, "{total}");
    for (kind, heads) in [(Export::Csv, 1), (Export::Ndjson, 0)] {
        let pieces: Vec<_> = client.v1().export(&query, kind).await.unwrap().collect().await;
        let bytes: Vec<u8> = pieces.into_iter().flat_map(|piece| piece.unwrap().to_vec()).collect();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text.lines().count() as i64, total + heads, "{kind:?}");
        assert!(text.lines().skip(heads as usize).all(|line| line.contains("research")), "{kind:?}");
    }
    let wrong = ListQuery { filter: Some("nothing == 1".to_owned()), ..ListQuery::default() };
    let refused = client.v1().export(&wrong, Export::Csv).await.err().unwrap();
    assert_eq!(refused.status(), Some(400), "{refused}");
}

#[tokio::test]
async fn ones_room_is_told_at_once() {
    let up = Up::start(&[]);
    let alice = up.account("user", "default");
    let client = client(&up, alice);
    let room = client.own_room().await.unwrap();
    assert_eq!(room.groups, client.groups().await.unwrap());
    assert_eq!(room.keypair, client.keypair(None).await.unwrap());
    assert_eq!(room.keypair.unwrap().access_key, alice.access_key);
    assert_eq!(room.max_concurrent_sessions, Some(30));
}

#[tokio::test]
async fn a_log_is_followed_to_the_end_of_its_session() {
    let up = Up::start(&[]);
    let alice = up.account("user", "default");
    let command = "for n in 1 2 3; do echo line $n; sleep 0.7; done; printf 'the end'";
    let mut run = vec!["run", "bash", "--name", "talker", "--batch", command, "--no-wait"];
    up.rollcall_ok(alice, &run);
    run.clear();
    let client = client(&up, alice);
    let page = client.v1().page::<SessionRow>(&ListQuery::default()).await.unwrap();
    let id = SessionId(page.rows[0].id);
    let mut log = client.sessions().follow_logs(id, None);
    let mut parts = Vec::new();
    while let Some(part) = log.next().await.unwrap() {
        assert!(!part.is_empty());
        parts.push(part);
    }
    let whole = parts.concat().replace('\r', "");
    assert!(whole.ends_with("line 1\nline 2\nline 3\nthe end"), "{whole}");
    assert!(parts.len() > 1, "it came at once: {parts:?}");
    assert_eq!(log.next().await.unwrap(), None);
    assert_eq!(client.sessions().logs(id, None).await.unwrap().replace('\r', ""), whole);
}

#[tokio::test]
async fn use_over_time_outlives_the_manager() {
    let mut up = Up::start(&[]);
    let alice = up.account("user", "default").clone();
    up.rollcall_ok(&alice, &["run", "bash", "--name", "measured"]);
    let client = client(&up, &alice);
    let id = SessionId(client.v1().page::<SessionRow>(&ListQuery::default()).await.unwrap().rows[0].id);
    let measured = async || {
        let usage = client.v1().usage(id).await.unwrap();
        usage.whole.map_or(0, |whole| whole.mem.iter().flatten().filter(|mem| **mem > 0).count())
    };
    let began = std::time::Instant::now();
    while measured().await == 0 {
        assert!(began.elapsed() < harness::PATIENCE, "nothing was measured");
        tokio::time::sleep(std::time::Duration::from_millis(250)).await;
    }
    up.signal("TERM");
    up.ended();
    up.start_again();
    let kept = measured().await;
    assert!(kept > 0, "it was forgotten");
    up.rollcall_ok(&alice, &["rm", "measured"]);
    assert!(measured().await >= kept, "it was forgotten with its end");
    let ended = client.v1().session(id).await.unwrap().session.usage.unwrap();
    assert!(ended.recent.unwrap().mem.iter().flatten().count() >= kept);
}
