//! The real server as one that has the compatible API alone: what stands before it never heard of `/v1`.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use super::Up;

/// Serves until the test's process ends.
pub struct Foreign {
    pub api: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Foreign {
    pub fn before(up: &Up) -> Self {
        let server = up.api.strip_prefix("http://").unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let api = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&asked);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (server, seen) = (server.clone(), Arc::clone(&seen));
                thread::spawn(move || serve(client, &server, &seen));
            }
        });
        Self { api, asked }
    }

    /// Methods and addresses without their queries.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(mut client: TcpStream, server: &str, asked: &Mutex<Vec<String>>) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let mut head = String::from_utf8(head).ok()?;
    let mut words = head.split([' ', '?']);
    let line = format!("{} {}", words.next()?, words.next()?);
    asked.lock().unwrap().push(line.clone());
    if line.contains(" /v1") {
        let body = r#"{"type": "https://api.backend.ai/probs/url-not-found", "title": "Unknown URL path."}"#;
        let answer = format!(
            "HTTP/1.1 404 Not Found\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\n\
             connection: close\r\n\r\n{body}",
            body.len()
        );
        return client.write_all(answer.as_bytes()).ok();
    }
    // One request a connection, so that each is looked at.
    if !head.to_ascii_lowercase().contains("\r\nupgrade:") {
        head = head.replacen("\r\n", "\r\nConnection: close\r\n", 1);
    }
    let mut server = TcpStream::connect(server).ok()?;
    server.write_all(head.as_bytes()).ok()?;
    let (from, to) = (client.try_clone().ok()?, server.try_clone().ok()?);
    thread::spawn(move || carry(from, to));
    carry(server, client);
    Some(())
}

fn carry(mut from: TcpStream, mut to: TcpStream) {
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(std::net::Shutdown::Write);
}
