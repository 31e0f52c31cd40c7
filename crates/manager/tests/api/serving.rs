//! Connections: heads that never end, and the end of the server.

use std::time::Duration;

use axum::body::Body;
use http::Method;
use http_body_util::BodyExt;
use rollcall_manager::Settings;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::world::{World, signed};

/// Reached only by a failing test.
const BOUND: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_head_that_never_ends_is_cut_and_others_are_served() {
    let world = World::with(Settings { header_timeout: Duration::from_millis(200), ..Settings::default() }).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let manager = world.manager.clone();
    let serving = tokio::spawn({
        let stop = stop.clone();
        async move { manager.serve(listener, stop).await }
    });

    let mut slow = TcpStream::connect(address).await.unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nX-Endless: ").await.unwrap();
    let mut quick = TcpStream::connect(address).await.unwrap();
    quick.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut text = String::new();
    tokio::time::timeout(BOUND, quick.read_to_string(&mut text)).await.unwrap().unwrap();
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n") && text.ends_with(r#""manager":"21.09.9"}"#), "{text}");
    let mut rest = Vec::new();
    tokio::time::timeout(BOUND, slow.read_to_end(&mut rest)).await.unwrap().unwrap();

    stop.cancel();
    tokio::time::timeout(BOUND, serving).await.unwrap().unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

/// Three refusals that need no body: the client that is still writing one gets the answer whole, and its
/// connection goes on.
#[tokio::test]
async fn a_refusal_waits_for_the_rest_of_the_request() {
    let world = World::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let manager = world.manager.clone();
    let serving = tokio::spawn({
        let stop = stop.clone();
        async move { manager.serve(listener, stop).await }
    });
    for (path, status) in [("/no-such-route", 404), ("/session", 400), ("/manager/status", 405)] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut early = [0];
        let answered = tokio::time::timeout(Duration::from_millis(200), stream.read(&mut early)).await;
        assert!(answered.is_err(), "{path} is answered before its body is there");
        for _ in 0..3 {
            stream.write_all(&[b' '; 100_000]).await.unwrap();
        }
        stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut text = String::new();
        tokio::time::timeout(BOUND, stream.read_to_string(&mut text)).await.unwrap().unwrap();
        assert!(text.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {text}");
        assert!(text.contains("HTTP/1.1 200 OK\r\n") && text.ends_with(r#""manager":"21.09.9"}"#), "{path}: {text}");
    }
    stop.cancel();
    tokio::time::timeout(BOUND, serving).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn a_creation_that_waits_is_answered_when_the_server_ends() {
    let world = World::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let stop = CancellationToken::new();
    let manager = world.manager.clone();
    let serving = tokio::spawn({
        let stop = stop.clone();
        async move { manager.serve(listener, stop).await }
    });
    let body = json!({"name": "endless", "image": "sh", "config": {"resources": {"cpu": 60}}});
    let request = signed("USER", &Method::POST, "/session", Some(&body));
    let waiting = tokio::spawn(tower::ServiceExt::oneshot(world.manager.router(), request));
    let queued = async {
        while world.get("USER", "/session/endless").await.status != 200 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(BOUND, queued).await.unwrap();

    stop.cancel();
    let answer = tokio::time::timeout(BOUND, waiting).await.unwrap().unwrap().unwrap();
    let answer = answer.map(Body::new).into_body().collect().await.unwrap().to_bytes();
    assert_eq!(serde_json::from_slice::<Value>(&answer).unwrap()["status"], "TIMEOUT");
    tokio::time::timeout(BOUND, serving).await.unwrap().unwrap().unwrap();
}

/// Ten times more idle connections than there are places: everyone who asks is answered at once, and
/// no more than that many stay open.
#[tokio::test]
async fn idle_connections_keep_nobody_out() {
    let settings = Settings { max_connections: 20, header_timeout: Duration::from_secs(600), ..Settings::default() };
    let world = World::with(settings).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let manager = world.manager.clone();
    let serving = tokio::spawn({
        let stop = stop.clone();
        async move { manager.serve(listener, stop).await }
    });
    let mut idle = Vec::new();
    for _ in 0..200 {
        idle.push(TcpStream::connect(address).await.unwrap());
    }
    for _ in 0..30 {
        let mut asking = TcpStream::connect(address).await.unwrap();
        asking.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut text = String::new();
        tokio::time::timeout(BOUND, asking.read_to_string(&mut text)).await.unwrap().unwrap();
        assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
    }
    let mut closed = 0;
    for connection in &mut idle[..180] {
        let mut byte = [0];
        let read = tokio::time::timeout(BOUND, connection.read(&mut byte)).await.unwrap();
        closed += usize::from(matches!(read, Ok(0) | Err(_)));
    }
    assert_eq!(closed, 180);
    stop.cancel();
    tokio::time::timeout(BOUND, serving).await.unwrap().unwrap().unwrap();
}
