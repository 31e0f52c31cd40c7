//! The console without a browser: served alone, and asked by a client that knows forms, links and cookies.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{BufRead as _, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// `rollcall console` before the API at `endpoint`.
pub struct Alone {
    child: std::process::Child,
    pub url: String,
}

impl Alone {
    pub fn before(endpoint: &str) -> Self {
        let mut child = std::process::Command::new(super::program())
            .args(["console", "--endpoint", endpoint, "--listen", "127.0.0.1:0"])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.find_map(|line| line.ok().filter(|line| line.trim_start().starts_with("Console"))).unwrap();
        let url = line[line.find("http").unwrap()..].trim().to_owned();
        std::thread::spawn(move || lines.count());
        Self { child, url }
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A page as it came.
#[derive(Debug)]
pub struct Page {
    pub status: u16,
    pub location: Option<String>,
    pub body: String,
}

/// A client without scripts that keeps cookies.
pub struct Plain {
    host: String,
    cookies: RefCell<BTreeMap<String, String>>,
}

impl Plain {
    pub fn new(url: &str) -> Self {
        Self { host: url.trim_start_matches("http://").trim_end_matches('/').to_owned(), cookies: RefCell::default() }
    }

    /// Keeps a cookie that a script would have set.
    #[allow(dead_code, reason = "not every test has such cookies")]
    pub fn keep(&self, name: &str, value: &str) {
        self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
    }

    pub fn get(&self, path: &str) -> Page {
        self.send("GET", path, &[], "")
    }

    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.post_from(&format!("http://{}", self.host), path, fields)
    }

    /// As a page of this origin would.
    pub fn post_from(&self, origin: &str, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send("POST", path, &[("Origin", origin), ("Content-Type", "application/x-www-form-urlencoded")], &body)
    }

    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Page {
        let cookies: Vec<String> =
            self.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let more: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let text = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nConnection: close\r\n{more}Content-Length: {}\r\n\r\n{body}",
            self.host,
            cookies.join("; "),
            body.len()
        );
        let mut stream = TcpStream::connect(&self.host).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let mut location = None;
        for line in lines {
            let (name, value) = line.split_once(": ").unwrap_or((line, ""));
            if name.eq_ignore_ascii_case("location") {
                location = Some(value.to_owned());
            } else if name.eq_ignore_ascii_case("set-cookie") {
                let (name, value) = value.split(';').next().unwrap().split_once('=').unwrap();
                self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
            }
        }
        Page { status, location, body: body.to_owned() }
    }
}
