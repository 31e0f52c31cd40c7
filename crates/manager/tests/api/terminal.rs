//! Terminals on websockets: who gets in, what is carried, when it ends.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use http::{Method, Request};
use rollcall_manager::Settings;
use rollcall_wire::terminal::{Said, Told};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_util::sync::CancellationToken;

use crate::world::{Signing, World};

struct Served {
    world: World,
    address: SocketAddr,
    _stop: tokio_util::sync::DropGuard,
}

async fn served(settings: Settings) -> Served {
    let world = World::with(settings).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    tokio::spawn({
        let (manager, stop) = (world.manager.clone(), stop.clone());
        async move { manager.serve(listener, stop).await }
    });
    Served { world, address, _stop: stop.drop_guard() }
}

type Socket = WebSocketStream<TcpStream>;

/// The socket, or the status and the problem that was answered in its place.
async fn connect(served: &Served, request: Request<()>) -> Result<Socket, String> {
    let stream = TcpStream::connect(served.address).await.unwrap();
    match tokio_tungstenite::client_async(request, stream).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(response)) => {
            let body = response.body().as_deref().unwrap_or_default();
            let problem: Value = serde_json::from_slice(body).unwrap_or_default();
            Err(format!("{} {}", response.status().as_u16(), problem["msg"].as_str().unwrap_or("")))
        }
        Err(error) => Err(error.to_string()),
    }
}

fn upgrading(target: &str) -> http::request::Builder {
    Request::builder()
        .uri(format!("ws://{}{target}", crate::world::HOST))
        .header("host", crate::world::HOST)
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
}

async fn open(served: &Served, key: &str, target: &str) -> Result<Socket, String> {
    let signing = Signing::of(key, "GET", target);
    // A websocket has no content type, which counts as a stream of bytes (`signing.md` §3.3).
    let request = upgrading(target)
        .header("date", &signing.date)
        .header("x-backendai-version", "v6.20210815")
        .header("authorization", signing.header_of("application/octet-stream"));
    connect(served, request.body(()).unwrap()).await
}

async fn say(socket: &mut Socket, said: &Said) {
    socket.send(Message::text(said.to_text())).await.unwrap();
}

/// What is printed next; `Err` is the close, by its code.
async fn hear(socket: &mut Socket) -> Result<String, u16> {
    loop {
        let message = tokio::time::timeout(Duration::from_secs(20), socket.next()).await.expect("an answer in time");
        match message {
            Some(Ok(Message::Text(text))) => {
                return Ok(String::from_utf8(Told::of_text(&text).unwrap()).unwrap());
            }
            Some(Ok(Message::Close(frame))) => return Err(frame.map_or(0, |frame| frame.code.into())),
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return Err(0),
        }
    }
}

#[tokio::test]
async fn what_is_typed_and_printed_is_carried() {
    let served = served(Settings::default()).await;
    let id = served.world.session("USER", "terminal").await;
    let mut socket = open(&served, "USER", "/stream/session/terminal/pty").await.unwrap();
    assert_eq!(hear(&mut socket).await.unwrap(), "generation 0\n");
    say(&mut socket, &Said::Ping).await;
    say(&mut socket, &Said::Resize { rows: 40, cols: 120 }).await;
    assert_eq!(hear(&mut socket).await.unwrap(), "40x120");
    socket.send(Message::text("nonsense")).await.unwrap();
    let typed = "\u{1b}[A hello";
    say(&mut socket, &Said::Input(typed.as_bytes().to_vec())).await;
    assert_eq!(hear(&mut socket).await.unwrap(), typed);
    // A second viewer, by id, and with nothing of the first one's.
    let mut second = open(&served, "USER", &format!("/stream/session/{id}/pty")).await.unwrap();
    assert_eq!(hear(&mut second).await.unwrap(), "generation 0\n");
    // A restart takes both along.
    say(&mut socket, &Said::Restart).await;
    assert_eq!(hear(&mut socket).await.unwrap(), "generation 1\n");
    assert_eq!(hear(&mut second).await.unwrap(), "generation 1\n");
    served.world.call("USER", Method::DELETE, "/session/terminal", None).await;
    assert_eq!((hear(&mut socket).await, hear(&mut second).await), (Err(1000), Err(1000)));
}

#[tokio::test]
async fn a_terminal_is_its_owners() {
    let served = served(Settings::default()).await;
    let id = served.world.session("USER", "private").await;
    for key in ["NEIGHBOUR", "ADMIN", "ROOT", "FAR-ADMIN"] {
        let targets = [
            "/stream/session/private/pty".to_owned(),
            format!("/stream/session/{id}/pty"),
            format!("/stream/session/{id}/pty?owner_access_key=USER"),
        ];
        for target in targets {
            assert_eq!(open(&served, key, &target).await.err(), Some("404 ".to_owned()), "{key} {target}");
        }
    }
    let unsigned = upgrading("/stream/session/private/pty").header("date", chrono::Utc::now().to_rfc3339());
    let refused = connect(&served, unsigned.body(()).unwrap()).await.err();
    assert_eq!(refused, Some("401 Unauthorized access".to_owned()));
    let plain = served.world.get("USER", "/stream/session/private/pty").await;
    assert!(plain.told().starts_with("400 generic-bad-request: This address speaks websocket"), "{}", plain.told());
}

/// What can be reached in a session is told to its owner, and nothing before it runs.
#[tokio::test]
async fn the_applications_of_a_session_are_its_owners() {
    let world = World::new().await;
    let id = world.session("USER", "with-apps").await;
    let ports = r#"UPDATE sessions SET service_ports = '[{"name": "web", "protocol": "http", "container_ports": [80],
        "host_ports": [30080], "url_template": "/x", "allowed_envs": null}]'"#;
    world.sql(ports).await;
    for target in ["with-apps", &id] {
        let told = world.get("USER", &format!("/stream/session/{target}/apps")).await;
        assert_eq!(
            told.json(),
            json!([{"name": "web", "protocol": "http", "ports": [80], "url_template": "/x"}]),
            "{}",
            told.text
        );
    }
    let waits = json!({"name": "waits", "image": "sh", "enqueueOnly": true, "config": {"resources": {"cpu": 900}}});
    assert_eq!(world.call("USER", Method::POST, "/session", Some(waits)).await.told(), "201");
    assert_eq!(world.get("USER", "/stream/session/waits/apps").await.json(), json!([]));
    for key in ["NEIGHBOUR", "ADMIN", "ROOT", "FAR-ADMIN"] {
        let target = format!("/stream/session/{id}/apps?owner_access_key=USER");
        let told = world.get(key, &target).await.told();
        assert!(told.starts_with("404 session-not-found"), "{key}: {told}");
    }
}

#[tokio::test]
async fn a_setting_lets_administrators_in_and_the_history_says_who() {
    let served = served(Settings { terminal_for_admins: true, ..Settings::default() }).await;
    let id = served.world.session("USER", "watched").await;
    let target = format!("/stream/session/{id}/pty?owner_access_key=USER");
    assert!(open(&served, "NEIGHBOUR", &target).await.is_err());
    assert!(open(&served, "FAR-ADMIN", &target).await.is_err());
    let mut socket = open(&served, "ADMIN", &target).await.unwrap();
    assert_eq!(hear(&mut socket).await.unwrap(), "generation 0\n");
    let told = served.world.get("USER", &format!("/v1/sessions/{id}")).await.json();
    let last = told["history"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["reason"], "terminal opened by admin@example.com");
    assert_eq!((&last["step"], &last["to"]), (&Value::Null, &json!("RUNNING")));
}

#[tokio::test]
async fn terminal_outliving_the_right() {
    let served = served(Settings::default()).await;
    served.world.session("USER", "ending").await;
    let mut socket = open(&served, "USER", "/stream/session/ending/pty").await.unwrap();
    assert_eq!(hear(&mut socket).await.unwrap(), "generation 0\n");
    let query = r#"mutation { modify_user(email: "user@example.com", props: { status: "inactive" }) { ok } }"#;
    assert!(served.world.gql("ROOT", query, json!({})).await.text.contains("\"ok\":true"));
    // Without a message of one's own.
    assert_eq!(hear(&mut socket).await, Err(1008));
}

#[tokio::test]
async fn ticket_used_twice_or_by_another() {
    let served = served(Settings::default()).await;
    let id = served.world.session("USER", "ticketed").await;
    let draw = |key: &'static str, id: String| {
        let world = &served.world;
        async move { world.call(key, Method::POST, &format!("/v1/sessions/{id}/terminal"), None).await }
    };
    let nothing = "00000000-0000-4000-8000-000000000000".to_owned();
    for key in ["NEIGHBOUR", "FAR-ADMIN"] {
        let [foreign, unknown] = [draw(key, id.clone()).await, draw(key, nothing.clone()).await];
        assert_eq!((foreign.told(), &foreign.text), ("404 session-not-found".to_owned(), &unknown.text), "{key}");
    }
    assert_eq!(draw("ADMIN", id.clone()).await.told(), "403 generic-forbidden");
    let drawn = draw("USER", id.clone()).await.json();
    assert_eq!(drawn["expires_in"], 60);
    let target = format!("/v1/terminal?ticket={}", drawn["ticket"].as_str().unwrap());
    // Asking without an upgrade spends nothing.
    let plain = served.world.send(Request::builder().uri(&target).body(axum::body::Body::empty()).unwrap()).await;
    assert!(plain.told().starts_with("400 generic-bad-request"), "{}", plain.told());
    let mut socket = connect(&served, upgrading(&target).body(()).unwrap()).await.unwrap();
    assert_eq!(hear(&mut socket).await.unwrap(), "generation 0\n");
    let refused = "401 This ticket is none, too old, or was used before.";
    assert_eq!(connect(&served, upgrading(&target).body(()).unwrap()).await.err().as_deref(), Some(refused));
    let forged = target.replace("ticket=", "ticket=A");
    assert_eq!(connect(&served, upgrading(&forged).body(()).unwrap()).await.err().as_deref(), Some(refused));
    // One that was drawn before the right was lost opens nothing.
    let drawn = draw("USER", id).await.json();
    let query = r#"mutation { modify_keypair(access_key: "USER", props: { is_active: false }) { ok } }"#;
    assert!(served.world.gql("ROOT", query, json!({})).await.text.contains("\"ok\":true"));
    let target = format!("/v1/terminal?ticket={}", drawn["ticket"].as_str().unwrap());
    assert_eq!(connect(&served, upgrading(&target).body(()).unwrap()).await.err(), Some("403 ".to_owned()));
}
