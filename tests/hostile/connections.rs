//! Ten thousand clients that connect and never ask, and slow ones, against the real program.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rollcall_testkit::skip;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::harness::signed::request;
use crate::harness::{PATIENCE, Up};
use crate::nothing_panicked;

const CONNECTIONS: usize = 10_000;
/// What the server may need beyond what it had: 32 KiB for each of its 4,096 places.
const MOST_MORE: u64 = 4096 * (32 << 10);
/// Within this an honest request is answered, however many connections are idle.
const SOON: Duration = Duration::from_secs(10);

/// Lets this process open enough sockets; `false`, and said so, where it may not.
fn enough_descriptors(test: &str) -> bool {
    let needed = CONNECTIONS as u64 + 500;
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(u64::MAX);
    if most < needed {
        let reason = format!("no process here may open more than {most} files");
        skip::missing(test, &reason, &format!("raise the hard limit: `ulimit -Hn {needed}`"));
        return false;
    }
    let now = limit.current.unwrap_or(most);
    setrlimit(Resource::Nofile, Rlimit { current: Some(now.max(needed)), maximum: limit.maximum }).unwrap();
    true
}

/// Memory of the program's own process, in bytes.
fn memory(up: &Up) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", up.process())).unwrap();
    let pss = text.lines().find_map(|line| line.strip_prefix("Pss:")).unwrap();
    pss.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

fn answers_soon(up: &Up) {
    let began = Instant::now();
    let answer = request(up, up.account("user", "default"), "GET", "/auth?echo=a", None).expect("an answer");
    assert_eq!(answer.status, 200);
    assert!(began.elapsed() < SOON, "it took {:?}", began.elapsed());
}

fn connect(up: &Up) -> TcpStream {
    TcpStream::connect(up.api.strip_prefix("http://").unwrap()).unwrap()
}

#[test]
fn ten_thousand_idle_connections_cost_little_and_keep_nobody_out() {
    if !enough_descriptors("hostile::idle") {
        return;
    }
    // Nothing ends them but the need of others.
    let up = Up::start_with(&[], &[("ROLLCALL_API_HEADER_TIMEOUT", "1h")]);
    let user = up.account("user", "default").clone();
    up.rollcall_ok(&user, &["run", "bash", "--name", "goes-on"]);
    (0..50).for_each(|_| answers_soon(&up));
    let before = memory(&up);
    let mut idle = Vec::with_capacity(CONNECTIONS);
    for number in 0..CONNECTIONS {
        let mut stream = connect(&up);
        // Silent ones, ones that stop in the middle of a head, ones that asked once and stay.
        let text: &[u8] = match number % 3 {
            0 => b"",
            1 => b"GET / HTTP/1.1\r\nHost: a\r\nX-Half: ",
            _ => b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
        };
        // An earlier one's place may have been taken already, never this one's: it has just come.
        stream.write_all(text).unwrap();
        idle.push(stream);
        if number % 500 == 0 {
            answers_soon(&up);
        }
    }
    (0..20).for_each(|_| answers_soon(&up));
    let after = memory(&up);
    let line =
        format!("idle connections: {CONNECTIONS}, memory {} KiB before, {} KiB after\n", before >> 10, after >> 10);
    let _ = std::io::stderr().write_all(line.as_bytes());
    assert!(after < before + MOST_MORE, "{line}");
    let open = std::fs::read_dir(format!("/proc/{}/fd", up.process())).unwrap().count();
    assert!(open < 4096 + 200, "{open} files are open");
    assert!(up.rollcall_ok(&user, &["ps"]).contains("goes-on"));
    drop(idle);
    nothing_panicked(&up);
}

#[test]
fn slow_clients_are_cut_and_others_served() {
    let up = Up::start_with(
        &[],
        &[
            ("ROLLCALL_API_HEADER_TIMEOUT", "1s"),
            ("ROLLCALL_API_BODY_TIMEOUT", "1s"),
            ("ROLLCALL_API_MAX_CONNECTIONS", "8"),
        ],
    );
    let heads = [
        "GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ",
        "POST /auth/authorize HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{",
    ];
    let slow: Vec<_> = (0..24).map(|number| (number, connect(&up), heads[number % 2])).collect();
    std::thread::scope(|scope| {
        for (_, mut stream, head) in slow {
            scope.spawn(move || {
                stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
                let _ = stream.write_all(head.as_bytes());
                // A byte now and then, for as long as somebody takes it.
                let began = Instant::now();
                let mut answer = [0; 4096];
                loop {
                    assert!(began.elapsed() < PATIENCE, "a slow client is never cut");
                    match stream.read(&mut answer) {
                        Ok(0) => break,
                        Err(error)
                            if matches!(
                                error.kind(),
                                std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                            ) => {}
                        Err(_) => break,
                        Ok(count) => assert!(
                            answer[..count].starts_with(b"HTTP/1.1 4"),
                            "{:?}",
                            String::from_utf8_lossy(&answer[..count])
                        ),
                    }
                    if stream.write_all(b"a").is_err() {
                        break;
                    }
                }
            });
        }
        (0..20).for_each(|_| answers_soon(&up));
    });
    nothing_panicked(&up);
}

/// Bytes that are no HTTP at all.
#[test]
fn what_is_no_request_is_refused_calmly() {
    let up = Up::start_with(&[], &[("ROLLCALL_API_HEADER_TIMEOUT", "1s")]);
    let endless = format!("GET / HTTP/1.1\r\nHost: a\r\nX-Long: {}\r\n\r\n", "x".repeat(1 << 20));
    let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X-Many: x\r\n".repeat(10_000));
    let far = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(1 << 20));
    for text in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
        b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: \x1b[2J\0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n folded: line\r\n\r\n",
        b"GET / HTTP/1.1\nHost: a\n\n",
        b"\xff\xfe\xfd\r\n\r\n",
        b"GET http://elsewhere.example.com/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"CONNECT elsewhere.example.com:443 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"TRACE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        endless.as_bytes(),
        many.as_bytes(),
        far.as_bytes(),
    ] {
        let mut stream = connect(&up);
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        // It may be refused before all of it is written.
        let _ = stream.write_all(text);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        let shown = String::from_utf8_lossy(&text[..text.len().min(80)]).into_owned();
        assert!(!answer.starts_with("HTTP/1.1 5"), "{shown:?}: {answer}");
        answers_soon(&up);
    }
    nothing_panicked(&up);
}
