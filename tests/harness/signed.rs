//! Signed requests over a plain socket, for tests that need more than a client offers: answers to
//! malformed requests, and requests whose server dies half-way.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use rollcall_wire::signing::{Hash, ToSign, VersionHeader, sign};
use secrecy::SecretString;
use serde_json::Value;

use super::{Account, Up};

const VERSION: &str = "v6.20210815";
const PATIENCE: Duration = Duration::from_secs(30);

/// An answer read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub json: Value,
}

impl Answer {
    pub fn succeeded(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Sends a request; `None` if the connection broke before the whole answer was there.
pub fn request(up: &Up, account: &Account, method: &str, target: &str, body: Option<&Value>) -> Option<Answer> {
    let host = up.api.strip_prefix("http://")?;
    let date = chrono::Utc::now().to_rfc3339();
    let to_sign = ToSign {
        method,
        target,
        date: &date,
        host,
        content_type: "application/json",
        version: VERSION,
        version_header: VersionHeader::Current,
    };
    let secret = SecretString::from(account.secret_key.clone());
    let authorization = sign(&to_sign, Hash::Sha256, &account.access_key, &secret).unwrap();
    send(host, method, target, &date, Some(&authorization), body)
}

/// A request that nobody signs; `None` as for those that are signed.
pub fn unsigned(up: &Up, method: &str, target: &str, body: &Value) -> Option<Answer> {
    let host = up.api.strip_prefix("http://")?;
    send(host, method, target, &chrono::Utc::now().to_rfc3339(), None, Some(body))
}

/// A request that the token of a login stands for; `None` as for those that are signed.
pub fn with_token(up: &Up, token: &str, method: &str, target: &str) -> Option<Answer> {
    let host = up.api.strip_prefix("http://")?;
    let date = chrono::Utc::now().to_rfc3339();
    send(host, method, target, &date, Some(&format!("Rollcall-Login {token}")), None)
}

fn send(
    host: &str,
    method: &str,
    target: &str,
    date: &str,
    authorization: Option<&str>,
    body: Option<&Value>,
) -> Option<Answer> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let authorization = authorization.map(|line| format!("Authorization: {line}\r\n")).unwrap_or_default();
    let text = format!(
        "{method} {target} HTTP/1.1\r\nHost: {host}\r\nDate: {date}\r\nContent-Type: application/json\r\n\
         X-BackendAI-Version: {VERSION}\r\n{authorization}Connection: close\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(host).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.write_all(text.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    read(&answer)
}

/// The data of a GraphQL field that was answered without an error.
pub fn graphql(up: &Up, account: &Account, query: &str) -> Option<Value> {
    let body = serde_json::json!({ "query": query, "variables": {} });
    let answer = request(up, account, "POST", "/admin/gql", Some(&body))?;
    assert!(answer.json.get("errors").is_none(), "{query}: {}", answer.json);
    answer.json["data"].as_object()?.values().next().cloned()
}

/// Head and body of an answer; one that ends before its own word for the end was cut.
fn read(answer: &[u8]) -> Option<Answer> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let status = head.split_whitespace().nth(1)?.parse().ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let body = &answer[end + 4..];
    if head.lines().any(|line| line.eq_ignore_ascii_case("transfer-encoding: chunked")) {
        return Some(Answer { status, json: serde_json::from_slice(&joined(body)?).unwrap_or(Value::Null) });
    }
    match length {
        Some(length) if body.len() < length => None,
        None if status == 204 => Some(Answer { status, json: Value::Null }),
        None => None,
        Some(_) => Some(Answer { status, json: serde_json::from_slice(body).unwrap_or(Value::Null) }),
    }
}

/// The chunks of a body that was sent as they came.
fn joined(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let end = body.windows(2).position(|window| window == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&body[..end]).ok()?, 16).ok()?;
        let chunk = body.get(end + 2..end + 2 + length)?;
        if length == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(chunk);
        body = body.get(end + 2 + length + 2..)?;
    }
}
