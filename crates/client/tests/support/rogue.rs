//! A server that misbehaves on command, byte by byte over a real socket.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::{Asked, read};

/// What is done with a request.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Status, headers, body.
    Answer(u16, Vec<(&'static str, &'static str)>, Vec<u8>),
    /// Nothing is said for so long.
    Late(Duration),
    /// The connection closes without a word.
    Close,
    /// Of this answer the last byte is missing.
    Cut(Box<Act>),
    /// The head of an answer, and then nothing.
    Stall,
    /// The same of a stream of events.
    StallStream,
}

impl Act {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::Answer(status, vec![("content-type", "application/json")], body.to_string().into_bytes())
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Answer(status, headers, body) => {
                let mut head = format!("HTTP/1.1 {status} Whatever\r\nconnection: close\r\n");
                for (name, value) in headers {
                    head.push_str(&format!("{name}: {value}\r\n"));
                }
                if *status != 204 && !headers.iter().any(|(name, _)| *name == "content-length") {
                    head.push_str(&format!("content-length: {}\r\n", body.len()));
                }
                [head.as_bytes(), b"\r\n", body].concat()
            }
            Self::Cut(act) => {
                let mut bytes = act.bytes();
                bytes.pop();
                bytes
            }
            Self::Stall => b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{".to_vec(),
            Self::StallStream => b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n".to_vec(),
            Self::Late(_) | Self::Close => Vec::new(),
        }
    }
}

type Acts = dyn Fn(&Asked, usize) -> Act + Send + Sync;

pub(crate) struct Rogue {
    pub(crate) endpoint: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    hang_ups: watch::Sender<usize>,
}

impl Rogue {
    /// Answers `GET /` well; `acts` is given each other request and how many came before it.
    pub(crate) async fn start(acts: impl Fn(&Asked, usize) -> Act + Send + Sync + 'static) -> Self {
        Self::start_on("127.0.0.1:0", acts).await
    }

    pub(crate) async fn start_on(address: &str, acts: impl Fn(&Asked, usize) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let rogue = Self { endpoint, asked: Arc::default(), hang_ups: watch::Sender::new(0) };
        let (asked, hang_ups) = (Arc::clone(&rogue.asked), rogue.hang_ups.clone());
        let acts: Arc<Acts> = Arc::new(acts);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&asked), Arc::clone(&acts), hang_ups.clone()));
            }
        });
        rogue
    }

    /// What was asked after the version.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) async fn wait_for(&self, requests: usize) {
        let came = async {
            while self.asked.lock().unwrap().len() < requests {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), came).await.expect("requests that never came");
    }

    pub(crate) async fn wait_for_hang_up(&self) {
        let mut hang_ups = self.hang_ups.subscribe();
        let waited = tokio::time::timeout(Duration::from_secs(10), hang_ups.wait_for(|hang_ups| *hang_ups > 0));
        waited.await.expect("a hang-up that never came").unwrap();
    }
}

async fn serve(stream: TcpStream, asked: Arc<Mutex<Vec<Asked>>>, acts: Arc<Acts>, hang_ups: watch::Sender<usize>) {
    let mut stream = BufReader::new(stream);
    let Some(request) = read(&mut stream).await else { return };
    let act = if request.target == "/" {
        Act::json(200, &json!({"version": "v6.20210815", "manager": "21.09.9"}))
    } else {
        let number = {
            let mut asked = asked.lock().unwrap();
            asked.push(request.clone());
            asked.len() - 1
        };
        acts(&request, number)
    };
    let _ = stream.write_all(&act.bytes()).await;
    let _ = stream.flush().await;
    let longest = match act {
        Act::Late(time) => time,
        Act::Stall | Act::StallStream => Duration::from_secs(3600),
        _ => return,
    };
    let mut rest = [0; 1];
    tokio::select! {
        _ = stream.read(&mut rest) => hang_ups.send_modify(|hang_ups| *hang_ups += 1),
        () = tokio::time::sleep(longest) => {}
    }
}
