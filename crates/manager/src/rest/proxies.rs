//! What the proxies for applications say of themselves. Their addresses are set by superadmins; an
//! answer is bounded in size and time, and kept for half a minute.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rollcall_wire::problem::ProblemType;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::error::ApiError;

const KEPT: Duration = Duration::from_secs(30);
const PATIENCE: Duration = Duration::from_secs(3);
const MOST_BYTES: usize = 16 * 1024;
/// Addresses remembered; there are as many as resource groups.
const MOST_PROXIES: usize = 256;

/// Versions by address.
#[derive(Default)]
pub(crate) struct Proxies {
    known: Mutex<HashMap<String, (Instant, String)>>,
}

impl Proxies {
    /// The `api_version` that the proxy at `address` tells.
    pub(crate) async fn version(&self, address: &str) -> Result<String, ApiError> {
        if let Some(version) = self.kept(address) {
            return Ok(version);
        }
        let asked = tokio::time::timeout(PATIENCE, ask(address)).await;
        let version = asked.unwrap_or(Err("it did not answer in time")).map_err(|reason| {
            tracing::warn!(address, reason, "asking the proxy {address} failed: {reason}");
            ApiError::msg(
                ProblemType::ServiceUnavailable,
                format!("The proxy of the scaling group is out of reach: {reason}."),
            )
        })?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_PROXIES {
            known.clear();
        }
        known.insert(address.to_owned(), (Instant::now(), version.clone()));
        Ok(version)
    }

    fn kept(&self, address: &str) -> Option<String> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(address).filter(|(at, _)| at.elapsed() < KEPT).map(|(_, version)| version.clone())
    }
}

async fn ask(address: &str) -> Result<String, &'static str> {
    let uri: Uri = format!("{}/status", address.trim_end_matches('/')).parse().map_err(|_| "its address is no URL")?;
    if uri.scheme_str() != Some("http") {
        return Err("only http addresses can be asked");
    }
    let authority = uri.authority().ok_or("its address has no host")?;
    let host = authority.host().trim_matches(['[', ']']);
    let stream = TcpStream::connect((host, authority.port_u16().unwrap_or(80))).await.map_err(|_| "no connection")?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|_| "no HTTP connection")?;
    let request = Request::get(uri.path()).header("host", authority.as_str()).body(Empty::<Bytes>::new());
    let request = request.map_err(|_| "its address is no URL")?;
    let answered = async {
        let response = sender.send_request(request).await.map_err(|_| "no answer")?;
        if !response.status().is_success() {
            return Err("its answer is no success");
        }
        let body = Limited::new(response.into_body(), MOST_BYTES)
            .collect()
            .await
            .map_err(|_| "its answer is too large or broken")?;
        let status: Value = serde_json::from_slice(&body.to_bytes()).map_err(|_| "its answer is no JSON")?;
        status["api_version"].as_str().map(str::to_owned).ok_or("its answer names no api_version")
    };
    tokio::pin!(answered);
    tokio::pin!(connection);
    tokio::select! {
        version = &mut answered => version,
        // Whatever came before the end is still to be read.
        _ = &mut connection => answered.await,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// Answers one request, then is gone.
    async fn proxy(listener: TcpListener, status: &str, body: String) {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = vec![0; 4096];
        let read = stream.read(&mut head).await.unwrap();
        assert!(head[..read].starts_with(b"GET /status HTTP/1.1\r\n"));
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).await.unwrap();
    }

    async fn ask_once(proxies: &Proxies, status: &'static str, body: String) -> (String, Result<String, ApiError>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        let served = tokio::spawn(proxy(listener, status, body));
        let version = proxies.version(&address).await;
        served.await.unwrap();
        (address, version)
    }

    #[tokio::test]
    async fn an_answer_is_kept() {
        let proxies = Proxies::default();
        let (address, version) = ask_once(&proxies, "200 OK", r#"{"api_version": "v2"}"#.into()).await;
        assert_eq!(version.unwrap(), "v2");
        // Nobody listens there any more.
        assert_eq!(proxies.version(&address).await.unwrap(), "v2");
    }

    #[tokio::test]
    async fn what_is_no_answer_is_a_problem() {
        let proxies = Proxies::default();
        let huge = format!(r#"{{"api_version": "v2", "rest": "{}"}}"#, "x".repeat(MOST_BYTES));
        for (status, body) in [("200 OK", "{}".into()), ("500 No", String::new()), ("200 OK", huge)] {
            let (_, version) = ask_once(&proxies, status, body).await;
            assert_eq!(version.unwrap_err().into_problem().status(), 503);
        }
        for address in ["", "https://127.0.0.1:1", "http://127.0.0.1:1", "not a url"] {
            assert_eq!(proxies.version(address).await.unwrap_err().into_problem().status(), 503, "{address}");
        }
    }
}
