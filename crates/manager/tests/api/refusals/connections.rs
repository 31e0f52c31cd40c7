//! Clients that are slow: in sending a head, a body, or in taking an answer. None keeps its place for long,
//! and everybody else is served meanwhile.

use std::net::SocketAddr;
use std::time::Duration;

use rollcall_manager::Settings;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::world::{HOST, Signing, World};

/// Reached only by a failing test.
const BOUND: Duration = Duration::from_secs(30);
const PLACES: usize = 4;

struct Served {
    world: World,
    address: SocketAddr,
    _stop: DropGuard,
}

/// Few places and little patience.
async fn serve(settings: Settings) -> Served {
    let world = World::with(Settings { max_connections: PLACES, ..settings }).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let (manager, stopping) = (world.manager.clone(), stop.clone());
    tokio::spawn(async move { manager.serve(listener, stopping).await });
    Served { world, address, _stop: stop.drop_guard() }
}

impl Served {
    fn head(&self, method: &str, target: &str, more: &str) -> String {
        let signing = Signing::of("ROOT", method, target);
        format!(
            "{method} {target} HTTP/1.1\r\nHost: {HOST}\r\nDate: {}\r\nContent-Type: application/json\r\n\
             X-BackendAI-Version: v6.20210815\r\nAuthorization: {}\r\n{more}\r\n",
            signing.date,
            signing.header()
        )
    }

    /// Somebody else's request, answered in time.
    async fn answers(&self) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(self.head("GET", "/auth?echo=a", "Connection: close\r\n").as_bytes()).await.unwrap();
        let mut text = String::new();
        tokio::time::timeout(BOUND, stream.read_to_string(&mut text)).await.unwrap().unwrap();
        assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
    }
}

async fn rest(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    // A connection that is reset has ended, too.
    let _ = tokio::time::timeout(BOUND, stream.read_to_end(&mut text)).await.unwrap();
    String::from_utf8_lossy(&text).into_owned()
}

#[tokio::test]
async fn a_body_that_never_ends_is_cut_and_changes_nothing() {
    let patience = Duration::from_millis(300);
    let served = serve(Settings { body_timeout: patience, ..Settings::default() }).await;
    let before = served.world.rows().await;
    let mut slow = Vec::new();
    for more in ["Content-Length: 1000\r\n", "Transfer-Encoding: chunked\r\n"] {
        for _ in 0..PLACES {
            let mut stream = TcpStream::connect(served.address).await.unwrap();
            let text =
                served.head("POST", "/session", more) + if more.contains("chunked") { "5\r\n{\"nam" } else { "{\"nam" };
            stream.write_all(text.as_bytes()).await.unwrap();
            slow.push(stream);
        }
    }
    served.answers().await;
    for stream in &mut slow {
        let text = rest(stream).await;
        assert!(text.is_empty() || text.contains("The request body did not arrive in time."), "{text}");
    }
    served.world.is_still(&before).await;
}

#[tokio::test]
async fn bodies_that_lie_about_their_length_are_refused() {
    let served = serve(Settings { body_timeout: Duration::from_millis(300), ..Settings::default() }).await;
    let before = served.world.rows().await;
    for (more, body) in [
        ("Content-Length: 99999999999999\r\n", "{}"),
        ("Content-Length: 18446744073709551616\r\n", "{}"),
        ("Content-Length: -1\r\n", "{}"),
        ("Content-Length: 2\r\nContent-Length: 3\r\n", "{} "),
        ("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "{}"),
        ("Transfer-Encoding: chunked\r\n", "FFFFFFFFFFFFFFFF\r\n{}"),
        ("Transfer-Encoding: chunked\r\n", "zz\r\n{}"),
        ("Transfer-Encoding: gzip, chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"),
        ("Transfer-Encoding: chunked, gzip\r\n", "2\r\n{}\r\n0\r\n\r\n"),
        ("Expect: 100-continue\r\nContent-Length: 99999999\r\n", "{}"),
    ] {
        let mut stream = TcpStream::connect(served.address).await.unwrap();
        let text = served.head("POST", "/session", more) + body;
        stream.write_all(text.as_bytes()).await.unwrap();
        let text = rest(&mut stream).await;
        let statuses: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("HTTP/1.1 ")).collect();
        assert!(statuses.iter().all(|status| status.starts_with('4') || status.starts_with("100")), "{more:?}: {text}");
    }
    served.answers().await;
    served.world.is_still(&before).await;
}

#[tokio::test]
async fn an_answer_that_nobody_takes_gives_its_place_back() {
    let settings = Settings { body_timeout: Duration::from_millis(300), ..Settings::default() };
    let served = serve(settings).await;
    // An answer of some megabytes, larger than what the sockets hold between them.
    let script = "x".repeat(65_000);
    for number in 0..10 {
        let file = json!({"path": format!("f{number}"), "permission": "600", "data": &script[..6_000]});
        let made = served.world.call("ROOT", http::Method::POST, "/user-config/dotfiles", Some(file)).await;
        assert_eq!(made.status, 200, "{}", made.text);
    }
    let mut slow = Vec::new();
    for _ in 0..PLACES {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let mut stream = socket.connect(served.address).await.unwrap();
        // Requests one behind the other, as long as they are taken: answers pile up and are never read.
        let many = served.head("GET", "/user-config/dotfiles", "").repeat(200);
        let _ = tokio::time::timeout(Duration::from_secs(2), stream.write_all(many.as_bytes())).await;
        slow.push(stream);
    }
    // All places are held by answers that nobody takes; a newcomer gets one once patience is over.
    served.answers().await;
    drop(slow);
}
