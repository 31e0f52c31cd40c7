//! HTTP as plain as it is, for what stays open and for what is too large to be held: one connection a
//! request, read piece by piece.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use crate::error::BenchError;

/// Longest wait for the head of an answer, and for a small answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// The outcome of something that must not take long.
pub(crate) async fn soon<T>(
    what: impl FnOnce() -> String,
    act: impl Future<Output = Result<T, BenchError>>,
) -> Result<T, BenchError> {
    let late = |_| BenchError::Late { what: what(), after: PATIENCE };
    tokio::time::timeout(PATIENCE, act).await.map_err(late)?
}

/// Somebody who has signed in.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(crate) address: SocketAddr,
    token: String,
}

/// An answer whose body is still on its way.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    stream: BufReader<TcpStream>,
    /// What is left of a body whose length is known; in chunks otherwise.
    left: Option<usize>,
}

impl Login {
    /// Signs in with e-mail and password.
    pub(crate) async fn new(address: SocketAddr, email: &str, password: &str) -> Result<Self, BenchError> {
        let body = serde_json::json!({"email": email, "password": password, "agent": "bench"});
        let answer = ask(address, None, "POST", "/v1/logins", Some(&body)).await?.json(201).await?;
        let token = answer["token"].as_str().ok_or_else(|| BenchError::Wrong("a login without a token".to_owned()))?;
        Ok(Self { address, token: token.to_owned() })
    }

    pub(crate) async fn ask(&self, method: &str, target: &str) -> Result<Answer, BenchError> {
        ask(self.address, Some((&self.token, "*/*")), method, target, None).await
    }

    /// A list as a stream of events.
    pub(crate) async fn follow(&self, target: &str) -> Result<Answer, BenchError> {
        ask(self.address, Some((&self.token, "text/event-stream")), "GET", target, None).await
    }
}

async fn ask(
    address: SocketAddr,
    by: Option<(&str, &str)>,
    method: &str,
    target: &str,
    body: Option<&Value>,
) -> Result<Answer, BenchError> {
    soon(|| format!("an answer to {method} {target}"), begin(address, by, method, target, body)).await
}

async fn begin(
    address: SocketAddr,
    by: Option<(&str, &str)>,
    method: &str,
    target: &str,
    body: Option<&Value>,
) -> Result<Answer, BenchError> {
    let failed = BenchError::system("asking the server");
    let mut head = format!("{method} {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    if let Some((token, accept)) = by {
        head.push_str(&format!("Authorization: Rollcall-Login {token}\r\nAccept: {accept}\r\n"));
    }
    let body = body.map(Value::to_string).unwrap_or_default();
    head.push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len()));
    let mut stream = BufReader::new(TcpStream::connect(address).await.map_err(&failed)?);
    stream.write_all(head.as_bytes()).await.map_err(&failed)?;
    let status = line(&mut stream).await?;
    let status = status.split(' ').nth(1).and_then(|code| code.parse().ok());
    let mut answer = Answer { status: status.ok_or_else(broken)?, stream, left: Some(0) };
    loop {
        let header = line(&mut answer.stream).await?.to_ascii_lowercase();
        match header.split_once(':').map(|(name, value)| (name, value.trim())) {
            None => return Ok(answer),
            Some(("content-length", length)) => answer.left = length.parse().ok(),
            Some(("transfer-encoding", "chunked")) => answer.left = None,
            Some(_) => {}
        }
    }
}

impl Answer {
    /// The next piece of the body; `None` at its end. Each event of a stream is a piece of its own.
    pub(crate) async fn piece(&mut self) -> Result<Option<Vec<u8>>, BenchError> {
        let size = match self.left.take() {
            Some(length) => {
                self.left = Some(0);
                length
            }
            None => usize::from_str_radix(&line(&mut self.stream).await?, 16).map_err(|_| broken())?,
        };
        if size == 0 {
            return Ok(None);
        }
        let mut piece = vec![0; size];
        self.stream.read_exact(&mut piece).await.map_err(BenchError::system("reading an answer"))?;
        if self.left.is_none() {
            line(&mut self.stream).await?;
        }
        Ok(Some(piece))
    }

    /// The whole of a small one that must have this status.
    pub(crate) async fn json(mut self, status: u16) -> Result<Value, BenchError> {
        let mut body = Vec::new();
        while let Some(piece) = soon(|| "the rest of an answer".to_owned(), self.piece()).await? {
            body.extend(piece);
        }
        if self.status != status {
            let text = String::from_utf8_lossy(&body);
            return Err(BenchError::Wrong(format!("{} instead of {status}: {text}", self.status)));
        }
        if body.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(&body).map_err(|_| broken()) }
    }
}

async fn line(stream: &mut BufReader<TcpStream>) -> Result<String, BenchError> {
    let mut text = String::new();
    stream.read_line(&mut text).await.map_err(BenchError::system("reading an answer"))?;
    Ok(text.trim_end().to_owned())
}

fn broken() -> BenchError {
    BenchError::Wrong("an answer cannot be understood".to_owned())
}
