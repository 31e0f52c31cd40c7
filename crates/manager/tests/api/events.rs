//! Streams of events: who hears what, to the byte, and how streams end.

use std::time::Duration;

use axum::body::Body;
use http::{HeaderMap, Method};
use http_body_util::BodyExt;
use rollcall_manager::Settings;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::world::{HOST, Signing, World, signed};

/// Reached only by a failing test.
const BOUND: Duration = Duration::from_secs(30);

/// An open stream, and what came so far.
struct Stream {
    headers: HeaderMap,
    body: Body,
    text: String,
}

impl Stream {
    /// The next piece; `None` at the end.
    async fn piece(&mut self) -> Option<String> {
        let frame = tokio::time::timeout(BOUND, self.body.frame()).await.unwrap()?;
        let piece = String::from_utf8(frame.unwrap().into_data().unwrap().to_vec()).unwrap();
        self.text.push_str(&piece);
        Some(piece)
    }

    /// Reads on until an event of this name came, about a session of this name.
    async fn until(&mut self, event: &str, session: &str) {
        let (event, session) = (format!("event: {event}\r\n"), format!("\"sessionName\":\"{session}\""));
        loop {
            let Some(piece) = self.piece().await else { panic!("ended before {event} of {session}: {}", self.text) };
            if piece.starts_with(&event) && piece.contains(&session) {
                return;
            }
        }
    }

    /// Reads to the end.
    async fn end(&mut self) {
        while self.piece().await.is_some() {}
    }

    /// Event and session of each frame.
    fn told(&self) -> Vec<(String, String)> {
        let frames = self.text.split("\r\n\r\n").filter(|frame| frame.starts_with("event: "));
        let told = frames.map(|frame| {
            let (name, data) = frame.trim_start_matches("event: ").split_once("\r\ndata: ").unwrap();
            let data: Value = serde_json::from_str(data.lines().next().unwrap()).unwrap();
            (name.to_owned(), data["sessionName"].as_str().unwrap_or_default().to_owned())
        });
        told.collect()
    }

    /// The sessions it told of, each once, in order.
    fn sessions(&self) -> Vec<String> {
        let mut sessions: Vec<String> = self.told().into_iter().map(|(_, session)| session).collect();
        sessions.dedup();
        sessions
    }
}

async fn open(world: &World, key: &str, target: &str) -> Stream {
    let response = world.manager.router().oneshot(signed(key, &Method::GET, target, None)).await.unwrap();
    let (head, body) = response.into_parts();
    assert_eq!(head.status, 200, "{key} {target}");
    Stream { headers: head.headers, body, text: String::new() }
}

async fn end(world: &World, owner: &str, session: &str) {
    let target = format!("/session/{session}?owner_access_key={owner}");
    assert_eq!(world.call(owner, Method::DELETE, &target, None).await.told(), "200");
}

fn owned(key: &str) -> String {
    format!("\"ownerAccessKey\":\"{key}\"")
}

/// One whole life as a client reads it.
#[tokio::test]
async fn a_life_to_the_byte() {
    let world = World::new().await;
    world.session("USER", "before").await;
    let mut stream = open(&world, "USER", "/events/session?name=*&ownerAccessKey=USER&group=default&scope=*").await;
    let id = world.session("USER", "mysess").await;
    end(&world, "USER", "mysess").await;
    stream.until("session_terminated", "mysess").await;
    for (name, value) in
        [("content-type", "text/event-stream"), ("cache-control", "no-cache"), ("x-accel-buffering", "no")]
    {
        assert_eq!(stream.headers[name], value);
    }
    assert!(!stream.headers.contains_key("content-length"));
    insta::assert_snapshot!(stream.text.replace(&id, "ID").replace("\r\n", "<CRLF>\n"));
}

#[tokio::test]
async fn each_role_hears_its_own() {
    let world = World::new().await;
    let roles = ["ROOT", "ADMIN", "USER", "MONITOR", "FAR-ADMIN", "FAR-USER"];
    let mut streams = Vec::new();
    for key in roles {
        streams.push(open(&world, key, "/events/session").await);
    }
    for owner in ["USER", "NEIGHBOUR", "FAR-USER"] {
        world.session(owner, &format!("of-{}", owner.to_lowercase())).await;
    }
    let mut table = String::new();
    for (key, stream) in roles.into_iter().zip(&mut streams) {
        let last = format!("last-of-{}", key.to_lowercase());
        world.session(key, &last).await;
        stream.until("session_started", &last).await;
        end(&world, key, &last).await;
        let others = stream.sessions().into_iter().filter(|session| !session.starts_with("last"));
        table.push_str(&format!("{key}: {}\n", others.collect::<Vec<_>>().join(" ")));
    }
    insta::assert_snapshot!(table, @r"
    ROOT: of-user of-neighbour of-far-user
    ADMIN: of-user of-neighbour
    USER: of-user
    MONITOR: of-user of-neighbour of-far-user
    FAR-ADMIN: of-far-user
    FAR-USER: of-far-user
    ");
}

#[tokio::test]
async fn what_was_asked_for_and_nothing_else() {
    let world = World::new().await;
    let known = world.session("USER", "known").await;
    let [near, far] = world.groups.map(|group| group.to_string());
    // What is asked for, and the last that must be heard: event and key.
    let ended = "session_terminated";
    let targets = [
        ("/events/session?name=same".to_owned(), ended, "ROOT"),
        ("/events/session?sessionName=same&ownerAccessKey=NEIGHBOUR".to_owned(), ended, "NEIGHBOUR"),
        ("/events/session?name=same&owner_access_key=NEIGHBOUR".to_owned(), ended, "NEIGHBOUR"),
        (format!("/events/session?sessionId={known}&name=same"), ended, "USER"),
        ("/events/session?scope=session".to_owned(), ended, "FAR-USER"),
        ("/events/session?scope=kernel".to_owned(), "kernel_terminated", "FAR-USER"),
        (format!("/events/session?group={near}"), ended, "NEIGHBOUR"),
        (format!("/events/session?groupName={far}"), ended, "FAR-USER"),
    ];
    let mut streams = Vec::new();
    for (target, ..) in &targets {
        streams.push(open(&world, "ROOT", target).await);
    }
    let owners = ["USER", "ROOT", "NEIGHBOUR", "FAR-USER"];
    for owner in &owners[1..] {
        world.session(owner, "same").await;
    }
    end(&world, "USER", "known").await;
    for owner in &owners[1..] {
        end(&world, owner, "same").await;
    }
    let mut table = String::new();
    for ((target, event, key), stream) in targets.iter().zip(&mut streams) {
        while !stream.piece().await.is_some_and(|piece| piece.contains(event) && piece.contains(&owned(key))) {}
        let heard: Vec<&str> = owners.into_iter().filter(|key| stream.text.contains(&owned(key))).collect();
        let mut kinds: Vec<&str> = ["session_", "kernel_"].into();
        kinds.retain(|kind| stream.text.contains(&format!("event: {kind}")));
        let target = target.replace(&known, "KNOWN").replace(&near, "NEAR").replace(&far, "FAR");
        table.push_str(&format!("{target}: {} of {}\n", kinds.join(" "), heard.join(" ")));
    }
    insta::assert_snapshot!(table);
}

#[tokio::test]
async fn wrong_and_foreign_are_refused() {
    let world = World::new().await;
    let told = async |key: &str, query: &str| world.get(key, &format!("/events/session?{query}")).await.told();
    for owner in ["NEIGHBOUR", "ROOT", "FAR-USER", "NOBODY"] {
        assert_eq!(told("USER", &format!("name=a&ownerAccessKey={owner}")).await, "403 generic-forbidden");
        assert_eq!(told("USER", &format!("owner_access_key={owner}")).await, "403 generic-forbidden");
    }
    assert_eq!(told("ADMIN", "ownerAccessKey=FAR-USER").await, "403 generic-forbidden");
    let [_, far] = world.groups;
    for group in [far.to_string(), "nowhere".to_owned()] {
        assert_eq!(told("USER", &format!("group={group}")).await, "404 group-not-found");
    }
    for wrong in ["sessionId=1", "scope=all", "name="] {
        assert_eq!(told("USER", wrong).await, "400 invalid-api-params: Input validation error");
    }
    world.freeze().await;
    open(&world, "USER", "/events/session").await;
}

async fn change(world: &World, mutation: &str) {
    let answer = world.gql("ROOT", &format!("mutation {{ {mutation} {{ ok msg }} }}"), json!({})).await;
    assert!(answer.text.contains("\"ok\":true"), "{}", answer.text);
}

/// Who is switched off hears nothing more, and the stream ends by itself.
#[tokio::test]
async fn a_stream_ends_with_its_right() {
    for switch in [
        "modify_keypair(access_key: \"USER\", props: {is_active: false})",
        "modify_user(email: \"user@example.com\", props: {status: \"inactive\"})",
        "delete_user(email: \"user@example.com\")",
    ] {
        let world = World::new().await;
        let mut stream = open(&world, "USER", "/events/session").await;
        world.session("USER", "seen").await;
        stream.until("session_started", "seen").await;
        change(&world, switch).await;
        let before = stream.text.clone();
        // As its owner may not any more; a superadmin ends it.
        world.call("ROOT", Method::DELETE, "/session/seen?owner_access_key=USER&forced=true", None).await;
        stream.end().await;
        assert_eq!(stream.text, before, "{switch}");
    }
}

#[tokio::test]
async fn a_changed_role_narrows_and_widens() {
    let world = World::new().await;
    let mut stream = open(&world, "ADMIN", "/events/session").await;
    world.session("NEIGHBOUR", "one-near").await;
    stream.until("session_started", "one-near").await;
    change(&world, "modify_user(email: \"admin@example.com\", props: {role: \"user\"})").await;
    world.session("NEIGHBOUR", "two-near").await;
    world.session("ADMIN", "two-own").await;
    stream.until("session_started", "two-own").await;
    change(&world, "modify_user(email: \"admin@example.com\", props: {role: \"superadmin\"})").await;
    // Noticed by the next look at the caller.
    let wider = async {
        for number in 0.. {
            let name = format!("far-{number}");
            world.session("FAR-USER", &name).await;
            world.session("ADMIN", &format!("own-{number}")).await;
            stream.until("session_started", &format!("own-{number}")).await;
            if stream.sessions().contains(&name) {
                return;
            }
            end(&world, "FAR-USER", &name).await;
            end(&world, "ADMIN", &format!("own-{number}")).await;
        }
    };
    tokio::time::timeout(BOUND, wider).await.unwrap();
    assert!(!stream.sessions().contains(&"two-near".to_owned()), "{:?}", stream.sessions());
}

const FOREIGN: &str = "INSERT INTO events (name, reason, session_id, session_name, kernel_id, access_key, user_id, \
    domain_name, group_id, at) SELECT value, '', zeroblob(16), 'inner', zeroblob(16), 'USER', u.id, 'default', \
    zeroblob(16), 0 FROM users u, \
    json_each('[\"session_error\", \"session_ending_soon\", \"session_extended\", \"session_preparing\", \
    \"server_close\", \"kernel_started\", \"session_success\"]') WHERE u.email = 'user@example.com'";

/// Whoever does not ask hears the contract's events alone, whoever asks the notices too. Events of our own
/// watchers stay inside, and what another process writes comes all the same.
#[tokio::test]
async fn notices_are_told_to_those_who_ask() {
    let world = World::new().await;
    let mut plain = open(&world, "USER", "/events/session").await;
    let mut asked = open(&world, "USER", "/events/session?notices=true").await;
    let mut kernels = open(&world, "USER", "/events/session?notices=true&scope=kernel").await;
    let mut neighbour = open(&world, "NEIGHBOUR", "/events/session?notices=true").await;
    world.sql(FOREIGN).await;
    plain.until("session_success", "inner").await;
    asked.until("session_success", "inner").await;
    kernels.until("kernel_started", "inner").await;
    let names = |stream: &Stream| stream.told().into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names(&plain), ["kernel_started", "session_success"]);
    let all = ["session_error", "session_ending_soon", "session_extended", "kernel_started", "session_success"];
    assert_eq!(names(&asked), all);
    assert_eq!(names(&kernels), ["kernel_started"]);
    // Of somebody else's sessions nothing is told, however it is asked.
    world.session("NEIGHBOUR", "their-own").await;
    end(&world, "NEIGHBOUR", "their-own").await;
    neighbour.until("session_terminated", "their-own").await;
    assert_eq!(neighbour.sessions(), ["their-own"], "{}", neighbour.text);
}

#[tokio::test]
async fn comments_come_while_nothing_happens() {
    let world = World::with(Settings { event_ping: Duration::from_millis(20), ..Settings::default() }).await;
    let mut stream = open(&world, "USER", "/events/session").await;
    for _ in 0..3 {
        assert_eq!(stream.piece().await.unwrap(), ": ping\r\n\r\n");
    }
}

#[tokio::test]
async fn one_key_has_so_many_streams() {
    let world = World::with(Settings { streams_per_key: 2, ..Settings::default() }).await;
    let first = open(&world, "USER", "/events/session").await;
    let _second = open(&world, "USER", "/events/session").await;
    let refused = world.get("USER", "/events/session").await.told();
    assert_eq!(refused, "429 rate-limit-exceeded: At most 2 event streams may be open at once for one key.");
    open(&world, "NEIGHBOUR", "/events/session").await;
    drop(first);
    open(&world, "USER", "/events/session").await;
}

/// The frames of a whole feed are far more than are kept for a reader who does not read.
const FLOOD: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) \
    INSERT INTO events (name, reason, session_id, session_name, kernel_id, access_key, user_id, domain_name, \
    group_id, at) SELECT 'session_started', hex(zeroblob(10000)), zeroblob(16), \
    'flood', zeroblob(16), 'USER', u.id, 'default', zeroblob(16), 0 FROM users u, n WHERE u.email = 'user@example.com'";

struct Served {
    address: std::net::SocketAddr,
    stop: CancellationToken,
    serving: tokio::task::JoinHandle<Result<(), rollcall_manager::ServeError>>,
}

async fn serve(world: &World) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let (manager, token) = (world.manager.clone(), stop.clone());
    let serving = tokio::spawn(async move { manager.serve(listener, token).await });
    Served { address, stop, serving }
}

/// A stream over a socket; its head was read.
async fn connected(served: &Served, key: &str) -> TcpStream {
    let mut socket = TcpStream::connect(served.address).await.unwrap();
    let signing = Signing::of(key, "GET", "/events/session");
    let head = format!(
        "GET /events/session HTTP/1.1\r\nHost: {HOST}\r\nDate: {}\r\nContent-Type: application/json\r\n\
         X-BackendAI-Version: v6.20210815\r\nAuthorization: {}\r\n\r\n",
        signing.date,
        signing.header()
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(tokio::time::timeout(BOUND, socket.read_u8()).await.unwrap().unwrap());
    }
    let answer = String::from_utf8(answer).unwrap().to_lowercase();
    assert!(answer.starts_with("http/1.1 200") && answer.contains("transfer-encoding: chunked"), "{answer}");
    socket
}

/// A reader who does not read is cut off, and holds neither memory nor a place.
#[tokio::test]
async fn who_does_not_read_is_cut_off() {
    let settings = Settings { event_patience: Duration::from_millis(200), streams_per_key: 1, ..Settings::default() };
    let world = World::with(settings).await;
    let served = serve(&world).await;
    let mut idle = connected(&served, "USER").await;
    assert_eq!(world.get("USER", "/events/session").await.status, 429);
    world.sql(FLOOD).await;
    // The seat is given back when the connection has ended.
    let ended = async {
        while world
            .manager
            .router()
            .oneshot(signed("USER", &Method::GET, "/events/session", None))
            .await
            .unwrap()
            .status()
            == 429
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(BOUND, ended).await.unwrap();
    let mut rest = Vec::new();
    let read = tokio::time::timeout(BOUND, idle.read_to_end(&mut rest)).await.unwrap();
    assert!(read.is_err() || !rest.ends_with(b"0\r\n\r\n"), "the stream ended in order");
    assert!(rest.len() < 40_000_000 / 2, "{} bytes were kept", rest.len());
}

#[tokio::test]
async fn streams_end_with_the_server() {
    let world = World::new().await;
    let served = serve(&world).await;
    let mut stream = connected(&served, "USER").await;
    served.stop.cancel();
    let mut rest = Vec::new();
    tokio::time::timeout(BOUND, stream.read_to_end(&mut rest)).await.unwrap().unwrap();
    assert!(rest.ends_with(b"0\r\n\r\n"), "the stream was cut");
    tokio::time::timeout(BOUND, served.serving).await.unwrap().unwrap().unwrap();
}

/// A stream is no idle connection, however little it tells.
#[tokio::test]
async fn streams_keep_their_place() {
    let world = World::with(Settings { max_connections: 4, ..Settings::default() }).await;
    let served = serve(&world).await;
    let mut stream = connected(&served, "USER").await;
    let mut others = Vec::new();
    for _ in 0..20 {
        others.push(TcpStream::connect(served.address).await.unwrap());
    }
    let mut asking = TcpStream::connect(served.address).await.unwrap();
    asking.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut text = String::new();
    tokio::time::timeout(BOUND, asking.read_to_string(&mut text)).await.unwrap().unwrap();
    assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    world.session("USER", "seen").await;
    let mut told = Vec::new();
    while !String::from_utf8_lossy(&told).contains("session_started") {
        told.push(tokio::time::timeout(BOUND, stream.read_u8()).await.unwrap().unwrap());
    }
}

async fn rescan(world: &World, key: &str) -> String {
    let answer = world.gql(key, "mutation { rescan_images { ok msg task_id } }", json!({})).await.json();
    let answer = &answer["data"]["rescan_images"];
    assert_eq!((&answer["ok"], &answer["msg"]), (&json!(true), &json!("")));
    answer["task_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_task_to_the_byte() {
    let world = World::new().await;
    world.machine.hold_looks.send_replace(true);
    let id = rescan(&world, "ADMIN").await;
    let target = format!("/events/background-task?task_id={id}");
    let mut own = open(&world, "ADMIN", &target).await;
    let mut of_root = open(&world, "ROOT", &target.replace("task_id", "taskId")).await;
    assert!(own.piece().await.unwrap().contains("\"current_progress\":0,\"total_progress\":2"));
    world.machine.hold_looks.send_replace(false);
    own.end().await;
    of_root.end().await;
    // Steps may come together; begin and end are there for everybody.
    let last = |stream: &Stream| stream.text.split("event: bgtask_done").nth(1).unwrap().to_owned();
    assert_eq!(last(&own), last(&of_root));
    let begin = own.text.split("\r\n\r\n").next().unwrap();
    let mut finished = open(&world, "ADMIN", &target).await;
    finished.end().await;
    let text = format!("{begin}\r\n…\r\nevent: bgtask_done{}\r\n…\r\n{}", last(&own), finished.text);
    insta::assert_snapshot!(text.replace(&id, "ID").replace("\r\n", "<CRLF>\n"));
}

#[tokio::test]
async fn a_task_of_others_is_none() {
    let world = World::new().await;
    let id = rescan(&world, "ADMIN").await;
    let ask = async |key: &str, id: &str| world.get(key, &format!("/events/background-task?task_id={id}")).await;
    for key in ["USER", "FAR-ADMIN", "MONITOR"] {
        let (foreign, unknown) = (ask(key, &id).await, ask(key, "00000000-0000-4000-8000-000000000000").await);
        assert_eq!(foreign.told(), "404 generic-not-found: No such background task.");
        assert_eq!(foreign.text, unknown.text);
    }
    assert_eq!(ask("ADMIN", "1").await.told(), "400 invalid-api-params: Input validation error");
    assert_eq!(world.get("ADMIN", "/events/background-task").await.status, 400);
    // A superadmin who is none any more.
    world.machine.hold_looks.send_replace(true);
    let id = rescan(&world, "FAR-ADMIN").await;
    let mut stream = open(&world, "ROOT", &format!("/events/background-task?task_id={id}")).await;
    stream.piece().await.unwrap();
    change(&world, "modify_user(email: \"admin@example.com\", props: {role: \"superadmin\"})").await;
    change(&world, "modify_user(email: \"root@example.com\", props: {role: \"user\"})").await;
    stream.end().await;
    assert!(!stream.text.contains("server_close"), "{}", stream.text);
    world.machine.hold_looks.send_replace(false);
}

/// Forgotten images are gone for new sessions alone, and a new look brings them back.
#[tokio::test]
async fn a_forgotten_image_is_found_again() {
    let world = World::new().await;
    world.session("USER", "runs").await;
    let root = async |mutation: &str| {
        let answer = world.gql("ROOT", &format!("mutation {{ {mutation} {{ ok msg }} }}"), json!({})).await.json();
        answer["data"].as_object().unwrap().values().next().unwrap().clone()
    };
    assert_eq!(root("alias_image(alias: \"shell\", target: \"sh\")").await, json!({"ok": true, "msg": ""}));
    assert_eq!(root("forget_image(reference: \"shell\")").await, json!({"ok": true, "msg": ""}));
    let start = json!({"name": "more", "image": "shell"});
    let refused = world.call("USER", Method::POST, "/session", Some(start.clone())).await;
    assert_eq!(refused.status, 404, "{}", refused.text);
    assert_eq!(world.call("USER", Method::PATCH, "/session/runs", None).await.told(), "204");
    assert_eq!(world.get("USER", "/session/runs").await.json()["status"], "RUNNING");
    let id = rescan(&world, "ADMIN").await;
    open(&world, "ADMIN", &format!("/events/background-task?task_id={id}")).await.end().await;
    let made = world.call("USER", Method::POST, "/session", Some(start)).await;
    assert_eq!(made.json()["status"], "RUNNING", "{}", made.text);
    let aliases = world.gql("USER", "{ images { aliases } }", json!({})).await.json();
    assert_eq!(aliases["data"]["images"][0]["aliases"], json!(["sh", "shell"]));
}
